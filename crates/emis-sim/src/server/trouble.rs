//! How an exchange ends, well or badly.

use http::StatusCode;
use jiff::ToSpan;
use jiff::tz::TimeZone;

use super::body::Pace;
use super::{Answer, Request};
use crate::assumptions::Refusal;
use crate::broken;
use crate::fault::Fault;
use crate::identity::{self, AUTHORIZATION};
use crate::journal::CallEnd;
use crate::operation::Operation;
use crate::world::World;

/// How an exchange ends.
#[derive(Debug)]
pub(super) enum Ending {
    Answer(Answer, Pace),
    Drop,
    Stall,
}

impl Ending {
    /// As the journal has it.
    pub(super) fn noted(&self) -> CallEnd {
        match self {
            Self::Answer(answer, Pace::Truncated) => CallEnd::Truncated(answer.status.as_u16()),
            Self::Answer(answer, _) => CallEnd::Answered(answer.status.as_u16()),
            Self::Drop => CallEnd::Dropped,
            Self::Stall => CallEnd::Stalled,
        }
    }
}

/// What comes of the answer to what was done, if anything was, when a fault strikes.
pub(super) fn ending(
    world: &World,
    request: &Request,
    fault: Option<Fault>,
    done: Option<Answer>,
) -> Ending {
    let done = done.unwrap_or_else(|| Answer::empty(StatusCode::NO_CONTENT));
    let whole = |answer| Ending::Answer(answer, Pace::Whole);
    let failed = |status| failure(world, request.operation, status);
    let Some(fault) = fault else {
        return whole(done);
    };
    match fault {
        Fault::Status(status) | Fault::StatusAfterCommit(status) => whole(failed(status)),
        Fault::RetryAfter { status, seconds } => {
            whole(failed(status).with_header("retry-after", seconds.to_string()))
        }
        Fault::RetryAfterDate { status, seconds } => {
            whole(failed(status).with_header("retry-after", http_date(world, seconds)))
        }
        Fault::RevokeToken => {
            if let Some(authorization) = request.header(AUTHORIZATION) {
                world.tokens.revoke(authorization);
            }
            whole(failed(401))
        }
        Fault::NotJson | Fault::NotJsonAfterCommit => whole(Answer::html()),
        Fault::WrongContentType => {
            whole(done.with_header_instead("content-type", "text/html; charset=utf-8"))
        }
        Fault::MalformedRecord => whole(broken::with_one_broken_record(done)),
        Fault::TruncatedBody => Ending::Answer(done, Pace::Truncated),
        Fault::SlowBody { pieces, pause } => Ending::Answer(done, Pace::Pieces { pieces, pause }),
        Fault::DropBeforeCommit | Fault::DropAfterCommit => Ending::Drop,
        Fault::StallBeforeCommit | Fault::StallAfterCommit => Ending::Stall,
        // What they do is done with the time at which this is decided.
        Fault::DelayBeforeCommit(_) | Fault::DelayAfterCommit(_) => whole(done),
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

/// `Tue, 02 Jun 2026 09:00:17 GMT`, so many seconds ahead of the simulator's clock.
fn http_date(world: &World, seconds: u32) -> String {
    world
        .clock
        .now()
        .to_zoned(TimeZone::UTC)
        .saturating_add(i64::from(seconds).seconds())
        .strftime("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}
