//! JSON or XML: what EMIS is asked for, and what an answer says it is.

use super::field_error::{FieldError, WHOLE};
use super::xml;

/// The encodings in which EMIS answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Encoding {
    /// JSON, as EMIS's document describes it.
    #[default]
    Json,
    /// XML, as EMIS Open's schemas describe it.
    Xml,
}

impl Encoding {
    /// Returns the media type to ask for.
    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Xml => "application/xml",
        }
    }
}

/// Returns the encoding of an answer by its `Content-Type`, or by its first character if the
/// `Content-Type` is missing or says neither JSON nor XML.
pub(super) fn encoding(label: Option<&str>, text: &str) -> Result<Encoding, FieldError> {
    let media_type = label.unwrap_or_default().split(';').next();
    let media_type = media_type.unwrap_or_default().trim().to_ascii_lowercase();
    match media_type.as_str() {
        "text/html" | "application/xhtml+xml" => Err(FieldError::new(WHOLE, xml::WEB_PAGE)),
        json if json.ends_with("/json") || json.ends_with("+json") => Ok(Encoding::Json),
        xml if xml.ends_with("/xml") || xml.ends_with("+xml") => Ok(Encoding::Xml),
        _ if text.trim_start().starts_with('<') => Ok(Encoding::Xml),
        _ => Ok(Encoding::Json),
    }
}
