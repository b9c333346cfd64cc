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
pub(crate) mod files;
pub(crate) mod ident;
pub(crate) mod matches;
pub(crate) mod organisation;
pub(crate) mod person;
pub(crate) mod record;
pub(crate) mod registration;
pub(crate) mod sessions;
pub(crate) mod slots;
pub(crate) mod status;
pub(crate) mod xml;

use serde::Serialize;

use xml::{Choice, Root};

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
    SearchMatches(files::SearchMatches),
    File(files::File),
    Text(&'static str),
    Booking(booking::BookedAppointment),
    Appointment(booking::Appointment),
    Error(error::ErrorResponse),
}

impl Message {
    /// About how long it is as JSON, in bytes.
    pub(crate) fn about_bytes(&self) -> usize {
        match self {
            Self::Booked(it) => it.about_bytes(),
            _ => 1_024,
        }
    }

    /// Its root in XML: what EMIS Open's schemas say, or what they would.
    pub(crate) const fn root(&self) -> Root {
        match self {
            Self::Organisation(it) => Root::emis_open(
                it.version
                    .of("OrganisationInformation", "OrganisationInformationV2"),
            ),
            Self::User(_) => Root::emis_open("UserDetails"),
            Self::Configuration(_) => Root::emis_open("AppointmentConfiguration"),
            Self::Sessions(_) => Root::emis_open("AppointmentSessionList"),
            // Alone of all it has no namespace.
            Self::Slots(_) => Root::plain("SlotList"),
            Self::Slot(_) => Root::plain("Slot"),
            Self::Booked(it) => {
                Root::emis_open(it.version.of("BookedPatients", "BookedPatientsV2"))
            }
            Self::Appointments(it) => Root::emis_open(
                it.version
                    .of("PatientAppointmentList", "PatientAppointmentListV2"),
            ),
            Self::Record(_) => Root::emis_open("MedicalRecord"),
            Self::Matches(_) | Self::SearchMatches(_) => Root::emis_open("PatientMatches"),
            Self::File(_) => Root::plain("root"),
            Self::Text(_) => Root::plain("string"),
            Self::Booking(_) => Root::emis_open("BookedAppointment"),
            Self::Appointment(_) => Root::plain("Appointment"),
            Self::Error(_) => Root::plain("ErrorResponse"),
        }
    }
}

/// EMIS adds to its messages by second versions of its operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    First,
    Second,
}

impl Version {
    /// One name or the other.
    const fn of(self, first: &'static str, second: &'static str) -> &'static str {
        match self {
            Self::First => first,
            Self::Second => second,
        }
    }

    /// What only the second version has.
    pub(crate) fn second<T>(self, make: impl FnOnce() -> T) -> Option<T> {
        (self == Self::Second).then(make)
    }
}

/// A yes or no of a list that has `Y` before `N`.
pub(crate) const fn yes_or_no(answer: bool) -> Choice {
    if answer {
        Choice {
            place: 0,
            literal: "Y",
        }
    } else {
        Choice {
            place: 1,
            literal: "N",
        }
    }
}
