//! The reasons why a due reminder was not sent by a run.

use emis_client::ClientErrorKind;
use emis_client::model::SkippedRecord;
use emis_messaging::{NotifyError, TemplateError};
use emis_settings::StoreError;
use emis_types::report;
use jiff::civil::DateTime;

use crate::claim::ReminderStanding;
use crate::suppression::SuppressionReason;

/// The failure of a look that took too long.
pub(crate) const SLOW: ClientErrorKind = ClientErrorKind::Interrupted;

/// The reason why a due reminder was not sent by this run.
#[derive(Debug)]
pub(crate) enum Setback {
    Suppressed(SuppressionReason),
    /// It waits until a time, UK wall clock.
    Waits(SuppressionReason, DateTime),
    Standing(ReminderStanding),
    Emis(emis_client::ClientError),
    /// EMIS took too long.
    Slow,
    /// The message that was to tell it with another was not sent.
    WithAnother,
    /// EMIS's answer does not decide: this record could not be decoded.
    Unreadable(SkippedRecord),
    Notifier(NotifyError),
    /// No words in the practice's language make a message.
    Unwritable(TemplateError),
    Store(StoreError),
    /// The outcome is known but could not be stored: the claim stays open.
    Unsettled(StoreError),
}

impl Setback {
    /// Returns what failed, if anything did, safe to log. The sources of a notifier's error may
    /// not be safe, and are left out.
    pub(crate) fn failure(&self) -> Option<String> {
        match self {
            Self::Suppressed(_) | Self::Waits(..) | Self::Standing(_) | Self::WithAnother => None,
            Self::Slow => Some("EMIS took too long to show the appointment again".to_owned()),
            Self::Emis(error) => Some(report(error)),
            Self::Unreadable(record) => Some(record.to_string()),
            Self::Notifier(error) => Some(error.to_string()),
            Self::Unwritable(error) => Some(error.report()),
            Self::Store(error) | Self::Unsettled(error) => Some(report(error)),
        }
    }

    /// Returns whether another try may succeed, after the others had theirs.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Emis(error) => error.kind() != ClientErrorKind::NotFound,
            Self::Unreadable(_) | Self::Slow | Self::WithAnother => true,
            Self::Notifier(error) => error.is_retryable(),
            _ => false,
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
