//! What a message says about itself.

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

    /// What is known of a patient besides the registration.
    pub struct Miscellaneous {
        /// The message that appears when somebody prescribes for the patient.
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
        /// What it is for.
        pub purpose: Option<Purpose>,
        /// What went wrong, if something did.
        pub error: Option<MessagingError>,
    }

    /// What went wrong with a message.
    pub struct MessagingError {
        /// EMIS's words for it, which may be about the patient.
        pub text: Option<Sensitive<String>>,
        /// EMIS's number of it.
        pub number: Option<i64>,
    }

    /// What a message is for. The session ids in it are passed over.
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
        /// What names it.
        pub ident: Ident,
        /// The policy in words.
        pub term: Option<String>,
        /// Who may see them.
        pub users: Vec<Person>,
    }
}

fixed_lists! {
    /// What is to be done with a message.
    by place pub enum PostPurpose {
        /// File it.
        File = "1",
        /// Show it, and no more.
        ViewOnly = "2",
    }

    /// What was asked for.
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
