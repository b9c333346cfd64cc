//! One request: where it goes, what trouble it meets, how it ends.

use std::sync::Arc;

use bytes::Bytes;
use http::header::DATE;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, request};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use tokio::time::sleep;

use super::body::{Pace, WireBody};
use super::control;
use super::trouble::{self, Ending};
use super::{Answer, Encoding, Query};
use crate::api;
use crate::assumptions::Refusal;
use crate::emas;
use crate::fault::{Fault, Struck, Target};
use crate::identity::{self, AUTHORIZATION, Bearer};
use crate::journal::Call;
use crate::operation::Operation;
use crate::world::{World, lock};

/// The largest request body that is read.
const MOST_BODY_BYTES: usize = 1 << 20;

/// What an operation gets to see of a request.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) operation: Operation,
    pub(crate) query: Query,
    headers: HeaderMap,
    body: Bytes,
    /// What the caller's token allowed when the call came in, if it was good.
    pub(crate) bearer: Option<Bearer>,
}

impl Request {
    /// A header that is there and is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// CDB number of the practice that the caller's token is for.
    fn practice(&self) -> Option<&str> {
        Some(&self.bearer.as_ref()?.practice.cdb)
    }

    /// The body.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// The encoding that the caller wants; `None` if it wants none that there is.
    pub(crate) fn encoding(&self) -> Option<Encoding> {
        Encoding::wanted(&self.headers)
    }
}

/// Ends the connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is dropped, as a fault asked for")]
pub(super) struct Dropped;

pub(super) async fn exchange(
    world: Arc<World>,
    request: http::Request<Incoming>,
) -> Result<Response<WireBody>, Dropped> {
    let path = request.uri().path();
    if !world.reaches(path) {
        return Err(Dropped);
    }
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
    // Whoever wants neither is told so in the first that the document lists.
    let encoding = Encoding::wanted(&head.headers).unwrap_or(Encoding::Xml);
    let respond = |answer, pace| respond(answer, encoding, pace);
    let body = match whole(body).await {
        Ok(body) => body,
        Err(error) if error.is::<LengthLimitError>() => {
            return Ok(respond(
                Answer::refusal(&world.ids, Refusal::TooLarge, None),
                Pace::Whole,
            ));
        }
        Err(_) => {
            return Ok(respond(
                Answer::refusal(&world.ids, Refusal::BadRequest, None),
                Pace::Whole,
            ));
        }
    };
    if let Some(answer) = control::answer(&world, &head, &body) {
        return Ok(respond(answer, Pace::Whole));
    }
    if emas::site::serves(head.uri.path()) {
        return Ok(respond(
            emas::site::answer(&world, &head, &body),
            Pace::Whole,
        ));
    }
    let operation = match route(&world, &head) {
        Ok(operation) => operation,
        Err(answer) => return Ok(respond(answer, Pace::Whole)),
    };
    let authorization = head.headers.get(AUTHORIZATION);
    let request = Request {
        operation,
        bearer: authorization
            .and_then(|value| value.to_str().ok())
            .and_then(|value| world.bearer(value)),
        query: Query::read(head.uri.query().unwrap_or_default()),
        headers: head.headers,
        body,
    };
    let struck = strike(&world, &request);
    let delay_after = struck.delay_after;
    let ending = if struck.delay_before.is_zero() {
        Some(decide(&world, &request, struck))
    } else {
        decide_later(&world, request, struck).await
    };
    if !delay_after.is_zero() {
        sleep(delay_after).await;
    }
    match ending {
        Some(Ending::Answer(answer, pace)) => Ok(respond(answer, pace)),
        Some(Ending::Drop) | None => Err(Dropped),
        // Hyper drops this future when the caller hangs up.
        Some(Ending::Stall) => std::future::pending().await,
    }
}

async fn whole(body: Incoming) -> Result<Bytes, Box<dyn std::error::Error + Send + Sync>> {
    // Most calls have none.
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let body = Limited::new(body, MOST_BODY_BYTES).collect().await?;
    Ok(body.to_bytes())
}

fn strike(world: &World, request: &Request) -> Struck {
    world.faults.strike(&Target {
        operation: request.operation,
        practice: request.practice(),
        at: world.clock.now(),
    })
}

/// Waits before anything is done. What is asked is done even if the caller hangs up meanwhile,
/// but not if the simulator is gone.
async fn decide_later(world: &Arc<World>, request: Request, struck: Struck) -> Option<Ending> {
    let world = Arc::downgrade(world);
    let decided = tokio::spawn(async move {
        sleep(struck.delay_before).await;
        Some(decide(&*world.upgrade()?, &request, struck))
    });
    decided.await.ok().flatten()
}

fn route(world: &World, head: &request::Parts) -> Result<Operation, Answer> {
    let path = head.uri.path();
    let Some(operation) = Operation::at(path) else {
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
    match &head.method {
        method if *method == operation.method() => Ok(operation),
        // Every path of the document answers the browser's pre-flight.
        &Method::OPTIONS => Err(Answer::empty(StatusCode::NO_CONTENT)
            .with_header("allow", format!("{}, OPTIONS", operation.method()))),
        _ => {
            let answer = if operation.is_identity() {
                let (error, text) = ("invalid_request", "The method is not allowed.");
                identity::error_answer(world, StatusCode::METHOD_NOT_ALLOWED, error, text)
            } else {
                Answer::refusal(&world.ids, Refusal::WrongMethod, None)
            };
            Err(answer.with_header("allow", format!("{}, OPTIONS", operation.method())))
        }
    }
}

/// Does what is asked and what goes wrong with it, and notes it before anybody is told.
fn decide(world: &World, request: &Request, struck: Struck) -> Ending {
    if request.operation == Operation::Token {
        count_password_attempt(world, &identity::read_form(&request.body));
    }
    if let Some(bearer) = &request.bearer {
        let now = world.clock.now();
        bearer.practice.catch_up(world.receptionists, now);
    }
    let done = struck.fault.is_none_or(Fault::commits).then(|| {
        if request.operation.is_identity() {
            identity::answer(world, request)
        } else {
            api::answer(world, request)
        }
    });
    let committed = done
        .as_ref()
        .is_some_and(|answer| answer.status.is_success() && request.operation.is_write());
    let ending = trouble::ending(world, request, struck.fault, done);
    world.journal.note(Call {
        operation: request.operation,
        practice: request.practice().map(str::to_owned),
        slot: request.query.number_if_any("slotId"),
        patient: request.query.number_if_any("patientNumber"),
        end: ending.noted(),
        committed,
        faults: struck.all,
        at: world.clock.now(),
    });
    ending
}

fn count_password_attempt(world: &World, form: &identity::Form) {
    if form
        .get("grant_type")
        .is_some_and(|grant| grant == "password")
    {
        let username = form.get("username").cloned().unwrap_or_default();
        *lock(&world.password_attempts).entry(username).or_default() += 1;
    }
}

/// The answer as Hyper takes it.
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
