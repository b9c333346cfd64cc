//! Lists within a record.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use smallvec::SmallVec;

use super::budget::MAX_NESTED;
use super::scalar::TOO_MANY_ITEMS;

/// A list that nearly always has one item, which then needs no allocation. Null is an empty list.
/// One with more items than any record has costs its record: a short text could otherwise become
/// a very long list.
#[derive(Debug)]
pub(super) struct Nested<T>(SmallVec<[T; 1]>);

impl<T> Default for Nested<T> {
    fn default() -> Self {
        Self(SmallVec::new())
    }
}

impl<T> IntoIterator for Nested<T> {
    type Item = T;
    type IntoIter = smallvec::IntoIter<[T; 1]>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Nested<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(NestedVisitor(PhantomData))
            .map(Self)
    }
}

struct NestedVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for NestedVisitor<T> {
    type Value = SmallVec<[T; 1]>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = SmallVec::new();
        while let Some(item) = list.next_element()? {
            if items.len() == MAX_NESTED {
                return Err(de::Error::custom(TOO_MANY_ITEMS));
            }
            items.push(item);
        }
        Ok(items)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(SmallVec::new())
    }
}
