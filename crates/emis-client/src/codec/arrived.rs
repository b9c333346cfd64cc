//! JSON that has arrived, whole or in part, value by value.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::charset::repair_strings;
use super::decode::decode_object;
use super::field_error::FieldError;
use super::reader::Reader;
use super::{budget, scalar};

/// As much of an answer as is there.
#[derive(Debug)]
pub(super) struct Arrived<'a> {
    /// Known to be UTF-8 as a whole, so that no string has to be looked at again for that.
    text: &'a str,
    /// The length that was read.
    pub(super) at: usize,
    /// True if nothing will follow.
    complete: bool,
}

impl<'a> Arrived<'a> {
    /// Creates the first piece of an answer.
    pub(super) fn piece(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            complete: false,
        }
    }

    /// Creates an answer from here to its end.
    pub(super) fn whole(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            complete: true,
        }
    }

    /// Returns the length that was read and is not needed any more.
    pub(super) fn read(&self) -> usize {
        self.at
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Returns the next byte that is not white space.
    pub(super) fn peek(&mut self) -> Result<u8, Stop> {
        let rest = self.rest();
        let trimmed = rest.trim_ascii_start();
        self.at += rest.len() - trimmed.len();
        trimmed.as_bytes().first().copied().ok_or(self.stop())
    }

    /// Takes the next byte that is not white space, which has to be one of these.
    pub(super) fn take_byte(&mut self, allowed: &[u8]) -> Result<u8, Stop> {
        let byte = self.peek()?;
        if !allowed.contains(&byte) {
            return Err(Stop::Broken(scalar::NOT_JSON));
        }
        self.at += 1;
        Ok(byte)
    }

    /// Takes the next value.
    #[inline]
    pub(super) fn take<T: Deserialize<'a>>(&mut self) -> Result<T, Stop> {
        let mut values = serde_json::Deserializer::from_str(self.rest()).into_iter::<T>();
        match values.next() {
            Some(Ok(value)) => {
                let end = self.at + values.byte_offset();
                // The 1 at the end of a piece may be the beginning of a 12.
                let goes_on = || {
                    let last = end
                        .checked_sub(1)
                        .and_then(|at| self.text.as_bytes().get(at));
                    !matches!(last, Some(b'}' | b']' | b'"'))
                };
                if end == self.text.len() && !self.complete && goes_on() {
                    return Err(Stop::More);
                }
                self.at = end;
                Ok(value)
            }
            Some(Err(error)) if !error.is_eof() => Err(Stop::Broken(scalar::problem(&error))),
            Some(Err(_)) | None => Err(self.stop()),
        }
    }

    fn stop(&self) -> Stop {
        if self.complete {
            Stop::Broken(scalar::BREAKS_OFF)
        } else {
            Stop::More
        }
    }

    /// Makes room for as many items as there will be if the answer goes on as it began. Fails
    /// where one more item is too much for an answer of this length.
    pub(super) fn make_room<T>(&self, items: &mut Vec<T>) -> Result<(), FieldError> {
        let have = items.len();
        if have < items.capacity() {
            return Ok(());
        }
        let foreseen = have.saturating_mul(self.text.len()) / self.at.max(1);
        let foreseen = foreseen
            .saturating_add(foreseen / 64 + 1)
            .saturating_sub(have);
        let wanted = foreseen.clamp(have / 8 + 1, have * 16 + 4);
        if budget::reserve(items, wanted) {
            Ok(())
        } else {
            Err(budget::too_large())
        }
    }
}

/// Why a value was not taken.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stop {
    /// The rest of it has not arrived.
    More,
    /// It is not what it should be.
    Broken(&'static str),
}

/// The name of a field, which most often needs no copy.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// Takes a record. One that can't be decoded is taken too, as long as its end can be found.
#[inline]
pub(super) fn take_record<'a, W: Deserialize<'a>>(
    arrived: &mut Arrived<'a>,
    record: impl FnOnce(Result<W, FieldError>),
) -> Result<(), Stop> {
    // An object ends by itself: what follows does not matter.
    if arrived.peek()? == b'{' {
        let mut reader = Reader::new(arrived.rest());
        if let Ok(wire) = W::deserialize(&mut reader) {
            arrived.at += reader.read();
            record(Ok(wire));
            return Ok(());
        }
    }
    let before = arrived.rest();
    arrived.take::<IgnoredAny>()?;
    let length = before.len() - arrived.rest().len();
    let text = before.get(..length).unwrap_or_default();
    let decoded = decode_object(text);
    // Half of a surrogate pair is found where its string is read, and not where it is skipped.
    let is_broken = |fault: &FieldError| fault.problem == scalar::NOT_JSON;
    if decoded.as_ref().err().is_some_and(is_broken) && repair_strings(text).is_some() {
        return Err(Stop::Broken(scalar::NOT_JSON));
    }
    record(decoded);
    Ok(())
}

/// The outermost form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outermost {
    Object,
    Text,
    Null,
    /// A list, a number, true or false.
    Other,
    Broken,
}

/// Hands the fields of the outermost object to `look`, until it has seen enough: the name of each,
/// and whether its value is [filled](is_filled).
pub(super) fn top_level_keys(json: &str, mut look: impl FnMut(&str, bool) -> bool) -> Outermost {
    let mut arrived = Arrived::whole(json);
    match arrived.peek() {
        Ok(b'{') => {}
        Ok(b'"') => return Outermost::Text,
        Ok(b'n') => return Outermost::Null,
        Ok(b'[' | b'-' | b'0'..=b'9' | b't' | b'f') => return Outermost::Other,
        _ => return Outermost::Broken,
    }
    let mut keys = || -> Result<(), Stop> {
        arrived.take_byte(b"{")?;
        while arrived.peek()? == b'"' {
            let name = arrived.take::<Name<'_>>()?.0;
            arrived.take_byte(b":")?;
            if look(&name, is_filled(arrived.rest())) {
                return Ok(());
            }
            arrived.take::<IgnoredAny>()?;
            if arrived.take_byte(b",}")? == b'}' {
                return Ok(());
            }
        }
        arrived.take_byte(b"}").map(drop)
    };
    match keys() {
        Ok(()) => Outermost::Object,
        Err(_) => Outermost::Broken,
    }
}

/// Returns whether the value that `json` begins with is other than null, `[]`, `{}` and `""`.
pub(super) fn is_filled(json: &str) -> bool {
    let json = json.trim_ascii_start();
    let inside = json.get(1..).unwrap_or_default().trim_ascii_start();
    match json.as_bytes().first() {
        Some(b'[') => !inside.starts_with(']'),
        Some(b'{') => !inside.starts_with('}'),
        Some(b'"') => !json.starts_with("\"\""),
        first => first.is_some_and(|byte| *byte != b'n'),
    }
}
