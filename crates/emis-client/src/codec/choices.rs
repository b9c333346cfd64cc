//! Values out of EMIS's fixed lists, as JSON and XML write them.

use std::fmt;

use serde::de::{self, Deserializer, Visitor};

use super::values::FromWire;
use crate::model::choice::{Choice, FixedList};

/// A number is what [`FixedList::BY_PLACE`] says. A text is a literal of EMIS Open's schemas, with
/// or without the `Item` that .NET puts before those that begin with a digit; one that is not is
/// taken for a number.
impl<K: FixedList> FromWire for Option<Choice<K>> {
    fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Some(word) = Option::<Word>::from_wire(deserializer)? else {
            return Ok(None);
        };
        let literal = word.text.strip_prefix("Item").unwrap_or(&word.text);
        let by_literal = || {
            let same = |known: &&(&str, K)| known.0.eq_ignore_ascii_case(literal);
            K::LITERALS.iter().find(same)
        };
        let by_place = || K::LITERALS.get(word.text.parse::<usize>().ok()?);
        let known = match (K::BY_PLACE, word.is_number) {
            (true, true) => by_place(),
            (true, false) => by_literal().or_else(by_place),
            (false, _) => by_literal(),
        };
        Ok(Some(match known {
            Some((_, known)) => Choice::from(*known),
            None => Choice::other(word.text),
        }))
    }
}

/// A text or number, and which of the two it is.
struct Word {
    text: String,
    is_number: bool,
}

impl FromWire for Option<Word> {
    fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordVisitor)
    }
}

struct WordVisitor;

impl WordVisitor {
    fn number(number: impl ToString) -> Option<Word> {
        Some(Word {
            text: number.to_string(),
            is_number: true,
        })
    }
}

impl Visitor<'_> for WordVisitor {
    type Value = Option<Word>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or number")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        let text = text.trim();
        Ok((!text.is_empty()).then(|| Word {
            text: text.to_owned(),
            is_number: false,
        }))
    }

    fn visit_bool<E: de::Error>(self, yes: bool) -> Result<Self::Value, E> {
        self.visit_str(if yes { "true" } else { "false" })
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Self::number(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Self::number(number))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Self::number(number))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}
