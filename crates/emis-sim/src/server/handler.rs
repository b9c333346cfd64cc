//! Handles one request: routing, faults, the journal and the response.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{AUTHORIZATION, DATE};
use http::{HeaderValue, Method, Response, StatusCode, request};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use tokio::time::sleep;

use super::body::{Pace, WireBody};
use super::control;
use super::ending::{Ending, ending};
use crate::assumptions::Refusal;
use crate::fault::{SimFault, Struck, Target};
use crate::operation::SimOperation;
use crate::protocol::{Answer, Encoding, Form, Query, Request, parse_form};
use crate::sync::lock;
use crate::world::{RecordedCall, World};
use crate::{api, emas_site, identity};

/// The largest request body that is read.
const MOST_BODY_BYTES: usize = 1 << 20;

/// The connection is closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("a fault dropped the connection")]
pub(super) struct Dropped;

pub(super) async fn handle(
    world: Arc<World>,
    request: http::Request<Incoming>,
) -> Result<Response<WireBody>, Dropped> {
    let path = request.uri().path();
    if !world.reaches(path) {
        return Err(Dropped);
    }
    world.perform_late_commits();
    let date = world.date(path);
    let mut response = serve(world, request).await?;
    if let Some(date) = date {
        response.headers_mut().insert(DATE, date);
    }
    Ok(response)
}

async fn serve(
    world: Arc<World>,
    request: http::Request<Incoming>,
) -> Result<Response<WireBody>, Dropped> {
    let (head, body) = request.into_parts();
    // A caller that accepts neither encoding is refused in the first one that the document lists.
    let encoding = Encoding::accepted(&head.headers).unwrap_or(Encoding::Xml);
    let (answer, pace) = match read_body(body).await {
        Ok(body) => match answer_locally(&world, &head, &body) {
            Some(answer) => (answer, Pace::Whole),
            None => call(world, head, body).await?,
        },
        Err(refusal) => (Answer::refusal(&world.ids, refusal, None), Pace::Whole),
    };
    Ok(respond(answer, encoding, pace))
}

async fn read_body(body: Incoming) -> Result<Bytes, Refusal> {
    // Most calls have none.
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    match Limited::new(body, MOST_BODY_BYTES).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Refusal::TooLarge),
        Err(_) => Err(Refusal::BadRequest),
    }
}

/// Answers a request for a control, for EMAS Manager's pages, or for no operation.
fn answer_locally(world: &World, head: &request::Parts, body: &[u8]) -> Option<Answer> {
    if let Some(answer) = control::answer(world, head, body) {
        return Some(answer);
    }
    if emas_site::serves(head.uri.path()) {
        return Some(emas_site::answer(world, head, body));
    }
    route(world, head).err()
}

/// Performs a call of an operation, with its faults.
async fn call(
    world: Arc<World>,
    head: request::Parts,
    body: Bytes,
) -> Result<(Answer, Pace), Dropped> {
    let operation = SimOperation::at(head.uri.path()).ok_or(Dropped)?;
    let authorization = head.headers.get(AUTHORIZATION);
    let request = Request {
        operation,
        bearer: authorization
            .and_then(|value| value.to_str().ok())
            .and_then(|value| world.bearer(value)),
        query: Query::parse(head.uri.query().unwrap_or_default()),
        headers: head.headers,
        body,
    };
    let struck = world.faults.strike(&Target {
        operation,
        practice: request.practice(),
        at: world.clock.now(),
    });
    let delay_after = struck.delay_after;
    let ending = if struck.delay_before.is_zero() {
        Some(decide(&world, request, struck))
    } else {
        decide_later(&world, request, struck).await
    };
    if !delay_after.is_zero() {
        sleep(delay_after).await;
    }
    match ending {
        Some(Ending::Answer(answer, pace)) => Ok((answer, pace)),
        Some(Ending::Drop) | None => Err(Dropped),
        // Hyper drops this future when the caller hangs up.
        Some(Ending::Stall) => std::future::pending().await,
    }
}

