//! One call from its token to its answer: leave to be sent, attempts, waits and the deadline.
//!
//! Which attempt follows which is decided by [`crate::retry::decide`] alone; this is the loop
//! around it.

use std::sync::Arc;
use std::time::Duration;

use emis_credentials::{AccessToken, TokenError};
use tokio::time::Instant;
use tracing::Instrument;

use crate::breaker::Admission;
use crate::client::Inner;
use crate::codec::{self, ErrorFacts};
use crate::error::{Error, ErrorKind, SentStatus};
use crate::incoming::Incoming;
use crate::observer::CallObserver;
use crate::operation::{Effect, Operation};
use crate::request::{Request, Response, TransportError, TransportErrorKind};
use crate::retry::{self, Chances, Decision};
use crate::retry_budget::RetryBudget;
use crate::telemetry;

type Attempt = Result<Incoming, TransportError>;

/// How much of an answer is waited for.
#[derive(Debug, Clone, Copy)]
enum Extent {
    Whole,
    Beginning,
}

/// Sends a request until there is a 2xx answer, or no more to be tried, or the deadline comes.
///
/// Where the practice is left alone, nothing is sent. `GetHealth` is not the practice's, and is.
pub(crate) async fn exchange(
    client: &Inner,
    request: &Request,
    deadline: Instant,
) -> Result<Response, Error> {
    let (incoming, under_way) = exchanged(client, request, deadline, Extent::Whole).await?;
    under_way.end(Ok(()));
    Ok(incoming.into_head())
}

/// The same, for an answer that may be too long to be held: it is given when it begins. How the
/// call went is known when it has ended, and not before.
pub(crate) async fn open(
    client: &Inner,
    request: &Request,
    deadline: Instant,
) -> Result<(Incoming, UnderWay), Error> {
    let (incoming, mut under_way) = exchanged(client, request, deadline, Extent::Beginning).await?;
    if let Some(admission) = &mut under_way.admission {
        admission.begun();
    }
    Ok((incoming, under_way))
}

/// A call whose answer has begun, to be accounted for at its end. One that is dropped before was
/// given up by its caller.
#[derive(Debug)]
pub(crate) struct UnderWay {
    operation: Operation,
    attempt: telemetry::Attempt,
    admission: Option<Admission>,
    budget: Arc<RetryBudget>,
    observer: Option<Arc<dyn CallObserver>>,
}

impl UnderWay {
    /// Notes how the call ended.
    pub(crate) fn end(self, result: Result<(), &Error>) {
        let broke_off = broke_off(result);
        self.attempt.end(broke_off);
        if let Some(observer) = self.observer {
            match result {
                Err(error) if broke_off.is_err() => observer.failed(error),
                _ => observer.answered(self.operation),
            }
        }
        if result.is_ok() {
            self.budget.give_back();
        }
        if let Some(admission) = self.admission {
            admission.settle(result);
        }
    }
}

/// What went wrong with an answer that had begun. One that came and was not understood is one.
fn broke_off(result: Result<(), &Error>) -> Result<(), TransportErrorKind> {
    let source = result.err().and_then(std::error::Error::source);
    match source.and_then(|source| source.downcast_ref::<TransportError>()) {
        Some(failure) => Err(failure.kind()),
        None => Ok(()),
    }
}

async fn exchanged(
    client: &Inner,
    request: &Request,
    deadline: Instant,
    extent: Extent,
) -> Result<(Incoming, UnderWay), Error> {
    let result = admitted(client, request, deadline, extent).await;
    if let (Err(error), Some(observer)) = (&result, &client.observer) {
        observer.failed(error);
    }
    result
}

