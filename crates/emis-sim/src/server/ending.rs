//! The end of a call, with or without a fault.

use http::StatusCode;
use http::header::AUTHORIZATION;
use jiff::ToSpan;
use jiff::tz::TimeZone;

use super::body::Pace;
use crate::assumptions::Refusal;
use crate::distort::{distort, false_answer, halve};
use crate::fault::{FalseAnswer, SimFault};
use crate::identity;
use crate::operation::SimOperation;
use crate::protocol::{Answer, Encoding, Request};
use crate::world::{CallEnd, World};

/// The end of a call.
#[derive(Debug)]
pub(super) enum Ending {
    Answer(Answer, Pace),
    Drop,
    Stall,
}

impl Ending {
    /// Returns the end for the journal.
    pub(super) fn recorded(&self) -> CallEnd {
        match self {
            Self::Answer(answer, Pace::Truncated) => CallEnd::Truncated(answer.status.as_u16()),
            Self::Answer(answer, _) => CallEnd::Answered(answer.status.as_u16()),
            Self::Drop => CallEnd::Dropped,
            Self::Stall => CallEnd::Stalled,
        }
    }
}

/// Returns the end of a call with this fault. `done` is the true answer, if the call was performed.
pub(super) fn ending(
    world: &World,
    request: &Request,
    fault: Option<SimFault>,
    done: Option<Answer>,
) -> Ending {
    let encoding = request.encoding().unwrap_or(Encoding::Xml);
    let done = done.unwrap_or_else(|| Answer::empty(StatusCode::NO_CONTENT));
    let failed = |status| failure(world, request.operation, status);
    let Some(fault) = fault else {
        return Ending::Answer(done, Pace::Whole);
    };
    let answer = match fault {
        SimFault::Status(status) | SimFault::StatusAfterCommit(status) => failed(status),
        SimFault::TrueBodyUnderStatus(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(done.status);
            done.with_status(status)
        }
        SimFault::RetryAfter { status, seconds } => {
            failed(status).with_header("retry-after", seconds.to_string())
        }
        SimFault::RetryAfterDate { status, seconds } => {
            failed(status).with_header("retry-after", http_date(world, seconds))
        }
        SimFault::RevokeToken => {
            if let Some(authorization) = request.header(AUTHORIZATION) {
                world.tokens.revoke(authorization);
            }
            failed(401)
        }
        SimFault::Instead(kind) | SimFault::InsteadAfterCommit(kind) => false_answer(world, kind),
        SimFault::PageUnderStatus(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            false_answer(world, FalseAnswer::HtmlPage).with_status(status)
        }
        SimFault::Distort(distortion) => distort(world, done, encoding, distortion),
        SimFault::HalfBody => halve(done, encoding),
        SimFault::TruncatedBody => return Ending::Answer(done, Pace::Truncated),
        SimFault::SlowBody { pieces, pause } => {
            return Ending::Answer(done, Pace::Pieces { pieces, pause });
        }
        SimFault::CommitLater { status, .. } => match status {
            Some(status) => failed(status),
            None => return Ending::Drop,
        },
        SimFault::DropBeforeCommit | SimFault::DropAfterCommit => return Ending::Drop,
        SimFault::StallBeforeCommit | SimFault::StallAfterCommit => return Ending::Stall,
        // The delay itself is in the time at which this is decided.
        SimFault::DelayBeforeCommit(_) | SimFault::DelayAfterCommit(_) => done,
    };
    Ending::Answer(answer, Pace::Whole)
}

/// Returns an error answer of the API or of the identity service.
fn failure(world: &World, operation: SimOperation, status: u16) -> Answer {
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
        let text = "AADB2C90035: The service is temporarily unavailable. Please retry after a few \
                    minutes.";
        identity::error_answer(
            world,
            refusal.shape().status,
            "temporarily_unavailable",
            text,
        )
    } else {
        Answer::refusal(&world.ids, refusal, None)
    }
}

/// Returns a time after the simulator's in the form `Tue, 02 Jun 2026 09:00:17 GMT`.
fn http_date(world: &World, seconds: u32) -> String {
    world
        .clock
        .now()
        .to_zoned(TimeZone::UTC)
        .saturating_add(i64::from(seconds).seconds())
        .strftime("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}
