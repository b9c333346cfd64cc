//! Sentences for patients, in the content style of the NHS.

use std::fmt;

use emis_types::uk;

use crate::error::{BookingError, BookingErrorKind};
use crate::notice::BookingNotice;
use crate::notice_kind::BookingNoticeKind;
use crate::outcome::{BookingOutcome, CancelOutcome, CancelRefusal, MoveOutcome};
use crate::rejection::Rejection;
use crate::slot::AppointmentKey;

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
            Self::AlreadyBooked => "You already have this appointment.",
            Self::PatientDayLimit => {
                "You have booked as many appointments today as you can. Try again tomorrow."
            }
            Self::PracticeDayLimit => {
                "No more appointments can be booked online today. Try again tomorrow."
            }
            Self::LinkUnusable => "This link can no longer be used. Contact your GP practice.",
            Self::TooManyAttempts => {
                "You have tried too many times. Try again later or contact your GP practice."
            }
            Self::PatientNotFound | Self::IdentityMismatch | Self::PatientNotActive => NO_MATCH,
            Self::Refused => "We could not book this appointment. Contact your GP practice.",
            Self::NotMovable => {
                "You cannot move this appointment online. Contact your GP practice."
            }
            Self::Unavailable => {
                "We could not book this appointment just now. Choose an appointment again."
            }
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

impl BookingError {
    /// Returns a sentence for the patient. [`report`](Self::report) is for the log.
    pub const fn sentence(&self) -> &'static str {
        self.kind().sentence()
    }
}

impl BookingErrorKind {
    /// Returns a sentence for the patient.
    pub const fn sentence(self) -> &'static str {
        use BookingErrorKind as Kind;
        match self {
            Kind::UnknownBooking => {
                "We could not find this appointment as you booked it. Contact your GP practice."
            }
            Kind::UnknownLink => "This link can no longer be used. Contact your GP practice.",
            Kind::IdReused => "You have used this page before. Go back and start again.",
            Kind::InvalidSearch => "Enter a first day that is not after the last day.",
            Kind::Settings | Kind::WrongPractice | Kind::NoInvitationStore => {
                "You cannot use this service at the moment. Contact your GP practice."
            }
            Kind::Emis | Kind::Store | Kind::Interrupted => {
                "There is a problem with this service and nothing was changed. Try again in a few \
                 minutes or contact your GP practice."
            }
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
                let when = when(&confirmation.appointment);
                write!(f, "Your appointment is booked for {when}.")
            }
            Self::Cancelled(_) => f.write_str("This appointment was booked and is now cancelled."),
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

impl fmt::Display for MoveOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Moved(confirmation) => {
                let when = when(&confirmation.appointment);
                write!(f, "Your appointment is moved to {when}.")
            }
            Self::NotMoved(rejection) => {
                write!(f, "{rejection} You still have your earlier appointment.")
            }
            Self::Unknown(_) => f.write_str(
                "We do not know yet if your appointment is moved. Do not book another one. We will \
                 tell you as soon as we know.",
            ),
            Self::BothBooked(confirmation) => {
                let when = when(&confirmation.appointment);
                write!(
                    f,
                    "Your new appointment is booked for {when}, but we could not cancel your \
                     earlier one. You have both. Contact your GP practice to cancel one."
                )
            }
            Self::Cancelled(_) => f.write_str("This appointment was moved and is now cancelled."),
            Self::Lost => f.write_str(
                "We could not move your appointment, and it is no longer booked. Contact your GP \
                 practice.",
            ),
        }
    }
}

/// Returns the day and time of an appointment.
fn when(appointment: &AppointmentKey) -> String {
    let start = appointment.starts();
    let time = uk::clock_time(start.time());
    format!("{} at {time}", start.strftime("%A %-d %B %Y"))
}

impl fmt::Display for BookingNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use BookingNoticeKind as Kind;
        let when = when(&self.appointment);
        match self.kind {
            Kind::Booked => write!(f, "Your appointment is booked for {when}."),
            Kind::NotBooked => write!(
                f,
                "Your appointment for {when} was not booked. Choose an appointment again."
            ),
            Kind::Cancelled => write!(f, "Your appointment for {when} is cancelled."),
            Kind::StillBooked => write!(
                f,
                "We could not cancel your appointment. It is still booked for {when}. Contact your \
                 GP practice if you do not need it."
            ),
            Kind::Moved => write!(f, "Your appointment is moved to {when}."),
            Kind::NotMoved => write!(
                f,
                "We could not move your appointment. It is still booked for {when}."
            ),
            Kind::BothBooked => write!(
                f,
                "Your new appointment is booked for {when}, but we could not cancel your earlier \
                 one. You have both. Contact your GP practice to cancel one."
            ),
            Kind::Lost => write!(
                f,
                "We could not move your appointment, and your appointment for {when} is no longer \
                 booked. Contact your GP practice."
            ),
            Kind::LateKept => write!(
                f,
                "Your appointment for {when} is booked after all. Contact your GP practice if you \
                 do not need it."
            ),
            Kind::LateCancelled => write!(
                f,
                "Your appointment for {when} was booked late. We have cancelled it, so you do not \
                 have this appointment."
            ),
            Kind::Unresolved => write!(
                f,
                "We do not know if your appointment for {when} is booked. Your GP practice will \
                 check. Contact them if you need to know sooner."
            ),
        }
    }
}
