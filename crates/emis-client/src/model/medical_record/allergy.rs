//! Allergies.

use emis_types::Sensitive;

use super::{Entry, Episodicity};
use crate::model::Code;
use crate::model::choice::{Choice, fixed_lists};

redacted! {
    /// An allergy.
    pub struct Allergy {
        /// What every entry has.
        pub entry: Entry,
        /// Which episode it is.
        pub episodicity: Option<Choice<Episodicity>>,
        /// What kind of thing the patient is allergic to.
        pub kind: Option<Choice<AllergyKind>>,
        /// What the patient is allergic to: a drug group, a preparation or a description.
        pub to: Option<Code>,
        /// Forms or preparations that are excepted, with tildes between.
        pub except: Option<Sensitive<String>>,
    }
}

fixed_lists! {
    /// What kind of thing an allergy is to.
    by value pub enum AllergyKind {
        /// Something other than a drug.
        NonDrug = "0",
        /// A group of drugs.
        DrugGroup = "1",
        /// A drug by its name.
        DrugName = "2",
        /// A constituent of drugs.
        DrugConstituent = "3",
        /// A drug by name and constituent.
        NameAndConstituent = "4",
    }
}