async fn admitted(
    client: &Inner,
    request: &Request,
    deadline: Instant,
    extent: Extent,
) -> Result<(Incoming, UnderWay), Error> {
    let operation = request.operation();
    let admission = match operation.spec().scope {
        Some(_) => {
            let admission = client.breaker.admit(operation.effect());
            Some(admission.map_err(|wait| suspended(operation, wait))?)
        }
        None => None,
    };
    let result = attempts(client, request, deadline, extent, admission.as_ref()).await;
    if admission.is_none()
        && let Ok(_) | Err(ErrorKind::Unauthenticated) = result.as_ref().map_err(Error::kind)
    {
        client.breaker.is_there();
    }
    match result {
        Ok((incoming, attempt)) => {
            let under_way = UnderWay {
                operation,
                attempt,
                admission,
                budget: Arc::clone(&client.retry_budget),
                observer: client.observer.clone(),
            };
            Ok((incoming, under_way))
        }
        Err(error) => {
            if let Some(admission) = admission {
                admission.settle(Err(&error));
            }
            Err(error)
        }
    }
}

async fn attempts(
    client: &Inner,
    request: &Request,
    deadline: Instant,
    extent: Extent,
    admission: Option<&Admission>,
) -> Result<(Incoming, telemetry::Attempt), Error> {
    let operation = request.operation();
    let needs_token = operation.spec().scope.is_some();
    let start_by = start_by(client, operation.effect(), deadline);
    let mut attempt = 1;
    let mut sendings = 0;
    let mut may_renew = needs_token;
    loop {
        let token = if needs_token {
            let token = token(client, start_by).await;
            Some(token.map_err(|error| error.with_operation(operation))?)
        } else {
            None
        };
        let came = Instant::now();
        let place = client.limiter.enter(start_by).await;
        let place = place.ok_or_else(|| error(operation, ErrorKind::Busy))?;
        telemetry::waited(operation, came.elapsed());
        if admission.is_some_and(|admission| !admission.holds()) {
            return Err(suspended(operation, None));
        }
        let mut seen = telemetry::Attempt::begin(client, operation, attempt, sendings);
        sendings += 1;
        let sending = send(client, request, token.as_ref(), deadline, extent);
        let result = sending.instrument(seen.span()).await;
        // What is still on its way is still in flight.
        let coming = result.as_ref().is_ok_and(Incoming::has_more);
        let place = coming.then_some(place);
        let head = result.as_ref().map(Incoming::head);
        let facts = head.map_or_else(|_| ErrorFacts::default(), codec::error_facts);
        let status = head.map(Response::status).map_err(|failure| failure.kind());
        if let Ok(status) = status {
            seen.answered(status, facts.message_id);
        }
        if let (Ok(401), Some(token)) = (status, &token) {
            client.tokens.invalidate(token);
        }
        let chances = Chances {
            another_attempt: attempt < client.retry.max_attempts,
            new_token: may_renew,
        };
        let ended = status.map(drop);
        match retry::decide(operation.effect(), status, chances) {
            // Nothing but an answer is ever accepted.
            Decision::Accept => {
                return match result {
                    Ok(incoming) => Ok((incoming.holding(place), seen)),
                    Err(failure) => {
                        Err(error(operation, ErrorKind::Interrupted).with_source(failure))
                    }
                };
            }
            Decision::NewToken => {
                seen.end(ended);
                may_renew = false;
            }
            Decision::Retry(kind) => {
                seen.end(ended);
                let asked = retry_after(client, &result);
                let wait = client.retry.delay(attempt, rand::random());
                let wait = wait.max(asked.unwrap_or_default());
                if remaining(deadline) <= wait || !client.retry_budget.take() {
                    return Err(failure(operation, kind, result, &facts, asked));
                }
                tokio::time::sleep(wait).await;
                attempt += 1;
            }
            Decision::Fail(kind) => {
                seen.end(ended);
                let asked = retry_after(client, &result);
                return Err(failure(operation, kind, result, &facts, asked));
            }
        }
    }
}

/// When a call that begins now must have ended.
pub(crate) fn deadline(client: &Inner) -> Instant {
    // A day is as good as forever, and a moment that there is on every clock.
    Instant::now() + client.deadline.min(retry::DAY)
}

