//! What can keep a due reminder from being sent.

use emis_client::ClientErrorKind;
use emis_client::model::SkippedRecord;
use emis_settings::StoreError;
use emis_types::report;
use jiff::Timestamp;

use crate::error::{ReminderError, ReminderErrorKind};
use crate::ledger::ClaimOutcome;
use crate::notifier::{NotifyError, NotifyErrorKind};
use crate::reason::SuppressionReason;

/// After so much trouble in a row a run stops: it would only burden an EMIS, or a sender of
/// messages, that is in trouble already.
const MOST_TROUBLES_IN_A_ROW: usize = 5;

/// Why a due reminder was not sent by this run.
#[derive(Debug)]
pub(crate) enum Setback {
    Suppressed(SuppressionReason),
    AlreadySent,
    InDoubt {
        since: Timestamp,
    },
    Emis(emis_client::ClientError),
    /// EMIS's answer does not tell whether the appointment stands: this record could not be read.
    Unreadable(SkippedRecord),
    Notifier(NotifyError),
    Ledger(StoreError),
    /// The message's fate is known, but the ledger could not be told: its claim stays open.
    Unsettled(StoreError),
}

impl Setback {
    /// Ok where a claim lets us go on. A refusal is for the caller, who may have another channel.
    pub(crate) fn check(claim: ClaimOutcome) -> Result<ClaimOutcome, Self> {
        match claim {
            ClaimOutcome::Ours | ClaimOutcome::Refused => Ok(claim),
            ClaimOutcome::AlreadySent => Err(Self::AlreadySent),
            ClaimOutcome::InDoubt { since } => Err(Self::InDoubt { since }),
        }
    }

    /// What failed, if anything did, in words that are safe to log. The causes of a notifier's
    /// error are not ours to vouch for, and left out.
    pub(crate) fn failure(&self) -> Option<String> {
        match self {
            Self::Suppressed(_) | Self::AlreadySent | Self::InDoubt { .. } => None,
            Self::Emis(error) => Some(report(error)),
            Self::Unreadable(record) => Some(record.to_string()),
            Self::Notifier(error) => Some(error.to_string()),
            Self::Ledger(error) | Self::Unsettled(error) => Some(report(error)),
        }
    }

    /// Whether it may have to do with EMIS or the sender of messages as a whole, and not with
    /// this one patient.
    pub(crate) fn is_trouble(&self) -> bool {
        match self {
            Self::Emis(error) => error.kind() != ClientErrorKind::NotFound,
            Self::Notifier(error) => error.kind() != NotifyErrorKind::Permanent,
            Self::Ledger(_) | Self::Unsettled(_) => true,
            Self::Suppressed(_) | Self::AlreadySent | Self::InDoubt { .. } => false,
            Self::Unreadable(_) => false,
        }
    }

    /// The error to stop the run with, where what failed would fail for the other patients too.
    pub(crate) fn halts(self, troubles_in_a_row: usize) -> Option<ReminderError> {
        match self {
            Self::Ledger(error) | Self::Unsettled(error) => Some(error.into()),
            Self::Emis(error) if error.kind().is_about_the_connection() => Some(error.into()),
            _ if troubles_in_a_row >= MOST_TROUBLES_IN_A_ROW => Some(ReminderError::new(
                ReminderErrorKind::TooManyFailures,
                "one reminder after another failed",
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
        Self::Ledger(error)
    }
}
