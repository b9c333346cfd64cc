//! A patient's medical record, as `GetMedicalRecord` and its siblings give it.
//!
//! All of it is about a patient: none of these types prints, and texts are
//! [`Sensitive`](emis_types::Sensitive) besides.
//! Records refer to each other by [`Ident`]: an [`Entry`]'s author, say, is one of the
//! [`people`](MedicalRecord::people) of the same message.

mod allergy;
mod attachment;
mod consultation;
mod diary;
mod entry;
mod event;
mod filing;
mod investigation;
mod medication;
mod message;
mod pathology;
mod person;
mod problem;
mod referral;
mod registration;
mod test_request;

use emis_types::PatientNumber;

use super::{Ident, Location, SkippedRecord};

pub use allergy::{Allergy, AllergyKind};
pub use attachment::{
    Attachment, AttachmentData, AttachmentProvisional, AttachmentVisibility, OnlineVisibility,
};
pub use consultation::{Consultation, ConsultationElement, ConsultationKind, ElementContent};
pub use diary::{
    Alert, DiaryEntry, Note, NoteStatus, NoteUrgency, RecordedAppointment, RecordedSite,
};
pub use entry::{Author, Entry, Link, LinkKind, Qualifier};
pub use event::{Episodicity, Event, EventKind, NumericValue};
pub use filing::{NewAttachment, NewCodedValue, NewConsultation, NewEntry};
pub use investigation::Investigation;
pub use medication::{
    ControlledDrug, Drug, DrugDelivery, Issue, IssueMethod, Medication, MedicationLink,
    MedicationStatus, Mixture, MixtureConstituent, PrescriptionType,
};
pub use message::{
    GetPurpose, MessageInformation, MessagingError, Miscellaneous, Originator, Policy, PostPurpose,
    Purpose, System,
};
pub use pathology::{
    LabIdentifier, LabIdentifierKind, LabIdentities, LabIdentity, LabParty, LabRange, LabRequestor,
    OriginalMessage, PathologyInvestigation, PathologyReport, PathologySpecimen, PathologyTest,
    ReportFormat, RequestorKind, ServiceProvider,
};
pub use person::{
    Application, CategoryPurpose, ContractualRelationship, MayConsult, Person, PersonCategory, Role,
};
pub use problem::{
    CareAim, CarePlan, Problem, ProblemGrouping, ProblemKind, ProblemOwner, ProblemStatus,
    Significance,
};
pub use referral::{Referral, ReferralDirection, ReferralKind, ReferralTransport, ReferralUrgency};
pub use registration::{
    CustomField, PatientRegistration, RegistrationChange, RegistrationPeriod, RegistrationStatus,
    StatusEntry,
};
pub use test_request::{
    FormDestination, Funding, OrderCategory, OrderStatus, TestOrder, TestPriority, TestRequest,
    TestRequestHeader, TestStatus,
};

redacted! {
    /// A patient's record, or that part of it which was asked for: lists that were not are empty.
    pub struct MedicalRecord {
        /// The patient's number, where the message says it.
        pub patient: Option<PatientNumber>,
        /// The registration.
        pub registration: Option<Box<PatientRegistration>>,
        /// The changes to the registration.
        pub registration_changes: Vec<RegistrationChange>,
        /// The status of the registration, now and before.
        pub registration_status: Option<RegistrationStatus>,
        /// Details beside the registration.
        pub miscellaneous: Option<Miscellaneous>,
        /// Coded entries, values and observations, but for those within consultations or
        /// investigations.
        pub events: Vec<Event>,
        /// Consultations, each with its entries.
        pub consultations: Vec<Consultation>,
        /// Investigations, each with its results.
        pub investigations: Vec<Investigation>,
        /// Referrals.
        pub referrals: Vec<Referral>,
        /// Allergies.
        pub allergies: Vec<Allergy>,
        /// Courses of medication, current and past.
        pub medications: Vec<Medication>,
        /// Issues of medication.
        pub issues: Vec<Issue>,
        /// Attached documents; their bytes are fetched one by one.
        pub attachments: Vec<Attachment>,
        /// Diary entries: what is due.
        pub diary: Vec<DiaryEntry>,
        /// Alerts to staff.
        pub alerts: Vec<Alert>,
        /// Reports from pathology laboratories.
        pub pathology_reports: Vec<PathologyReport>,
        /// Requests for tests.
        pub test_requests: Vec<TestRequestHeader>,
        /// Notes between staff.
        pub notes: Vec<Note>,
        /// Appointments ahead. EMIS is said to leave this empty: ask for appointments themselves.
        pub appointments: Vec<RecordedAppointment>,
        /// The people that the records refer to.
        pub people: Vec<Person>,
        /// The places that the records refer to.
        pub locations: Vec<Location>,
        /// The types of place that the records refer to.
        pub location_types: Vec<LocationType>,
        /// The system and organisation that the message comes from.
        pub originator: Option<Originator>,
        /// The recipient of the message, if it is a person.
        pub recipient: Option<Ident>,
        /// When and for what the message was made.
        pub message: Option<MessageInformation>,
        /// The policies on access to records.
        pub policies: Vec<Policy>,
        /// Records that could not be read. Never ignore these in silence: an allergy may be
        /// among them.
        pub skipped: Vec<SkippedRecord>,
        /// The number of characters that could not be read as they came and were replaced. The
        /// records that hold them are kept.
        pub repaired_characters: usize,
    }

    /// A type of place, such as a hospital.
    pub struct LocationType {
        /// Its identifiers.
        pub ident: Ident,
        /// The type in words.
        pub description: Option<String>,
    }
}
