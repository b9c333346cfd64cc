//! Why there are no keys.

use std::error::Error;
use std::fmt;

/// Why the sealing keys could not be had. Names the place where they should be, and nothing of
/// what is there.
#[derive(Debug)]
pub struct KeySourceError {
    kind: KeySourceErrorKind,
    place: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// The kinds of [`KeySourceError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeySourceErrorKind {
    /// There is nothing at that place.
    Missing,
    /// Others on this machine could read them too. Keys that others may have read should be
    /// rotated.
    OpenToOthers,
    /// There is something, and it can't be read.
    Unreadable,
    /// What is there is not a list of age identities, one a line.
    NoKeys,
}

impl KeySourceError {
    /// An error of a kind, about a place such as a path or the name of a variable. For sources
    /// written elsewhere.
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

    /// What went wrong.
    pub fn kind(&self) -> KeySourceErrorKind {
        self.kind
    }
}

impl fmt::Display for KeySourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            KeySourceErrorKind::Missing => "there are no sealing keys",
            KeySourceErrorKind::OpenToOthers => {
                "the sealing keys can be read by others than their owner (chmod 600 keeps them \
                 out)"
            }
            KeySourceErrorKind::Unreadable => "the sealing keys can't be read",
            KeySourceErrorKind::NoKeys => "the sealing keys are not age identities, one a line",
        };
        write!(f, "{}: {what}", self.place)
    }
}

impl Error for KeySourceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