/// Until when an attempt may begin. A write that has begun is to have time for its answer.
fn start_by(client: &Inner, effect: Effect, deadline: Instant) -> Instant {
    let needed = match effect {
        Effect::Read => Duration::ZERO,
        Effect::Write => client
            .attempt_timeout
            .min(client.deadline.min(retry::DAY) / 2),
    };
    deadline.checked_sub(needed).unwrap_or(deadline)
}

/// A token to call with, within the time that the call has.
pub(crate) async fn token(client: &Inner, deadline: Instant) -> Result<AccessToken, Error> {
    within(deadline, client.tokens.token()).await
}

/// What comes of a request to the identity service, within the time that the call has.
pub(crate) async fn within<T>(
    deadline: Instant,
    request: impl Future<Output = Result<T, TokenError>>,
) -> Result<T, Error> {
    match tokio::time::timeout_at(deadline, request).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(cause)) => {
            Err(Error::new(ErrorKind::Credentials, "no token could be had").with_source(cause))
        }
        Err(_) => Err(Error::new(
            ErrorKind::Credentials,
            "no token came before the deadline",
        )),
    }
}

async fn send(
    client: &Inner,
    request: &Request,
    token: Option<&AccessToken>,
    deadline: Instant,
    extent: Extent,
) -> Attempt {
    let limit = client.attempt_timeout.min(remaining(deadline));
    let sending = async {
        match extent {
            Extent::Whole => {
                let answer = client.transport.send(request, token).await;
                answer.map(Incoming::whole)
            }
            Extent::Beginning => client.transport.open(request, token).await,
        }
    };
    match tokio::time::timeout(limit, sending).await {
        Ok(result) => result,
        Err(_) => Err(TransportError::new(
            TransportErrorKind::TimedOut,
            "no answer came in time",
        )),
    }
}

fn remaining(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

fn retry_after(client: &Inner, result: &Attempt) -> Option<Duration> {
    let value = result.as_ref().ok()?.head().retry_after()?;
    retry::parse_retry_after(value, client.clock.now())
}

fn failure(
    operation: Operation,
    kind: ErrorKind,
    result: Attempt,
    facts: &ErrorFacts,
    retry_after: Option<Duration>,
) -> Error {
    let error = error(operation, kind);
    match result {
        Ok(incoming) => error.with_answer(
            incoming.head().status(),
            facts.message_id,
            facts.legacy_outcome,
            retry_after,
        ),
        Err(failure) => error.with_sent(failure.sent()).with_source(failure),
    }
}

/// The practice is left alone, for so long where that is known.
fn suspended(operation: Operation, wait: Option<Duration>) -> Error {
    error(operation, ErrorKind::Suspended).with_retry_after(wait)
}

/// An error of an operation in our words for its kind.
pub(crate) fn error(operation: Operation, kind: ErrorKind) -> Error {
    let message = match kind {
        ErrorKind::InvalidRequest => "the request could not be put together",
        ErrorKind::Configuration => "the client is set up wrongly",
        ErrorKind::Credentials => "no token could be had",
        ErrorKind::Unreachable => "EMIS could not be reached",
        ErrorKind::Interrupted => "no whole answer came",
        ErrorKind::Ambiguous => {
            "it is not known whether EMIS did it: read back before anything else"
        }
        ErrorKind::Unauthenticated => "EMIS did not accept the token",
        ErrorKind::Forbidden => "EMIS does not allow it",
        ErrorKind::NotFound => "EMIS knows no such record",
        ErrorKind::WrongPractice => "the connection leads to another practice",
        ErrorKind::PracticeUnconfirmed => "it is not known to which practice the connection leads",
        ErrorKind::Conflict => "the slot is not in the state that this needs",
        ErrorKind::RateLimited => "EMIS asks for fewer calls",
        ErrorKind::Busy => "our own limits left no room before the deadline",
        ErrorKind::Suspended => "EMIS has only failed of late and is left alone for a while",
        ErrorKind::Rejected => "EMIS refused the request",
        ErrorKind::Server => "EMIS failed",
        ErrorKind::Decode => "the answer could not be understood",
    };
    Error::new(kind, message)
        .with_operation(operation)
        .with_sent(SentStatus::NotSent)
}
