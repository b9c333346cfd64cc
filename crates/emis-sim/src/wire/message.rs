//! All messages.

use serde::Serialize;

use super::xml::Root;
use super::{
    appointments, booked, booking, configuration, error, files, matches, organisation, record,
    sessions, slots,
};

/// A message of the API.
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
    /// Returns the approximate length of the JSON in bytes.
    pub(crate) fn about_bytes(&self) -> usize {
        match self {
            Self::Booked(it) => it.about_bytes(),
            _ => 1_024,
        }
    }

    /// Returns the root in XML, as in EMIS Open's schemas or in their manner.
    pub(crate) const fn root(&self) -> Root {
        match self {
            Self::Organisation(it) => Root::emis_open(
                it.version
                    .of("OrganisationInformation", "OrganisationInformationV2"),
            ),
            Self::User(_) => Root::emis_open("UserDetails"),
            Self::Configuration(_) => Root::emis_open("AppointmentConfiguration"),
            Self::Sessions(_) => Root::emis_open("AppointmentSessionList"),
            // The only message of EMIS Open without a namespace.
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
    /// Removes the notes of slots and appointments.
    pub(crate) fn without_notes(mut self) -> Self {
        match &mut self {
            Self::Slots(it) => it.remove_notes(),
            Self::Slot(it) => it.remove_notes(),
            Self::Appointments(it) => it.remove_notes(),
            Self::Booking(it) => it.remove_notes(),
            _ => {}
        }
        self
    }
}
