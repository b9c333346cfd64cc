//! Errors of loading the sealing keys.

use std::error::Error;

/// The error of sealing keys that could not be loaded. Names the place where they should be, and
/// nothing of their contents.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {}", kind.text())]
pub struct KeySourceError {
    kind: KeySourceErrorKind,
    place: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// The kind of a [`KeySourceError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeySourceErrorKind {
    /// The place does not exist or is empty.
    Missing,
    /// Others on this machine could read them too. Keys that others may have read should be
    /// rotated.
    OpenToOthers,
    /// The place exists but can't be read.
    Unreadable,
    /// The text is not a list of identities, one a line.
    NoKeys,
}

impl KeySourceErrorKind {
    fn text(self) -> &'static str {
        match self {
            Self::Missing => "there are no sealing keys",
            Self::OpenToOthers => {
                "the sealing keys can be read by others than their owner (chmod 600 keeps them \
                 out)"
            }
            Self::Unreadable => "the sealing keys can't be read",
            Self::NoKeys => "the sealing keys are not identities, one a line",
        }
    }
}

impl KeySourceError {
    /// Creates an error about a place, such as a path or the name of a variable. For sources written
    /// elsewhere.
    pub fn new(kind: KeySourceErrorKind, place: impl Into<String>) -> Self {
        Self {
            kind,
            place: place.into(),
            source: None,
        }
    }

    /// Adds the cause. Its text must be free of secrets too.
    #[must_use]
    pub fn with_source(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// Returns the kind of failure.
    pub fn kind(&self) -> KeySourceErrorKind {
        self.kind
    }

    /// Returns the error and its causes in one line.
    pub fn report(&self) -> String {
        emis_types::report(self)
    }
}
