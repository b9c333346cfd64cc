//! The reasons why a due reminder was not sent by a run.

use emis_client::ClientErrorKind;
use emis_client::model::SkippedRecord;
use emis_messaging::{NotifyError, NotifyErrorKind};
use emis_settings::StoreError;
use emis_types::report;
use jiff::Timestamp;

use crate::error::{ReminderError, ReminderErrorKind};
use crate::store::ClaimOutcome;
use crate::suppression::SuppressionReason;

/// The number of failures in a row after which a run stops, so as not to burden a service that
/// fails already.
const MOST_TROUBLES_IN_A_ROW: usize = 5;

/// The reason why a due reminder was not sent by this run.
#[derive(Debug)]
pub(crate) enum Setback {
    Suppressed(SuppressionReason),
    AlreadySent,
    InDoubt {
        since: Timestamp,
    },
    Emis(emis_client::ClientError),
    /// EMIS's answer does not decide: this record could not be decoded.
    Unreadable(SkippedRecord),
    Notifier(NotifyError),
    Store(StoreError),
    /// The outcome is known but could not be stored: the claim stays open.
    Unsettled(StoreError),
}

impl Setback {
    /// Returns the claim if the caller may go on. After a refusal it may have another channel.
    pub(crate) fn check(claim: ClaimOutcome) -> Result<ClaimOutcome, Self> {
        match claim {
            ClaimOutcome::Ours | ClaimOutcome::Refused => Ok(claim),
            ClaimOutcome::AlreadySent => Err(Self::AlreadySent),
            ClaimOutcome::InDoubt { since } => Err(Self::InDoubt { since }),
        }
    }

    /// Returns what failed, if anything did, safe to log. The sources of a notifier's error may
    /// not be safe, and are left out.
    pub(crate) fn failure(&self) -> Option<String> {
        match self {
            Self::Suppressed(_) | Self::AlreadySent | Self::InDoubt { .. } => None,
            Self::Emis(error) => Some(report(error)),
            Self::Unreadable(record) => Some(record.to_string()),
            Self::Notifier(error) => Some(error.to_string()),
            Self::Store(error) | Self::Unsettled(error) => Some(report(error)),
        }
    }

    /// Returns whether it may concern EMIS or the message service as a whole.
    pub(crate) fn is_trouble(&self) -> bool {
        match self {
            Self::Emis(error) => error.kind() != ClientErrorKind::NotFound,
            Self::Notifier(error) => error.kind() != NotifyErrorKind::Permanent,
            Self::Store(_) | Self::Unsettled(_) => true,
            Self::Suppressed(_) | Self::AlreadySent | Self::InDoubt { .. } => false,
            Self::Unreadable(_) => false,
        }
    }

    /// Returns the error to stop the run with, if the other reminders would fail as well.
    pub(crate) fn halts(self, troubles_in_a_row: usize) -> Option<ReminderError> {
        match self {
            Self::Store(error) | Self::Unsettled(error) => Some(error.into()),
            Self::Emis(error) if error.kind().is_about_the_connection() => Some(error.into()),
            _ if troubles_in_a_row >= MOST_TROUBLES_IN_A_ROW => Some(ReminderError::new(
                ReminderErrorKind::TooManyFailures,
                "several reminders in a row failed",
            )),
            _ => None,
        }
    }
}

impl From<SuppressionReason> for Setback {
    fn from(reason: SuppressionReason) -> Self {
        Self::Suppressed(reason)
    }
}

impl From<emis_client::ClientError> for Setback {
    fn from(error: emis_client::ClientError) -> Self {
        Self::Emis(error)
    }
}

impl From<StoreError> for Setback {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
