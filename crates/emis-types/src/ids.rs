//! EMIS's internal identifiers. Each kind is a type of its own: a slot can't be passed for a
//! session, nor a patient for a member of staff.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{ParseError, ParseErrorKind as Kind};

macro_rules! dbid {
    ($(#[$doc:meta])* $name:ident, $field:literal) => {
        $(#[$doc])*
        ///
        /// A positive 32-bit integer, unique within one practice only.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "i64", into = "i32")]
        pub struct $name(i32);

        impl $name {
            /// Takes the number that EMIS gave. EMIS writes these ids as 32-bit integers in
            /// requests and as 32-bit, 64-bit or text in replies; all of them come through here.
            ///
            /// # Errors
            /// Where it is not between 1 and 2,147,483,647.
            pub fn new(id: i64) -> Result<Self, ParseError> {
                match i32::try_from(id) {
                    Ok(id) if id > 0 => Ok(Self(id)),
                    _ => Err(ParseError::new($field, Kind::OutOfRange, "must be a positive 32-bit integer")),
                }
            }

            /// The number.
            pub const fn get(self) -> i32 {
                self.0
            }
        }

        impl TryFrom<i64> for $name {
            type Error = ParseError;
            fn try_from(id: i64) -> Result<Self, ParseError> {
                Self::new(id)
            }
        }

        impl From<$name> for i32 {
            fn from(id: $name) -> i32 {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = ParseError;
            fn from_str(text: &str) -> Result<Self, ParseError> {
                let number = text.trim().parse::<i64>().map_err(|_| {
                    ParseError::new($field, Kind::InvalidCharacter, "must be a whole number")
                })?;
                Self::new(number)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

dbid!(
    /// A patient as EMIS numbers them: the `patientNumber` of the Partner API, taken to be the
    /// DBID (an assumption about EMIS, see `docs/contract-notes.md`). Not the NHS number.
    PatientNumber,
    "patient number"
);
dbid!(
    /// A slot of an appointment session. A slot may hold another patient later under the same
    /// id, so an appointment is named by slot *and* patient.
    SlotId,
    "slot id"
);
dbid!(
    /// An appointment session: one session holder's morning, say.
    SessionId,
    "session id"
);
dbid!(
    /// A member of staff in a role (session holder, user): the DBID from the organisation or
    /// the appointment configuration.
    StaffId,
    "staff id"
);
dbid!(
    /// A site of the practice, where sessions are held.
    SiteId,
    "site id"
);

/// A slot type of the practice, as `GetAppointmentConfiguration` names it: a short text, in
/// practice a number. 1 to 64 characters, trimmed.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SlotTypeId(String);

impl SlotTypeId {
    const FIELD: &'static str = "slot type id";

    /// The id as EMIS writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SlotTypeId {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let text = text.trim();
        let error = |kind, rule| Err(ParseError::new(Self::FIELD, kind, rule));
        if text.is_empty() {
            return error(Kind::Empty, "is empty");
        }
        if text.chars().any(char::is_control) {
            return error(Kind::InvalidCharacter, "must not hold control characters");
        }
        if text.chars().count() > 64 {
            return error(Kind::InvalidLength, "must be at most 64 characters");
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for SlotTypeId {
    type Error = ParseError;
    fn try_from(text: String) -> Result<Self, ParseError> {
        text.parse()
    }
}

impl From<SlotTypeId> for String {
    fn from(id: SlotTypeId) -> String {
        id.0
    }
}

impl fmt::Debug for SlotTypeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SlotTypeId({})", self.0)
    }
}

impl fmt::Display for SlotTypeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The member of staff in whose name an appointment is booked.
///
/// EMIS's document calls it "DBID of staff" but types it as a UUID, while every other staff id
/// is an integer. Which of the two a practice's EMIS accepts is found out at assurance, so both
/// can be held. Its text form is the number, or the UUID with hyphens.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum BookedBy {
    /// The user-in-role GUID, as the OpenAPI document types the parameter.
    Guid(Uuid),
    /// The staff DBID, as its description words it.
    Dbid(StaffId),
}

impl FromStr for BookedBy {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let text = text.trim();
        if let Ok(id) = text.parse() {
            return Ok(Self::Dbid(id));
        }
        // Bracketed, as EMIS writes GUIDs in places, is read; it is written with hyphens alone.
        Uuid::try_parse(text).map(Self::Guid).map_err(|_| {
            ParseError::new(
                "booked-by staff id",
                Kind::InvalidFormat,
                "must be a staff DBID or a GUID",
            )
        })
    }
}

impl fmt::Display for BookedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Guid(guid) => guid.hyphenated().fmt(f),
            Self::Dbid(id) => id.fmt(f),
        }
    }
}

impl TryFrom<String> for BookedBy {
    type Error = ParseError;
    fn try_from(text: String) -> Result<Self, ParseError> {
        text.parse()
    }
}

impl From<BookedBy> for String {
    fn from(by: BookedBy) -> String {
        by.to_string()
    }
}
