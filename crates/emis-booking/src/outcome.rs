//! What became of a booking or a cancellation, in words for the patient.

use std::fmt;

use jiff::Zoned;

use crate::record::{BookingId, BookingRecord, BookingState};
use crate::rejection::Rejection;
use crate::slot::AppointmentKey;

/// What became of a booking. `Display` is a sentence fit for the patient.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BookingOutcome {
    /// The patient was seen in the slot, at the time that was chosen.
    Confirmed(Confirmation),
    /// Nothing was booked, for certain.
    Rejected(Rejection),
    /// It was sent and may have been booked. It is not sent again:
    /// [`reconcile`](crate::Booking::reconcile) finds out, some minutes later.
    Unknown(BookingId),
}

/// A booking that stands in the appointment book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Confirmation {
    /// The booking: what [`cancel`](crate::Booking::cancel) takes.
    pub id: BookingId,
    /// The appointment.
    pub appointment: AppointmentKey,
}

impl BookingOutcome {
    /// What a record says became of the booking; `None` once a cancellation was asked for.
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

impl fmt::Display for BookingOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Confirmed(confirmation) => write!(
                f,
                "Your appointment is booked for {}.",
                in_words(&confirmation.appointment.starts())
            ),
            Self::Rejected(rejection) => rejection.fmt(f),
            Self::Unknown(_) => f.write_str(
                "We can't tell yet whether your appointment was booked. Please don't book \
                 another; check again in a few minutes, or contact the practice.",
            ),
        }
    }
}

/// What became of a cancellation. `Display` is a sentence fit for the patient: show it, so that
/// nobody believes in a cancellation that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CancelOutcome {
    /// The patient was seen to be out of the slot.
    Cancelled,
    /// Nothing was changed.
    Refused(CancelRefusal),
    /// It was sent and may have been done. Tell a person at the practice.
    Unknown,
}

impl fmt::Display for CancelOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled => f.write_str("Your appointment is cancelled."),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Unknown => f.write_str(
                "We can't tell whether your appointment was cancelled. Please contact the \
                 practice.",
            ),
        }
    }
}

/// Why a cancellation was refused. `Display` is a sentence fit for the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum CancelRefusal {
    /// The appointment starts within the practice's cut-off, or has started.
    #[error("It is too late to cancel this appointment online. Please contact the practice.")]
    TooLate,
    /// The patient is not in the slot: it was cancelled already, or never theirs.
    #[error("You have no such appointment any more, so there is nothing to cancel.")]
    NotBooked,
    /// It can't be seen for certain that the patient is in the slot at that time: the practice
    /// may have moved the appointment, or the booking itself is not settled.
    #[error("We could not find this appointment as it was booked. Please contact the practice.")]
    Unclear,
    /// The slot is being booked at this moment, or the booking of it is not settled. Nothing was
    /// sent.
    #[error("This appointment is being changed just now. Please try again in a few minutes.")]
    BookingInHand,
    /// EMIS refused, and the patient is still in the slot.
    #[error("The practice's system did not accept the cancellation. Please contact the practice.")]
    Refused,
}

/// A time as a patient reads it: "Tuesday 2 June 2026 at 10:00".
fn in_words(start: &Zoned) -> impl fmt::Display {
    start.strftime("%A %-d %B %Y at %H:%M")
}
