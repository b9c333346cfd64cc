//! Clinical and administrative codes.

use emis_types::Sensitive;

use super::choice::{Choice, fixed_lists};

redacted! {
    /// A code with its term: a diagnosis, a drug, a status.
    pub struct Code {
        /// The code, such as `G33..` or a SNOMED CT concept.
        pub value: Option<Sensitive<String>>,
        /// The code system.
        pub scheme: Option<Choice<CodeScheme>>,
        /// The code's official term, which may differ from the words in the record.
        pub term: Option<Sensitive<String>>,
        /// The code that older EMIS systems had for it.
        pub old_code: Option<Sensitive<String>>,
        /// Another code, as trading partners may have agreed.
        pub map_code: Option<Sensitive<String>>,
        /// The system of that other code.
        pub map_scheme: Option<String>,
        /// The target of a community intervention.
        pub intervention_target: Option<Box<Code>>,
    }
}

impl Code {
    /// Creates a code of a system, with its term.
    pub fn new(value: impl Into<String>, scheme: CodeScheme, term: impl Into<String>) -> Self {
        Self {
            value: Some(Sensitive::new(value.into())),
            scheme: Some(scheme.into()),
            term: Some(Sensitive::new(term.into())),
            ..Self::default()
        }
    }

    /// Returns the code as a number, as in EMIS's administrative lists.
    pub fn number(&self) -> Option<i64> {
        self.value.as_ref()?.expose().parse().ok()
    }
}

fixed_lists! {
    /// The code systems that EMIS supports.
    by place pub enum CodeScheme {
        /// Read, 5 byte.
        Read2 = "READ2",
        /// Read, 4 byte.
        Read4 = "READ4",
        /// EMIS's own clinical codes.
        EmisClinical = "EMISCLINICAL",
        /// EMIS's drug groups.
        EmisDrugGroup = "EMISDRUGGROUP",
        /// EMIS's drug constituents.
        EmisConstituent = "EMISCONSTITUENT",
        /// EMIS's drug names.
        EmisDrugName = "EMISDRUGNAME",
        /// EMIS's drug names and constituents.
        EmisBoth = "EMISBOTH",
        /// EMIS's allergies to other things than drugs.
        EmisNonDrugAllergy = "EMISNONDRUGALLERGY",
        /// SNOMED CT.
        Snomed = "SNOMED",
    }
}
