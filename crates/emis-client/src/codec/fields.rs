//! Objects read field by field straight into their domain types.
//!
//! The medical record has a hundred kinds of object with a thousand fields, nearly all of them
//! optional and named like ours. Instead of a wire struct for each there is a table that says
//! which key goes into which field ([`fields!`]); how a value is read follows from the field's
//! type ([`FromWire`]). The rules are those of every answer: unknown keys are skipped, null and
//! blank are nothing, and `…Specified: false` takes back what .NET wrote for a value that is not
//! there.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use emis_types::{OdsCode, Sensitive};
use jiff::civil::Time;
use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use uuid::Uuid;

use super::scalar::{self, Decimal, Flag, Guid, Id, Int, Text, TimeOfDay};
use crate::formats;
use crate::model::choice::{Choice, FixedList, fixed_lists};
use crate::model::partial_date::{DatePart, Written};
use crate::model::{Dbid, PartialDate, RefId};

/// A type that is read from an object, field by field.
pub(super) trait Fields: Default {
    /// Reads the value of `key` if that is one of this type's keys, and says whether it was.
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, object: &mut A)
    -> Result<bool, A::Error>;

    /// Forgets the value of `key`.
    fn forget(&mut self, key: &str);
}

impl<T: Fields> Fields for Box<T> {
    fn read<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        object: &mut A,
    ) -> Result<bool, A::Error> {
        (**self).read(key, object)
    }

    fn forget(&mut self, key: &str) {
        (**self).forget(key);
    }
}

/// Says which key of an object goes into which field of a type. Keys that are not in the table
/// are tried with the parts named after `with`. A `key => field as Wire` is read as another type
/// first.
macro_rules! fields {
    ($domain:ty $(, with $part:ident)* {
        $($key:literal => $($field:ident).+ $(as $wire:ty)?,)*
    }) => {
        impl $crate::codec::fields::Fields for $domain {
            fn read<'de, A: serde::de::MapAccess<'de>>(
                &mut self,
                key: &str,
                object: &mut A,
            ) -> Result<bool, A::Error> {
                Ok(match key {
                    $($key => {
                        self.$($field).+ = fields!(@value object $(, $wire)?);
                        true
                    })*
                    _ => false $(|| self.$part.read(key, object)?)*,
                })
            }

            fn forget(&mut self, key: &str) {
                match key {
                    $($key => self.$($field).+ = Default::default(),)*
                    _ => { $(self.$part.forget(key);)* }
                }
            }
        }
    };
    (@value $object:ident) => {
        $object.next_value::<$crate::codec::fields::Value<_>>()?.0
    };
    (@value $object:ident, $wire:ty) => { $object.next_value::<$wire>()?.into() };
}
pub(super) use fields;

/// A type that is read from one value.
pub(super) trait FromWire: Sized {
    /// Reads it.
    fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

/// A value by the rules of [`FromWire`].
#[derive(Default)]
pub(super) struct Value<T>(pub(super) T);

impl<'de, T: FromWire> Deserialize<'de> for Value<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::from_wire(deserializer).map(Self)
    }
}

/// An object by the rules of [`Fields`]; none where there is null or a blank.
pub(super) struct Object<T>(pub(super) Option<T>);

impl<'de, T: Fields> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(ObjectVisitor(PhantomData))
            .map(Self)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Fields> Visitor<'de> for ObjectVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut value = T::default();
        let mut unspecified = Vec::new();
        let mut key = String::new();
        while object.next_key_seed(KeyInto(&mut key))?.is_some() {
            if value.read(&key, &mut object)? {
                continue;
            }
            match key.strip_suffix("Specified") {
                // The value may come later.
                Some(of) if object.next_value::<Flag>()?.0 == Some(false) => {
                    unspecified.push(of.to_owned());
                }
                Some(_) => {}
                None => {
                    object.next_value::<IgnoredAny>()?;
                }
            }
        }
        for key in unspecified {
            value.forget(&key);
        }
        Ok(Some(value))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        if text.trim().is_empty() {
            Ok(None)
        } else {
            Err(E::custom(scalar::OTHER_FORM))
        }
    }
}

/// Reads a key into a string that all keys of the object share.
struct KeyInto<'a>(&'a mut String);

impl<'de> DeserializeSeed<'de> for KeyInto<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeyInto<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<(), E> {
        self.0.clear();
        self.0.push_str(key);
        Ok(())
    }
}

impl<T: Fields> FromWire for Option<T> {
    fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Object::deserialize(deserializer)?.0)
    }
}

/// Entries that are null are left out.
impl<T: Fields> FromWire for Vec<T> {
    fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Fields> Visitor<'de> for ListVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Object(item)) = list.next_element()? {
            items.extend(item);
        }
        Ok(items)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }
}

