//! The tags of a document that arrives in pieces.

use super::fault::{DOCUMENT_TYPE, NOT_XML, fault};
use crate::codec::field_error::FieldError;

/// The search for the end of the last whole tag: every byte is looked at once, however small the
/// pieces are. Comments, sections and instructions count as tags.
#[derive(Debug, Default)]
pub(super) struct TagSearch {
    searched: usize,
    /// The place of the tag that has begun and not ended.
    begun: Option<usize>,
    /// The quote in which an attribute's value stands.
    quote: Option<u8>,
}

impl TagSearch {
    /// Returns the length of the text up to and including its last whole tag. That part must be
    /// removed from the text before the next search.
    pub(super) fn whole_tags(&mut self, text: &str) -> Result<usize, FieldError> {
        let bytes = text.as_bytes();
        let mut whole = 0;
        for (place, byte) in bytes.iter().enumerate().skip(self.searched) {
            let Some(begun) = self.begun else {
                self.begun = (*byte == b'<').then_some(place);
                continue;
            };
            let tag = bytes.get(begun..=place).unwrap_or_default();
            if self.ends(tag, *byte)? {
                self.begun = None;
                whole = place + 1;
            }
        }
        self.searched = bytes.len() - whole;
        self.begun = self.begun.map(|begun| begun - whole);
        Ok(whole)
    }

    /// Returns `true` if `tag`, whose last byte is `byte`, is whole.
    fn ends(&mut self, tag: &[u8], byte: u8) -> Result<bool, FieldError> {
        match tag {
            [b'<', b'?', .., last, b'>'] => Ok(*last == b'?' && tag.len() > 3),
            [b'<', b'!', b'-', b'-', ..] => Ok(tag.len() > 6 && tag.ends_with(b"-->")),
            [b'<', b'!', b'[', ..] => Ok(tag.ends_with(b"]]>")),
            [b'<', b'!', b'd' | b'D', ..] => Err(fault(DOCUMENT_TYPE)),
            [b'<', b'!'] | [b'<', b'!', b'-'] | [b'<', b'?', ..] => Ok(false),
            [b'<', b'!', ..] => Err(fault(NOT_XML)),
            _ => {
                match (self.quote, byte) {
                    (Some(quote), _) if quote == byte => self.quote = None,
                    (None, b'"' | b'\'') => self.quote = Some(byte),
                    _ => {}
                }
                Ok(self.quote.is_none() && byte == b'>')
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TagSearch;

    /// Returns the whole tags, with the text before them, of a document in pieces of this length.
    fn tags(document: &str, length: usize) -> Vec<String> {
        let (mut search, mut text, mut found) = (TagSearch::default(), String::new(), Vec::new());
        for piece in document.as_bytes().chunks(length) {
            text.push_str(std::str::from_utf8(piece).unwrap());
            let whole = search.whole_tags(&text).unwrap();
            if whole > 0 {
                found.push(text.drain(..whole).collect());
            }
        }
        found
    }

    #[test]
    fn a_tag_ends_where_xml_says_it_does() {
        let document = r#"<?a >?><!-->--><b c='>' d=">'"> 1 > 0 <![CDATA[</b>]]]></b><e/> "#;
        let expected = [
            "<?a >?>",
            "<!-->-->",
            r#"<b c='>' d=">'">"#,
            " 1 > 0 <![CDATA[</b>]]]>",
            "</b>",
            "<e/>",
        ];
        assert_eq!(tags(document, 1), expected);
        for length in 2..document.len() {
            assert_eq!(tags(document, length).concat(), expected.concat());
        }
    }

    #[test]
    fn other_markup_is_refused_as_soon_as_it_is_known() {
        for text in ["<!D", "<!doctype a [", "<!E", "<!-a"] {
            assert!(TagSearch::default().whole_tags(text).is_err(), "{text}");
        }
    }
}
