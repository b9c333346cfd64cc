//! Events: coded entries, values and observations.

use emis_types::Sensitive;

use super::Entry;
use crate::model::choice::{Choice, fixed_lists};

redacted! {
    /// A coded entry, a value or an observation.
    pub struct Event {
        /// The fields of every entry.
        pub entry: Entry,
        /// Events with the same group belong together, as the two values of a blood pressure do.
        pub group: Option<String>,
        /// Which episode of an illness it is.
        pub episodicity: Option<Choice<Episodicity>>,
        /// The value, where it is a number.
        pub numeric_value: Option<Box<NumericValue>>,
        /// A text value, for results without a usable code.
        pub text_value: Option<Sensitive<String>>,
        /// True if the value is abnormal.
        pub abnormal: Option<bool>,
        /// True if it was recorded under GMS.
        pub gms: Option<bool>,
        /// The kind of event.
        pub kind: Option<Choice<EventKind>>,
        /// The template that made it.
        pub template: Option<String>,
        /// That template's instance.
        pub template_instance: Option<String>,
        /// That template's component.
        pub template_component: Option<String>,
        /// The words of a community problem's qualifier.
        pub qualified_term: Option<Sensitive<String>>,
        /// The code of that qualifier.
        pub qualified_code: Option<Sensitive<String>>,
    }

    /// A measured value, with its range.
    pub struct NumericValue {
        /// An operator, such as `<`.
        pub operator: Option<String>,
        /// The value.
        pub value: Option<f64>,
        /// Its unit.
        pub units: Option<String>,
        /// The operator of the range's lower end.
        pub minimum_operator: Option<String>,
        /// The operator of the range's upper end.
        pub maximum_operator: Option<String>,
        /// The lower end of the normal range.
        pub minimum: Option<f64>,
        /// The upper end of the normal range.
        pub maximum: Option<f64>,
    }
}

fixed_lists! {
    /// Which episode of an illness an entry is about.
    by value pub enum Episodicity {
        /// Not stated.
        None = "0",
        /// The first.
        First = "1",
        /// A new one.
        New = "2",
        /// A review.
        Review = "3",
        /// A flare.
        Flare = "4",
        /// The end, or a discharge.
        End = "5",
        /// It changed.
        Changed = "6",
        /// It evolved.
        Evolved = "7",
        /// The outcome.
        Outcome = "8",
    }

    /// The kinds of event; EMIS does not explain all of its numbers.
    by place pub enum EventKind {
        /// An observation.
        Observation = "1",
        /// A problem.
        Problem = "2",
        /// Not explained by EMIS.
        Kind3 = "3",
        /// Not explained by EMIS.
        Kind4 = "4",
        /// A value.
        Value = "5",
        /// Not explained by EMIS.
        Kind6 = "6",
        /// An attachment.
        Attachment = "7",
        /// A referral.
        Referral = "8",
        /// Not explained by EMIS.
        Kind9 = "9",
        /// An alert.
        Alert = "10",
        /// An allergy.
        Allergy = "11",
        /// Family history.
        FamilyHistory = "12",
        /// An immunisation.
        Immunisation = "13",
        /// A text.
        Text = "0",
        /// A rating of a problem.
        ProblemRating = "14",
    }
}
