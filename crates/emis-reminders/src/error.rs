//! Why a run could not begin, or stopped half-way.

use std::error::Error;
use std::fmt;

use emis_client::ClientErrorKind;
use emis_settings::StoreError;

/// Why a run of reminders could not begin, or stopped half-way.
///
/// Its text and its causes hold nothing about a patient, and no password, token or URL. Where EMIS
/// failed, they are those of the client's error, which is at [`emis`](Self::emis).
#[derive(Debug)]
pub struct ReminderError {
    kind: ReminderErrorKind,
    detail: Detail,
}

#[derive(Debug)]
enum Detail {
    Words(&'static str),
    /// Speaks for itself: words of ours before it would say the same thing twice.
    Emis(emis_client::ClientError),
    Ledger(StoreError),
}

/// What kind of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReminderErrorKind {
    /// The practice's reminder settings have [problems](emis_settings::ReminderSettings::problems).
    InvalidSettings,
    /// The connection leads to another practice than the settings say: to go on would remind
    /// strangers in this practice's name.
    WrongPractice,
    /// EMIS says neither in the token nor in the organisation which practice this is.
    PracticeUnconfirmed,
    /// EMIS failed: see [`ReminderError::emis`].
    Emis,
    /// The ledger failed; without it nothing can be sent once only.
    Store,
    /// One reminder after another failed, so that something other than the patients is wrong.
    TooManyFailures,
}

impl ReminderError {
    pub(crate) const fn new(kind: ReminderErrorKind, message: &'static str) -> Self {
        Self {
            kind,
            detail: Detail::Words(message),
        }
    }

    /// What kind of failure it was.
    pub fn kind(&self) -> ReminderErrorKind {
        self.kind
    }

    /// What EMIS's client said, where it was EMIS that failed.
    pub fn emis(&self) -> Option<&emis_client::ClientError> {
        match &self.detail {
            Detail::Emis(error) => Some(error),
            _ => None,
        }
    }

    /// Returns the store's error, if it could not be read or written.
    pub fn store(&self) -> Option<&StoreError> {
        match &self.detail {
            Detail::Ledger(error) => Some(error),
            _ => None,
        }
    }

    /// The error and its causes in one line, safe to log.
    pub fn report(&self) -> String {
        emis_types::report(self)
    }
}

impl fmt::Display for ReminderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.detail {
            Detail::Words(message) => f.write_str(message),
            Detail::Emis(error) => error.fmt(f),
            Detail::Ledger(_) => f.write_str("the ledger of reminders could not be used"),
        }
    }
}

impl Error for ReminderError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.detail {
            Detail::Words(_) => None,
            Detail::Emis(error) => error.source(),
            Detail::Ledger(error) => Some(error),
        }
    }
}

impl From<emis_client::ClientError> for ReminderError {
    fn from(error: emis_client::ClientError) -> Self {
        let kind = match error.kind() {
            ClientErrorKind::WrongPractice => ReminderErrorKind::WrongPractice,
            ClientErrorKind::PracticeUnconfirmed => ReminderErrorKind::PracticeUnconfirmed,
            _ => ReminderErrorKind::Emis,
        };
        Self {
            kind,
            detail: Detail::Emis(error),
        }
    }
}

impl From<StoreError> for ReminderError {
    fn from(error: StoreError) -> Self {
        Self {
            kind: ReminderErrorKind::Store,
            detail: Detail::Ledger(error),
        }
    }
}
