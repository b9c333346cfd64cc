//! The characters of an answer: which bytes stand for them, and what becomes of those that stand
//! for none.
//!
//! A byte order mark counts first, then what the bytes show, then the charset of `Content-Type`,
//! then the XML declaration. Everything else is UTF-8. A byte that is no character becomes U+FFFD
//! and is counted, so that it costs neither its record nor its page.

use super::field_error::{FieldError, TOO_LARGE, WHOLE};

/// A character encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Charset {
    Utf8,
    /// Windows-1252, which has the characters of ISO-8859-1 in the same places.
    Windows1252,
    Utf16Le,
    Utf16Be,
}

/// Text out of bytes that may come in pieces.
#[derive(Debug)]
pub(super) struct TextDecoder {
    charset: Charset,
    /// The beginning of a character whose rest is still to come.
    partial: Vec<u8>,
    /// The number of characters that were replaced.
    pub(super) replaced: usize,
}

impl Charset {
    /// Returns the charset of an answer that begins with `body`, and the length of its byte order
    /// mark. `label` is the `Content-Type`.
    pub(super) fn detect(body: &[u8], label: Option<&str>) -> (Self, usize) {
        match *body {
            [0xef, 0xbb, 0xbf, ..] => (Self::Utf8, 3),
            [0xff, 0xfe, ..] => (Self::Utf16Le, 2),
            [0xfe, 0xff, ..] => (Self::Utf16Be, 2),
            // JSON and XML both begin with a character of ASCII.
            [1..=0x7f, 0, ..] => (Self::Utf16Le, 0),
            [0, 1..=0x7f, ..] => (Self::Utf16Be, 0),
            _ => {
                let labelled = label.and_then(charset_of_label);
                let declared = || declared(body).and_then(Self::named);
                (labelled.or_else(declared).unwrap_or(Self::Utf8), 0)
            }
        }
    }

    /// Returns the charset of a name. One that is not known, and UTF-16 for bytes that show none,
    /// say nothing: .NET declares UTF-16 of texts that it then writes as UTF-8.
    fn named(name: &str) -> Option<Self> {
        const WINDOWS_1252: [&str; 9] = [
            "windows-1252",
            "cp1252",
            "iso-8859-1",
            "iso8859-1",
            "iso_8859-1",
            "latin1",
            "latin-1",
            "us-ascii",
            "ascii",
        ];
        let is_one = |known: &str| known.eq_ignore_ascii_case(name);
        if WINDOWS_1252.iter().any(|known| is_one(known)) {
            return Some(Self::Windows1252);
        }
        ["utf-8", "utf8"]
            .iter()
            .any(|known| is_one(known))
            .then_some(Self::Utf8)
    }
}

/// Returns the charset that a `Content-Type` names.
fn charset_of_label(label: &str) -> Option<Charset> {
    label.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        is_charset.then(|| Charset::named(value)).flatten()
    })
}

/// Returns the encoding that an XML declaration names.
fn declared(body: &[u8]) -> Option<&str> {
    let declaration = body.trim_ascii_start().strip_prefix(b"<?xml")?;
    let end = declaration
        .iter()
        .take(200)
        .position(|byte| *byte == b'>')?;
    let declaration = std::str::from_utf8(declaration.get(..end)?).ok()?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value
        .chars()
        .next()
        .filter(|quote| ['"', '\''].contains(quote))?;
    value.get(1..)?.split(quote).next()
}

impl TextDecoder {
    pub(super) fn new(charset: Charset) -> Self {
        Self {
            charset,
            partial: Vec::new(),
            replaced: 0,
        }
    }

    /// Returns a whole answer as text, and the number of characters that were replaced. A text
    /// that is much longer than its bytes is refused.
    pub(super) fn whole(body: Vec<u8>, label: Option<&str>) -> Result<(String, usize), FieldError> {
        let (charset, mark) = Charset::detect(&body, label);
        let body = if charset == Charset::Utf8 {
            match String::from_utf8(body) {
                Ok(mut text) => {
                    text.drain(..mark);
                    return Ok((text, 0));
                }
                Err(error) => error.into_bytes(),
            }
        } else {
            body
        };
        let most = body.len() + body.len() / 2 + 64;
        let mut decoder = Self::new(charset);
        let mut text = String::with_capacity(most);
        for piece in body.get(mark..).unwrap_or_default().chunks(16 * 1024) {
            if text.len() + 3 * (piece.len() + 4) > most {
                // Room for the worst that this piece can become, only where it does.
                let mut decoded = String::new();
                decoder.push(piece, &mut decoded);
                if text.len() + decoded.len() > most {
                    return Err(FieldError::new(WHOLE, TOO_LARGE));
                }
                text.push_str(&decoded);
            } else {
                decoder.push(piece, &mut text);
            }
        }
        decoder.end(&mut text);
        drop(body);
        text.shrink_to_fit();
        Ok((text, decoder.replaced))
    }

    /// Adds the characters of the next piece to `text`.
    pub(super) fn push(&mut self, piece: &[u8], text: &mut String) {
        let mut joined = std::mem::take(&mut self.partial);
        let bytes = if joined.is_empty() {
            piece
        } else {
            joined.extend_from_slice(piece);
            &joined
        };
        match self.charset {
            Charset::Utf8 => self.utf_8(bytes, text),
            Charset::Windows1252 => text.extend(bytes.iter().map(|byte| windows_1252(*byte))),
            Charset::Utf16Le => self.utf_16(bytes, u16::from_le_bytes, text),
            Charset::Utf16Be => self.utf_16(bytes, u16::from_be_bytes, text),
        }
    }

