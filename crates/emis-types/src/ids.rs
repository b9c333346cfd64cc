//! EMIS's internal identifiers, a type for each kind, so that a slot can't be passed for a session
//! nor a patient for a member of staff.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{ParseError, ParseErrorKind as Kind};
use crate::plain_text::{as_typed, strip_invisible};
use crate::{serde_as_text, text_newtype};

macro_rules! dbid {
    ($(#[$doc:meta])* $name:ident, $field:literal) => {
        $(#[$doc])*
        ///
        /// A positive 32-bit integer, unique within one practice only.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "i64", into = "i32")]
        pub struct $name(i32);

        impl $name {
            /// Checks a number that EMIS gave. EMIS writes these ids as 32-bit integers in requests
            /// and as 32-bit integers, 64-bit integers or text in responses.
            ///
            /// # Errors
            /// [`OutOfRange`](Kind::OutOfRange) unless it is between 1 and 2,147,483,647.
            pub fn new(id: i64) -> Result<Self, ParseError> {
                match i32::try_from(id) {
                    Ok(id) if id > 0 => Ok(Self(id)),
                    _ => Err(ParseError::new($field, Kind::OutOfRange, "must be a positive 32-bit integer")),
                }
            }

            /// Returns the number.
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
                let number = as_typed(text).parse::<i64>().map_err(|_| {
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
    /// A patient's number in EMIS: the `patientNumber` of the Partner API, taken to be the DBID (an
    /// assumption about EMIS, see `docs/contract-notes.md`). Not the NHS number.
    PatientNumber,
    "patient number"
);
dbid!(
    /// A slot of an appointment session. A slot may later hold another patient under the same id, so
    /// an appointment is identified by slot *and* patient.
    SlotId,
    "slot id"
);
dbid!(
    /// An appointment session, such as one session holder's morning.
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

text_newtype! {
    /// A slot type of the practice, as `GetAppointmentConfiguration` names it: a short text, in
    /// practice a number. 1 to 64 characters, trimmed.
    pub struct SlotTypeId: checked_slot_type_id -> ParseError;
}

fn checked_slot_type_id(text: &str) -> Result<String, ParseError> {
    let text = strip_invisible(text);
    let error = |kind, rule| Err(ParseError::new("slot type id", kind, rule));
    if text.is_empty() {
        return error(Kind::Empty, "is empty");
    }
    if text.chars().any(char::is_control) {
        return error(Kind::InvalidCharacter, "must not hold control characters");
    }
    if text.chars().count() > 64 {
        return error(Kind::InvalidLength, "must be at most 64 characters");
    }
    Ok(text)
}

/// The member of staff in whose name an appointment is booked.
///
/// EMIS's document calls it "DBID of staff" but types it as a UUID, while every other staff id is an
/// integer. Assurance shows which of the two a practice's EMIS accepts, so both can be held. Its
/// text form is the number, or the UUID with hyphens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BookedBy {
    /// The user-in-role GUID, as the OpenAPI document types the parameter.
    Guid(Uuid),
    /// The staff DBID, as its description words it.
    Dbid(StaffId),
}

impl FromStr for BookedBy {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let text = as_typed(text);
        if let Ok(id) = text.parse() {
            return Ok(Self::Dbid(id));
        }
        // EMIS writes GUIDs in braces in places; they are read, and written without.
        Uuid::try_parse(&text).map(Self::Guid).map_err(|_| {
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

serde_as_text!(BookedBy);
