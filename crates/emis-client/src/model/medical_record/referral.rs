//! Referrals.

use emis_types::Sensitive;

use super::{Entry, Funding};
use crate::model::choice::{Choice, fixed_lists};
use crate::model::{Code, Ident, PartialDate};

redacted! {
    /// A referral to another service.
    pub struct Referral {
        /// The fields of every entry.
        pub entry: Entry,
        /// The consultant referred to: one of the record's people.
        pub consultant: Option<Ident>,
        /// The hospital referred to: one of the record's locations.
        pub provider: Option<Ident>,
        /// The speciality, by the national list.
        pub speciality: Option<Code>,
        /// The service asked for.
        pub kind: Option<Choice<ReferralKind>>,
        /// The team referred to.
        pub team: Option<Ident>,
        /// The reason, by the practice's own list.
        pub reason: Option<Sensitive<String>>,
        /// True if it is a community referral.
        pub community: Option<bool>,
        /// Its urgency.
        pub urgency: Option<Choice<ReferralUrgency>>,
        /// The party that pays.
        pub funding: Option<Choice<Funding>>,
        /// The transport needed.
        pub transport: Option<Choice<ReferralTransport>>,
        /// The reference number, for the hospital.
        pub reference: Option<Sensitive<String>>,
        /// The type of source it came from.
        pub source_type: Option<Ident>,
        /// The direction of the referral.
        pub direction: Option<Choice<ReferralDirection>>,
        /// Where it came from: one of the record's locations.
        pub source_location: Option<Ident>,
        /// Its date, where it is dated.
        pub dated: PartialDate,
        /// True if the community services rejected it.
        pub rejected: Option<bool>,
        /// Why they did.
        pub rejection_reason: Option<Sensitive<String>>,
        /// True if they accepted it.
        pub accepted: Option<bool>,
        /// True if they assessed the patient.
        pub assessed: Option<bool>,
        /// The reason's code.
        pub reason_term: Option<Code>,
        /// More about its source, in words.
        pub source_description: Option<Sensitive<String>>,
        /// The speciality that made it.
        pub source_speciality: Option<Ident>,
        /// The way it was made: by telephone, word of mouth, letter or electronically.
        pub mode: Option<String>,
    }
}

fixed_lists! {
    /// The services that a referral asks for.
    by place pub enum ReferralKind {
        /// Not stated.
        Unstated = "0",
        /// An outpatient appointment.
        Outpatient = "1",
        /// An admission.
        Admission = "2",
        /// A day case.
        DayCase = "3",
        /// An investigation.
        Investigation = "4",
        /// A visit at home.
        Domiciliary = "5",
        /// The patient referred themselves.
        SelfReferral = "6",
        /// Community care.
        Community = "7",
    }

    /// The urgency of a referral.
    by place pub enum ReferralUrgency {
        /// Routine.
        Routine = "0",
        /// Soon.
        Soon = "1",
        /// Urgent.
        Urgent = "2",
        /// For a date.
        Dated = "3",
    }

    /// The direction of a referral.
    by value pub enum ReferralDirection {
        /// It went out.
        Outbound = "1",
        /// It came in.
        Inbound = "2",
    }

    /// The transport that a patient needs.
    by place pub enum ReferralTransport {
        /// None.
        None = "0",
        /// Some.
        Needed = "1",
        /// A stretcher.
        Stretcher = "2",
    }
}
