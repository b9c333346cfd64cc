//! Fields that the entries of a record have in common.

use emis_types::Sensitive;
use jiff::civil::Time;

use super::Problem;
use crate::model::choice::{Choice, fixed_lists};
use crate::model::{Code, Ident, PartialDate};

redacted! {
    /// The fields that every coded entry of the record has: date, author, code.
    pub struct Entry {
        /// The identifiers of the entry.
        pub ident: Ident,
        /// The date that the entry is about, which need not be the day it was made.
        pub assigned: PartialDate,
        /// The time of day that goes with the date.
        pub time: Option<Sensitive<Time>>,
        /// The order among entries of one date, time and code.
        pub sequence: Option<i64>,
        /// The author: one of the record's people.
        pub author: Option<Ident>,
        /// The author, and the time of writing.
        pub original_author: Option<Author>,
        /// A consultant from elsewhere, in words.
        pub external_consultant: Option<Sensitive<String>>,
        /// The entry's words as they are displayed.
        pub display_term: Option<Sensitive<String>>,
        /// Free text.
        pub descriptive_text: Option<Sensitive<String>>,
        /// The type of its source; EMIS calls all of them 0.
        pub data_source: Option<String>,
        /// The confidentiality policy that says who may see it: one of the record's policies.
        pub policy: Option<String>,
        /// The code.
        pub code: Option<Code>,
        /// The code of the term that was chosen for it.
        pub term: Option<Code>,
        /// Qualifiers, which change what the code means: a negation is one.
        pub qualifiers: Vec<Qualifier>,
        /// The problem, where the entry defines one.
        pub problem: Option<Box<Problem>>,
        /// The problems that the entry belongs to.
        pub problem_links: Vec<Link>,
        /// The referrals that the entry belongs to.
        pub referral_links: Vec<Link>,
    }

    /// The author of an entry, and the time of writing.
    pub struct Author {
        /// The user: one of the record's people.
        pub user: Option<Ident>,
        /// The date.
        pub at: PartialDate,
    }

    /// A qualifier of a code.
    pub struct Qualifier {
        /// The qualifier: 14 is left, 18 moderate, 24 negation, and so on.
        pub item: Option<Code>,
        /// Its group: 1 is family member, 3 laterality, 4 severity, 8 certainty, and so on.
        pub group: Option<Code>,
    }

    /// A link to another record.
    pub struct Link {
        /// The other record.
        pub target: Option<Ident>,
        /// The relation of the two.
        pub kind: Option<Choice<LinkKind>>,
    }
}

fixed_lists! {
    /// The relation of two records.
    by place pub enum LinkKind {
        /// They are associated, as a blood pressure is with hypertension.
        Associated = "0",
        /// One follows on from the other, as a review does from a problem.
        FollowsOn = "1",
        /// One is part of the other.
        PartOf = "2",
    }
}
