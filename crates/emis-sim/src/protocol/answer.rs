//! An answer, which is encoded last.

use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;

use super::encoding::Encoding;
use crate::assumptions::Refusal;
use crate::wire::{Message, Tree, error};
use crate::world::Ids;

/// The content type of pages.
pub(crate) const HTML: &str = "text/html; charset=utf-8";

/// Status, headers and body of an answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(&'static str, String)>,
    body: Body,
}

/// The content of an answer: bytes, or a message that is still to be encoded.
#[derive(Debug)]
enum Body {
    Bytes(Bytes),
    Message(Box<Message>),
    /// A changed message. The original one names the root.
    Tree(Box<Message>, Tree),
}

impl Answer {
    /// Returns an answer with a message of the API.
    pub(crate) fn message(status: StatusCode, message: Message) -> Self {
        Self {
            body: Body::Message(Box::new(message)),
            ..Self::empty(status)
        }
    }

    /// Changes the message, if the answer has one.
    pub(crate) fn map_message(self, change: impl FnOnce(&mut Tree)) -> Self {
        let body = match self.body {
            Body::Message(message) => match Tree::of(&message) {
                Ok(mut tree) => {
                    change(&mut tree);
                    Body::Tree(message, tree)
                }
                Err(_) => Body::Message(message),
            },
            other => other,
        };
        Self { body, ..self }
    }

    /// Encodes the message.
    pub(crate) fn encoded(self, encoding: Encoding) -> Self {
        let bytes = match &self.body {
            Body::Bytes(_) => return self,
            Body::Message(message) => encoding.encode(message),
            Body::Tree(message, tree) => encoding.encode_tree(message, tree),
        };
        match bytes {
            // A fault may have set another type.
            Some(bytes) if self.has_content_type() => self.with_body(bytes),
            Some(bytes) => self
                .with_content_type(encoding.content_type())
                .with_body(bytes),
            None => Self::empty(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    fn has_content_type(&self) -> bool {
        self.headers.iter().any(|(name, _)| *name == "content-type")
    }

    /// Returns the bytes; none before the answer is encoded.
    pub(crate) fn bytes(&self) -> Bytes {
        match &self.body {
            Body::Bytes(bytes) => bytes.clone(),
            _ => Bytes::new(),
        }
    }

    /// Returns a refusal with the API's error body.
    pub(crate) fn refusal(ids: &Ids, refusal: Refusal, diagnostics: Option<String>) -> Self {
        let shape = refusal.shape();
        let body = error::ErrorResponse {
            message_id: ids.draw().to_string(),
            text: error::Text {
                status: "generated",
                div: format!("<div>{}</div>", shape.text),
            },
            issue: error::Issue {
                severity: 0,
                code: shape.code,
                details: error::Details {
                    text: shape.text,
                    coding: error::Coding {
                        system: None,
                        code: shape.code,
                        display: shape.text,
                    },
                },
                diagnostics,
            },
            legacy_outcome: shape.legacy_outcome,
        };
        Self::message(shape.status, Message::Error(body))
    }

    /// Returns an answer that is always JSON.
    pub(crate) fn json(status: StatusCode, value: &Value) -> Self {
        Self::empty(status)
            .with_content_type(Encoding::Json.content_type())
            .with_body(Bytes::from(value.to_string()))
    }

    /// Returns an HTML page that is not to be cached or shown in a frame.
    pub(crate) fn page(status: StatusCode, page: maud::Markup) -> Self {
        Self::empty(status)
            .with_content_type(HTML)
            .with_header("cache-control", "no-store")
            .with_header("x-content-type-options", "nosniff")
            .with_header(
                "content-security-policy",
                "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
            )
            .with_body(Bytes::from(page.into_string()))
    }

    pub(crate) const fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::Bytes(Bytes::new()),
        }
    }

    /// Replaces the content type.
    pub(crate) fn with_content_type(mut self, value: &str) -> Self {
        self.headers.retain(|(name, _)| *name != "content-type");
        self.with_header("content-type", value)
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn with_body(mut self, body: Bytes) -> Self {
        self.body = Body::Bytes(body);
        self
    }
}
