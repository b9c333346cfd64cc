//! The details of a message itself.

use emis_types::Sensitive;

use super::Person;
use crate::model::choice::{Choice, fixed_lists};
use crate::model::{Ident, PartialDate};

redacted! {
    /// The system and organisation that a message comes from.
    pub struct Originator {
        /// The system.
        pub system: Option<System>,
        /// The type of the organisation.
        pub organisation_type: Option<Ident>,
        /// The organisation: one of the record's locations.
        pub organisation: Option<Ident>,
    }

    /// A clinical system.
    pub struct System {
        /// Its name.
        pub name: Option<String>,
        /// Its version.
        pub version: Option<String>,
    }

    /// Details of a patient beside the registration.
    pub struct Miscellaneous {
        /// The message that appears to a prescriber for the patient.
        pub medication_message: Option<Sensitive<String>>,
        /// The week number of automatic prescriptions.
        pub automatic_week_number: Option<i64>,
    }

    /// When and for what a message was made.
    pub struct MessageInformation {
        /// The day on which it was made.
        pub created: PartialDate,
        /// The time of that day, as EMIS wrote it.
        pub time_created: Option<String>,
        /// Its purpose.
        pub purpose: Option<Purpose>,
        /// The error, if there was one.
        pub error: Option<MessagingError>,
    }

    /// An error in a message.
    pub struct MessagingError {
        /// EMIS's words for it, which may be about the patient.
        pub text: Option<Sensitive<String>>,
        /// EMIS's number of it.
        pub number: Option<i64>,
    }

    /// The purpose of a message. The session ids in it are not read.
    pub struct Purpose {
        /// Of a message that is to be filed: what is to be done with it.
        pub post: Option<Choice<PostPurpose>>,
        /// Of an answer: what was asked for.
        pub get: Option<Choice<GetPurpose>>,
        /// The data set that filters an answer.
        pub data_set: Option<String>,
    }

    /// A confidentiality policy: who may see the records that refer to it.
    pub struct Policy {
        /// Its identifiers.
        pub ident: Ident,
        /// The policy in words.
        pub term: Option<String>,
        /// The people who may see them.
        pub users: Vec<Person>,
    }
}

fixed_lists! {
    /// The action that a message asks for.
    by place pub enum PostPurpose {
        /// File it.
        File = "1",
        /// Show it, and no more.
        ViewOnly = "2",
    }

    /// The tests requested.
    by place pub enum GetPurpose {
        /// The full record.
        FullRecord = "1",
        /// A summary.
        Summary = "2",
        /// Demographics.
        Demographics = "3",
        /// All medication, current and past.
        Medication = "4",
    }
}
