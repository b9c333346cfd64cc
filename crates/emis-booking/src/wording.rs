//! Sentences for patients, in the content style of the NHS.

use std::fmt;

use emis_types::uk;

use crate::outcome::{BookingOutcome, CancelOutcome, CancelRefusal};
use crate::rejection::Rejection;

const NO_MATCH: &str = "We could not match your details. Contact your GP practice.";

impl Rejection {
    /// Returns a sentence for the patient.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::SlotTaken => "This appointment has just been taken. Choose another one.",
            Self::SlotChanged => "This appointment has changed. Choose another one.",
            Self::NotOffered => "You cannot book this appointment online. Choose another one.",
            Self::TooSoon => "This appointment starts too soon to book online. Choose a later one.",
            Self::TooFar => {
                "You cannot book this far ahead online yet. Choose an earlier appointment."
            }
            Self::PatientLimit => "You already have as many appointments as you can book online.",
            Self::BookingInProgress => {
                "We are still dealing with your last request. Try again in a few minutes."
            }
            Self::AlreadyBooked => {
                "You have already booked this appointment. If you cancelled it, choose again."
            }
            Self::PatientNotFound | Self::IdentityMismatch | Self::PatientNotActive => NO_MATCH,
            Self::Refused => "We could not book this appointment. Contact your GP practice.",
            Self::NotBooked => "Your appointment was not booked. Choose an appointment again.",
        }
    }
}

impl CancelRefusal {
    /// Returns a sentence for the patient.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::TooLate => {
                "It is too late to cancel this appointment online. Contact your GP practice."
            }
            Self::NotBooked => "You do not have this appointment, so you do not need to cancel it.",
            Self::Unclear => {
                "We could not find this appointment as you booked it. Contact your GP practice."
            }
            Self::BookingInProgress => {
                "This appointment is being changed. Try again in a few minutes."
            }
            Self::Refused => "We could not cancel this appointment. Contact your GP practice.",
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

impl fmt::Display for CancelRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

impl fmt::Display for BookingOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Confirmed(confirmation) => {
                let start = confirmation.appointment.starts();
                let time = uk::clock_time(start.time());
                let date = start.strftime("%A %-d %B %Y");
                write!(f, "Your appointment is booked for {date} at {time}.")
            }
            Self::Rejected(rejection) => rejection.fmt(f),
            Self::Unknown(_) => f.write_str(
                "We do not know yet if your appointment is booked. Do not book another one. \
                 Check again in a few minutes or contact your GP practice.",
            ),
        }
    }
}

impl fmt::Display for CancelOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled => f.write_str("Your appointment is cancelled."),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Unknown => f.write_str(
                "We do not know if your appointment is cancelled. Contact your GP practice.",
            ),
        }
    }
}
