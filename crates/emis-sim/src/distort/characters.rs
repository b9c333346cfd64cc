//! Character encodings and stray characters.

use bytes::Bytes;

use crate::fault::{StrayCharacter, TextEncoding};
use crate::protocol::{Answer, Encoding};

/// A private character that is replaced by a stray one after encoding.
pub(super) const MARK: char = '\u{f8ff}';

/// Encodes an answer that is UTF-8 anew.
pub(super) fn transcode(answer: Answer, to: TextEncoding) -> Answer {
    let bytes = answer.bytes();
    let text = String::from_utf8_lossy(&bytes);
    let (charset, body) = match to {
        TextEncoding::Latin1 => ("iso-8859-1", single_bytes(&declared(&text, "ISO-8859-1"))),
        TextEncoding::Undeclared => ("utf-8", single_bytes(&text)),
        TextEncoding::Windows1252 => (
            "windows-1252",
            single_bytes(&declared(&text, "Windows-1252"))
                .into_iter()
                .map(|byte| if byte == b'\'' { 0x92 } else { byte })
                .collect(),
        ),
        TextEncoding::Utf16 => (
            "utf-16",
            format!("\u{feff}{}", declared(&text, "utf-16"))
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect(),
        ),
        TextEncoding::Utf8WithMark => ("utf-8", format!("\u{feff}{text}").into_bytes()),
    };
    let content_type = answer
        .headers
        .iter()
        .find(|(name, _)| *name == "content-type")
        .map(|(_, value)| value.split(';').next().unwrap_or_default().to_owned());
    let answer = match content_type {
        Some(media_type) => answer.with_content_type(&format!("{media_type}; charset={charset}")),
        None => answer,
    };
    answer.with_body(Bytes::from(body))
}

/// Changes the encoding in the declaration of an XML document.
fn declared(text: &str, encoding: &str) -> String {
    text.replacen("encoding=\"utf-8\"", &format!("encoding=\"{encoding}\""), 1)
}

fn single_bytes(text: &str) -> Vec<u8> {
    text.chars()
        .map(|character| u8::try_from(character).unwrap_or(b'?'))
        .collect()
}

/// Replaces [`MARK`] in an encoded answer.
pub(super) fn replace_mark(answer: Answer, encoding: Encoding, stray: StrayCharacter) -> Answer {
    let stray: &[u8] = match (stray, encoding) {
        (StrayCharacter::Control, _) => b"\x01",
        (StrayCharacter::Null, Encoding::Xml) => b"&#x0;",
        (StrayCharacter::Null, Encoding::Json) => b"\0",
        (StrayCharacter::Latin1, _) => b"\xe9",
    };
    let mut mark = [0; 4];
    let mark = MARK.encode_utf8(&mut mark).as_bytes();
    let bytes = answer.bytes();
    let mut body = Vec::with_capacity(bytes.len());
    let mut rest = &bytes[..];
    while let Some((first, after)) = rest.split_first() {
        match rest.strip_prefix(mark) {
            Some(after) => {
                body.extend_from_slice(stray);
                rest = after;
            }
            None => {
                body.push(*first);
                rest = after;
            }
        }
    }
    answer.with_body(Bytes::from(body))
}
