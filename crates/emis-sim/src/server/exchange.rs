//! One request: where it goes, what trouble it meets, how it ends.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, request};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;

use super::body::WireBody;
use super::{Answer, Query};
use crate::assumptions::Refusal;
use crate::fault::Fault;
use crate::identity::{self, AUTHORIZATION};
use crate::journal::{Call, CallEnd};
use crate::operation::Operation;
use crate::world::{World, lock};
use crate::{api, broken};

/// The largest request body that is read.
const MOST_BODY_BYTES: usize = 1 << 20;

/// What an operation gets to see of a request.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) operation: Operation,
    pub(crate) query: Query,
    headers: HeaderMap,
    body: Bytes,
}

impl Request {
    /// A header that is there and is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The first value of `Accept`; several are joined as one list.
    pub(crate) fn accept(&self) -> Option<String> {
        let values: Vec<&str> = self
            .headers
            .get_all("accept")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        (!values.is_empty()).then(|| values.join(","))
    }
}

/// How an exchange ends.
enum Ending {
    Answer(Answer),
    Truncated(Answer),
    Drop,
    Stall,
}

/// Ends the connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is dropped, as a fault asked for")]
pub(super) struct Dropped;

pub(super) async fn exchange(
    world: Arc<World>,
    request: http::Request<Incoming>,
) -> Result<Response<WireBody>, Dropped> {
    let (head, body) = request.into_parts();
    let body = match Limited::new(body, MOST_BODY_BYTES).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return Ok(respond(&Answer::refusal(Refusal::TooLarge, None), false));
        }
        Err(_) => return Ok(respond(&Answer::refusal(Refusal::BadRequest, None), false)),
    };
    let operation = match route(&world, &head) {
        Ok(operation) => operation,
        Err(answer) => return Ok(respond(&answer, false)),
    };
    let request = Request {
        operation,
        query: Query::read(head.uri.query().unwrap_or_default()),
        headers: head.headers,
        body,
    };
    match decide(&world, &request) {
        Ending::Answer(answer) => Ok(respond(&answer, false)),
        Ending::Truncated(answer) => Ok(respond(&answer, true)),
        Ending::Drop => Err(Dropped),
        // Hyper drops this future when the caller hangs up.
        Ending::Stall => std::future::pending().await,
    }
}

fn route(world: &World, head: &request::Parts) -> Result<Operation, Answer> {
    let path = head.uri.path();
    let Some(operation) = Operation::at(path) else {
        return Err(if path.starts_with("/identity") {
            identity::error_answer(
                world,
                StatusCode::NOT_FOUND,
                "invalid_request",
                "AADB2C90007: The request does not match any endpoint.",
            )
        } else {
            Answer::refusal(Refusal::NotFound, Some("no such operation".to_owned()))
        });
    };
    match &head.method {
        method if *method == operation.method() => Ok(operation),
        // Every path of the document answers the browser's pre-flight.
        &Method::OPTIONS => Err(Answer::empty(StatusCode::NO_CONTENT)
            .with_header("allow", format!("{}, OPTIONS", operation.method()))),
        _ => Err(Answer::refusal(Refusal::WrongMethod, None)
            .with_header("allow", format!("{}, OPTIONS", operation.method()))),
    }
}

/// Does what is asked and what a waiting fault asks for, and notes it before anybody is told.
fn decide(world: &World, request: &Request) -> Ending {
    let form = (request.operation == Operation::Token).then(|| identity::read_form(&request.body));
    if let Some(form) = &form {
        count_password_attempt(world, form);
    }
    let act = || match (&form, request.operation) {
        (Some(form), _) => identity::token_answer(world, request.header(AUTHORIZATION), form),
        (None, operation) if operation.is_identity() => identity_document(world, operation),
        _ => api::answer(world, request),
    };
    let fault = world.faults.take(request.operation);
    let ending = match fault {
        None => Ending::Answer(act()),
        Some(fault) if fault.strikes_before_commit() => suffer(world, request, fault, None),
        Some(fault) => suffer(world, request, fault, Some(act())),
    };
    world.journal.note(Call {
        operation: request.operation,
        practice: practice_of(world, request),
        slot: request.query.number_if_any("slotId"),
        patient: request.query.number_if_any("patientNumber"),
        end: ending.noted(),
        at: world.clock.now(),
    });
    ending
}

fn suffer(world: &World, request: &Request, fault: Fault, done: Option<Answer>) -> Ending {
    let done = done.unwrap_or_else(|| Answer::empty(StatusCode::NO_CONTENT));
    match fault {
        Fault::Status(status) | Fault::StatusAfterCommit(status) => {
            Ending::Answer(failure(world, request.operation, status))
        }
        Fault::RetryAfter { status, seconds } => Ending::Answer(
            failure(world, request.operation, status)
                .with_header("retry-after", seconds.to_string()),
        ),
        Fault::NotJson => Ending::Answer(Answer::html()),
        Fault::MalformedRecord => Ending::Answer(broken::with_one_broken_record(done)),
        Fault::TruncatedBody => Ending::Truncated(done),
        Fault::DropBeforeCommit | Fault::DropAfterCommit => Ending::Drop,
        Fault::StallBeforeCommit | Fault::StallAfterCommit => Ending::Stall,
    }
}

/// An answer with the status that a fault asks for, in the manner of whoever is asked.
fn failure(world: &World, operation: Operation, status: u16) -> Answer {
    let refusal = match status {
        400 => Refusal::BadRequest,
        401 => Refusal::Unauthorised,
        404 => Refusal::NotFound,
        409 => Refusal::Conflict,
        415 => Refusal::UnsupportedMediaType,
        500 => Refusal::ServerError,
        other => Refusal::Other(other),
    };
    if operation.is_identity() {
        let text = "AADB2C90047: The resource could not be served.";
        identity::error_answer(
            world,
            refusal.shape().status,
            "temporarily_unavailable",
            text,
        )
    } else {
        Answer::refusal(refusal, None)
    }
}

fn identity_document(world: &World, operation: Operation) -> Answer {
    let document = match operation {
        Operation::Jwks => world.key.jwks(),
        _ => identity::discovery(&world.issuer),
    };
    Answer::json(StatusCode::OK, &document)
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

fn practice_of(world: &World, request: &Request) -> Option<String> {
    let bearer = world.bearer(request.header(AUTHORIZATION)?)?;
    Some(bearer.practice.cdb.clone())
}

impl Ending {
    fn noted(&self) -> CallEnd {
        match self {
            Self::Answer(answer) => CallEnd::Answered(answer.status.as_u16()),
            Self::Truncated(answer) => CallEnd::Truncated(answer.status.as_u16()),
            Self::Drop => CallEnd::Dropped,
            Self::Stall => CallEnd::Stalled,
        }
    }
}

fn respond(answer: &Answer, truncated: bool) -> Response<WireBody> {
    let mut response = Response::new(if truncated {
        WireBody::truncated(&answer.body)
    } else {
        WireBody::whole(answer.body.clone())
    });
    *response.status_mut() = answer.status;
    for (name, value) in &answer.headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(*name, value);
        }
    }
    response
}
