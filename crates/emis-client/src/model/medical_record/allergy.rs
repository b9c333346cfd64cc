//! Allergies.

use emis_types::Sensitive;

use super::{Entry, Episodicity};
use crate::model::Code;
use crate::model::choice::{Choice, fixed_lists};

redacted! {
    /// An allergy.
    pub struct Allergy {
        /// The fields of every entry.
        pub entry: Entry,
        /// Which episode it is.
        pub episodicity: Option<Choice<Episodicity>>,
        /// The kind of allergen.
        pub kind: Option<Choice<AllergyKind>>,
        /// The allergens: a drug group, a preparation or a description.
        pub to: Option<Code>,
        /// Forms or preparations that are excepted, with tildes between.
        pub except: Option<Sensitive<String>>,
    }
}

fixed_lists! {
    /// The kinds of allergen.
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
