//! What can keep a due reminder from being sent.

use std::error::Error;

use emis_client::ErrorKind;
use emis_client::model::SkippedRecord;
use emis_settings::StoreError;
use jiff::Timestamp;

use crate::error::{ReminderError, ReminderErrorKind};
use crate::ledger::Claim;
use crate::notifier::NotifyError;
use crate::reason::Reason;

/// After so many failures in a row a run stops: it would only burden an EMIS, or a sender of
/// messages, that is in trouble already.
const MOST_FAILURES_IN_A_ROW: usize = 5;

/// Why a due reminder was not sent by this run.
#[derive(Debug)]
pub(crate) enum Setback {
    PassedOver(Reason),
    AlreadySent,
    InDoubt {
        since: Timestamp,
    },
    Emis(emis_client::Error),
    /// EMIS's answer does not tell whether the appointment stands: this record could not be read.
    Unreadable(SkippedRecord),
    Notifier(NotifyError),
    Ledger(StoreError),
    /// The message's fate is known, but the ledger could not be told: its claim stays open.
    Unsettled(StoreError),
}

impl Setback {
    /// Ok where a claim lets us go on. A refusal is for the caller, who may have another channel.
    pub(crate) fn check(claim: Claim) -> Result<Claim, Self> {
        match claim {
            Claim::Ours | Claim::Refused => Ok(claim),
            Claim::AlreadySent => Err(Self::AlreadySent),
            Claim::InDoubt { since } => Err(Self::InDoubt { since }),
        }
    }

    /// The error behind it, where something failed.
    pub(crate) fn failure(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::PassedOver(_) | Self::AlreadySent | Self::InDoubt { .. } => None,
            Self::Emis(error) => Some(error),
            Self::Unreadable(error) => Some(error),
            Self::Notifier(error) => Some(error),
            Self::Ledger(error) | Self::Unsettled(error) => Some(error),
        }
    }

    /// The error to stop the run with, where what failed would fail for every other patient too.
    pub(crate) fn halts(self, failures_in_a_row: usize) -> Option<ReminderError> {
        match self {
            Self::Ledger(error) | Self::Unsettled(error) => Some(error.into()),
            Self::Emis(error) if concerns_everybody(error.kind()) => Some(error.into()),
            _ if failures_in_a_row >= MOST_FAILURES_IN_A_ROW => Some(ReminderError::new(
                ReminderErrorKind::TooManyFailures,
                "one reminder after another failed",
            )),
            _ => None,
        }
    }
}

fn concerns_everybody(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Credentials
            | ErrorKind::Unauthenticated
            | ErrorKind::Forbidden
            | ErrorKind::RateLimited
            | ErrorKind::Unreachable
    )
}

impl From<Reason> for Setback {
    fn from(reason: Reason) -> Self {
        Self::PassedOver(reason)
    }
}

impl From<emis_client::Error> for Setback {
    fn from(error: emis_client::Error) -> Self {
        Self::Emis(error)
    }
}

impl From<StoreError> for Setback {
    fn from(error: StoreError) -> Self {
        Self::Ledger(error)
    }
}
