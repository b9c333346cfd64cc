//! What most messages begin with: a record's identifiers. Text here, although they are numbers.
//!
//! `oldGUID` is never written: no record of a simulated practice has changed its GUID, and
//! some of the messages do not have the field.

use serde::Serialize;
use uuid::Uuid;

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ident {
    pub(crate) dbid: Option<String>,
    #[serde(rename = "refID")]
    pub(crate) ref_id: Option<String>,
    pub(crate) guid: Option<String>,
    pub(crate) file_status: Option<String>,
}

impl Ident {
    /// A record with a DBID, which doubles as its reference within the message.
    pub(crate) fn of(id: i32, guid: Uuid) -> Self {
        Self {
            guid: Some(guid.to_string()),
            ..Self::reference(id)
        }
    }

    /// A reference to a record that has a GUID elsewhere in the message, or none.
    pub(crate) fn reference(id: i32) -> Self {
        Self {
            dbid: Some(id.to_string()),
            ref_id: Some(id.to_string()),
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
    pub(crate) street: Option<String>,
    pub(crate) village: Option<String>,
    pub(crate) town: Option<String>,
    pub(crate) county: Option<String>,
    pub(crate) post_code: Option<String>,
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
