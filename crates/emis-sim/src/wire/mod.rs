//! The messages as EMIS's published OpenAPI document has them, names and slips included.
//!
//! Written from the document alone: nothing here is shared with a client, so that a mistake on
//! one side meets a test on the other. A nullable text that the practice does not know is `null`,
//! as .NET writes it; an object that it does not know is left out, since the document does not
//! let objects be null.

pub(crate) mod appointments;
pub(crate) mod booked;
pub(crate) mod booking;
pub(crate) mod configuration;
pub(crate) mod error;
pub(crate) mod ident;
pub(crate) mod matches;
pub(crate) mod organisation;
pub(crate) mod person;
pub(crate) mod record;
pub(crate) mod registration;
pub(crate) mod sessions;
pub(crate) mod slots;

use serde::Serialize;

/// Every message that the API answers with: what an encoder has to know how to write.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Message {
    Organisation(organisation::OrganisationInformation),
    User(organisation::UserDetails),
    Configuration(configuration::AppointmentConfiguration),
    Sessions(sessions::AppointmentSessionList),
    Slots(slots::SlotList),
    Slot(Box<slots::SlotEntry>),
    Booked(booked::BookedPatients),
    Appointments(appointments::PatientAppointmentList),
    Record(Box<record::MedicalRecord>),
    Matches(matches::PatientMatches),
    Booking(booking::BookedAppointment),
    Appointment(booking::Appointment),
    Error(error::ErrorResponse),
}

/// EMIS adds to its messages by second versions of its operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    First,
    Second,
}

impl Version {
    /// What only the second version has.
    pub(crate) fn second<T>(self, make: impl FnOnce() -> T) -> Option<T> {
        (self == Self::Second).then(make)
    }
}

/// A yes or no that .NET writes as the ordinal of an XML enumeration listing `Y` before `N`.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(into = "u8")]
pub(crate) enum YesNo {
    Yes,
    No,
}

impl From<YesNo> for u8 {
    fn from(answer: YesNo) -> Self {
        match answer {
            YesNo::Yes => 0,
            YesNo::No => 1,
        }
    }
}

impl From<bool> for YesNo {
    fn from(answer: bool) -> Self {
        if answer { Self::Yes } else { Self::No }
    }
}
