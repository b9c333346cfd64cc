//! Values read by the type of the field that they go into.

use std::fmt;
use std::time::Duration;

use emis_types::{NhsNumber, OdsCode, Sensitive};
use jiff::civil::Time;
use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use uuid::Uuid;

use super::moment;
use super::scalar::{self, Decimal, Flag, Guid, Id, Int, Text, TimeOfDay};
use crate::model::partial_date::{DatePart, Written};
use crate::model::{Dbid, PartialDate, RefId};

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
    // A time that can be read in two ways is as good as none.
    Option<Time>: TimeOfDay, |time| time.into();
    Option<Uuid>: Guid, |guid| guid.0;
    Option<Dbid>: Id<Dbid>, |id| id.0;
    Option<RefId>: Text, |text| text.0.and_then(|text| text.parse().ok());
    // What is not shaped like an ODS code is as good as none.
    Option<OdsCode>: Text, |text| text.0.and_then(|text| text.parse().ok());
    Option<NhsNumber>: Text, |text| text.0.and_then(|text| text.parse().ok());
}

impl<T> FromWire for Option<Sensitive<T>>
where
    Option<T>: FromWire,
{
    fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<T>::from_wire(deserializer)?.map(Sensitive::new))
    }
}

/// A length in minutes, whole or fractional.
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
        scalar::scalar(deserializer, scalar::NOT_A_DATE, moment::parse_partial_date)
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

/// A text that is no date is an unknown date.
impl From<AnyText> for PartialDate {
    fn from(text: AnyText) -> Self {
        let written = text.0.as_deref().and_then(moment::parse_partial_date);
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
