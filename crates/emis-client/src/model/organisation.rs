//! The practice and its staff.

use emis_types::{OdsCode, StaffId};
use uuid::Uuid;

use super::{Address, Ident, SkippedRecord};

/// The answer to `GetOrganisation`: the practice that the connection belongs to.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Organisation {
    /// The practice's name.
    pub name: Option<String>,
    /// Its ODS code (EMIS: national code).
    pub ods_code: Option<OdsCode>,
    /// Its GUID.
    pub guid: Option<Uuid>,
    /// Its staff.
    pub users: Vec<Staff>,
    /// Its locations.
    pub locations: Vec<Location>,
    /// Records that could not be read.
    pub skipped: Vec<SkippedRecord>,
    /// The number of characters that could not be read as they came and were replaced. The
    /// records that hold them are kept.
    pub repaired_characters: usize,
}

/// A member of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Staff {
    /// EMIS's id of the member of staff in their role.
    pub id: StaffId,
    /// The GUID of the same.
    pub guid: Option<Uuid>,
    /// Their name.
    pub name: StaffName,
    /// EMIS's category for them, such as "General Medical Practitioner".
    pub category: Option<String>,
    /// True if the user is active, where EMIS says so.
    pub active: Option<bool>,
}

impl Staff {
    /// Creates a member of staff of whom only the id and the name are known.
    pub fn new(id: StaffId, name: StaffName) -> Self {
        Self {
            id,
            guid: None,
            name,
            category: None,
            active: None,
        }
    }
}

/// The name of a member of staff.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct StaffName {
    /// Such as "Dr".
    pub title: Option<String>,
    /// First names.
    pub first_names: Option<String>,
    /// Surname. EMIS calls it `surname` in some messages and `lastName` in others.
    pub surname: Option<String>,
}

impl StaffName {
    /// Creates a name in its three parts.
    pub fn new(
        title: Option<String>,
        first_names: Option<String>,
        surname: Option<String>,
    ) -> Self {
        Self {
            title,
            first_names,
            surname,
        }
    }
}

impl std::fmt::Display for StaffName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [&self.title, &self.first_names, &self.surname];
        let mut parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
        match parts.next() {
            None => f.write_str("unnamed"),
            Some(first) => {
                f.write_str(first)?;
                parts.try_for_each(|part| write!(f, " {part}"))
            }
        }
    }
}

/// A place: one of the practice's locations, or one that a medical record refers to, such as a
/// hospital.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Location {
    /// Its identifiers.
    pub ident: Ident,
    /// Its name.
    pub name: Option<String>,
    /// Its ODS code (EMIS: national code).
    pub ods_code: Option<OdsCode>,
    /// The type of place: one of the message's location types.
    pub location_type: Option<Ident>,
    /// Its address.
    pub address: Option<Address>,
    /// Telephone.
    pub telephone_1: Option<String>,
    /// A second telephone.
    pub telephone_2: Option<String>,
    /// Fax.
    pub fax: Option<String>,
    /// Email.
    pub email: Option<String>,
    /// The name of its main contact.
    pub contact: Option<String>,
    /// EMIS's cypher of it in GP links.
    pub cypher: Option<String>,
    /// Reserved by EMIS.
    pub interchange: Option<String>,
    /// Reserved by EMIS.
    pub link_code: Option<String>,
    /// The senior partner.
    pub senior_partner: Option<String>,
    /// The code of its primary care group.
    pub pcg_code: Option<String>,
    /// The code of its primary care trust.
    pub pct_code: Option<String>,
    /// Its codes in GP links.
    pub link_codes: Vec<LinkCode>,
}

/// A code of a place in GP links.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct LinkCode {
    /// Its identifiers.
    pub ident: Ident,
    /// The code.
    pub code: Option<String>,
}
