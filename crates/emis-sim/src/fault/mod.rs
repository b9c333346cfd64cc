//! Trouble on demand: single faults that wait for their call, and rules that strike again.

mod queue;
mod rule;

use std::time::Duration;

pub use queue::Faults;
pub(crate) use queue::{Struck, Target};
pub use rule::{BadFaultRule, FaultRule};

/// What goes wrong with one call.
///
/// *Commit* is the moment at which the practice changes. A fault before it leaves the practice
/// as it was; a fault after it hides from the caller that the change was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Waits, then does what was asked and answers. What was asked is done even if the caller
    /// has given up by then: a write can come true after it was read back.
    DelayBeforeCommit(Duration),
    /// Does what was asked at once, and waits before it answers.
    DelayAfterCommit(Duration),
    /// Answers with this HTTP status and does nothing.
    Status(u16),
    /// Does what was asked, then answers with this HTTP status.
    StatusAfterCommit(u16),
    /// Does nothing and never answers; holds the line until the caller hangs up.
    StallBeforeCommit,
    /// Does what was asked and never answers; holds the line until the caller hangs up.
    StallAfterCommit,
    /// Closes the connection without an answer and does nothing, although the whole request had
    /// arrived. For a connection that closes before that, see [`Faults::hang_up_on`].
    DropBeforeCommit,
    /// Does what was asked and closes the connection without an answer.
    DropAfterCommit,
    /// Does what was asked and answers with one broken record: impossible dates, ids that are
    /// not numbers. Every other record of the answer is sound.
    MalformedRecord,
    /// Does nothing and answers 200 with an HTML page, as a proxy in the way does.
    NotJson,
    /// Does what was asked and answers 200 with an HTML page.
    NotJsonAfterCommit,
    /// Does what was asked and answers as always, but calls the answer `text/html`.
    WrongContentType,
    /// Does nothing and answers with this HTTP status and `Retry-After` in seconds.
    RetryAfter {
        /// The HTTP status, usually 429 or 503.
        status: u16,
        /// The header's value.
        seconds: u32,
    },
    /// Does nothing and answers with this HTTP status and `Retry-After` as a date.
    RetryAfterDate {
        /// The HTTP status, usually 429 or 503.
        status: u16,
        /// How far ahead of the simulator's clock the date is.
        seconds: u32,
    },
    /// Does nothing, takes back the token that the call carries, and answers 401, as it does to
    /// every later call with that token.
    RevokeToken,
    /// Does what was asked and sends the answer piece by piece.
    SlowBody {
        /// How many pieces, at least one.
        pieces: u16,
        /// How long to wait before each piece.
        pause: Duration,
    },
    /// Does what was asked and closes the connection half-way through the answer.
    TruncatedBody,
}

impl Fault {
    /// Whether the practice does what it was asked all the same.
    pub const fn commits(self) -> bool {
        match self {
            Self::DelayBeforeCommit(_)
            | Self::DelayAfterCommit(_)
            | Self::StatusAfterCommit(_)
            | Self::StallAfterCommit
            | Self::DropAfterCommit
            | Self::MalformedRecord
            | Self::NotJsonAfterCommit
            | Self::WrongContentType
            | Self::SlowBody { .. }
            | Self::TruncatedBody => true,
            Self::Status(_)
            | Self::StallBeforeCommit
            | Self::DropBeforeCommit
            | Self::NotJson
            | Self::RetryAfter { .. }
            | Self::RetryAfterDate { .. }
            | Self::RevokeToken => false,
        }
    }
}