/// Waits before the call is performed. It is performed even if the caller hangs up meanwhile, but not
/// if the simulator is dropped.
async fn decide_later(world: &Arc<World>, request: Request, struck: Struck) -> Option<Ending> {
    let world = Arc::downgrade(world);
    let decided = tokio::spawn(async move {
        sleep(struck.delay_before).await;
        Some(decide(&*world.upgrade()?, request, struck))
    });
    decided.await.ok().flatten()
}

fn route(world: &World, head: &request::Parts) -> Result<SimOperation, Answer> {
    let path = head.uri.path();
    let Some(operation) = SimOperation::at(path) else {
        return Err(if path.starts_with("/identity") {
            identity::error_answer(
                world,
                StatusCode::NOT_FOUND,
                "invalid_request",
                "The request does not match any endpoint.",
            )
        } else {
            Answer::refusal(
                &world.ids,
                Refusal::NotFound,
                Some("no such operation".to_owned()),
            )
        });
    };
    if head.method == operation.method() {
        return Ok(operation);
    }
    let answer = if head.method == Method::OPTIONS {
        // Every path of the document answers a browser's preflight request.
        Answer::empty(StatusCode::NO_CONTENT)
    } else if operation.is_identity() {
        let (error, text) = ("invalid_request", "The method is not allowed.");
        identity::error_answer(world, StatusCode::METHOD_NOT_ALLOWED, error, text)
    } else {
        Answer::refusal(&world.ids, Refusal::WrongMethod, None)
    };
    Err(answer.with_header("allow", format!("{}, OPTIONS", operation.method())))
}

/// Performs a call as far as its fault lets it, and records it before the answer is sent.
fn decide(world: &World, request: Request, struck: Struck) -> Ending {
    if request.operation == SimOperation::Token {
        count_password_attempt(world, &parse_form(&request.body));
    }
    if let Some(bearer) = &request.bearer {
        let now = world.clock.now();
        bearer.practice.catch_up(world.receptionists, now);
    }
    let done = struck
        .fault
        .is_none_or(SimFault::commits_at_once)
        .then(|| perform(world, &request));
    let committed = done
        .as_ref()
        .is_some_and(|answer| has_committed(&request, answer));
    let ending = ending(world, &request, struck.fault, done);
    let number = world.journal.record(RecordedCall {
        operation: request.operation,
        practice: request.practice().map(str::to_owned),
        slot: request.query.number_if_any("slotId"),
        patient: request.query.number_if_any("patientNumber"),
        end: ending.recorded(),
        committed,
        faults: struck.all,
        at: world.clock.now(),
    });
    if let Some(SimFault::CommitLater { after, .. }) = struck.fault {
        let due = world.clock.now().saturating_add(after);
        if let Ok(due) = due {
            world.commit_later(due, move |world| {
                if has_committed(&request, &perform(world, &request)) {
                    world.journal.mark_committed(number);
                }
            });
        }
    }
    ending
}

fn perform(world: &World, request: &Request) -> Answer {
    if request.operation.is_identity() {
        identity::answer(world, request)
    } else {
        api::answer(world, request)
    }
}

fn has_committed(request: &Request, answer: &Answer) -> bool {
    answer.status.is_success() && request.operation.is_write()
}

fn count_password_attempt(world: &World, form: &Form) {
    if form
        .get("grant_type")
        .is_some_and(|grant| grant == "password")
    {
        let username = form.get("username").cloned().unwrap_or_default();
        *lock(&world.password_attempts).entry(username).or_default() += 1;
    }
}

/// Encodes an answer as Hyper's response.
fn respond(answer: Answer, encoding: Encoding, pace: Pace) -> Response<WireBody> {
    let answer = answer.encoded(encoding);
    let mut response = Response::new(WireBody::new(answer.bytes(), pace));
    *response.status_mut() = answer.status;
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
