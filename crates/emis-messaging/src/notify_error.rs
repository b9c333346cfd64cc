//! The failure to hand over a message.

use std::error::Error;
use std::time::Duration;

/// The failure to hand over a message.
///
/// Its text, and that of its source, must contain nothing of the message.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct NotifyError {
    kind: NotifyErrorKind,
    message: &'static str,
    retry_after: Option<Duration>,
    of_sender: bool,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// The kinds of [`NotifyError`]: what is known about the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotifyErrorKind {
    /// It was certainly not sent, and may be tried later: the service is down, busy, or does not
    /// accept the product's credentials.
    Temporary,
    /// It was certainly not sent, and never will be to this contact.
    Permanent,
    /// It was certainly not sent, and the sender has no contact for the patient. Another sender may
    /// have one, and so may this one tomorrow.
    NoContact,
    /// It was certainly not sent, and won't be in this form: a template is missing, a text too
    /// long. The contact is not to blame; the product's setup is.
    Rejected,
    /// It may have been sent: no answer came, or none that could be decoded.
    Unknown,
}

impl NotifyErrorKind {
    /// Returns `true` if the message was certainly not sent.
    pub const fn is_not_sent(self) -> bool {
        !matches!(self, Self::Unknown)
    }
}

impl NotifyError {
    /// Creates an error whose message says what could not be done. For notifiers.
    pub const fn new(kind: NotifyErrorKind, message: &'static str) -> Self {
        Self {
            kind,
            message,
            retry_after: None,
            of_sender: false,
            source: None,
        }
    }

    /// Adds the time after which the service asks to be tried again.
    #[must_use]
    pub const fn with_retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Marks a failure that every other message would meet as well: a limit of the account,
    /// credentials, a service that is down.
    #[must_use]
    pub const fn of_sender(mut self) -> Self {
        self.of_sender = true;
        self
    }

    /// Adds the source. Its text must contain nothing of the message either.
    #[must_use]
    pub fn with_source(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// Returns the kind: what is known about the message.
    pub fn kind(&self) -> NotifyErrorKind {
        self.kind
    }

    /// Returns the time after which the service asks to be tried again, if it named one.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns `true` if every other message would fail as well until something changes.
    pub fn is_of_sender(&self) -> bool {
        self.of_sender
    }

    /// Returns `true` if the same message may be accepted later.
    pub fn is_retryable(&self) -> bool {
        self.kind == NotifyErrorKind::Temporary
    }

    /// Returns the error and its sources in one line.
    pub fn report(&self) -> String {
        emis_types::report(self)
    }
}
