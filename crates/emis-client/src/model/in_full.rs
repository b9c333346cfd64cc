//! Messages with all that EMIS says in them, for those who need more than the practice's
//! appointments do.

use super::medical_record::{LocationType, PatientRegistration, Person};
use super::{Location, SkippedRecord};

redacted! {
    /// Patients with their whole registrations, from the searches for patients.
    pub struct PatientMatches {
        /// The registrations.
        pub patients: Vec<PatientRegistration>,
        /// The people that the registrations refer to, such as their GPs.
        pub people: Vec<Person>,
        /// Records that could not be read.
        pub skipped: Vec<SkippedRecord>,
    }

    /// The practice with everybody and every place that it deals with, from `GetOrganisation`.
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
    }
}
