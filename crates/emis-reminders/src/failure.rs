//! Reminders that failed.

use std::fmt;

use emis_client::ClientErrorKind;
use emis_messaging::NotifyErrorKind;
use serde::{Serialize, Serializer};

use crate::appointment::RemindedAppointment;

/// A reminder that was not sent because something failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FailedReminder {
    /// The appointment.
    pub appointment: RemindedAppointment,
    /// The cause.
    pub cause: FailureCause,
}

/// The cause of a failed reminder. In JSON, its [`code`](Self::code).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureCause {
    /// The appointment could not be read again before sending.
    Emis(ClientErrorKind),
    /// Reading the appointment again found a record that could not be decoded, and no other that
    /// decides.
    Unreadable,
    /// The message was not accepted.
    Notifier(NotifyErrorKind),
    /// No template in the practice's language makes a message of this appointment.
    Unwritable,
    /// The store failed.
    Store,
    /// The run had stopped before.
    NotAttempted,
}

impl FailureCause {
    /// Returns the cause as a stable code, for programs and counts: `emis`, `unreadable`,
    /// `message-not-taken`, `message-refused`, `unwritable`, `store` or `not-attempted`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Emis(_) => "emis",
            Self::Unreadable => "unreadable",
            Self::Notifier(NotifyErrorKind::Permanent) => "message-refused",
            Self::Notifier(_) => "message-not-taken",
            Self::Unwritable => "unwritable",
            Self::Store => "store",
            Self::NotAttempted => "not-attempted",
        }
    }
}

impl fmt::Display for FailureCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Emis(_) => "EMIS did not show the appointment again",
            Self::Unreadable => "EMIS's record of the appointment could not be read",
            Self::Notifier(NotifyErrorKind::Permanent) => "the message was refused permanently",
            Self::Notifier(_) => "the message was not accepted",
            Self::Unwritable => "the practice's words make no message",
            Self::Store => "the reminder store failed",
            Self::NotAttempted => "the run had stopped before",
        })
    }
}

impl Serialize for FailureCause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}
