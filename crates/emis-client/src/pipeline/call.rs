//! One call, from its token to its response.
//!
//! [`decide`](super::retry::decide) alone determines which attempt follows which; this module is
//! the loop around it.

use std::sync::Arc;
use std::time::Duration;

use emis_credentials::AccessToken;
use sync_wrapper::SyncFuture;
use tokio::time::Instant;
use tracing::Instrument;

use super::breaker::BreakerPermit;
use super::in_flight::{InFlightCall, StreamingCall};
use super::limits::LimiterPermit;
use super::retry::{self, Chances, DAY, Decision};
use super::{Pipeline, after, telemetry};
use crate::codec::{ErrorFacts, error_facts};
use crate::error::{ClientError, ClientErrorKind};
use crate::operation::{Effect, Operation};
use crate::transport::error::{TransportError, TransportErrorKind};
use crate::transport::message::{Request, Response};
use crate::transport::streaming::StreamingResponse;

type Attempt = Result<StreamingResponse, TransportError>;

/// The part of a response that an attempt waits for.
#[derive(Debug, Clone, Copy)]
enum Extent {
    Whole,
    Beginning,
}

/// A successful attempt: its response, its telemetry, and its permit while more is to come.
struct Answered {
    response: StreamingResponse,
    attempt: telemetry::Attempt,
    permit: Option<LimiterPermit>,
}

/// A call whose response has begun, and the permit that it holds while more is to come.
struct Opened {
    response: StreamingResponse,
    permit: Option<LimiterPermit>,
    in_flight: InFlightCall,
}

impl Pipeline {
    /// Sends a request until a 2xx response arrives, the retries are used up or the deadline
    /// passes, and decodes the response.
    ///
    /// Nothing is sent while the circuit breaker is open, except `GetHealth`, which does not
    /// belong to a practice.
    pub(crate) async fn call<T>(
        &self,
        request: &Request,
        deadline: Instant,
        decode: impl FnOnce(Response) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        let call = telemetry::Call::begin(self.practice(), request.operation());
        let result = async {
            // Transports and token sources promise futures that are `Send`; callers get futures
            // that are `Sync` as well.
            let sending = self.with_breaker(request, deadline, Extent::Whole);
            let opened = SyncFuture::new(sending).await?;
            opened.in_flight.end(Ok(()));
            let response = opened.response.into_head();
            let status = response.status();
            let result = decode(response);
            let told = self.transport.decoded(request, status, result.is_ok());
            SyncFuture::new(told)
                .await
                .map_err(|failure| withheld(request.operation(), failure))?;
            result
        };
        let result = result.instrument(call.span()).await;
        call.end(result.as_ref().map(drop));
        result
    }

    /// Sends a request in the same way, and returns when a 2xx response has begun.
    pub(crate) async fn open(&self, request: &Request) -> Result<StreamingCall, ClientError> {
        let operation = request.operation();
        let call = telemetry::Call::begin(self.practice(), operation);
        let whole = after(self.stream_deadline);
        let opening = self
            .with_breaker(request, self.deadline().min(whole), Extent::Beginning)
            .instrument(call.span());
        match SyncFuture::new(opening).await {
            Ok(mut opened) => {
                if let Some(permit) = &mut opened.in_flight.permit {
                    permit.on_response_begun();
                }
                Ok(StreamingCall {
                    operation,
                    response: opened.response,
                    permit: opened.permit,
                    silence: self.attempt_timeout.min(DAY),
                    deadline: whole,
                    open: Some((opened.in_flight, call)),
                })
            }
            Err(error) => {
                call.end(Err(&error));
                Err(error)
            }
        }
    }

    async fn with_breaker(
        &self,
        request: &Request,
        deadline: Instant,
        extent: Extent,
    ) -> Result<Opened, ClientError> {
        let operation = request.operation();
        let permit = match operation.spec().scope {
            Some(_) => match self.breaker.acquire(operation.effect()) {
                Ok(permit) => Some(permit),
                Err(wait) => return Err(self.observed(suspended(operation, wait))),
            },
            None => None,
        };
        let result = self
            .with_retries(request, deadline, extent, permit.as_ref())
            .await;
        if permit.is_none()
            && let Ok(_) | Err(ClientErrorKind::Unauthenticated) =
                result.as_ref().map_err(ClientError::kind)
        {
            self.breaker.on_reachable();
        }
        match result {
            Ok(answered) => {
                let in_flight = InFlightCall {
                    operation,
                    attempt: answered.attempt,
                    permit,
                    budget: Arc::clone(&self.retry_budget),
                    observer: self.observer.clone(),
                };
                Ok(Opened {
                    response: answered.response,
                    permit: answered.permit,
                    in_flight,
                })
            }
            Err(error) => {
                if let Some(permit) = permit {
                    permit.settle(Err(&error));
                }
                Err(self.observed(error))
            }
        }
    }

    /// Reports a failed call to the observer.
    fn observed(&self, error: ClientError) -> ClientError {
        if let Some(observer) = &self.observer {
            observer.failed(&error);
        }
        error
    }

