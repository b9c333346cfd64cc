//! An answer: decided first, encoded at the end.

use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;

use super::encoding::Encoding;
use crate::assumptions::Refusal;
use crate::ids::Ids;
use crate::wire::xml::Tree;
use crate::wire::{Message, error};

/// Status, headers and body of one answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(&'static str, String)>,
    body: Body,
}

/// What an answer holds: bytes, or what becomes bytes once it is known in which encoding.
#[derive(Debug)]
enum Body {
    Bytes(Bytes),
    Message(Box<Message>),
    /// A message that was tampered with.
    Tree(Box<Message>, Tree),
}

impl Answer {
    /// A message of the API.
    pub(crate) fn message(status: StatusCode, message: Message) -> Self {
        Self {
            body: Body::Message(Box::new(message)),
            ..Self::empty(status)
        }
    }

    /// The same answer with its message, if it has one, changed.
    pub(crate) fn tampered_with(self, change: impl FnOnce(&mut Tree)) -> Self {
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

    /// The same answer with its message as bytes.
    pub(crate) fn encoded(self, encoding: Encoding) -> Self {
        let bytes = match &self.body {
            Body::Bytes(_) => return self,
            Body::Message(message) => encoding.encode(message),
            Body::Tree(message, tree) => encoding.encode_tree(message, tree),
        };
        match bytes {
            // A fault may have named another type.
            Some(bytes) if self.names_type() => self.with_body(bytes),
            Some(bytes) => self
                .with_header("content-type", encoding.content_type())
                .with_body(bytes),
            None => Self::empty(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    fn names_type(&self) -> bool {
        self.headers.iter().any(|(name, _)| *name == "content-type")
    }

    /// The bytes; none before the answer is encoded.
    pub(crate) fn bytes(&self) -> Bytes {
        match &self.body {
            Body::Bytes(bytes) => bytes.clone(),
            _ => Bytes::new(),
        }
    }

    /// A refusal with the API's error body.
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

    /// A document that is always JSON.
    pub(crate) fn json(status: StatusCode, value: &Value) -> Self {
        Self::empty(status)
            .with_header("content-type", Encoding::Json.content_type())
            .with_body(Bytes::from(value.to_string()))
    }

    /// A page for a person's browser, which nobody is to keep or to show in a frame.
    pub(crate) fn page(status: StatusCode, page: maud::Markup) -> Self {
        Self::empty(status)
            .with_header("content-type", "text/html; charset=utf-8")
            .with_header("cache-control", "no-store")
            .with_header("x-content-type-options", "nosniff")
            .with_header(
                "content-security-policy",
                "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
            )
            .with_body(Bytes::from(page.into_string()))
    }

    /// The page that a proxy puts in the way.
    pub(crate) fn html() -> Self {
        Self::empty(StatusCode::OK)
            .with_header("content-type", "text/html; charset=utf-8")
            .with_body(Bytes::from_static(
                b"<!DOCTYPE html><html><head><title>Notice</title></head>\
                  <body><h1>Please sign in to the network</h1></body></html>",
            ))
    }

    pub(crate) const fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::Bytes(Bytes::new()),
        }
    }

    /// The same under another header of that name.
    pub(crate) fn with_header_instead(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(given, _)| *given != name);
        self.with_header(name, value)
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn with_body(mut self, body: Bytes) -> Self {
        self.body = Body::Bytes(body);
        self
    }
}
