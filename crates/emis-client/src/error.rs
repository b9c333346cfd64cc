//! The error type of the crate: opaque, with a kind to match on and accessors for the facts.

use std::error::Error as StdError;
use std::time::Duration;

use emis_credentials::{ConnectStep, TokenError};
use uuid::Uuid;

use crate::operation::{Effect, Operation};
use crate::transport::error::{SentStatus, TransportError};

/// The reason why a call of the Partner API failed.
///
/// The text names the operation and the failure in fixed words: never a URL, a body, a password,
/// a token or anything about a patient. Causes are in the [source
/// chain](std::error::Error::source); [`report`](Self::report) returns the whole chain in one line.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct ClientError(Box<Inner>);

#[derive(Debug, thiserror::Error)]
#[error("{}{message}{}", prefix(*operation), suffix(*http_status))]
struct Inner {
    kind: ClientErrorKind,
    message: &'static str,
    operation: Option<Operation>,
    sent: SentStatus,
    http_status: Option<u16>,
    message_id: Option<Uuid>,
    legacy_outcome: Option<i32>,
    retry_after: Option<Duration>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

fn prefix(operation: Option<Operation>) -> String {
    operation.map_or_else(String::new, |operation| format!("{operation}: "))
}

fn suffix(status: Option<u16>) -> String {
    status.map_or_else(String::new, |status| format!(" (HTTP {status})"))
}

/// The kinds of [`ClientError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClientErrorKind {
    /// The request is not valid, for example because a date range is too long. Nothing was sent.
    InvalidRequest,
    /// The client is configured wrongly, for example with a base URL that is not https. Nothing
    /// was sent.
    Configuration,
    /// No token could be acquired: the source is an [`emis_credentials::TokenError`]. Nothing was
    /// sent.
    Credentials,
    /// The host of the API is unreachable: name resolution, TCP or TLS failed. Nothing was sent.
    Unreachable,
    /// A read timed out, or its connection broke.
    Interrupted,
    /// A write was sent, or may have been, and no response says what became of it. **Do not send
    /// it again**: read back first.
    Ambiguous,
    /// 401: the token was not accepted.
    Unauthenticated,
    /// 403: the application, the API user or the scope does not permit the operation.
    Forbidden,
    /// 404: the slot, patient or session does not exist.
    NotFound,
    /// The connection belongs to another practice than expected: see
    /// [`Client::confirm_practice`](crate::Client::confirm_practice).
    WrongPractice,
    /// Nothing tells to which practice the connection belongs.
    PracticeUnconfirmed,
    /// 409: the slot is not in the state that the operation requires.
    Conflict,
    /// 429: EMIS asks for fewer calls.
    RateLimited,
    /// The client's own [limits](crate::Limits) granted no permit before the deadline. Nothing was
    /// sent.
    Busy,
    /// The circuit breaker is open, because calls of this practice kept failing: see
    /// [`BreakerPolicy`](crate::BreakerPolicy). Nothing was sent. [`ClientError::retry_after`]
    /// returns the remaining time, if known.
    Suspended,
    /// 400, 415 or another rejection of the request as such.
    Rejected,
    /// 5xx in response to a read.
    Server,
    /// The response to a read is not the documented one.
    Decode,
}

impl ClientErrorKind {
    /// Returns whether the failure concerns the connection rather than the request, so that the
    /// next call would fail in the same way.
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

    const fn message(self) -> &'static str {
        match self {
            Self::InvalidRequest => "the request is not valid",
            Self::Configuration => "the client is configured wrongly",
            Self::Credentials => "no token could be acquired",
            Self::Unreachable => "EMIS is unreachable",
            Self::Interrupted => "no complete response arrived",
            Self::Ambiguous => "the outcome is unknown: read back before anything else",
            Self::Unauthenticated => "EMIS did not accept the token",
            Self::Forbidden => "EMIS does not allow it",
            Self::NotFound => "EMIS has no such record",
            Self::WrongPractice => "the connection leads to another practice than was meant",
            Self::PracticeUnconfirmed => "EMIS does not say to which practice the connection leads",
            Self::Conflict => "the slot is not in the state that this needs",
            Self::RateLimited => "EMIS asks for fewer calls",
            Self::Busy => "the client's own limits granted no permit before the deadline",
            Self::Suspended => "the circuit breaker is open after repeated failures",
            Self::Rejected => "EMIS refused the request",
            Self::Server => "EMIS failed",
            Self::Decode => "the response could not be decoded",
        }
    }
}