    async fn with_retries(
        &self,
        request: &Request,
        deadline: Instant,
        extent: Extent,
        breaker: Option<&BreakerPermit>,
    ) -> Result<Answered, ClientError> {
        let operation = request.operation();
        let needs_token = operation.spec().scope.is_some();
        let start_by = self.start_by(operation.effect(), deadline);
        let mut attempt = 1;
        let mut sent = 0;
        let mut may_renew = needs_token;
        loop {
            let token = if needs_token {
                let token = self.token(start_by).await;
                Some(token.map_err(|error| error.with_operation(operation))?)
            } else {
                None
            };
            let queued = Instant::now();
            let permit = self.limiter.acquire(start_by).await;
            let permit = permit.ok_or_else(|| failed(operation, ClientErrorKind::Busy))?;
            telemetry::waited(operation, queued.elapsed());
            if breaker.is_some_and(|breaker| !breaker.is_valid()) {
                return Err(suspended(operation, None));
            }
            let mut seen = telemetry::Attempt::begin(self.practice(), operation, attempt, sent);
            sent += 1;
            let sending = self.send(request, token.as_ref(), deadline, extent);
            let result = sending.instrument(seen.span()).await;
            let head = result.as_ref().map(StreamingResponse::head);
            let facts = head.map_or_else(|_| ErrorFacts::default(), error_facts);
            let status = head.map(Response::status).map_err(|failure| failure.kind());
            if let Ok(status) = status {
                seen.answered(status, facts.message_id);
            }
            if let (Ok(401), Some(token)) = (status, &token) {
                self.tokens.invalidate(token);
            }
            let chances = Chances {
                another_attempt: attempt < self.retry.max_attempts,
                new_token: may_renew,
            };
            let decision = retry::decide(operation.effect(), status, chances);
            match decision {
                Decision::Accept => {
                    let response = result.map_err(|failure| {
                        failed(operation, ClientErrorKind::Interrupted).with_source(failure)
                    })?;
                    // The call is in flight until the last of the response has arrived.
                    let permit = response.has_more().then_some(permit);
                    return Ok(Answered {
                        response,
                        attempt: seen,
                        permit,
                    });
                }
                Decision::NewToken => {
                    seen.end(status.map(drop));
                    may_renew = false;
                }
                Decision::Retry(kind) | Decision::Fail(kind) => {
                    seen.end(status.map(drop));
                    drop(permit);
                    let asked = self.retry_after(&result);
                    let wait = self.retry.delay(attempt, rand::random());
                    let wait = wait.max(asked.unwrap_or_default());
                    let again = matches!(decision, Decision::Retry(_))
                        && remaining(deadline) > wait
                        && self.retry_budget.take();
                    if !again {
                        return Err(failure(operation, kind, result, &facts, asked));
                    }
                    tokio::time::sleep(wait).await;
                    attempt += 1;
                }
            }
        }
    }

    /// Returns the moment by which an attempt must begin. A write keeps time for its response.
    fn start_by(&self, effect: Effect, deadline: Instant) -> Instant {
        let needed = match effect {
            Effect::Read => Duration::ZERO,
            Effect::Write => self.attempt_timeout.min(self.deadline.min(DAY) / 2),
        };
        deadline.checked_sub(needed).unwrap_or(deadline)
    }

    async fn send(
        &self,
        request: &Request,
        token: Option<&AccessToken>,
        deadline: Instant,
        extent: Extent,
    ) -> Attempt {
        let limit = self.attempt_timeout.min(remaining(deadline));
        let sending = async {
            match extent {
                Extent::Whole => {
                    let answer = self.transport.send(request, token).await;
                    answer.map(StreamingResponse::whole)
                }
                Extent::Beginning => self.transport.open(request, token).await,
            }
        };
        tokio::time::timeout(limit, sending)
            .await
            .unwrap_or_else(|_| {
                Err(TransportError::new(
                    TransportErrorKind::TimedOut,
                    "no response arrived in time",
                ))
            })
    }

    fn retry_after(&self, result: &Attempt) -> Option<Duration> {
        let value = result.as_ref().ok()?.head().retry_after()?;
        retry::parse_retry_after(value, self.clock.now())
    }
}

fn remaining(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

fn failed(operation: Operation, kind: ClientErrorKind) -> ClientError {
    ClientError::of(kind).with_operation(operation)
}

fn failure(
    operation: Operation,
    kind: ClientErrorKind,
    result: Attempt,
    facts: &ErrorFacts,
    retry_after: Option<Duration>,
) -> ClientError {
    let error = failed(operation, kind);
    match result {
        Ok(response) => error.with_answer(
            response.head().status(),
            facts.message_id,
            facts.legacy_outcome,
            retry_after,
        ),
        Err(failure) => error.with_sent(failure.sent()).with_source(failure),
    }
}

/// Returns the error of a call whose result the transport does not let through.
fn withheld(operation: Operation, failure: TransportError) -> ClientError {
    let kind = match operation.effect() {
        Effect::Read => ClientErrorKind::Interrupted,
        Effect::Write => ClientErrorKind::Ambiguous,
    };
    failed(operation, kind)
        .with_sent(failure.sent())
        .with_source(failure)
}

/// Returns the error of a call that the open circuit breaker stopped.
fn suspended(operation: Operation, wait: Option<Duration>) -> ClientError {
    failed(operation, ClientErrorKind::Suspended).with_retry_after(wait)
}
