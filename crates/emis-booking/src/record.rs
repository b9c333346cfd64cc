//! What the ledger keeps of a booking: ids and times, never a name, a reason or a note.

use std::fmt;
use std::str::FromStr;

use emis_types::{OdsCode, PatientNumber, SessionId, SlotId, SlotTypeId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::rejection::{Rejection, UnknownCode};
use crate::slot::Appointment;

/// The name of one attempt to book: a random UUID, written into the appointment's booking note.
///
/// Hand it out with the form that the patient submits: submitting the form twice then books
/// once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BookingId(Uuid);

impl BookingId {
    /// A new id, random and therefore unique.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// The UUID, for a store that has a type for it.
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
#[error("booking id must be a UUID")]
pub struct InvalidBookingId;

/// Where a booking stands.
///
/// `Display` and `FromStr` are its stable text form, for storage: `intended`, `unknown`,
/// `confirmed`, `rejected/slot-taken` (any [`Rejection::code`]), `cancelling`, `cancelled`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BookingState {
    /// About to be sent; or the process that meant to send it died.
    Intended,
    /// Sent, or maybe sent, and what became of it is not known.
    Unknown,
    /// Seen in the appointment book.
    Confirmed,
    /// Not made, for certain.
    Rejected(Rejection),
    /// A cancellation was sent, or is about to be, and what became of it is not known.
    Cancelling,
    /// The patient is out of the slot.
    Cancelled,
}

impl BookingState {
    /// Whether a booking may be on its way to EMIS at this moment: intended or unknown. A slot,
    /// and a patient, can be in hand once at a time.
    pub const fn is_in_hand(self) -> bool {
        matches!(self, Self::Intended | Self::Unknown)
    }

    /// Whether nothing is left to find out.
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Confirmed | Self::Rejected(_) | Self::Cancelled)
    }

    /// Whether a booking may go from this state to `next`.
    ///
    /// What was seen in the appointment book wins over what was concluded: a booking thought not
    /// made may turn out confirmed, but a confirmed one never turns into one not made, and
    /// nothing leaves `Cancelled`. Workers that settle the same booking at once, one with older
    /// knowledge, therefore end up right in either order.
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Intended => matches!(next, Self::Unknown | Self::Confirmed | Self::Rejected(_)),
            Self::Unknown => matches!(next, Self::Confirmed | Self::Rejected(_)),
            Self::Rejected(_) => matches!(next, Self::Confirmed),
            Self::Confirmed => matches!(next, Self::Cancelling | Self::Cancelled),
            Self::Cancelling => matches!(next, Self::Confirmed | Self::Cancelled),
            Self::Cancelled => false,
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
            other => match other.strip_prefix("rejected/") {
                Some(code) => Self::Rejected(code.parse()?),
                None => return Err(UnknownCode),
            },
        })
    }
}

/// One booking as the ledger keeps it.
///
/// EMIS's own ids alone: they mean nothing outside the practice. Names, reasons and notes stay
/// in EMIS.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BookingRecord {
    /// Its id, also written into the booking note.
    pub id: BookingId,
    /// The practice.
    pub practice: OdsCode,
    /// The session that the slot belongs to: what is read to see what became of the booking.
    pub session: SessionId,
    /// The slot.
    pub slot: SlotId,
    /// The type of the slot when the patient chose it.
    pub slot_type: SlotTypeId,
    /// When the slot starts.
    pub start: Timestamp,
    /// The patient.
    pub patient: PatientNumber,
    /// Where it stands.
    pub state: BookingState,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// When its state last changed.
    pub changed_at: Timestamp,
}

/// What is to be booked: a [`BookingRecord`] before it has a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The booking's id.
    pub id: BookingId,
    /// The practice.
    pub practice: OdsCode,
    /// The session that the slot belongs to.
    pub session: SessionId,
    /// The slot.
    pub slot: SlotId,
    /// The type of the slot when the patient chose it.
    pub slot_type: SlotTypeId,
    /// When the slot starts.
    pub start: Timestamp,
    /// The patient.
    pub patient: PatientNumber,
}

impl BookingRecord {
    /// The record of an intent, begun at a moment.
    pub fn begun(intent: Intent, at: Timestamp) -> Self {
        let Intent {
            id,
            practice,
            session,
            slot,
            slot_type,
            start,
            patient,
        } = intent;
        Self {
            id,
            practice,
            session,
            slot,
            slot_type,
            start,
            patient,
            state: BookingState::Intended,
            begun_at: at,
            changed_at: at,
        }
    }

    /// The appointment that it is about.
    pub fn appointment(&self) -> Appointment {
        Appointment {
            session: self.session,
            slot: self.slot,
            patient: self.patient,
            start: self.start,
        }
    }
}
