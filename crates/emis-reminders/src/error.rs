//! The error of a run as a whole: opaque, with a kind to branch on.

use emis_client::{ClientError, ClientErrorKind};
use emis_settings::StoreError;

/// Why a run of reminders could not begin, or stopped early.
///
/// The text contains nothing about a patient, and no password, token or URL.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ReminderError {
    kind: ReminderErrorKind,
    message: &'static str,
    source: Option<Cause>,
}

#[derive(Debug, thiserror::Error)]
enum Cause {
    #[error(transparent)]
    Emis(ClientError),
    #[error(transparent)]
    Store(StoreError),
}

/// The kinds of [`ReminderError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReminderErrorKind {
    /// The practice's reminder settings have [problems](emis_settings::ReminderSettings::problems).
    InvalidSettings,
    /// The connection leads to another practice than the settings name: to go on would remind
    /// strangers in this practice's name.
    WrongPractice,
    /// Neither the token nor the organisation says which practice this is.
    PracticeUnconfirmed,
    /// A call of EMIS failed: see [`ReminderError::emis`].
    Emis,
    /// The store failed: see [`ReminderError::store`]. Without it a reminder could be sent twice.
    Store,
    /// Several reminders in a row failed, so that the cause is not one patient's.
    TooManyFailures,
}

impl ReminderError {
    pub(crate) const fn new(kind: ReminderErrorKind, message: &'static str) -> Self {
        Self {
            kind,
            message,
            source: None,
        }
    }

    /// Returns the kind of the failure.
    pub fn kind(&self) -> ReminderErrorKind {
        self.kind
    }

    /// Returns the client's error, if a call of EMIS failed.
    pub fn emis(&self) -> Option<&ClientError> {
        match &self.source {
            Some(Cause::Emis(error)) => Some(error),
            _ => None,
        }
    }

    /// Returns the store's error, if the store failed.
    pub fn store(&self) -> Option<&StoreError> {
        match &self.source {
            Some(Cause::Store(error)) => Some(error),
            _ => None,
        }
    }

    /// Returns `true` if a later run may succeed without any change.
    pub fn is_retryable(&self) -> bool {
        match &self.source {
            Some(Cause::Emis(error)) => error.is_retryable(),
            Some(Cause::Store(error)) => error.is_retryable(),
            None => self.kind == ReminderErrorKind::TooManyFailures,
        }
    }

    /// Returns the error and its sources in one line, safe to log.
    pub fn report(&self) -> String {
        emis_types::report(self)
    }
}

impl From<ClientError> for ReminderError {
    fn from(error: ClientError) -> Self {
        let (kind, message) = match error.kind() {
            ClientErrorKind::WrongPractice => {
                (ReminderErrorKind::WrongPractice, "reminders were not sent")
            }
            ClientErrorKind::PracticeUnconfirmed => (
                ReminderErrorKind::PracticeUnconfirmed,
                "reminders were not sent",
            ),
            _ => (ReminderErrorKind::Emis, "the call of EMIS failed"),
        };
        Self {
            kind,
            message,
            source: Some(Cause::Emis(error)),
        }
    }
}

impl From<StoreError> for ReminderError {
    fn from(error: StoreError) -> Self {
        Self {
            kind: ReminderErrorKind::Store,
            message: "the reminder store failed",
            source: Some(Cause::Store(error)),
        }
    }
}
