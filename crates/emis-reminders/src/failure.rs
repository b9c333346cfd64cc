//! What kept a due reminder from being sent, though it should have been.

use std::fmt;

use emis_client::ClientErrorKind;
use serde::{Serialize, Serializer};

use crate::notifier::NotifyErrorKind;
use crate::plan::RemindedAppointment;

/// A reminder that was not sent because something failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FailedReminder {
    /// The appointment.
    pub appointment: RemindedAppointment,
    /// What failed.
    pub cause: FailureCause,
}

/// What failed. In JSON, its [`code`](Self::code).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureCause {
    /// The second look at the appointment failed.
    Emis(ClientErrorKind),
    /// The second look found a record that could not be read, and no other that would tell.
    Unreadable,
    /// The message was not taken.
    Notifier(NotifyErrorKind),
    /// The ledger could not be used.
    Store,
    /// The run had stopped before.
    NotAttempted,
}

impl FailureCause {
    /// The cause as a stable code, for programs and counts: `emis`, `unreadable`,
    /// `message-not-taken`, `message-refused`, `ledger` or `not-attempted`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Emis(_) => "emis",
            Self::Unreadable => "unreadable",
            Self::Notifier(NotifyErrorKind::Permanent) => "message-refused",
            Self::Notifier(_) => "message-not-taken",
            Self::Store => "store",
            Self::NotAttempted => "not-attempted",
        }
    }
}

impl fmt::Display for FailureCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Emis(_) => "EMIS did not show the appointment once more",
            Self::Unreadable => "what EMIS showed of the appointment could not be read",
            Self::Notifier(NotifyErrorKind::Permanent) => "the message was refused for good",
            Self::Notifier(_) => "the message was not taken",
            Self::Store => "the ledger could not be used",
            Self::NotAttempted => "the run had stopped before",
        })
    }
}

impl Serialize for FailureCause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}
