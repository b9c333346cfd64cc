//! An answer as it goes onto the wire, and the one place where messages become bytes.

use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;
use uuid::Uuid;

use crate::assumptions::Refusal;
use crate::wire::{Message, error};

/// Status, headers and body of one answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
}

/// The encodings that a caller can ask for. JSON is the only one so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Json,
}

impl Encoding {
    /// What an `Accept` header admits; JSON if there is none.
    pub(crate) fn admitted_by(accept: Option<&str>) -> Option<Self> {
        let Some(accept) = accept else {
            return Some(Self::Json);
        };
        accept.split(',').any(admits_json).then_some(Self::Json)
    }

    fn encode(self, message: &Message) -> Option<Bytes> {
        match self {
            Self::Json => serde_json::to_vec(message).ok().map(Bytes::from),
        }
    }

    const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

fn admits_json(range: &str) -> bool {
    let mut parts = range.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
    let refused = parts
        .filter_map(|part| part.strip_prefix("q="))
        .any(|q| q.parse() == Ok(0.0_f32));
    let json = [
        "application/json",
        "text/json",
        "application/*",
        "text/*",
        "*/*",
    ];
    !refused && json.contains(&media_type.as_str())
}

impl Answer {
    /// A message of the API.
    pub(crate) fn message(status: StatusCode, encoding: Encoding, message: &Message) -> Self {
        match encoding.encode(message) {
            Some(body) => Self::empty(status)
                .with_header("content-type", encoding.content_type())
                .with_body(body),
            None => Self::empty(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    /// A refusal with the API's error body.
    pub(crate) fn refusal(refusal: Refusal, diagnostics: Option<String>) -> Self {
        let shape = refusal.shape();
        let body = error::ErrorResponse {
            message_id: Uuid::new_v4().to_string(),
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
        Self::message(shape.status, Encoding::Json, &Message::Error(body))
    }

    /// A document that is always JSON.
    pub(crate) fn json(status: StatusCode, value: &Value) -> Self {
        Self::empty(status)
            .with_header("content-type", Encoding::Json.content_type())
            .with_body(Bytes::from(value.to_string()))
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
            body: Bytes::new(),
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
        self.body = body;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_to_be_admitted() {
        for accept in [
            "application/json",
            "*/*",
            "text/html, application/*;q=0.5",
            "Text/JSON",
        ] {
            assert_eq!(
                Encoding::admitted_by(Some(accept)),
                Some(Encoding::Json),
                "{accept}"
            );
        }
        for accept in ["application/xml", "text/html", "application/json;q=0", ""] {
            assert_eq!(Encoding::admitted_by(Some(accept)), None, "{accept}");
        }
        assert_eq!(Encoding::admitted_by(None), Some(Encoding::Json));
    }
}
