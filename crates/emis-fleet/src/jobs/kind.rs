//! Kinds of jobs.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// A kind of recurring work. In JSON, in payloads and as the name of its queue, its
/// [`code`](Self::code).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum JobKind {
    /// Sends the reminders of a practice that are due.
    Reminders,
    /// Settles bookings whose outcome is unknown, and finds bookings that EMIS made late.
    Bookings,
    /// Settles messages that may or may not have been sent.
    Messages,
    /// Tells patients how their bookings ended.
    Notices,
    /// Checks that reminders and bookings go on.
    Heartbeat,
    /// Diagnoses the practice's EMIS connection.
    Diagnosis,
    /// Seals the API users of all practices to the present keys.
    Resealing,
    /// Deletes the records of all practices that are past their retention period.
    Retention,
    /// Verifies every audit log and notes its head outside the store.
    Anchoring,
}

impl JobKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Reminders,
        Self::Bookings,
        Self::Messages,
        Self::Notices,
        Self::Heartbeat,
        Self::Diagnosis,
        Self::Resealing,
        Self::Retention,
        Self::Anchoring,
    ];

    /// Returns the stable code. It never changes once published.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Reminders => "reminders",
            Self::Bookings => "bookings",
            Self::Messages => "messages",
            Self::Notices => "notices",
            Self::Heartbeat => "heartbeat",
            Self::Diagnosis => "diagnosis",
            Self::Resealing => "resealing",
            Self::Retention => "retention",
            Self::Anchoring => "anchoring",
        }
    }

    /// Returns `true` for work of one practice, `false` for work of the whole product.
    pub const fn is_per_practice(self) -> bool {
        !matches!(self, Self::Resealing | Self::Retention | Self::Anchoring)
    }

    /// Returns `true` if the work may send messages, or decides whether one is sent again. A worker
    /// without a real sender must not run it.
    pub const fn needs_sender(self) -> bool {
        matches!(self, Self::Reminders | Self::Messages | Self::Notices)
    }

    pub(super) const fn default_interval(self) -> Duration {
        Duration::from_secs(match self {
            Self::Reminders => 10 * MINUTE,
            Self::Bookings | Self::Messages | Self::Notices => 5 * MINUTE,
            Self::Heartbeat => HOUR,
            Self::Anchoring => 6 * HOUR,
            Self::Diagnosis | Self::Resealing | Self::Retention => 24 * HOUR,
        })
    }

    pub(super) const fn default_time_limit(self) -> Duration {
        Duration::from_secs(match self {
            Self::Reminders => 4 * MINUTE,
            Self::Messages => MINUTE,
            Self::Bookings | Self::Notices | Self::Heartbeat | Self::Diagnosis => 2 * MINUTE,
            Self::Resealing | Self::Retention | Self::Anchoring => HOUR,
        })
    }
}

impl fmt::Display for JobKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A text that is not the code of a [`JobKind`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no kind of job has this code")]
pub struct JobKindError;

impl FromStr for JobKind {
    type Err = JobKindError;

    fn from_str(text: &str) -> Result<Self, JobKindError> {
        let mut kinds = Self::ALL.into_iter();
        kinds.find(|kind| kind.code() == text).ok_or(JobKindError)
    }
}
