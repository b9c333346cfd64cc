//! Problems: what entries of the record are grouped by.

use emis_types::Sensitive;

use crate::model::choice::{Choice, fixed_lists};
use crate::model::{Code, Ident, PartialDate};

redacted! {
    /// A problem that an entry defines.
    pub struct Problem {
        /// True if it is active.
        pub status: Option<Choice<ProblemStatus>>,
        /// Its grouping with other problems.
        pub grouping: Option<Choice<ProblemGrouping>>,
        /// When it ended.
        pub ended: PartialDate,
        /// The party that treats the problem.
        pub kind: Option<Choice<ProblemKind>>,
        /// Its significance.
        pub significance: Option<Choice<Significance>>,
        /// The expected duration; EMIS states no unit.
        pub expected_duration: Option<i64>,
        /// The problem that it belongs to.
        pub parent: Option<Ident>,
        /// The scope of the problem: one person's or a family's.
        pub owner: Option<Choice<ProblemOwner>>,
        /// Aims of care.
        pub care_aims: Vec<CareAim>,
        /// Plans of care.
        pub care_plans: Vec<CarePlan>,
    }

    /// An aim of community care.
    pub struct CareAim {
        /// Its identifiers.
        pub ident: Option<Ident>,
        /// The aim in words.
        pub goal: Option<Sensitive<String>>,
        /// When it is to be reached.
        pub target: PartialDate,
        /// The value expected.
        pub expected_value: Option<Sensitive<String>>,
        /// The value reached.
        pub actual_value: Option<Sensitive<String>>,
    }

    /// A plan of community care.
    pub struct CarePlan {
        /// Its identifiers.
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
    /// The status of a problem.
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

    /// The grouping of a problem with others.
    by value pub enum ProblemGrouping {
        /// It is not.
        None = "0",
        /// It is grouped.
        Grouped = "1",
        /// It is unified with others.
        Unified = "2",
    }

    /// The party that treats the problem.
    by value pub enum ProblemKind {
        /// The GP's.
        Gp = "1",
        /// The community services'.
        Community = "2",
    }

    /// The significance of a problem.
    by value pub enum Significance {
        /// Significant: high priority.
        Significant = "1",
        /// Minor: low priority.
        Minor = "2",
    }

    /// The scope of a problem.
    by value pub enum ProblemOwner {
        /// One person's.
        Individual = "1",
        /// A family's.
        Family = "2",
    }
}
