//! Identifiers of records in EMIS's messages.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use super::choice::{Choice, fixed_lists};

/// The identifiers of a record, or a reference to another.
///
/// Where it refers, the record is the one of the same message with the same
/// [`ref_id`](Self::ref_id) or [`dbid`](Self::dbid); what kind of record is said where the
/// reference stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub struct Ident {
    /// The record's number in EMIS's database, within its practice and its kind.
    pub dbid: Option<Dbid>,
    /// Its number within the message, among records of its kind.
    pub ref_id: Option<RefId>,
    /// Its GUID.
    pub guid: Option<Uuid>,
    /// The action on the record when the message is filed.
    pub file_status: Option<Choice<FileStatus>>,
    /// The GUID it had before an edit.
    pub old_guid: Option<Uuid>,
}

impl Ident {
    /// Returns whether two of these name the same record, by the first of GUID, DBID and number in
    /// the message that both have.
    pub fn names_same(&self, other: &Self) -> bool {
        if let (Some(one), Some(other)) = (self.guid, other.guid) {
            return one == other;
        }
        if let (Some(one), Some(other)) = (self.dbid, other.dbid) {
            return one == other;
        }
        self.ref_id.is_some() && self.ref_id == other.ref_id
    }
}

/// The number of a record in EMIS's database: positive, 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Dbid(i64);

impl Dbid {
    /// Creates an id from EMIS's number. Returns `None` if it is not positive.
    pub const fn new(number: i64) -> Option<Self> {
        if number > 0 { Some(Self(number)) } else { None }
    }

    /// Returns the number, of which ids of [`emis_types`] are made where the record is of their
    /// kind.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for Dbid {
    type Error = ();
    fn try_from(number: i64) -> Result<Self, ()> {
        Self::new(number).ok_or(())
    }
}

impl fmt::Display for Dbid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The number of a record within one message. Compare it, and no more.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RefId(String);

impl RefId {
    /// Returns the number as EMIS wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RefId {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.trim().to_owned()))
    }
}

fixed_lists! {
    /// The action on a record when its message is filed.
    by value pub enum FileStatus {
        /// It is new.
        New = "0",
        /// It replaces an older form of itself.
        Edit = "1",
        /// It is deleted.
        Delete = "2",
        /// It is only referred to.
        Reference = "3",
    }
}