    /// Ends the text. A character that broke off is replaced.
    pub(super) fn end(&mut self, text: &mut String) {
        if !std::mem::take(&mut self.partial).is_empty() {
            self.replace(text);
        }
    }

    fn replace(&mut self, text: &mut String) {
        text.push(char::REPLACEMENT_CHARACTER);
        self.replaced += 1;
    }

    fn utf_8(&mut self, bytes: &[u8], text: &mut String) {
        let mut left = bytes.len();
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            let invalid = chunk.invalid();
            left -= chunk.valid().len() + invalid.len();
            if invalid.is_empty() {
                continue;
            }
            let breaks_off = || {
                let error = std::str::from_utf8(invalid).err();
                error.is_some_and(|error| error.error_len().is_none())
            };
            if left == 0 && breaks_off() {
                self.partial = invalid.to_vec();
            } else {
                self.replace(text);
            }
        }
    }

    fn utf_16(&mut self, bytes: &[u8], unit: fn([u8; 2]) -> u16, text: &mut String) {
        let (units, odd) = bytes.as_chunks::<2>();
        let mut kept = odd.to_vec();
        let mut units = units.iter().copied().peekable();
        while let Some(pair) = units.next() {
            let first = unit(pair);
            let is_high = (0xd800..0xdc00).contains(&first);
            let second = units.peek().copied();
            if is_high && second.is_none() {
                kept = [&pair, odd].concat();
                break;
            }
            let low = second.filter(|_| is_high).map(unit);
            let low = low.filter(|low| (0xdc00..0xe000).contains(low));
            if low.is_some() {
                units.next();
            }
            let read = char::decode_utf16([first].into_iter().chain(low)).next();
            match read {
                Some(Ok(character)) => text.push(character),
                _ => self.replace(text),
            }
        }
        self.partial = kept;
    }
}

/// Returns the character of a byte. Five bytes that Windows-1252 leaves open are those of Unicode.
fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    let high = byte
        .checked_sub(0x80)
        .and_then(|place| HIGH.get(usize::from(place)));
    high.copied().unwrap_or(char::from(byte))
}

/// Repairs the strings of a text that is JSON but for them, and returns the number of repairs. Tabs
/// and line breaks are escaped; other control characters and halves of a surrogate pair are
/// replaced; a backslash that begins no escape stands for itself. `json` begins outside of a
/// string, and may break off. `None` where there is nothing to do, or too much for a text that was
/// JSON once.
pub(super) fn repair_strings(json: &str) -> Option<(String, usize)> {
    // A line feed in each note of a long list is no reason to lose it.
    let max_repairs = (json.len() / 64).max(10_000);
    let mut in_string = false;
    let mut repaired = String::new();
    let (mut copied, mut count, mut place) = (0, 0, 0);
    while let Some(byte) = json.as_bytes().get(place) {
        let (length, repair) = match byte {
            0..0x20 if in_string => (1, Some(control(*byte))),
            b'\\' if in_string => escape(json.get(place..).unwrap_or_default()),
            b'"' => {
                in_string = !in_string;
                (1, None)
            }
            _ => (1, None),
        };
        if let Some(repair) = repair {
            count += 1;
            if count == 1 {
                repaired.reserve_exact(json.len() + 3 * max_repairs);
            } else if count > max_repairs {
                return None;
            }
            repaired.push_str(json.get(copied..place).unwrap_or_default());
            repaired.push_str(repair);
            copied = place + length;
        }
        place += length;
    }
    if count == 0 {
        return None;
    }
    repaired.push_str(json.get(copied..).unwrap_or_default());
    Some((repaired, count))
}

fn control(byte: u8) -> &'static str {
    match byte {
        b'\t' => "\\t",
        b'\n' => "\\n",
        b'\r' => "\\r",
        _ => "\u{fffd}",
    }
}

/// Returns the length of an escape at the beginning of a text, and what stands there instead if it
/// is none. One that breaks off stays.
fn escape(text: &str) -> (usize, Option<&'static str>) {
    const PAIR: usize = 12;
    let bytes = text.as_bytes();
    let unit = |at: usize| u16::from_str_radix(text.get(at + 2..at + 6)?, 16).ok();
    match bytes.get(1) {
        None | Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => (2, None),
        Some(b'u') if bytes.iter().skip(2).take(4).all(u8::is_ascii_hexdigit) => match unit(0) {
            None => (bytes.len(), None),
            Some(0xd800..0xdc00) => {
                let next = bytes.get(6..bytes.len().min(PAIR)).unwrap_or_default();
                let begins_one = b"\\u".iter().zip(next).all(|(one, other)| one == other)
                    && next.iter().skip(2).all(u8::is_ascii_hexdigit);
                match unit(6) {
                    Some(0xdc00..0xe000) if begins_one => (PAIR, None),
                    None if begins_one && bytes.len() < PAIR => (bytes.len(), None),
                    _ => (6, Some("\u{fffd}")),
                }
            }
            Some(0xdc00..0xe000) => (6, Some("\u{fffd}")),
            Some(_) => (6, None),
        },
        Some(_) => (1, Some("\\\\")),
    }
}
