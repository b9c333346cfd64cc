//! The product's uses of EMIS, and the times at which each last worked.

use std::fmt;

use emis_client::Operation;
use jiff::Timestamp;
use serde::Serialize;

/// A use of EMIS that needs one or more calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Capability {
    /// Access: a token that EMIS issues and accepts.
    Token,
    /// Reading the practice's details and lists.
    Settings,
    /// Reading the appointment book.
    Appointments,
    /// Reading who has an appointment, for reminders.
    Reminders,
    /// Finding patients and reading their registration.
    Patients,
    /// Booking.
    Booking,
    /// Cancelling.
    Cancelling,
    /// Sending reminders. Not a call of EMIS, but the purpose of most of them.
    Sending,
    /// Everything else.
    Other,
}

impl Capability {
    /// All capabilities.
    pub const ALL: &'static [Self] = &[
        Self::Token,
        Self::Settings,
        Self::Appointments,
        Self::Reminders,
        Self::Patients,
        Self::Booking,
        Self::Cancelling,
        Self::Sending,
        Self::Other,
    ];

    /// Returns the stable name for programs: `booking`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Settings => "settings",
            Self::Appointments => "appointments",
            Self::Reminders => "reminders",
            Self::Patients => "patients",
            Self::Booking => "booking",
            Self::Cancelling => "cancelling",
            Self::Sending => "sending",
            Self::Other => "other",
        }
    }

    /// Returns the capability of that name, if this release knows one.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.as_str() == name)
    }

    /// Returns the capability that an operation serves.
    pub const fn of(operation: Operation) -> Self {
        match operation {
            Operation::GetOrganisation
            | Operation::GetOrganisationV2
            | Operation::GetUserById
            | Operation::GetAppointmentConfiguration => Self::Settings,
            Operation::GetAppointmentSessions
            | Operation::GetSlotsForSession
            | Operation::GetSlotsForSessionV2
            | Operation::GetPatientAppointments
            | Operation::GetPatientAppointmentsV2 => Self::Appointments,
            Operation::GetBookedPatients | Operation::GetBookedPatientsV2 => Self::Reminders,
            Operation::GetPatientDemographics
            | Operation::GetMatchedPatients
            | Operation::GetChangedPatients => Self::Patients,
            Operation::BookAppointment => Self::Booking,
            Operation::CancelAppointment => Self::Cancelling,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token => "being let in",
            Self::Settings => "reading the practice's details and lists",
            Self::Appointments => "reading the appointment book",
            Self::Reminders => "reading who has an appointment",
            Self::Patients => "finding patients",
            Self::Booking => "booking",
            Self::Cancelling => "cancelling",
            Self::Sending => "sending reminders",
            Self::Other => "other calls",
        })
    }
}

/// The times at which calls of a capability last worked and last failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LastCalls {
    /// The capability.
    pub capability: Capability,
    /// The time of the last call that was answered.
    pub worked_at: Option<Timestamp>,
    /// The time of the last call that failed.
    pub failed_at: Option<Timestamp>,
}

impl LastCalls {
    /// Returns a capability without known calls.
    pub const fn none(capability: Capability) -> Self {
        Self {
            capability,
            worked_at: None,
            failed_at: None,
        }
    }

    /// Returns the later times of both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            capability: self.capability,
            worked_at: self.worked_at.max(other.worked_at),
            failed_at: self.failed_at.max(other.failed_at),
        }
    }

    /// Returns true if any call is known.
    pub const fn is_known(&self) -> bool {
        self.worked_at.is_some() || self.failed_at.is_some()
    }
}
