//! Values that differ between XML and JSON.

use serde::{Serialize, Serializer};

/// A value of one of EMIS Open's enumerations. XML has the literal, JSON its index.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) place: u8,
    pub(crate) literal: &'static str,
}

impl Choice {
    /// Returns a value of an enumeration that has `Y` before `N`.
    pub(crate) const fn yes_or_no(answer: bool) -> Self {
        let (place, literal) = if answer { (0, "Y") } else { (1, "N") };
        Self { place, literal }
    }
}

impl Serialize for Choice {
    /// JSON ignores the name of a newtype; the tree uses it as the literal.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(self.literal, &self.place)
    }
}

/// One of several alternative elements. JSON names each of them `item`, XML by its own name.
#[derive(Debug, Clone, Default)]
pub(crate) struct OneOf<T> {
    /// In angle brackets, to distinguish it from a literal.
    pub(crate) element: &'static str,
    pub(crate) content: T,
}

impl<T: Serialize> Serialize for OneOf<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(self.element, &self.content)
    }
}

/// The root of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Root {
    pub(crate) name: &'static str,
    pub(crate) namespace: Option<&'static str>,
}

impl Root {
    /// Returns the root of a message of EMIS Open.
    pub(crate) const fn emis_open(name: &'static str) -> Self {
        Self {
            name,
            namespace: Some("http://www.e-mis.com/emisopen/MedicalRecord"),
        }
    }

    /// Returns a root without a namespace.
    pub(crate) const fn plain(name: &'static str) -> Self {
        Self {
            name,
            namespace: None,
        }
    }
}
