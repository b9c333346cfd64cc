//! Outcomes of bookings and cancellations.

use serde::{Deserialize, Serialize};

use crate::id::BookingId;
use crate::record::BookingRecord;
use crate::rejection::Rejection;
use crate::search::details::AppointmentDetails;
use crate::slot::AppointmentKey;
use crate::state::BookingState;

/// The outcome of a booking. `Display` is a sentence for the patient.
///
/// In JSON: `{"outcome": "rejected", "detail": "slot-taken"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", content = "detail", rename_all = "snake_case")]
#[non_exhaustive]
pub enum BookingOutcome {
    /// The patient was seen in the slot, at the chosen time.
    Confirmed(Confirmation),
    /// Nothing was booked.
    Rejected(Rejection),
    /// It was sent and may have been booked. It is not sent again:
    /// [`reconcile`](crate::Booking::reconcile) settles it some minutes later.
    Unknown(BookingId),
    /// It was booked, and is cancelled since.
    Cancelled(BookingId),
}

/// A booking that was seen in the appointment book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Confirmation {
    /// The ID that [`cancel`](crate::Booking::cancel) takes.
    pub id: BookingId,
    /// The appointment.
    pub appointment: AppointmentKey,
    /// The site, the staff and the mode; `None` if they could not be read within two seconds. They
    /// are no part of the proof.
    #[serde(default)]
    pub details: Option<AppointmentDetails>,
}

impl BookingOutcome {
    /// Returns the outcome that a record states. A confirmation has no details then.
    pub fn of(record: &BookingRecord) -> Self {
        match record.state {
            BookingState::Confirmed => Self::Confirmed(Confirmation {
                id: record.id,
                appointment: record.appointment,
                details: None,
            }),
            BookingState::Rejected(rejection) => Self::Rejected(rejection),
            BookingState::Cancelled => Self::Cancelled(record.id),
            BookingState::Intended
            | BookingState::Sending
            | BookingState::Unknown
            | BookingState::Cancelling
            | BookingState::Unresolved => Self::Unknown(record.id),
        }
    }

    /// Adds details to a confirmation.
    pub(crate) fn with_details(mut self, details: Option<AppointmentDetails>) -> Self {
        if let Self::Confirmed(confirmation) = &mut self {
            confirmation.details = details;
        }
        self
    }
}

/// The outcome of a cancellation. `Display` is a sentence for the patient: show it, so that the
/// patient does not rely on a cancellation that failed.
///
/// In JSON: `{"outcome": "refused", "detail": "too_late"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "outcome", content = "detail", rename_all = "snake_case")]
#[non_exhaustive]
pub enum CancelOutcome {
    /// The patient was seen to be out of the slot.
    Cancelled,
    /// Nothing was changed.
    Refused(CancelRefusal),
    /// It was sent and may have been done. Tell a person at the practice.
    Unknown,
}

/// Why a cancellation was refused. `Display` is a sentence for the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CancelRefusal {
    /// The appointment starts within the practice's cut-off, or has started.
    TooLate,
    /// The patient is not in the slot: the appointment was cancelled, or never theirs.
    NotBooked,
    /// The patient is not certainly in the slot at that time: the practice may have moved the
    /// appointment, or the booking itself is not settled.
    Unclear,
    /// The slot is being booked at this moment, or its booking is not settled. Nothing was sent.
    BookingInProgress,
    /// EMIS refused, and the patient is still in the slot.
    Refused,
}

/// The outcome of a move. `Display` is a sentence for the patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", content = "detail", rename_all = "snake_case")]
#[non_exhaustive]
pub enum MoveOutcome {
    /// The new appointment is booked, and the earlier one is cancelled.
    Moved(Confirmation),
    /// The earlier appointment stands, and the new one was not booked, or was cancelled again.
    NotMoved(Rejection),
    /// The outcome is not known yet. [`reconcile`](crate::Booking::reconcile) carries the move on,
    /// and a [notice](crate::Booking::notices) tells the patient.
    Unknown(BookingId),
    /// Both appointments stand. The practice has a task.
    BothBooked(Confirmation),
    /// Neither appointment stands. The practice has a task.
    Lost,
    /// The new appointment was booked or to be booked, and is cancelled since.
    Cancelled(BookingId),
}
