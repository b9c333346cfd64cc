//! Text that begins with a byte order mark.

use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

/// Returns a text that is UTF-8, with or without a byte order mark, or UTF-16 with one, as UTF-8.
/// Returns `None` if it is neither. The copy is wiped when dropped.
pub(crate) fn decode(bytes: &[u8]) -> Option<Zeroizing<String>> {
    if let Some(units) = bytes.strip_prefix(&[0xff, 0xfe]) {
        return utf16(units, u16::from_le_bytes);
    }
    if let Some(units) = bytes.strip_prefix(&[0xfe, 0xff]) {
        return utf16(units, u16::from_be_bytes);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).ok()?;
    Some(Zeroizing::new(text.to_owned()))
}

/// Returns a text like [`decode`], with every character that is none replaced.
pub(crate) fn decode_lossy(bytes: &[u8]) -> Zeroizing<String> {
    decode(bytes).unwrap_or_else(|| Zeroizing::new(String::from_utf8_lossy(bytes).into_owned()))
}

/// Reads a JSON object from such a text. An array does not count, though serde would take one for a
/// struct. Characters that are none, in a member that may not even be read, do not lose the others.
pub(crate) fn json_object<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let object = |text: &str| {
        let is_object = text.trim_start().starts_with('{');
        is_object.then(|| serde_json::from_str(text).ok())?
    };
    let repaired = || object(&plain_strings(&decode_lossy(bytes)));
    decode(bytes)
        .and_then(|text| object(&text))
        .or_else(repaired)
}

/// Returns JSON whose strings hold no control characters and no escapes but those of quotes and
/// backslashes, which are enough to tell where a string ends.
pub(crate) fn plain_strings(json: &str) -> Zeroizing<String> {
    // It never grows, so that no copy is left behind.
    let mut plain = Zeroizing::new(String::with_capacity(json.len()));
    let mut rest = json.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\\' => {
                if let Some(escaped) = rest.next_if(|next| ['"', '\\'].contains(next)) {
                    plain.extend(['\\', escaped]);
                }
            }
            control if control.is_control() => plain.push(' '),
            other => plain.push(other),
        }
    }
    plain
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<Zeroizing<String>> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    // Each unit takes three bytes of UTF-8 at most, so the text does not grow.
    let mut text = Zeroizing::new(String::with_capacity(3 * pairs.len()));
    for character in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        text.push(character.ok()?);
    }
    Some(text)
}
