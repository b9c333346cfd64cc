//! Investigations that the practice filed.

use emis_types::Sensitive;
use jiff::civil::Time;

use super::{Author, Event};
use crate::model::{Code, Ident, PartialDate};

redacted! {
    /// An investigation, with its results.
    pub struct Investigation {
        /// Its identifiers.
        pub ident: Ident,
        /// Its name as the laboratory has it.
        pub display_term: Option<Sensitive<String>>,
        /// The type of its source; EMIS calls all of them 0.
        pub data_source: Option<String>,
        /// The code as the laboratory has it.
        pub code: Option<Code>,
        /// The code of the term that was chosen for it.
        pub term: Option<Code>,
        /// EMIS's mark for abnormal results: 0 normal, 1 abnormal.
        pub abnormal: Option<Sensitive<String>>,
        /// The source of the report: MAN entered by hand, LAB from a laboratory.
        pub data_type: Option<Sensitive<String>>,
        /// The report it came with.
        pub report: Option<Sensitive<String>>,
        /// The specimen it was made of.
        pub specimen: Option<Sensitive<String>>,
        /// The type of that specimen.
        pub specimen_type: Option<Sensitive<String>>,
        /// The number of its tests.
        pub number_of_tests: Option<i64>,
        /// EMIS's number of it within the report.
        pub number_in_report: Option<i64>,
        /// A comment of the user who filed it.
        pub user_comment: Option<Sensitive<String>>,
        /// The date that it is about.
        pub assigned: PartialDate,
        /// The time of day that goes with the date.
        pub time: Option<Sensitive<Time>>,
        /// Free text.
        pub descriptive_text: Option<Sensitive<String>>,
        /// The author of the record, and the time of writing.
        pub original_author: Option<Author>,
        /// The author: one of the record's people.
        pub author: Option<Ident>,
        /// The confidentiality policy that says who may see it: one of the record's policies.
        pub policy: Option<String>,
        /// Its results.
        pub events: Vec<Event>,
    }
}
