//! The encodings of messages: JSON and XML.

use bytes::Bytes;
use http::HeaderMap;

use crate::wire::xml::document;
use crate::wire::{Message, Tree};

/// An encoding that the document lists for every answer, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Xml,
    Json,
}

impl Encoding {
    /// Returns the encoding that the `Accept` headers of a request select. Several headers are one list.
    pub(crate) fn accepted(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all("accept").iter();
        let ranges: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
        Self::selected_by((!ranges.is_empty()).then(|| ranges.join(",")).as_deref())
    }

    /// Returns the encoding that an `Accept` header selects, or `None` if it accepts neither. If the
    /// quality is equal, a named type comes before a wildcard, and XML before JSON.
    fn selected_by(accept: Option<&str>) -> Option<Self> {
        let accept = accept.filter(|accept| !accept.trim().is_empty());
        let accept = accept.unwrap_or("*/*");
        let [xml, json] = [Self::Xml, Self::Json].map(|it| it.rank_in(accept));
        match (xml, json) {
            (None, None) => None,
            (xml, json) if json > xml => Some(Self::Json),
            _ => Some(Self::Xml),
        }
    }

    /// Returns the quality in an `Accept` header in thousandths, and the specificity of the range. The
    /// most specific range decides.
    fn rank_in(self, accept: &str) -> Option<(u16, u8)> {
        accept
            .split(',')
            .filter_map(|range| self.matched_by(range))
            .max_by_key(|(quality, specificity)| (*specificity, *quality))
            .filter(|(quality, _)| *quality > 0)
    }

    fn matched_by(self, range: &str) -> Option<(u16, u8)> {
        let mut parts = range.split(';').map(str::trim);
        let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
        let specificity = match media_type.as_str() {
            "*/*" => 0,
            "application/*" | "text/*" => 1,
            "application/xml" | "text/xml" if self == Self::Xml => 2,
            "application/json" | "text/json" if self == Self::Json => 2,
            _ => return None,
        };
        let quality = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        Some((quality.map_or(Some(1000), thousandths)?, specificity))
    }

    /// Encodes a message.
    pub(super) fn encode(self, message: &Message) -> Option<Bytes> {
        match self {
            Self::Json => {
                let mut bytes = Vec::with_capacity(message.about_bytes());
                serde_json::to_writer(&mut bytes, message).ok()?;
                Some(Bytes::from(bytes))
            }
            Self::Xml => self.encode_tree(message, &Tree::of(message).ok()?),
        }
    }

    /// Encodes a changed message.
    pub(super) fn encode_tree(self, message: &Message, tree: &Tree) -> Option<Bytes> {
        match self {
            Self::Json => serde_json::to_vec(tree).ok().map(Bytes::from),
            Self::Xml => Some(document(message.root(), tree).into()),
        }
    }

    /// Returns the content type.
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::Xml => "application/xml; charset=utf-8",
        }
    }
}

/// Parses a quality from 0 to 1 with up to three digits. An invalid quality makes its range void.
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, rest) = weight.split_once('.').unwrap_or((weight, ""));
    if whole.len() != 1 || rest.len() > 3 || !rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value = format!("{whole}{rest:0<3}").parse().ok()?;
    (value <= 1000).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_is_the_default_and_json_is_selected_by_name() {
        for (accept, encoding) in [
            ("application/json", Some(Encoding::Json)),
            ("Text/JSON", Some(Encoding::Json)),
            ("application/xml", Some(Encoding::Xml)),
            ("text/xml; charset=utf-8", Some(Encoding::Xml)),
            ("*/*", Some(Encoding::Xml)),
            ("", Some(Encoding::Xml)),
            ("application/*", Some(Encoding::Xml)),
            ("application/json, text/plain, */*", Some(Encoding::Json)),
            ("application/xml, application/json", Some(Encoding::Xml)),
            ("application/json, application/xml", Some(Encoding::Xml)),
            (
                "application/xml;q=0.8, application/json",
                Some(Encoding::Json),
            ),
            ("application/xml;q=0.9, */*;q=0.1", Some(Encoding::Xml)),
            ("*/*, application/xml;q=0", Some(Encoding::Json)),
            ("text/html, application/json;q=0.001", Some(Encoding::Json)),
            ("application/json;q=0", None),
            ("application/json;q=two", None),
            ("application/json;q=1.001", None),
            ("text/html", None),
            ("image/*", None),
            (",;", None),
        ] {
            assert_eq!(Encoding::selected_by(Some(accept)), encoding, "{accept}");
        }
        assert_eq!(Encoding::selected_by(None), Some(Encoding::Xml));
    }
}
