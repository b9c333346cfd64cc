//! Outcomes of bookings and cancellations.

use serde::{Deserialize, Serialize};

use crate::record::{BookingId, BookingRecord, BookingState};
use crate::rejection::Rejection;
use crate::slot::AppointmentKey;

/// The outcome of a booking. `Display` is a sentence for the patient.
///
/// In JSON: `{"outcome": "rejected", "detail": "slot-taken"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", content = "detail", rename_all = "snake_case")]
#[non_exhaustive]
pub enum BookingOutcome {
    /// The patient was seen in the slot, at the chosen time.
    Confirmed(Confirmation),
    /// Certainly nothing was booked.
    Rejected(Rejection),
    /// It was sent and may have been booked. It is not sent again:
    /// [`reconcile`](crate::Booking::reconcile) settles it some minutes later.
    Unknown(BookingId),
}

/// A booking that was seen in the appointment book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Confirmation {
    /// The ID that [`cancel`](crate::Booking::cancel) takes.
    pub id: BookingId,
    /// The appointment.
    pub appointment: AppointmentKey,
}

impl BookingOutcome {
    /// Returns the outcome that a record states; `None` once a cancellation was requested.
    pub fn of(record: &BookingRecord) -> Option<Self> {
        match record.state {
            BookingState::Confirmed => Some(Self::Confirmed(Confirmation {
                id: record.id,
                appointment: record.appointment,
            })),
            BookingState::Rejected(rejection) => Some(Self::Rejected(rejection)),
            BookingState::Intended | BookingState::Unknown | BookingState::Unresolved => {
                Some(Self::Unknown(record.id))
            }
            BookingState::Cancelling | BookingState::Cancelled => None,
        }
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
