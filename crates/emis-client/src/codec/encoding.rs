//! The one seam at which answers in several encodings become answers in one.
//!
//! Everything behind it reads JSON, in the form that EMIS's document describes. An answer in XML
//! is put into that form first, so that each message has one set of wire structs and both
//! encodings come to the same values.

use std::borrow::Cow;

use super::{FieldError, WHOLE, is_empty, xml};
use crate::codec::formats::DeceasedFlagEncoding;
use crate::transport::message::Response;

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
    /// The media type to ask for.
    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Xml => "application/xml",
        }
    }
}

/// An answer whose body, if it has one that counts, is JSON.
pub(crate) fn in_json(
    response: Response,
    dead: DeceasedFlagEncoding,
) -> Result<Response, FieldError> {
    match json_body(&response, dead)? {
        Cow::Borrowed(_) => Ok(response),
        Cow::Owned(body) => Ok(Response::new(response.status(), body)),
    }
}

/// Whether an answer, as far as it is here, is JSON or nothing.
pub(crate) fn is_json(response: &Response) -> Result<bool, FieldError> {
    Ok(is_empty(response) || encoding(response)? == Encoding::Json)
}

/// The body of an answer in JSON. `dead` is how the wire structs will read that one number.
pub(super) fn json_body(
    response: &Response,
    dead: DeceasedFlagEncoding,
) -> Result<Cow<'_, [u8]>, FieldError> {
    let body = response.body();
    if is_json(response)? {
        return Ok(Cow::Borrowed(body));
    }
    xml::into_json(body, dead).map(Cow::Owned)
}

/// What an answer says it is. One that does not say, or says nothing of use, is judged by its
/// first character.
fn encoding(response: &Response) -> Result<Encoding, FieldError> {
    let label = response.content_type().unwrap_or_default();
    let media_type = label.split(';').next().unwrap_or_default();
    let media_type = media_type.trim().to_ascii_lowercase();
    match media_type.as_str() {
        "text/html" | "application/xhtml+xml" => Err(FieldError::new(WHOLE, xml::WEB_PAGE)),
        json if json.ends_with("/json") || json.ends_with("+json") => Ok(Encoding::Json),
        xml if xml.ends_with("/xml") || xml.ends_with("+xml") => Ok(Encoding::Xml),
        _ if super::text(response).trim_ascii_start().starts_with(b"<") => Ok(Encoding::Xml),
        _ => Ok(Encoding::Json),
    }
}
