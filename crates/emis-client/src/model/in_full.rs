//! Whole messages, for products that need more than the
//! appointments.

use std::time::Duration;

use jiff::civil::DateTime;

use super::medical_record::{LocationType, PatientRegistration, Person};
use super::{BookedPatient, Location, SkippedRecord, SlotType};

redacted! {
    /// Patients with their whole registrations, from the searches for patients.
    pub struct PatientMatches {
        /// The registrations.
        pub patients: Vec<PatientRegistration>,
        /// The people that the registrations refer to, such as their GPs.
        pub people: Vec<Person>,
        /// Records that could not be read.
        pub skipped: Vec<SkippedRecord>,
        /// The number of characters that could not be read as they came and were replaced. The
        /// records that hold them are kept.
        pub repaired_characters: usize,
    }

    /// The practice with all people and places that it deals with, from `GetOrganisation`.
    pub struct OrganisationInformation {
        /// The practice.
        pub organisations: Vec<Location>,
        /// Its staff.
        pub users: Vec<Person>,
        /// Its locations.
        pub locations: Vec<Location>,
        /// Organisations that it deals with, such as hospitals.
        pub external_organisations: Vec<Location>,
        /// People there.
        pub external_people: Vec<Person>,
        /// The types of location that the others refer to.
        pub location_types: Vec<LocationType>,
        /// Records that could not be read.
        pub skipped: Vec<SkippedRecord>,
        /// The number of characters that could not be read as they came and were replaced. The
        /// records that hold them are kept.
        pub repaired_characters: usize,
    }
}

/// Appointments with all that EMIS says of them, from `GetBookedPatients` and its like.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct BookedPatients {
    /// The appointments.
    pub appointments: Vec<BookedInFull>,
    /// The session holders that the appointments refer to.
    pub session_holders: Vec<WaitingHolder>,
    /// The time by the practice's server, UK time.
    pub server_time: Option<DateTime>,
    /// Records that could not be read. An appointment of which only the rest is unreadable is
    /// noted here, and listed without it.
    pub skipped: Vec<SkippedRecord>,
    /// The number of characters that could not be read as they came and were replaced. The
    /// records that hold them are kept.
    pub repaired_characters: usize,
}

/// An appointment with all that EMIS says of it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BookedInFull {
    /// The appointment.
    pub booked: BookedPatient,
    /// The patient's whole registration.
    pub registration: PatientRegistration,
    /// EMIS's name for the appointment (V2 only).
    pub name: Option<String>,
    /// The slot type (V2 only).
    pub slot_type: Option<SlotType>,
}

impl BookedInFull {
    /// Creates an appointment without further details.
    pub fn new(booked: BookedPatient) -> Self {
        Self {
            booked,
            registration: PatientRegistration::default(),
            name: None,
            slot_type: None,
        }
    }
}

/// A session holder, and the waiting time.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct WaitingHolder {
    /// The session holder.
    pub person: Person,
    /// The waiting time, by EMIS's estimate.
    pub waiting: Option<Duration>,
}
