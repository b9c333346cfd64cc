//! Failures of a transport, in fixed words.

use emis_credentials::ConnectStep;

/// The reason why a transport returned no complete response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TransportError {
    kind: TransportErrorKind,
    message: &'static str,
    step: Option<ConnectStep>,
}

/// The kinds of [`TransportError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The request could not be put into the transport's form. Nothing was sent.
    Unsendable,
    /// No connection could be made: name resolution, TCP or TLS failed. Nothing was sent.
    Unreachable,
    /// The response was not complete in time.
    TimedOut,
    /// The connection broke before the response was complete.
    Interrupted,
    /// The response exceeds the transport's size limit.
    TooLarge,
}

/// Knowledge about whether a request reached EMIS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SentStatus {
    /// The request provably did not leave this process.
    NotSent,
    /// EMIS, or a machine in front of it, answered.
    Answered,
    /// Bytes may have gone out, and no response arrived.
    Unknown,
}

impl TransportError {
    /// Creates an error with a fixed message, so that nothing of the request can get into it.
    pub const fn new(kind: TransportErrorKind, message: &'static str) -> Self {
        Self {
            kind,
            message,
            step: None,
        }
    }

    /// Adds the step of connecting that failed.
    #[must_use]
    pub const fn with_step(mut self, step: Option<ConnectStep>) -> Self {
        self.step = step;
        self
    }

    /// Returns the step of connecting that failed, if known.
    pub const fn step(self) -> Option<ConnectStep> {
        self.step
    }

    /// Returns the kind of failure.
    pub const fn kind(self) -> TransportErrorKind {
        self.kind
    }

    /// Returns whether the request can have reached EMIS. Only a failure before a connection
    /// existed proves that it did not.
    pub const fn sent(self) -> SentStatus {
        match self.kind {
            TransportErrorKind::Unsendable | TransportErrorKind::Unreachable => SentStatus::NotSent,
            TransportErrorKind::TimedOut
            | TransportErrorKind::Interrupted
            | TransportErrorKind::TooLarge => SentStatus::Unknown,
        }
    }
}
