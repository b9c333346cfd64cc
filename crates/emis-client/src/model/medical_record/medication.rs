//! Medication: courses and their issues.

use emis_types::Sensitive;

use super::{Author, Link};
use crate::model::choice::{Choice, fixed_lists};
use crate::model::{Code, Ident, PartialDate};

redacted! {
    /// A course of medication.
    pub struct Medication {
        /// Its identifiers.
        pub ident: Ident,
        /// The authoriser: one of the record's people.
        pub authorised_by: Option<Ident>,
        /// The author, and the time of writing.
        pub original_author: Option<Author>,
        /// When the course begins.
        pub assigned: PartialDate,
        /// When it was last issued.
        pub last_issued: PartialDate,
        /// The method of issue.
        pub issue_method: Option<Choice<IssueMethod>>,
        /// When the prescription expires.
        pub expires: PartialDate,
        /// The dose in short, such as `1 bd`.
        pub dose_abbreviation: Option<Sensitive<String>>,
        /// The dose in full.
        pub dosage: Option<Sensitive<String>>,
        /// The quantity issued.
        pub quantity: Option<f64>,
        /// The unit of the quantity.
        pub quantity_units: Option<String>,
        /// The quantity in words.
        pub quantity_text: Option<Sensitive<String>>,
        /// The duration of one issue; EMIS states no unit, and prescribers count days.
        pub duration: Option<i64>,
        /// True if it is a mixture.
        pub is_mixture: Option<bool>,
        /// The drug.
        pub drug: Option<Drug>,
        /// Acute, repeat or automatic.
        pub prescription_type: Option<Choice<PrescriptionType>>,
        /// Where the drug came from, in words, such as the practice or a hospital.
        pub drug_source: Option<Sensitive<String>>,
        /// When the item is to be reviewed.
        pub review: PartialDate,
        /// Instructions to the pharmacist.
        pub pharmacy_text: Option<Sensitive<String>>,
        /// Text for the patient.
        pub prescription_text: Option<Sensitive<String>>,
        /// The number of issues authorised before a review.
        pub authorised_issues: Option<i64>,
        /// The number of issues.
        pub issue_count: Option<i64>,
        /// True if the course is current.
        pub status: Option<Choice<MedicationStatus>>,
        /// Advice.
        pub advice: Option<Sensitive<String>>,
        /// The guideline that made it.
        pub template: Option<String>,
        /// That guideline's component.
        pub template_component: Option<String>,
        /// That guideline's instance.
        pub template_instance: Option<String>,
        /// The dose in numbers, for decision support.
        pub delivery: Option<Box<DrugDelivery>>,
        /// The details of a controlled drug.
        pub controlled: Option<Box<ControlledDrug>>,
        /// The problems that it is for.
        pub problem_links: Vec<Link>,
        /// EMIS's service type: X private, D dispensary, A batch repeat.
        pub service_type: Option<String>,
        /// The interval of batch repeat dispensing.
        pub dispensing_interval: Option<i64>,
        /// The number of repeats issued on this authorisation.
        pub repeat_issues: Option<i64>,
        /// The interval between repeats.
        pub repeat_interval: Option<i64>,
        /// True if it is issued electronically.
        pub electronic: Option<bool>,
        /// True if it is issued as a contraceptive.
        pub contraceptive: Option<bool>,
        /// The confidentiality policy that says who may see it: one of the record's policies.
        pub policy: Option<String>,
    }

    /// One issue of a course.
    pub struct Issue {
        /// The fields that it has in common with the course.
        pub medication: Medication,
        /// The estimated price at the time; EMIS states no currency.
        pub estimated_cost: Option<f64>,
        /// A comment.
        pub comment: Option<Sensitive<String>>,
        /// The authoriser of this issue: one of the record's people.
        pub issuer: Option<Ident>,
        /// When it was printed.
        pub printed: PartialDate,
        /// When it was dispensed.
        pub dispensed: PartialDate,
        /// The dispenser: one of the record's people.
        pub dispenser: Option<Ident>,
        /// The batch number.
        pub batch: Option<Sensitive<String>>,
        /// The course that it is an issue of.
        pub course: Option<MedicationLink>,
    }

    /// Which course an issue belongs to.
    pub struct MedicationLink {
        /// The course's GUID.
        pub guid: Option<uuid::Uuid>,
        /// The drug's preparation id.
        pub preparation: Option<Sensitive<String>>,
        /// When the course was made.
        pub at: PartialDate,
    }

    /// A mixture of drugs.
    pub struct Mixture {
        /// The practice's own mixture that it is.
        pub local: Option<Ident>,
        /// Its name.
        pub name: Option<Sensitive<String>>,
        /// Its contents.
        pub constituents: Vec<MixtureConstituent>,
    }

    /// One drug of a mixture.
    pub struct MixtureConstituent {
        /// The drug.
        pub preparation: Option<Code>,
        /// The quantity.
        pub strength: Option<Sensitive<String>>,
    }

    /// A dose in numbers.
    pub struct DrugDelivery {
        /// Items per dose.
        pub dose_quantity: Option<f64>,
        /// The unit of a dose, such as tablets.
        pub dose_units: Option<String>,
        /// The frequency.
        pub frequency: Option<i64>,
        /// Per what, such as a day.
        pub frequency_units: Option<String>,
        /// The dose of a day.
        pub daily_dose: Option<f64>,
        /// The unit of a day's dose.
        pub daily_dose_units: Option<String>,
    }

    /// Details of a controlled drug that drug dependency units keep; EMIS explains none of them.
    pub struct ControlledDrug {
        /// EMIS: `DduBatch`.
        pub batch: Option<Sensitive<String>>,
        /// EMIS: `DduPrinted`.
        pub printed: Option<Sensitive<String>>,
        /// EMIS: `DduCollect`.
        pub collect: Option<Sensitive<String>>,
        /// EMIS: `DduNextDate`.
        pub next_date: Option<Sensitive<String>>,
        /// EMIS: `DduReduceBy`.
        pub reduce_by: Option<Sensitive<String>>,
        /// EMIS: `DduAfter`.
        pub after: Option<Sensitive<String>>,
        /// EMIS: `DduUntil`.
        pub until: Option<Sensitive<String>>,
        /// EMIS: `DduNextDose`.
        pub next_dose: Option<Sensitive<String>>,
        /// EMIS: `DduOffset`.
        pub offset: Option<Sensitive<String>>,
        /// EMIS: `DduClWorker`.
        pub worker: Option<Sensitive<String>>,
        /// EMIS: `DduPickUp`.
        pub pick_up: Option<Sensitive<String>>,
        /// EMIS: `DduDoseAbbrev`.
        pub dose_abbreviation: Option<Sensitive<String>>,
    }
}

