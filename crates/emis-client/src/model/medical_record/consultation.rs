//! Consultations.

use std::time::Duration;

use emis_types::Sensitive;

use super::{
    Allergy, Attachment, Author, DiaryEntry, Event, Investigation, Medication, Referral,
    TestRequestHeader,
};
use crate::model::choice::{Choice, fixed_lists};
use crate::model::{Code, Ident, PartialDate};

redacted! {
    /// A consultation, with its entries.
    pub struct Consultation {
        /// Its identifiers. `GetConsultation` takes the [`guid`](Ident::guid).
        pub ident: Ident,
        /// The date and time.
        pub assigned: PartialDate,
        /// The clinician: one of the record's people.
        pub user: Option<Ident>,
        /// A consultant from elsewhere, in words.
        pub external_consultant: Option<Sensitive<String>>,
        /// The place: one of the record's locations.
        pub location: Option<Ident>,
        /// The type of place: one of the record's location types.
        pub location_type: Option<Ident>,
        /// A second health-care professional: one of the record's people.
        pub accompanying: Option<Ident>,
        /// The type of the consultation.
        pub kind: Option<Choice<ConsultationKind>>,
        /// The duration.
        pub duration: Option<Duration>,
        /// The travel time.
        pub travel_time: Option<Duration>,
        /// The slot of the appointment book that it happened in.
        pub slot: Option<String>,
        /// The type of its source; EMIS calls all of them 0.
        pub data_source: Option<String>,
        /// The confidentiality policy that says who may see it: one of the record's policies.
        pub policy: Option<String>,
        /// The author of the record, and the time of writing.
        pub original_author: Option<Author>,
        /// Its entries.
        pub elements: Vec<ConsultationElement>,
        /// True if the patient sees it online.
        pub visible_online: Option<bool>,
    }

    /// One entry of a consultation, and where it stands.
    pub struct ConsultationElement {
        /// The identifiers of the element.
        pub ident: Ident,
        /// Its place among the others.
        pub display_order: Option<i64>,
        /// The problem section that it stands in.
        pub problem_section: Option<i64>,
        /// Its heading, such as "History".
        pub header: Option<Code>,
        /// The entry. In JSON, EMIS's document gives it no more than an identifier: it is then
        /// one of the entries in the record's other lists.
        pub content: Option<ElementContent>,
    }
}

/// An entry within a consultation.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ElementContent {
    /// An event.
    Event(Box<Event>),
    /// A course of medication.
    Medication(Box<Medication>),
    /// A diary entry.
    Diary(Box<DiaryEntry>),
    /// A referral.
    Referral(Box<Referral>),
    /// An allergy.
    Allergy(Box<Allergy>),
    /// An attachment.
    Attachment(Box<Attachment>),
    /// A request for tests.
    TestRequest(Box<TestRequestHeader>),
    /// An investigation.
    Investigation(Box<Investigation>),
    /// An entry that stands elsewhere in the record; of which kind, the message does not say.
    Reference(Ident),
}

macro_rules! contents {
    ($($kind:ident from $record:ident;)+) => {$(
        impl From<$record> for ElementContent {
            fn from(record: $record) -> Self {
                Self::$kind(Box::new(record))
            }
        }
    )+};
}

contents! {
    Event from Event;
    Medication from Medication;
    Diary from DiaryEntry;
    Referral from Referral;
    Allergy from Allergy;
    Attachment from Attachment;
    TestRequest from TestRequestHeader;
    Investigation from Investigation;
}

impl From<Ident> for ElementContent {
    fn from(ident: Ident) -> Self {
        Self::Reference(ident)
    }
}

fixed_lists! {
    /// The type of the consultation.
    by value pub enum ConsultationKind {
        /// With a GP.
        Gp = "0",
        /// An assessment in the community.
        CommunityAssessment = "1",
        /// An intervention in the community.
        CommunityIntervention = "2",
    }
}
