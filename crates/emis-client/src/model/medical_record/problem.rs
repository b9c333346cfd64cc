//! Problems: what entries of the record are grouped by.

use emis_types::Sensitive;

use crate::model::choice::{Choice, fixed_lists};
use crate::model::{Code, Ident, PartialDate};

redacted! {
    /// A problem that an entry defines.
    pub struct Problem {
        /// Whether it is active.
        pub status: Option<Choice<ProblemStatus>>,
        /// Whether it is grouped with others.
        pub grouping: Option<Choice<ProblemGrouping>>,
        /// When it ended.
        pub ended: PartialDate,
        /// Whose problem it is to treat.
        pub kind: Option<Choice<ProblemKind>>,
        /// How significant it is.
        pub significance: Option<Choice<Significance>>,
        /// How long it is expected to last; EMIS states no unit.
        pub expected_duration: Option<i64>,
        /// The problem that it belongs to.
        pub parent: Option<Ident>,
        /// Whether it is one person's or a family's.
        pub owner: Option<Choice<ProblemOwner>>,
        /// Aims of care.
        pub care_aims: Vec<CareAim>,
        /// Plans of care.
        pub care_plans: Vec<CarePlan>,
    }

    /// An aim of community care.
    pub struct CareAim {
        /// What names it.
        pub ident: Option<Ident>,
        /// The aim in words.
        pub goal: Option<Sensitive<String>>,
        /// When it is to be reached.
        pub target: PartialDate,
        /// What is expected.
        pub expected_value: Option<Sensitive<String>>,
        /// What was reached.
        pub actual_value: Option<Sensitive<String>>,
    }

    /// A plan of community care.
    pub struct CarePlan {
        /// What names it.
        pub ident: Option<Ident>,
        /// The target in words.
        pub display_term: Option<Sensitive<String>>,
        /// The target's code.
        pub term: Option<Code>,
        /// Free text.
        pub notes: Option<Sensitive<String>>,
        /// The template of the intervention.
        pub template: Option<Ident>,
        /// The category of the intervention.
        pub intervention_category: Option<Ident>,
        /// The code of the intervention's target.
        pub intervention_target: Option<Code>,
    }
}

fixed_lists! {
    /// Whether a problem is active.
    by value pub enum ProblemStatus {
        /// Past, or resolved.
        Past = "0",
        /// Active.
        Active = "1",
        /// Health administration or promotion.
        HealthAdmin = "2",
        /// Potential.
        Potential = "3",
    }

    /// Whether a problem is grouped with others.
    by value pub enum ProblemGrouping {
        /// It is not.
        None = "0",
        /// It is grouped.
        Grouped = "1",
        /// It is unified with others.
        Unified = "2",
    }

    /// Whose problem it is to treat.
    by value pub enum ProblemKind {
        /// The GP's.
        Gp = "1",
        /// The community services'.
        Community = "2",
    }

    /// How significant a problem is.
    by value pub enum Significance {
        /// Significant: high priority.
        Significant = "1",
        /// Minor: low priority.
        Minor = "2",
    }

    /// Whether a problem is one person's.
    by value pub enum ProblemOwner {
        /// One person's.
        Individual = "1",
        /// A family's.
        Family = "2",
    }
}
