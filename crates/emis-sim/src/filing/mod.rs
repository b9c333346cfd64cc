//! `FileRecord`'s message: read whole, checked against the document, and taken for what EMIS lets
//! partners file, which is a new consultation with one coded value, one comment or one document.

mod check;
mod consultation;
mod schema;
mod xml;

use serde_json::Value;

pub(crate) use consultation::consultation;

/// The body is not what `FileRecord` takes. Names members of the message, never what they hold.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotTheMessage(pub(crate) String);

impl NotTheMessage {
    fn unreadable() -> Self {
        Self("the body cannot be read".to_owned())
    }

    fn unknown() -> Self {
        Self("the body has a member that no message has".to_owned())
    }

    fn odd(what: &str) -> Self {
        Self(format!("the body has an odd value in {what}"))
    }
}

/// The encodings that the document lists for bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Xml,
}

impl Format {
    /// What a `Content-Type` says; `None` if it says neither.
    pub(crate) fn of(content_type: Option<&str>) -> Option<Self> {
        let media_type = content_type?.split(';').next()?.trim().to_ascii_lowercase();
        let (kind, subtype) = media_type.split_once('/')?;
        match (kind, subtype) {
            ("application" | "text", "json") => Some(Self::Json),
            ("application" | "text", "xml") => Some(Self::Xml),
            ("application", other) if other.ends_with("+json") => Some(Self::Json),
            ("application", other) if other.ends_with("+xml") => Some(Self::Xml),
            _ => None,
        }
    }

    /// The message, with the names that the document has.
    pub(crate) fn read(self, body: &[u8]) -> Result<Value, NotTheMessage> {
        match self {
            Self::Json => {
                let message =
                    serde_json::from_slice(body).map_err(|_| NotTheMessage::unreadable())?;
                check::check(&message)?;
                Ok(message)
            }
            Self::Xml => xml::read(body),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_come_in_json_and_xml() {
        for (content_type, format) in [
            ("application/json", Some(Format::Json)),
            ("Text/JSON; charset=utf-8", Some(Format::Json)),
            ("application/fhir+json", Some(Format::Json)),
            ("text/xml", Some(Format::Xml)),
            ("application/soap+xml;action=x", Some(Format::Xml)),
            ("text/fhir+json", None),
            ("text/plain", None),
            ("json", None),
            ("", None),
        ] {
            assert_eq!(Format::of(Some(content_type)), format, "{content_type}");
        }
        assert_eq!(Format::of(None), None);
    }
}
