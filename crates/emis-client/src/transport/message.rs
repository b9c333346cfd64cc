//! Requests and responses as plain data.

use std::fmt;

use emis_types::Sensitive;

use crate::operation::Operation;

/// A call as plain data: an operation, its parameters and its body.
///
/// Parameters hold patient data, so `Debug` shows only their names.
#[derive(Clone)]
pub struct Request {
    operation: Operation,
    parameters: Vec<(&'static str, Sensitive<String>)>,
    body: Option<Body>,
}

/// The content of a request and its media type.
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

    #[cfg(feature = "medical-record")]
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

    /// Returns the operation to call.
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// Returns names and values of the parameters, in the order of EMIS's document. The values
    /// are not encoded, may be about a patient, and must not reach a log or an error.
    pub fn parameters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.parameters
            .iter()
            .map(|(name, value)| (*name, value.expose().as_str()))
    }

    /// Returns the media type and the content of the body, if the operation has one. The content
    /// is about a patient and must not reach a log or an error.
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

/// A response as it arrived, not yet decoded.
///
/// The body is about patients, so `Debug` shows only its length.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    status: u16,
    content_type: Option<String>,
    retry_after: Option<String>,
    body: Vec<u8>,
}

impl Response {
    /// Creates a response from an HTTP status and a body, which may be empty.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            content_type: None,
            retry_after: None,
            body: body.into(),
        }
    }

    /// Sets the value of the `Content-Type` header, which tells JSON from XML. Without it the
    /// first character of the body decides.
    #[must_use]
    pub fn with_content_type(mut self, value: impl Into<String>) -> Self {
        self.content_type = Some(value.into());
        self
    }

    /// Sets the value of the `Retry-After` header: seconds or an HTTP date.
    #[must_use]
    pub fn with_retry_after(mut self, value: impl Into<String>) -> Self {
        self.retry_after = Some(value.into());
        self
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Returns the value of the `Content-Type` header.
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// Returns the value of the `Retry-After` header.
    pub fn retry_after(&self) -> Option<&str> {
        self.retry_after.as_deref()
    }

    /// Returns the body. It may be about a patient and must not reach a log or an error.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    pub(crate) fn into_body(self) -> Vec<u8> {
        self.body
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
