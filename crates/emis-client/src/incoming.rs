//! Answers of which the rest is still on its way.

use std::fmt;

use async_trait::async_trait;

use crate::limits::Place;
use crate::request::{Response, TransportError};

/// An answer that has begun: its head, what is there of its body, and where the rest comes from.
#[derive(Debug)]
pub struct Incoming {
    head: Response,
    rest: Option<Box<dyn Chunks>>,
    /// Within our limits, the call is in flight until the last of it has come.
    place: Option<Place>,
}

/// The rest of a body, in pieces as they come.
///
/// They are about patients, so `Debug` must not show them.
#[async_trait]
pub trait Chunks: fmt::Debug + Send + Sync {
    /// The next piece, which may be empty; `None` after the last.
    ///
    /// # Errors
    /// Where the body breaks off. There is nothing after that.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, TransportError>;
}

impl Incoming {
    /// An answer that is here as a whole.
    pub fn whole(response: Response) -> Self {
        Self {
            head: response,
            rest: None,
            place: None,
        }
    }

    /// An answer of which the body goes on after what the response holds of it.
    pub fn begun(response: Response, rest: Box<dyn Chunks>) -> Self {
        Self {
            head: response,
            rest: Some(rest),
            place: None,
        }
    }

    /// The answer as far as it is here.
    pub fn head(&self) -> &Response {
        &self.head
    }

    /// Keeps the place of a call that is not over.
    pub(crate) fn holding(mut self, place: Option<Place>) -> Self {
        self.place = place;
        self
    }

    pub(crate) fn has_more(&self) -> bool {
        self.rest.is_some()
    }

    pub(crate) fn into_head(self) -> Response {
        self.head
    }

    /// The answer as far as it is here, of which only the status is kept.
    pub(crate) fn take_head(&mut self) -> Response {
        let empty = Response::new(self.head.status(), Vec::new());
        std::mem::replace(&mut self.head, empty)
    }

    /// The next piece of the body. Where there is none, the call is over.
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

    /// Gives up what has not come: the connection, and the place that the call has in our limits.
    pub(crate) fn close(&mut self) {
        self.rest = None;
        self.place = None;
    }
}
