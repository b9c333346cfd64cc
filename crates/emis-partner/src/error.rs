//! One error over all the rooms.

use std::error::Error as StdError;
use std::fmt;

use emis_settings::{
    CommandError, CommandErrorKind, SettingsEdit, SettingsProblem, StoreErrorKind,
};

/// Why something asked of a practice could not be done.
///
/// [`kind`](Self::kind) says which room it comes from; the room's own error, with its own kind
/// and facts, is the [`source`](StdError::source) and can be downcast. Its text, and that of
/// its sources, never holds a password, a token, a URL, a body or anything about a patient.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    problems: Vec<SettingsProblem>,
    edits: Vec<SettingsEdit>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What kind of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// What was entered is wrong: every mistake is in [`Error::problems`]. Nothing was changed.
    InvalidSettings,
    /// The practice has not set up its EMIS connection: what is missing is in
    /// [`Error::problems`].
    NotSetUp,
    /// Somebody else changed the settings in the meantime: who and what is in [`Error::edits`].
    /// Nothing was changed: look at them again and make the change again.
    SettingsConflict,
    /// The idempotency key was used for something else before.
    KeyReused,
    /// The store could not be read or written.
    Store,
    /// The stored API user can't be opened with the sealing identity at hand.
    Sealed,
    /// The product is put together wrongly: an address that is not https, a missing part.
    Configuration,
    /// A call of EMIS failed: the source is an [`emis_client::ClientError`]. Diagnose.
    Emis,
    /// Booking failed: the source is an [`emis_booking::BookingError`].
    Booking,
    /// Reminders failed as a whole: the source is an [`emis_reminders::ReminderError`].
    Reminders,
}

impl ErrorKind {
    fn message(self) -> &'static str {
        match self {
            Self::InvalidSettings => "the settings were not changed",
            Self::NotSetUp => "the practice's EMIS connection is not set up",
            Self::SettingsConflict => "somebody else changed the settings at the same time",
            Self::KeyReused => "the idempotency key belongs to another command",
            Self::Store => "the store failed",
            Self::Sealed => "the stored API user can't be opened",
            Self::Configuration => "the product is put together wrongly",
            Self::Emis => "the call of EMIS failed",
            Self::Booking => "the booking could not be carried out",
            Self::Reminders => "the reminders could not be sent",
        }
    }
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            kind,
            problems: Vec::new(),
            edits: Vec::new(),
            source: Some(source.into()),
        }
    }

    pub(crate) fn not_set_up(problems: Vec<SettingsProblem>) -> Self {
        Self {
            kind: ErrorKind::NotSetUp,
            problems,
            edits: Vec::new(),
            source: None,
        }
    }

    /// What kind of failure it was.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Every mistake in what was entered, each with a code, a path and a sentence for a practice
    /// manager.
    pub fn problems(&self) -> &[SettingsProblem] {
        &self.problems
    }

    /// Who changed what in the meantime, oldest first, where a change came
    /// [too late](ErrorKind::SettingsConflict).
    pub fn edits(&self) -> &[SettingsEdit] {
        &self.edits
    }

    /// The error and its causes in one line, safe to log.
    pub fn report(&self) -> String {
        emis_types::report(self)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.message())?;
        let mut separator = ": ";
        for problem in &self.problems {
            write!(f, "{separator}{problem}")?;
            separator = " ";
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl From<CommandError> for Error {
    fn from(error: CommandError) -> Self {
        let kind = match error.kind() {
            CommandErrorKind::Invalid => ErrorKind::InvalidSettings,
            CommandErrorKind::Conflict => ErrorKind::SettingsConflict,
            CommandErrorKind::KeyReused => ErrorKind::KeyReused,
            _ => ErrorKind::Store,
        };
        // A refusal is told whole by its problems or its kind; what failed in the store is not.
        let told = error.store_error().is_none();
        Self {
            kind,
            problems: error.problems().to_vec(),
            edits: error.edits().to_vec(),
            source: (!told).then(|| Box::new(error) as _),
        }
    }
}

impl From<emis_settings::StoreError> for Error {
    fn from(error: emis_settings::StoreError) -> Self {
        let kind = match error.kind() {
            StoreErrorKind::Conflict => ErrorKind::SettingsConflict,
            _ => ErrorKind::Store,
        };
        Self::new(kind, error)
    }
}

macro_rules! from_room {
    ($($error:ty => $kind:ident,)*) => {$(
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::new(ErrorKind::$kind, error)
            }
        }
    )*};
}

impl From<emis_client::ClientError> for Error {
    fn from(error: emis_client::ClientError) -> Self {
        let kind = match error.kind() {
            emis_client::ClientErrorKind::Configuration => ErrorKind::Configuration,
            _ => ErrorKind::Emis,
        };
        Self::new(kind, error)
    }
}

from_room! {
    emis_booking::BookingError => Booking,
    emis_reminders::ReminderError => Reminders,
    emis_credentials::SealError => Sealed,
    emis_credentials::KeySourceError => Configuration,
    emis_credentials::TokenError => Configuration,
    emis_credentials::MemoryUnavailable => Store,
}
