//! A reader of records in JSON, of which there are many and most fields are skipped.
//!
//! It reads what is plain, and stops without a word at anything else: a text that is not JSON, that
//! breaks off, or that a field can't hold. `serde_json` then reads the record again and says why.
//! Strings without escapes, short whole numbers and what is skipped are read here, which is nearly
//! all of an answer; the rest is left to `serde_json` value by value.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

/// The depth of values within values that is read here.
const MAX_DEPTH: u8 = 64;

/// The number of digits of the longest whole number that is read here.
const MAX_DIGITS: usize = 18;

/// JSON that is read from its beginning.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u8,
}

/// The reader stopped at something that is not plain.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("not plain JSON")]
pub(super) struct Halt;

impl de::Error for Halt {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// A string as it stands between its quotes.
struct Quoted<'a> {
    text: &'a str,
    is_escaped: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
        }
    }

    /// Returns the length that was read.
    pub(super) fn read(&self) -> usize {
        self.at
    }

    #[inline]
    fn get(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn slice(&self, from: usize) -> &'a str {
        self.text.get(from..self.at).unwrap_or_default()
    }

    /// Takes the next byte that is not white space.
    #[inline]
    fn byte(&mut self) -> Result<u8, Halt> {
        loop {
            let byte = self.get(self.at).ok_or(Halt)?;
            self.at += 1;
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Ok(byte);
            }
        }
    }

    #[inline]
    fn expect(&mut self, expected: u8) -> Result<(), Halt> {
        (self.byte()? == expected).then_some(()).ok_or(Halt)
    }

    /// Takes the rest of a word, of which the first byte was taken.
    #[inline]
    fn word(&mut self, word: &str) -> Result<(), Halt> {
        let begin = self.at - 1;
        let unread = self.text.as_bytes().get(begin..).unwrap_or_default();
        if unread.starts_with(word.as_bytes()) {
            self.at = begin + word.len();
            Ok(())
        } else {
            Err(Halt)
        }
    }

    /// Takes a string, of which the opening quote was taken.
    #[inline]
    fn string(&mut self) -> Result<Quoted<'a>, Halt> {
        let begin = self.at;
        let bytes = self.text.as_bytes();
        let mut at = begin;
        let mut is_escaped = false;
        loop {
            if let Some(next) = bytes.get(at..).and_then(|rest| rest.first_chunk()) {
                let clear = clear_bytes(u64::from_le_bytes(*next));
                at += clear;
                if clear == 8 {
                    continue;
                }
            }
            match self.get(at).ok_or(Halt)? {
                b'"' => break,
                b'\\' => {
                    is_escaped = true;
                    at += 2;
                }
                0..0x20 => return Err(Halt),
                _ => at += 1,
            }
        }
        self.at = at + 1;
        Ok(Quoted {
            text: self.text.get(begin..at).ok_or(Halt)?,
            is_escaped,
        })
    }

    /// Hands over a string, of which the opening quote was taken.
    #[inline]
    fn visit_string<V: Visitor<'a>>(&mut self, visitor: V) -> Result<V::Value, Halt> {
        let begin = self.at - 1;
        let quoted = self.string()?;
        if quoted.is_escaped {
            let text: String = serde_json::from_str(self.slice(begin)).map_err(|_| Halt)?;
            visitor.visit_string(text)
        } else {
            visitor.visit_borrowed_str(quoted.text)
        }
    }

    /// Takes a number, of which the first byte was taken, and returns it if it is whole and short.
    #[inline]
    fn number(&mut self, first: u8) -> Result<Option<i64>, Halt> {
        let mut number = 0;
        let mut digits = 0;
        if first != b'-' {
            self.at -= 1;
        }
        let begin = self.at;
        while let Some(digit @ b'0'..=b'9') = self.get(self.at)
            && digits < MAX_DIGITS
        {
            number = number * 10 + i64::from(digit - b'0');
            digits += 1;
            self.at += 1;
        }
        let goes_on = matches!(
            self.get(self.at),
            Some(b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')
        );
        let is_plain = digits == 1 || digits > 1 && self.get(begin) != Some(b'0');
        if goes_on {
            while let Some(b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-') = self.get(self.at) {
                self.at += 1;
            }
            return Ok(None);
        }
        match (is_plain, first) {
            (false, _) => Err(Halt),
            // Minus nothing is a number of its own.
            (true, b'-') => Ok((number > 0).then_some(-number)),
            (true, _) => Ok(Some(number)),
        }
    }

    /// Skips a value.
    fn skip(&mut self) -> Result<(), Halt> {
        let byte = self.byte()?;
        let begin = self.at - 1;
        match byte {
            b'"' => self.skip_string(),
            b'{' => self.items(b'}', |fields| {
                while fields.advance()? {
                    fields.reader.expect(b'"')?;
                    fields.reader.skip_string()?;
                    fields.reader.expect(b':')?;
                    fields.reader.skip()?;
                }
                Ok(())
            }),
            b'[' => self.items(b']', |items| {
                while items.advance()? {
                    items.reader.skip()?;
                }
                Ok(())
            }),
            b'n' => self.word("null"),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'-' | b'0'..=b'9' => match self.number(byte)? {
                Some(_) => Ok(()),
                None => valid(self.slice(begin)),
            },
            _ => Err(Halt),
        }
    }

    #[inline]
    fn skip_string(&mut self) -> Result<(), Halt> {
        let begin = self.at - 1;
        if self.string()?.is_escaped {
            valid(self.slice(begin))
        } else {
            Ok(())
        }
    }

    #[inline]
    fn descend(&mut self) -> Result<(), Halt> {
        self.depth += 1;
        (self.depth <= MAX_DEPTH).then_some(()).ok_or(Halt)
    }
}

