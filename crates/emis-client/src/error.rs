//! One error type: opaque, with a kind to branch on and accessors for the facts.

use std::fmt;
use std::time::Duration;

use emis_credentials::{ConnectStep, TokenError};
use uuid::Uuid;

use crate::operation::Operation;
use crate::request::TransportError;

/// Why a call of the Partner API did not end with an answer.
///
/// Its text names the operation and what went wrong in words of ours: never a URL, a body, a
/// password, a token or anything about a patient. Causes are in the [source
/// chain](std::error::Error::source); [`chain`](Self::chain) prints them in one line.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    message: &'static str,
    operation: Option<Operation>,
    sent: SentStatus,
    http_status: Option<u16>,
    message_id: Option<Uuid>,
    legacy_outcome: Option<i32>,
    retry_after: Option<Duration>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What kind of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request was wrong before it was sent: a range too long, a text not allowed. Nothing
    /// was sent.
    InvalidRequest,
    /// The client was set up wrongly: a base URL that is not https, say. Nothing was sent.
    Configuration,
    /// No token could be had: see the source, an [`emis_credentials::TokenError`]. Nothing was sent.
    Credentials,
    /// The API's host could not be reached: name resolution, connection or TLS. Nothing was sent.
    Unreachable,
    /// A read was not answered in time, or its connection broke.
    Interrupted,
    /// A write was sent, or may have been, and what became of it is unknown. **Do not send it
    /// again**: read back and see.
    Ambiguous,
    /// 401: the token was not accepted.
    Unauthenticated,
    /// 403: the application, the API user or the scope is not allowed to do this.
    Forbidden,
    /// 404: there is no such slot, patient or session.
    NotFound,
    /// The connection leads to another practice than the one that was meant: see
    /// [`Client::confirm_practice`](crate::Client::confirm_practice).
    WrongPractice,
    /// Nothing says to which practice the connection leads.
    PracticeUnconfirmed,
    /// 409: the slot is not free, or not in the state that the call needs.
    Conflict,
    /// 429: too many calls.
    RateLimited,
    /// There was no room within our own [limits](crate::Limits) before the deadline. Nothing was
    /// sent.
    Busy,
    /// The practice's EMIS has only failed of late and is left alone for a while: see
    /// [`BreakerPolicy`](crate::BreakerPolicy). Nothing was sent. [`Error::retry_after`] says for
    /// how long, where that is known.
    Suspended,
    /// 400, 415 or another refusal of the request as such.
    Rejected,
    /// 5xx on a read: EMIS failed.
    Server,
    /// A read was answered with something that is not what the document says.
    Decode,
}

impl ErrorKind {
    /// Whether it concerns the connection and not what was asked, so that the next call would
    /// fail in the same way.
    pub const fn is_about_the_connection(self) -> bool {
        matches!(
            self,
            Self::Configuration
                | Self::Credentials
                | Self::Unreachable
                | Self::Unauthenticated
                | Self::Forbidden
                | Self::WrongPractice
                | Self::PracticeUnconfirmed
                | Self::RateLimited
                | Self::Busy
                | Self::Suspended
        )
    }
}

/// Whether a request reached EMIS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SentStatus {
    /// It provably did not.
    NotSent,
    /// It was answered.
    Answered,
    /// It may have: bytes may have gone out and no answer came.
    Unknown,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: &'static str) -> Self {
        Self(Box::new(Inner {
            kind,
            message,
            operation: None,
            sent: SentStatus::NotSent,
            http_status: None,
            message_id: None,
            legacy_outcome: None,
            retry_after: None,
            source: None,
        }))
    }

    pub(crate) fn invalid_request(message: &'static str) -> Self {
        Self::new(ErrorKind::InvalidRequest, message)
    }

    pub(crate) fn with_operation(mut self, operation: Operation) -> Self {
        self.0.operation = Some(operation);
        self
    }

    pub(crate) fn with_sent(mut self, sent: SentStatus) -> Self {
        self.0.sent = sent;
        self
    }

    pub(crate) fn with_answer(
        mut self,
        http_status: u16,
        message_id: Option<Uuid>,
        legacy_outcome: Option<i32>,
        retry_after: Option<Duration>,
    ) -> Self {
        self.0.sent = SentStatus::Answered;
        self.0.http_status = Some(http_status);
        self.0.message_id = message_id;
        self.0.legacy_outcome = legacy_outcome;
        self.0.retry_after = retry_after;
        self
    }

    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What kind of failure it was.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The operation that failed.
    pub fn operation(&self) -> Option<Operation> {
        self.0.operation
    }

    /// Whether the request reached EMIS.
    pub fn sent(&self) -> SentStatus {
        self.0.sent
    }

    /// The HTTP status, where there was an answer.
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }

    /// EMIS's id of its answer: quote it to EMIS support.
    pub fn message_id(&self) -> Option<Uuid> {
        self.0.message_id
    }

    /// EMIS's outcome code, as its older interface numbers them. There is no public table.
    pub fn legacy_outcome(&self) -> Option<i32> {
        self.0.legacy_outcome
    }

    /// How long to wait before the next try: as EMIS asks, or until it is no longer left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Why there was no token, for [`ErrorKind::Credentials`]. None where the token merely came too
    /// late for the deadline.
    pub fn token_error(&self) -> Option<&TokenError> {
        self.0.source.as_ref()?.downcast_ref()
    }

    /// How far the connection came, for [`ErrorKind::Unreachable`], where that is known.
    pub fn connect_step(&self) -> Option<ConnectStep> {
        let failure: &TransportError = self.0.source.as_ref()?.downcast_ref()?;
        failure.step()
    }

    /// Whether a write may have happened: see [`ErrorKind::Ambiguous`].
    pub fn is_ambiguous(&self) -> bool {
        self.0.kind == ErrorKind::Ambiguous
    }

    /// The error and its causes in one line, safe to log.
    pub fn report(&self) -> String {
        emis_types::report(self)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = self.0.operation {
            write!(f, "{operation}: ")?;
        }
        f.write_str(self.0.message)?;
        if let Some(status) = self.0.http_status {
            write!(f, " (HTTP {status})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
