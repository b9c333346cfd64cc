//! The stored form of a booking: IDs and times, never a name, a reason or a note.

use std::fmt;
use std::str::FromStr;

use emis_types::OdsCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::rejection::{Rejection, UnknownCode};
use crate::slot::AppointmentKey;

/// The ID of one attempt to book: a random UUID, written into the appointment's booking note.
///
/// Hand it out with the form that the patient submits: submitting the form twice then books
/// once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BookingId(Uuid);

impl BookingId {
    /// Creates a random, and therefore unique, ID.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// Returns the UUID, for a store that has a type for it.
    pub const fn as_uuid(&self) -> &Uuid {
        &self.0
    }
}

impl From<Uuid> for BookingId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl fmt::Display for BookingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for BookingId {
    type Err = InvalidBookingId;

    fn from_str(text: &str) -> Result<Self, InvalidBookingId> {
        Uuid::try_parse(text.trim())
            .map(Self)
            .map_err(|_| InvalidBookingId)
    }
}

impl TryFrom<String> for BookingId {
    type Error = InvalidBookingId;
    fn try_from(text: String) -> Result<Self, InvalidBookingId> {
        text.parse()
    }
}

impl From<BookingId> for String {
    fn from(id: BookingId) -> String {
        id.to_string()
    }
}

/// A text that is not a [`BookingId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("booking ID must be a UUID")]
pub struct InvalidBookingId;

/// The state of a booking.
///
/// `Display`, `FromStr` and serde use its stable text form: `intended`, `unknown`, `confirmed`,
/// `rejected/slot-taken` (any [`Rejection::code`]), `cancelling`, `cancelled`, `unresolved`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum BookingState {
    /// About to be sent; or the process that meant to send it died.
    Intended,
    /// Sent, or maybe sent, with an unknown outcome.
    Unknown,
    /// Seen in the appointment book.
    Confirmed,
    /// Certainly not made.
    Rejected(Rejection),
    /// A cancellation was sent, or is about to be, with an unknown outcome.
    Cancelling,
    /// The patient is out of the slot.
    Cancelled,
    /// Given up: reading could not find out the outcome of the booking or its cancellation. A
    /// person at the practice has to look.
    Unresolved,
}

impl BookingState {
    /// Returns whether a call of it, booking or cancelling, may be in flight. A slot has one such
    /// booking at a time.
    pub const fn is_in_flight(self) -> bool {
        matches!(self, Self::Intended | Self::Unknown | Self::Cancelling)
    }

    /// Returns whether it may be in flight to be booked. A patient has one such booking at a time.
    pub const fn is_being_booked(self) -> bool {
        matches!(self, Self::Intended | Self::Unknown)
    }

    /// Returns whether a booking may go from this state to `next`.
    ///
    /// What was seen in the appointment book wins over what was concluded: a booking thought not
    /// made may turn out confirmed, a confirmed one never turns into one not made, and nothing
    /// leaves `Cancelled`. Workers that settle the same booking at once, one with older knowledge,
    /// therefore end up right in either order. One that was given up may turn out any way.
    pub const fn may_become(self, next: Self) -> bool {
        use BookingState::{Cancelled, Cancelling, Confirmed, Rejected, Unknown, Unresolved};
        match self {
            Self::Intended => matches!(next, Unknown | Confirmed | Rejected(_) | Unresolved),
            Self::Unknown => matches!(next, Confirmed | Rejected(_) | Unresolved),
            Self::Rejected(_) => matches!(next, Confirmed),
            Self::Confirmed => matches!(next, Cancelling | Cancelled),
            Self::Cancelling => matches!(next, Confirmed | Cancelled | Unresolved),
            Self::Cancelled => false,
            Self::Unresolved => matches!(next, Confirmed | Rejected(_) | Cancelled),
        }
    }
}

impl fmt::Display for BookingState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Intended => "intended",
            Self::Unknown => "unknown",
            Self::Confirmed => "confirmed",
            Self::Rejected(rejection) => return write!(f, "rejected/{}", rejection.code()),
            Self::Cancelling => "cancelling",
            Self::Cancelled => "cancelled",
            Self::Unresolved => "unresolved",
        })
    }
}

impl FromStr for BookingState {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        Ok(match text {
            "intended" => Self::Intended,
            "unknown" => Self::Unknown,
            "confirmed" => Self::Confirmed,
            "cancelling" => Self::Cancelling,
            "cancelled" => Self::Cancelled,
            "unresolved" => Self::Unresolved,
            other => match other.strip_prefix("rejected/") {
                Some(code) => Self::Rejected(code.parse()?),
                None => return Err(UnknownCode),
            },
        })
    }
}

impl TryFrom<String> for BookingState {
    type Error = UnknownCode;
    fn try_from(text: String) -> Result<Self, UnknownCode> {
        text.parse()
    }
}

impl From<BookingState> for String {
    fn from(state: BookingState) -> String {
        state.to_string()
    }
}

/// One booking as it is stored.
///
/// EMIS's own IDs only: they mean nothing outside the practice. Names, reasons and notes stay in
/// EMIS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BookingRecord {
    /// The ID, also written into the booking note.
    pub id: BookingId,
    /// The practice.
    pub practice: OdsCode,
    /// The patient, the slot and the time.
    pub appointment: AppointmentKey,
    /// The state.
    pub state: BookingState,
    /// The time of its begin.
    pub begun_at: Timestamp,
    /// The time of the last change of its state.
    pub changed_at: Timestamp,
}

impl BookingRecord {
    /// Creates an intended booking.
    pub const fn begun(
        id: BookingId,
        practice: OdsCode,
        appointment: AppointmentKey,
        at: Timestamp,
    ) -> Self {
        Self {
            id,
            practice,
            appointment,
            state: BookingState::Intended,
            begun_at: at,
            changed_at: at,
        }
    }

    /// Creates the record of an appointment that was booked elsewhere and is to be cancelled here.
    /// Its ID is new, and in no booking note.
    pub fn cancelling(practice: OdsCode, appointment: AppointmentKey, at: Timestamp) -> Self {
        Self {
            state: BookingState::Cancelling,
            ..Self::begun(BookingId::random(), practice, appointment, at)
        }
    }
}
