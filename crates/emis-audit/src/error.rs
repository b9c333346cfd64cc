//! The error of every store.

use std::error::Error;
use std::fmt;

/// Why a store could not do what was asked of it, be it for settings or for a ledger.
///
/// Its text is written by the store and holds no value that was stored.
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    message: &'static str,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What kind of failure it was. Nothing was changed, unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// Somebody else saved first.
    Conflict,
    /// The store could not be reached, read or written. What was asked for may be tried again. It
    /// may have been done, where the connection broke at its very end: every operation of a store
    /// can be repeated without doing anything twice.
    Unavailable,
    /// The store is there and has too much to do: every connection is in use, or another process
    /// holds the file. What was asked for may be tried again.
    Busy,
    /// The disk, or the room that the database has, is full.
    Full,
    /// The store may be read and not written.
    ReadOnly,
    /// What is kept can't be read: damaged, or written by a newer release. Trying again does not
    /// help.
    Corrupt,
    /// What was to be kept can't be: the database can't hold it.
    Unstorable,
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
