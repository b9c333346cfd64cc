//! The seam between the client and whatever carries its calls: requests and answers as data.

use std::fmt;

use async_trait::async_trait;
use emis_credentials::{AccessToken, ConnectStep};
use emis_types::Sensitive;

use crate::error::SentStatus;
use crate::incoming::Incoming;
use crate::operation::Operation;

/// A call as plain data: an operation and its parameters.
///
/// Parameters hold patient data, so `Debug` shows their names only.
#[derive(Clone)]
pub struct Request {
    operation: Operation,
    parameters: Vec<(&'static str, Sensitive<String>)>,
    body: Option<Body>,
}

/// What goes along with a request: bytes and what they are.
#[derive(Clone)]
struct Body {
    media_type: &'static str,
    content: Sensitive<Vec<u8>>,
}

impl Request {
    pub(crate) fn new(operation: Operation) -> Self {
        Self {
            operation,
            parameters: Vec::new(),
            body: None,
        }
    }

    pub(crate) fn with_body(mut self, media_type: &'static str, content: Vec<u8>) -> Self {
        self.body = Some(Body {
            media_type,
            content: Sensitive::new(content),
        });
        self
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.parameters
            .push((name, Sensitive::new(value.to_string())));
        self
    }

    /// The operation to call.
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// Names and values of the parameters, in the order in which the document has them. Values
    /// are not encoded, and may be about a patient: they must not reach a log or an error.
    pub fn parameters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.parameters
            .iter()
            .map(|(name, value)| (*name, value.expose().as_str()))
    }

    /// The media type and the content of the body, which few operations have. It is about a
    /// patient: it must not reach a log or an error.
    pub fn body(&self) -> Option<(&'static str, &[u8])> {
        let body = self.body.as_ref()?;
        Some((body.media_type, body.content.expose()))
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.parameters.iter().map(|(name, _)| *name).collect();
        f.debug_struct("Request")
            .field("operation", &self.operation)
            .field("parameters", &names)
            .field("has_body", &self.body.is_some())
            .finish()
    }
}

/// An answer as it came, not yet understood.
///
/// Its body is about patients, so `Debug` shows the length only.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    status: u16,
    content_type: Option<String>,
    retry_after: Option<String>,
    body: Vec<u8>,
}

impl Response {
    /// An answer with an HTTP status and a body, which may be empty.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            content_type: None,
            retry_after: None,
            body: body.into(),
        }
    }

    /// Adds the value of a `Content-Type` header, which says whether the body is JSON or XML.
    /// Without one the body's first character says it.
    #[must_use]
    pub fn with_content_type(mut self, value: impl Into<String>) -> Self {
        self.content_type = Some(value.into());
        self
    }

    /// Adds the value of a `Retry-After` header: seconds or an HTTP date.
    #[must_use]
    pub fn with_retry_after(mut self, value: impl Into<String>) -> Self {
        self.retry_after = Some(value.into());
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The value of the `Content-Type` header.
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// The value of the `Retry-After` header.
    pub fn retry_after(&self) -> Option<&str> {
        self.retry_after.as_deref()
    }

    /// The body. It may be about a patient: it must not reach a log or an error.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    pub(crate) fn into_body(self) -> Vec<u8> {
        self.body
    }

    /// Adds what has come of the body since.
    pub(crate) fn append(&mut self, piece: &[u8]) {
        self.body.extend_from_slice(piece);
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("body_length", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Carries one request, once.
///
/// Whether and when to try again, for how long to wait and which token to use are the client's
/// business. A transport sends what it is given a single time, follows no redirect, and on
/// failure says what provably happened. When its future is dropped it stops.
#[async_trait]
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends the request and reads the answer to its end. `token` is absent for calls that need
    /// none.
    ///
    /// # Errors
    /// Where no whole answer came. An answer with an error status is an answer, not an error.
    async fn send(
        &self,
        request: &Request,
        token: Option<&AccessToken>,
    ) -> Result<Response, TransportError>;

    /// Sends the request, for an answer that may be too long to be held: what comes with an error
    /// status is read to its end, any other answer is given as soon as it has begun. A transport
    /// that does not do this gives the whole.
    ///
    /// # Errors
    /// Where no answer began.
    async fn open(
        &self,
        request: &Request,
        token: Option<&AccessToken>,
    ) -> Result<Incoming, TransportError> {
        self.send(request, token).await.map(Incoming::whole)
    }
}

/// Why no answer came.
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
    /// The request could not be put into the transport's form.
    Unsendable,
    /// No connection could be made: name resolution, TCP or TLS.
    Unreachable,
    /// The answer did not come in time.
    TimedOut,
    /// The connection broke before the answer had come in full.
    Interrupted,
    /// The answer is longer than this transport reads.
    TooLarge,
}

impl TransportError {
    /// A failure in fixed words, so that nothing of the request can get into them.
    pub const fn new(kind: TransportErrorKind, message: &'static str) -> Self {
        Self {
            kind,
            message,
            step: None,
        }
    }

    /// The same failure, with the step of connecting that it was in.
    #[must_use]
    pub const fn with_step(mut self, step: Option<ConnectStep>) -> Self {
        self.step = step;
        self
    }

    /// Which step of connecting failed, where that is known.
    pub const fn step(self) -> Option<ConnectStep> {
        self.step
    }

    /// What kind of failure it was.
    pub const fn kind(self) -> TransportErrorKind {
        self.kind
    }

    /// Whether the request can have reached EMIS. Only what failed before there was a connection
    /// provably did not.
    pub const fn sent(self) -> SentStatus {
        match self.kind {
            TransportErrorKind::Unsendable | TransportErrorKind::Unreachable => SentStatus::NotSent,
            TransportErrorKind::TimedOut
            | TransportErrorKind::Interrupted
            | TransportErrorKind::TooLarge => SentStatus::Unknown,
        }
    }
}
