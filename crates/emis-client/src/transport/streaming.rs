//! Responses whose body is still arriving.

use std::fmt;

use async_trait::async_trait;

use super::error::TransportError;
use super::message::Response;

/// A response that has begun: its head, the part of the body that has arrived, and the rest.
#[derive(Debug)]
pub struct StreamingResponse {
    head: Response,
    rest: Option<Box<dyn BodyStream>>,
}

/// The rest of a response body, in pieces as they arrive.
///
/// The pieces are about patients: `Debug` must not show them.
#[async_trait]
pub trait BodyStream: fmt::Debug + Send + Sync {
    /// Returns the next piece, which may be empty, or `None` after the last one.
    ///
    /// # Errors
    /// Fails if the body breaks off. No piece follows an error.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, TransportError>;
}

impl StreamingResponse {
    /// Wraps a complete response.
    pub fn whole(response: Response) -> Self {
        Self {
            head: response,
            rest: None,
        }
    }

    /// Wraps a response whose body continues, after the part in `response`, with `rest`.
    pub fn begun(response: Response, rest: Box<dyn BodyStream>) -> Self {
        Self {
            head: response,
            rest: Some(rest),
        }
    }

    /// Returns the head and the part of the body that had arrived with it.
    pub fn head(&self) -> &Response {
        &self.head
    }

    pub(crate) fn has_more(&self) -> bool {
        self.rest.is_some()
    }

    pub(crate) fn into_head(self) -> Response {
        self.head
    }

    /// Takes the head out. Only the status stays behind.
    pub(crate) fn take_head(&mut self) -> Response {
        let empty = Response::new(self.head.status(), Vec::new());
        std::mem::replace(&mut self.head, empty)
    }

    /// Reads the next piece of the body. Closes the connection after the last one.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<u8>>, TransportError> {
        let Some(rest) = &mut self.rest else {
            return Ok(None);
        };
        let next = rest.next().await;
        if let Ok(None) | Err(_) = next {
            self.close();
        }
        next
    }

    /// Gives up the rest of the body and with it the connection.
    pub(crate) fn close(&mut self) {
        self.rest = None;
    }
}
