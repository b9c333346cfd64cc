//! What EMIS's published document leaves open, decided here and nowhere else.
//!
//! Every entry is listed in `docs/contract-notes.md`; when EMIS says otherwise, this file is
//! what changes.

mod wire_states;

use http::StatusCode;

pub(crate) use wire_states::WireState;

use crate::model::{AppointmentStatus, WriteRefusal};

/// Longest window of sessions and of a patient's appointments, in days.
pub(crate) const LONGEST_WINDOW_DAYS: i32 = 90;
/// How far back `GetBookedPatients` and its kin look, in minutes.
pub(crate) const MOST_MINUTES_BEFORE: i32 = 60;
/// How far ahead they look, in minutes: 30 days.
pub(crate) const MOST_MINUTES_WITHIN: i32 = 43_200;
/// Most patients that a search answers with.
pub(crate) const MOST_MATCHES: usize = 100;
/// Most patients that `GetPatientSequence` answers with.
pub(crate) const LARGEST_BATCH: i32 = 1_000;
/// The status that a slot takes when a patient is booked into it, and the only one that
/// `GetBookedPatients` lists.
pub(crate) const STATUS_OF_A_BOOKING: AppointmentStatus = AppointmentStatus::Booked;
/// The status that `GetArrivedPatients` lists.
pub(crate) const STATUS_OF_ARRIVED: AppointmentStatus = AppointmentStatus::Arrived;
/// The statuses that `GetSentInPatients` lists.
pub(crate) const STATUSES_OF_SENT_IN: [AppointmentStatus; 2] =
    [AppointmentStatus::SendIn, AppointmentStatus::QuietSendIn];
/// `emisAccess` of every slot type. Its values are not public.
pub(crate) const EMIS_ACCESS: &str = "All";

/// Why the API refuses a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    BadRequest,
    Unauthorised,
    /// What the practice has set up, or not, keeps the product out.
    Kept(WireState),
    NotFound,
    WrongMethod,
    Conflict,
    TooLarge,
    UnsupportedMediaType,
    ServerError,
    /// A status that a fault asked for.
    Other(u16),
}

/// What a refusal looks like on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) text: &'static str,
    pub(crate) legacy_outcome: i32,
}

/// Outcome of the COM interface for "something else".
const TECHNICAL: i32 = -1;

impl Refusal {
    /// The table: HTTP status, issue code, text, legacy outcome.
    pub(crate) fn shape(self) -> Shape {
        let (status, code, text, legacy_outcome) = match self {
            // A state that shows at the token endpoint alone never comes here.
            Self::Kept(state) => return state.call().unwrap_or_else(|| Self::ServerError.shape()),
            Self::BadRequest => (400, "invalid", "The request is not valid", TECHNICAL),
            Self::Unauthorised => (401, "login", "The token is not valid", TECHNICAL),
            Self::NotFound => (404, "not-found", "No such record", TECHNICAL),
            Self::WrongMethod => (405, "not-supported", "The method is not allowed", TECHNICAL),
            Self::Conflict => (409, "conflict", "The slot is not available", 2),
            Self::TooLarge => (413, "too-long", "The request is too large", TECHNICAL),
            Self::UnsupportedMediaType => (
                415,
                "not-supported",
                "The media type is not supported",
                TECHNICAL,
            ),
            Self::ServerError => (500, "exception", "Something went wrong", TECHNICAL),
            Self::Other(status) => (status, "exception", "Something went wrong", TECHNICAL),
        };
        Shape {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            code,
            text,
            legacy_outcome,
        }
    }
}

impl From<WriteRefusal> for Refusal {
    fn from(refusal: WriteRefusal) -> Self {
        match refusal {
            WriteRefusal::UnknownSlot
            | WriteRefusal::UnknownSlotType
            | WriteRefusal::UnknownPatient
            | WriteRefusal::Empty => Self::NotFound,
            WriteRefusal::NotAvailable | WriteRefusal::OtherPatient => Self::Conflict,
        }
    }
}