/// Returns the number of bytes at the beginning that neither end a string nor need a look: 8 if
/// all of them are such.
#[inline]
fn clear_bytes(bytes: u64) -> usize {
    const EACH: u64 = u64::MAX / 255;
    // The high bit of every byte that is zero. Above the first of them it may be set too often.
    let zeros = |bytes: u64| bytes.wrapping_sub(EACH) & !bytes;
    let controls = bytes.wrapping_sub(EACH * 0x20) & !bytes;
    let of = |byte: u8| zeros(bytes ^ (EACH * u64::from(byte)));
    let hits = (controls | of(b'"') | of(b'\\')) & (EACH * 0x80);
    hits.trailing_zeros() as usize / 8
}

/// Checks a value that is skipped and not plain.
#[cold]
fn valid(text: &str) -> Result<(), Halt> {
    serde_json::from_str::<IgnoredAny>(text).map_err(|_| Halt)?;
    Ok(())
}

impl<'a> Deserializer<'a> for &mut Reader<'a> {
    type Error = Halt;

    #[inline]
    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Halt> {
        let byte = self.byte()?;
        match byte {
            b'"' => self.visit_string(visitor),
            b'n' => {
                self.word("null")?;
                visitor.visit_unit()
            }
            b't' => {
                self.word("true")?;
                visitor.visit_bool(true)
            }
            b'f' => {
                self.word("false")?;
                visitor.visit_bool(false)
            }
            b'-' | b'0'..=b'9' => {
                let begin = self.at - 1;
                match self.number(byte)? {
                    Some(number) => match u64::try_from(number) {
                        Ok(number) => visitor.visit_u64(number),
                        Err(_) => visitor.visit_i64(number),
                    },
                    None => {
                        let mut number = serde_json::Deserializer::from_str(self.slice(begin));
                        let value = number.deserialize_any(visitor).map_err(|_| Halt)?;
                        number.end().map_err(|_| Halt)?;
                        Ok(value)
                    }
                }
            }
            b'{' => self.items(b'}', |fields| visitor.visit_map(fields)),
            b'[' => self.items(b']', |items| visitor.visit_seq(items)),
            _ => Err(Halt),
        }
    }

    #[inline]
    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Halt> {
        let before = self.at;
        if self.byte()? == b'n' {
            self.word("null")?;
            return visitor.visit_none();
        }
        self.at = before;
        visitor.visit_some(self)
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'a>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Halt> {
        if name.starts_with("$serde_json") {
            // A type of serde_json's own: text that stays as it is.
            self.byte()?;
            self.at -= 1;
            let begin = self.at;
            self.skip()?;
            let mut raw = serde_json::Deserializer::from_str(self.slice(begin));
            return raw
                .deserialize_newtype_struct(name, visitor)
                .map_err(|_| Halt);
        }
        visitor.visit_newtype_struct(self)
    }

    #[inline]
    fn deserialize_ignored_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Halt> {
        self.skip()?;
        visitor.visit_unit()
    }

    /// Serde would take the values of a list for the fields of a struct, in order.
    #[inline]
    fn deserialize_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Halt> {
        self.expect(b'{')?;
        self.items(b'}', |fields| visitor.visit_map(fields))
    }

    forward_to_deserialize_any! {
        <V: Visitor<'a>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map enum identifier
    }
}

/// The fields of an object, or the items of a list, of which the opening bracket was taken.
struct Items<'r, 'a> {
    reader: &'r mut Reader<'a>,
    close: u8,
    is_first: bool,
    has_ended: bool,
}

impl<'a> Reader<'a> {
    #[inline]
    fn items<T>(
        &mut self,
        close: u8,
        visit: impl FnOnce(&mut Items<'_, 'a>) -> Result<T, Halt>,
    ) -> Result<T, Halt> {
        self.descend()?;
        let mut items = Items {
            reader: self,
            close,
            is_first: true,
            has_ended: false,
        };
        let value = visit(&mut items)?;
        let has_ended = items.has_ended;
        self.depth -= 1;
        has_ended.then_some(value).ok_or(Halt)
    }
}

impl Items<'_, '_> {
    /// Goes to the next item. Returns `false` at the end.
    #[inline]
    fn advance(&mut self) -> Result<bool, Halt> {
        let before = self.reader.at;
        let byte = self.reader.byte()?;
        if byte == self.close {
            self.has_ended = true;
        } else if self.is_first {
            self.reader.at = before;
        } else if byte != b',' {
            return Err(Halt);
        }
        self.is_first = false;
        Ok(!self.has_ended)
    }
}

impl<'a> MapAccess<'a> for Items<'_, 'a> {
    type Error = Halt;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>, Halt> {
        if !self.advance()? {
            return Ok(None);
        }
        self.reader.expect(b'"')?;
        seed.deserialize(Key(self.reader)).map(Some)
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, Halt> {
        self.reader.expect(b':')?;
        seed.deserialize(&mut *self.reader)
    }
}

impl<'a> SeqAccess<'a> for Items<'_, 'a> {
    type Error = Halt;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'a>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Halt> {
        if !self.advance()? {
            return Ok(None);
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }
}

/// The name of a field, of which the opening quote was taken.
struct Key<'r, 'a>(&'r mut Reader<'a>);

impl<'a> Deserializer<'a> for Key<'_, 'a> {
    type Error = Halt;

    #[inline]
    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Halt> {
        self.0.visit_string(visitor)
    }

    forward_to_deserialize_any! {
        <V: Visitor<'a>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

#[cfg(test)]
mod tests;
