//! The message of `FileRecord`: parsed, checked against the document, and read as what EMIS lets
//! partners file, a new consultation with one coded value, comment or document.

mod check;
mod consultation;
mod error;
mod schema;
mod xml;

use serde_json::Value;

pub(crate) use consultation::consultation;
pub(crate) use error::FilingError;

/// An encoding that the document lists for bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Xml,
}

impl Format {
    /// Returns the format in a `Content-Type`, or `None` for another type.
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

    /// Parses the message into JSON with the document's names.
    pub(crate) fn parse(self, body: &[u8]) -> Result<Value, FilingError> {
        match self {
            Self::Json => {
                let message =
                    serde_json::from_slice(body).map_err(|_| FilingError::unreadable())?;
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
    fn body_formats_are_detected() {
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