impl ClientError {
    /// Creates an error with the message of its kind.
    pub(crate) fn of(kind: ClientErrorKind) -> Self {
        Self::new(kind, kind.message())
    }

    pub(crate) fn new(kind: ClientErrorKind, message: &'static str) -> Self {
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
        Self::new(ClientErrorKind::InvalidRequest, message)
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
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Returns the kind of failure.
    pub fn kind(&self) -> ClientErrorKind {
        self.0.kind
    }

    /// Returns the operation that failed, if the failure belongs to one.
    pub fn operation(&self) -> Option<Operation> {
        self.0.operation
    }

    /// Returns whether the request reached EMIS.
    pub fn sent(&self) -> SentStatus {
        self.0.sent
    }

    /// Returns the HTTP status, if there was a response.
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }

    /// Returns EMIS's id of the response, to be quoted to EMIS support.
    pub fn message_id(&self) -> Option<Uuid> {
        self.0.message_id
    }

    /// Returns the outcome code of EMIS's older interface. No public table of them exists.
    pub fn legacy_outcome(&self) -> Option<i32> {
        self.0.legacy_outcome
    }

    /// Returns the time to wait before the next attempt: as EMIS asks by `Retry-After`, or until
    /// the circuit breaker half-opens.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns the reason why there was no token, for [`ClientErrorKind::Credentials`]. Returns
    /// `None` if the token merely arrived after the deadline.
    pub fn token_error(&self) -> Option<&TokenError> {
        self.0.source.as_ref()?.downcast_ref()
    }

    /// Returns the step of connecting that failed, for [`ClientErrorKind::Unreachable`], if known.
    pub fn connect_step(&self) -> Option<ConnectStep> {
        let failure: &TransportError = self.0.source.as_ref()?.downcast_ref()?;
        failure.step()
    }

    /// Returns whether a write may have taken effect although the call failed.
    ///
    /// This is the case for every failed write that was not provably [not sent](SentStatus): a
    /// timeout, a broken connection, a response that can't be decoded, and any error status. A
    /// 409 or 401 may come from a machine between this process and EMIS that repeated the call,
    /// and then answers a write that succeeded. Read back before anything else, and never send
    /// the write again.
    pub fn is_ambiguous(&self) -> bool {
        let operation = self.0.operation;
        operation.is_some_and(|operation| outcome_unknown(operation.effect(), self.0.sent))
    }

    /// Returns whether the entity that the call names does not exist at the practice.
    pub fn is_not_found(&self) -> bool {
        self.0.kind == ClientErrorKind::NotFound
    }

    /// Returns whether the same call may succeed later without any change. A failed
    /// write that [is ambiguous](Self::is_ambiguous) is never retryable.
    pub fn is_retryable(&self) -> bool {
        let passes = matches!(
            self.0.kind,
            ClientErrorKind::Unreachable
                | ClientErrorKind::Interrupted
                | ClientErrorKind::RateLimited
                | ClientErrorKind::Busy
                | ClientErrorKind::Suspended
                | ClientErrorKind::Server
        );
        passes && !self.is_ambiguous()
    }

    /// Returns the error and its causes in one line, safe to log.
    pub fn report(&self) -> String {
        emis_types::report(self)
    }
}

/// Returns whether the outcome of a failed call is unknown: a pure function of what the operation
/// does and of what is known to have been sent.
const fn outcome_unknown(effect: Effect, sent: SentStatus) -> bool {
    matches!(effect, Effect::Write) && !matches!(sent, SentStatus::NotSent)
}
