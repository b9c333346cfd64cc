//! The identifiers of a record, which are text although they are numbers.
//!
//! `oldGUID` is never written: no simulated record has changed its GUID, and some messages do not have
//! the member.

use std::fmt;

use serde::{Serialize, Serializer};
use uuid::Uuid;

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ident {
    dbid: Option<Text<i32>>,
    #[serde(rename = "refID")]
    ref_id: Option<Text<i32>>,
    guid: Option<Text<Uuid>>,
    file_status: Unknown,
}

/// A value that the message has as text. It is formatted by the serializer, because large messages have
/// thousands of them.
#[derive(Debug, Clone, Copy)]
struct Text<T>(T);

impl<T: fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A text that is always `null`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Unknown;

impl Serialize for Unknown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_none()
    }
}

impl Ident {
    /// Identifies a record by its DBID, which is also its reference within the message.
    pub(crate) fn of(id: i32, guid: Uuid) -> Self {
        Self {
            guid: Some(Text(guid)),
            ..Self::reference(id)
        }
    }

    /// Refers to a record without its GUID.
    pub(crate) fn reference(id: i32) -> Self {
        Self {
            dbid: Some(Text(id)),
            ref_id: Some(Text(id)),
            ..Self::default()
        }
    }
}

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Address {
    #[serde(flatten)]
    pub(crate) ident: Ident,
    pub(crate) house_name_flat: Option<String>,
    pub(crate) street: Option<&'static str>,
    pub(crate) village: Unknown,
    pub(crate) town: Option<&'static str>,
    pub(crate) county: Unknown,
    pub(crate) post_code: Option<&'static str>,
}

/// `IntegerCodeType`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IntegerCode {
    pub(crate) value: Option<String>,
    pub(crate) scheme: Option<String>,
    pub(crate) term: Option<String>,
    pub(crate) old_code: Option<String>,
    pub(crate) map_code: Option<String>,
    pub(crate) map_scheme: Option<String>,
}

impl IntegerCode {
    pub(crate) fn new(value: i32, term: &str) -> Self {
        Self {
            value: Some(value.to_string()),
            term: Some(term.to_owned()),
            ..Self::default()
        }
    }
}
