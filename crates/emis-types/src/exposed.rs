//! Serialisation of redacted values, where it is wanted.
//!
//! [`NhsNumber`](crate::NhsNumber), [`UkMobile`](crate::UkMobile),
//! [`EmailAddress`](crate::EmailAddress) and [`Sensitive`] are read by serde but
//! not written: a struct that holds one does not compile with `derive(Serialize)`, so that nothing
//! about a patient leaves by accident. A field that is meant to leave says so:
//!
//! ```
//! use emis_types::{NhsNumber, UkMobile};
//!
//! #[derive(serde::Serialize, serde::Deserialize)]
//! struct OwnDetails {
//!     #[serde(with = "emis_types::exposed")]
//!     nhs_number: NhsNumber,
//!     #[serde(with = "emis_types::exposed", default)]
//!     mobile: Option<UkMobile>,
//! }
//!
//! let json = r#"{"nhs_number":"9990000018","mobile":"+447700900123"}"#;
//! let details: OwnDetails = serde_json::from_str(json)?;
//! assert_eq!(serde_json::to_string(&details)?, json);
//! # Ok::<(), serde_json::Error>(())
//! ```

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Sensitive;

/// A redacted type that can be serialised on request. See the [module](self).
pub trait SerializeExposed {
    /// Writes the value that is otherwise redacted.
    ///
    /// # Errors
    /// As the serialiser fails.
    fn serialize_exposed<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

/// Writes a redacted value, for `#[serde(with = "emis_types::exposed")]`.
///
/// # Errors
/// As the serialiser fails.
pub fn serialize<T: SerializeExposed, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    value.serialize_exposed(serializer)
}

/// Reads a redacted value, for `#[serde(with = "emis_types::exposed")]`.
///
/// # Errors
/// As the type's own `Deserialize` fails.
pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    T::deserialize(deserializer)
}

struct Exposed<'a, T>(&'a T);

impl<T: SerializeExposed> Serialize for Exposed<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize_exposed(serializer)
    }
}

impl<T: Serialize> SerializeExposed for Sensitive<T> {
    fn serialize_exposed<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.expose().serialize(serializer)
    }
}

impl<T: SerializeExposed> SerializeExposed for Option<T> {
    fn serialize_exposed<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_ref().map(Exposed).serialize(serializer)
    }
}

impl<T: SerializeExposed> SerializeExposed for Vec<T> {
    fn serialize_exposed<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Exposed))
    }
}