/// The drug.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Drug {
    /// One preparation, by EMIS's preparation id.
    Preparation(Code),
    /// A mixture.
    Mixture(Mixture),
}

fixed_lists! {
    /// The methods of issue of a drug. EMIS explains the first five and P; the others are its
    /// letters.
    by place pub enum IssueMethod {
        /// Stored.
        Stored = "S",
        /// Without a script.
        WithoutScript = "Q",
        /// By hand.
        ByHand = "H",
        /// Private.
        Private = "X",
        /// Outside.
        Outside = "O",
        /// Printed.
        Printed = "P",
        /// EMIS's `N`.
        N = "N",
        /// EMIS's `F`.
        F = "F",
        /// EMIS's `D`.
        D = "D",
        /// EMIS's `B`.
        B = "B",
        /// EMIS's `R`.
        R = "R",
        /// EMIS's `E`.
        E = "E",
    }

    /// The prescription types of a course.
    by place pub enum PrescriptionType {
        /// Once.
        Acute = "ACUTE",
        /// Repeatedly.
        Repeat = "REPEAT",
        /// Automatically.
        Automatic = "AUTOMATIC",
        /// EMIS left it blank.
        Unstated = "",
    }

    /// The status of a course. EMIS explains C and P; the others are its letters.
    by place pub enum MedicationStatus {
        /// Current: authorised.
        Current = "C",
        /// EMIS's `N`.
        N = "N",
        /// Past.
        Past = "P",
        /// EMIS's `A`.
        A = "A",
        /// EMIS's `R`.
        R = "R",
        /// EMIS's `G`.
        G = "G",
    }
}
