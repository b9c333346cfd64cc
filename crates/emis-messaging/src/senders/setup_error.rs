//! The error of a sender's configuration.

use std::error::Error;

/// The error of a sender that cannot be set up as it was asked to. Holds no key and no address.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct SenderSetupError {
    kind: SenderSetupErrorKind,
    message: &'static str,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// The kinds of [`SenderSetupError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SenderSetupErrorKind {
    /// An API key, private key or password is missing or not in the service's format.
    Key,
    /// The URL, proxy or TLS settings cannot be used.
    Connection,
    /// A template, routing plan or sender's address is missing or contradicts another.
    Content,
}

impl SenderSetupError {
    pub(super) const fn new(kind: SenderSetupErrorKind, message: &'static str) -> Self {
        Self {
            kind,
            message,
            source: None,
        }
    }

    #[cfg(any(feature = "govuk-notify", feature = "nhs-notify"))]
    pub(super) fn with_source(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// Returns the kind of mistake.
    pub fn kind(&self) -> SenderSetupErrorKind {
        self.kind
    }

    /// Returns the error and its sources in one line.
    pub fn report(&self) -> String {
        emis_types::report(self)
    }
}