/// Implements [`FromWire`] by way of a scalar of [`super::scalar`].
macro_rules! by_scalar {
    ($($kind:ty: $scalar:ty, $convert:expr;)*) => {$(
        impl FromWire for $kind {
            fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <$scalar>::deserialize(deserializer).map($convert)
            }
        }
    )*};
}

by_scalar! {
    Option<String>: Text, |text| text.0;
    Option<bool>: Flag, |flag| flag.0;
    Option<i64>: Int, |number| number.0;
    Option<f64>: Decimal, |number| number.0;
    Option<Time>: TimeOfDay, |time| time.0;
    Option<Uuid>: Guid, |guid| guid.0;
    Option<Dbid>: Id<Dbid>, |id| id.0;
    Option<RefId>: Text, |text| text.0.and_then(|text| text.parse().ok());
    // What is not shaped like an ODS code is as good as none.
    Option<OdsCode>: Text, |text| text.0.and_then(|text| text.parse().ok());
    Option<emis_types::NhsNumber>: Text, |text| text.0.and_then(|text| text.parse().ok());
    Option<emis_types::PatientNumber>: Id<emis_types::PatientNumber>, |id| id.0;
}

impl<T> FromWire for Option<Sensitive<T>>
where
    Option<T>: FromWire,
{
    fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<T>::from_wire(deserializer)?.map(Sensitive::new))
    }
}

/// A length in minutes, of which there may be a fraction.
impl FromWire for Option<Duration> {
    fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        scalar::scalar(deserializer, scalar::NOT_MINUTES, |text| {
            let minutes: f64 = text.parse().ok()?;
            Duration::try_from_secs_f64(minutes * 60.0).ok()
        })
    }
}

impl FromWire for PartialDate {
    fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Option::<Written>::from_wire(deserializer)?;
        Ok(Self {
            written,
            part: None,
        })
    }
}

impl FromWire for Option<Written> {
    fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        scalar::scalar(
            deserializer,
            scalar::NOT_A_DATE,
            formats::parse_partial_date,
        )
        .map(Option::flatten)
    }
}

/// A part that is not known says nothing: what was written counts.
impl FromWire for Option<DatePart> {
    fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Int::deserialize(deserializer)?.0 {
            Some(0) => Some(DatePart::Day),
            Some(1) => Some(DatePart::Month),
            Some(2) => Some(DatePart::Year),
            Some(3) => Some(DatePart::Unknown),
            Some(4) => Some(DatePart::Moment),
            _ => None,
        })
    }
}

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

/// The place of a value in its list, as JSON has it.
pub(super) fn place<K: FixedList>(value: K) -> Option<usize> {
    K::LITERALS.iter().position(|literal| literal.1 == value)
}

/// The literal of a place in a list, as XML has it.
pub(super) fn literal<K: FixedList>(place: usize) -> Option<&'static str> {
    Some(K::LITERALS.get(place)?.0)
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

fixed_lists! {
    /// Whether something is so, in letters.
    by place pub(super) enum YesOrNo {
        /// It is.
        Yes = "Y",
        /// It is not.
        No = "N",
    }

    /// Whether something is so, in digits.
    by place pub(super) enum OneOrZero {
        /// It is.
        One = "1",
        /// It is not.
        Zero = "0",
    }
}

/// Yes or no from a list of two that has yes first.
pub(super) type YesFirst<K> = Value<Option<Choice<K>>>;

impl<K: FixedList> From<YesFirst<K>> for Option<bool> {
    fn from(Value(choice): YesFirst<K>) -> Self {
        let known = choice?.known()?;
        Some(place(known) == Some(0))
    }
}

/// A text where EMIS's schema leaves open what stands there. An object or a list is none.
pub(super) struct AnyText(Option<String>);

impl<'de> Deserialize<'de> for AnyText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyTextVisitor).map(Self)
    }
}

impl From<AnyText> for Option<Sensitive<String>> {
    fn from(text: AnyText) -> Self {
        text.0.map(Sensitive::new)
    }
}

/// What is no date is not known.
impl From<AnyText> for PartialDate {
    fn from(text: AnyText) -> Self {
        let written = text.0.as_deref().and_then(formats::parse_partial_date);
        Self {
            written: written.flatten(),
            part: None,
        }
    }
}

struct AnyTextVisitor;

impl<'de> Visitor<'de> for AnyTextVisitor {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        let text = text.trim();
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }

    fn visit_bool<E: de::Error>(self, yes: bool) -> Result<Self::Value, E> {
        Ok(Some(yes.to_string()))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}
