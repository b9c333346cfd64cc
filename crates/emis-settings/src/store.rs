//! Where settings are kept.

use std::error::Error;
use std::fmt::{self, Debug};

use async_trait::async_trait;
use emis_types::OdsCode;

use crate::PracticeSettings;

/// Keeps the settings of practices, one document for each ODS code.
#[async_trait]
pub trait SettingsStore: Debug + Send + Sync {
    /// The settings of a practice, at the version that is kept; none where it has none.
    ///
    /// # Errors
    /// [`Unavailable`](StoreErrorKind::Unavailable) or [`Corrupt`](StoreErrorKind::Corrupt).
    async fn load(&self, practice: &OdsCode) -> Result<Option<PracticeSettings>, StoreError>;

    /// Keeps settings that were loaded at [`version`](PracticeSettings::version), or are new at
    /// version 0, and gives them back at the next version.
    ///
    /// # Errors
    /// [`Conflict`](StoreErrorKind::Conflict) where somebody else saved since: load again, make
    /// the change again, save again. [`Unavailable`](StoreErrorKind::Unavailable) otherwise.
    async fn save(&self, settings: &PracticeSettings) -> Result<PracticeSettings, StoreError>;

    /// The practices that have settings, in the order of their codes.
    ///
    /// # Errors
    /// [`Unavailable`](StoreErrorKind::Unavailable) or [`Corrupt`](StoreErrorKind::Corrupt).
    async fn list(&self) -> Result<Vec<OdsCode>, StoreError>;
}

/// Why a store could not do what was asked of it, be it for settings or for a ledger.
///
/// Its text is written by the store and holds no value that was stored.
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    message: &'static str,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What kind of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// Somebody else saved first. Nothing was changed.
    Conflict,
    /// The store could not be reached, read or written. What was asked for may be tried again.
    Unavailable,
    /// What is kept can't be read: damaged, or written by a newer release. Trying again does not
    /// help.
    Corrupt,
}

impl StoreError {
    /// An error with a sentence that says what could not be done. For stores.
    pub fn new(kind: StoreErrorKind, message: &'static str) -> Self {
        Self {
            kind,
            message,
            source: None,
        }
    }

    /// Adds the cause. Its text must be free of stored values too.
    #[must_use]
    pub fn with_source(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// What kind of failure it was.
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}
