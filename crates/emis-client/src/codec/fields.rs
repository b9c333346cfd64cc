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

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::budget;
use super::field_error::TOO_LARGE;
use super::scalar::{self, Flag};
use super::values::FromWire;

/// A type that is read from an object, field by field.
pub(super) trait Fields: Default {
    /// Reads the value of `key` if that is one of this type's keys, and says whether it was.
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, object: &mut A)
    -> Result<bool, A::Error>;

    /// Forgets the value of `key`.
    fn forget(&mut self, key: &str);

    /// The memory that a value takes besides its own size.
    const ON_HEAP: usize = 0;
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

    const ON_HEAP: usize = size_of::<T>();
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
        $object.next_value::<$crate::codec::values::Value<_>>()?.0
    };
    (@value $object:ident, $wire:ty) => { $object.next_value::<$wire>()?.into() };
}
pub(super) use fields;

/// The number of `…Specified` fields of one object that are looked at.
const MAX_UNSPECIFIED: usize = 100;

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
        budget::spend_in(T::ON_HEAP)?;
        let mut value = T::default();
        let mut unspecified = Vec::new();
        let mut key = String::new();
        while object.next_key_seed(KeyInto(&mut key))?.is_some() {
            if value.read(&key, &mut object)? {
                continue;
            }
            match key.strip_suffix("Specified") {
                // The value may come later.
                Some(of) => {
                    let is_unspecified = object.next_value::<Flag>()?.0 == Some(false);
                    // No type of ours has as many fields of this kind.
                    if is_unspecified && unspecified.len() < MAX_UNSPECIFIED {
                        unspecified.push(of.to_owned());
                    }
                }
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
            let more = items.len() / 2 + 1;
            if items.len() == items.capacity() && !budget::reserve(&mut items, more) {
                return Err(de::Error::custom(TOO_LARGE));
            }
            items.extend(item);
        }
        Ok(items)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }
}
