//! JSON or XML: what a caller asks for, and the one place where messages become bytes.

use bytes::Bytes;
use http::HeaderMap;

use crate::wire::Message;
use crate::wire::xml::{self, Tree};

/// The encodings that the document lists for every answer, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Xml,
    Json,
}

impl Encoding {
    /// What the `Accept` headers of a request ask for: several are one list.
    pub(crate) fn wanted(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all("accept").iter();
        let ranges: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
        Self::admitted_by((!ranges.is_empty()).then(|| ranges.join(",")).as_deref())
    }

    /// What an `Accept` header asks for. Where it likes both alike, what it names rather than what
    /// it merely admits, and XML before JSON. `None` if it admits neither.
    fn admitted_by(accept: Option<&str>) -> Option<Self> {
        let accept = accept.filter(|accept| !accept.trim().is_empty());
        let accept = accept.unwrap_or("*/*");
        let [xml, json] = [Self::Xml, Self::Json].map(|it| it.liked_by(accept));
        match (xml, json) {
            (None, None) => None,
            (xml, json) if json > xml => Some(Self::Json),
            _ => Some(Self::Xml),
        }
    }

    /// How much an `Accept` header likes it, in thousandths, and how closely it names it. The
    /// closest range decides.
    fn liked_by(self, accept: &str) -> Option<(u16, u8)> {
        accept
            .split(',')
            .filter_map(|range| self.matched_by(range))
            .max_by_key(|(quality, closeness)| (*closeness, *quality))
            .filter(|(quality, _)| *quality > 0)
    }

    fn matched_by(self, range: &str) -> Option<(u16, u8)> {
        let mut parts = range.split(';').map(str::trim);
        let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
        let closeness = match media_type.as_str() {
            "*/*" => 0,
            "application/*" | "text/*" => 1,
            "application/xml" | "text/xml" if self == Self::Xml => 2,
            "application/json" | "text/json" if self == Self::Json => 2,
            _ => return None,
        };
        let quality = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        Some((quality.map_or(Some(1000), thousandths)?, closeness))
    }

    pub(super) fn encode(self, message: &Message) -> Option<Bytes> {
        match self {
            Self::Json => {
                let mut bytes = Vec::with_capacity(message.about_bytes());
                serde_json::to_writer(&mut bytes, message).ok()?;
                Some(Bytes::from(bytes))
            }
            Self::Xml => xml::write(message).map(Bytes::from),
        }
    }

    pub(super) fn encode_tree(self, message: &Message, tree: &Tree) -> Option<Bytes> {
        match self {
            Self::Json => serde_json::to_vec(tree).ok().map(Bytes::from),
            Self::Xml => Some(Bytes::from(xml::write_tree(message, tree))),
        }
    }

    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::Xml => "application/xml; charset=utf-8",
        }
    }
}

/// A weight from 0 to 1 with up to three digits; whatever is not one makes its range void.
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
    fn xml_comes_first_and_json_to_whoever_asks_for_it() {
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
            assert_eq!(Encoding::admitted_by(Some(accept)), encoding, "{accept}");
        }
        assert_eq!(Encoding::admitted_by(None), Some(Encoding::Xml));
    }
}
