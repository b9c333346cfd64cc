//! Requests for tests.

use emis_types::Sensitive;

use super::Entry;
use crate::model::choice::{Choice, fixed_lists};
use crate::model::{Code, Ident, PartialDate};

redacted! {
    /// A request for tests, with its orders.
    pub struct TestRequestHeader {
        /// Its identifiers.
        pub ident: Ident,
        /// The requestor: one of the record's people.
        pub requestor: Option<Ident>,
        /// The consultation in which it was asked for.
        pub consultation: Option<Ident>,
        /// The date.
        pub created: PartialDate,
        /// When the tests are wanted.
        pub wanted_on: PartialDate,
        /// When the patient was last X-rayed.
        pub last_x_ray: PartialDate,
        /// Its status, in EMIS's words.
        pub status: Option<Sensitive<String>>,
        /// The date of that status.
        pub status_on: PartialDate,
        /// Further recipients of the result.
        pub copy_to: Option<Sensitive<String>>,
        /// The party that pays.
        pub funding: Option<Choice<Funding>>,
        /// Its urgency.
        pub priority: Option<Choice<TestPriority>>,
        /// True if there is a risk of infection ("inoculation risk").
        pub inoculation_risk: Option<bool>,
        /// True if the patient fasted.
        pub fasted: Option<bool>,
        /// The date of the last menstrual period.
        pub last_menstrual_period: PartialDate,
        /// The clinical information for the laboratory.
        pub clinical_information: Option<Sensitive<String>>,
        /// True if the patient is pregnant.
        pub pregnant: Option<bool>,
        /// The orders.
        pub orders: Vec<TestOrder>,
    }

    /// An order to one provider.
    pub struct TestOrder {
        /// Its identifiers.
        pub ident: Ident,
        /// The request it belongs to.
        pub header: Option<Ident>,
        /// The provider: one of the record's locations.
        pub provider: Option<Ident>,
        /// The destination that is printed on the form.
        pub form_destination: Option<FormDestination>,
        /// Pathology or radiology.
        pub category: Option<Choice<OrderCategory>>,
        /// Its progress.
        pub status: Option<Choice<OrderStatus>>,
        /// The date of that status.
        pub status_on: PartialDate,
        /// The tests.
        pub tests: Vec<TestRequest>,
    }

    /// Where the form of an order goes.
    pub struct FormDestination {
        /// Its identifiers.
        pub ident: Ident,
        /// The destination in words.
        pub description: Option<String>,
    }

    /// One test of an order.
    pub struct TestRequest {
        /// The fields of every entry.
        pub entry: Entry,
        /// The laboratory's reference.
        pub reference: Option<Sensitive<String>>,
        /// The order it belongs to.
        pub header: Option<Ident>,
        /// The type of specimen in words.
        pub specimen_type: Option<Sensitive<String>>,
        /// The type of specimen as a code.
        pub specimen_code: Option<Code>,
        /// When the specimen was collected.
        pub collected: PartialDate,
        /// Its progress.
        pub status: Option<Choice<TestStatus>>,
        /// The date of that status.
        pub status_on: PartialDate,
        /// The report with the result, once there is one.
        pub results: Option<Ident>,
        /// The investigations with the result.
        pub investigations: Vec<Ident>,
        /// The date of the result.
        pub results_on: PartialDate,
    }
}

fixed_lists! {
    /// The party that pays.
    by place pub enum Funding {
        /// The NHS.
        Nhs = "0",
        /// The patient, or their insurance.
        Private = "1",
        /// Another party.
        Other = "2",
    }

    /// The urgency of a request.
    by value pub enum TestPriority {
        /// Normal.
        Normal = "0",
        /// Soon.
        Soon = "1",
        /// Urgent.
        Urgent = "2",
    }

    /// The category of the tests of an order.
    by place pub enum OrderCategory {
        /// Pathology.
        Pathology = "1",
        /// Radiology.
        Radiology = "2",
    }

    /// The progress of an order; EMIS does not explain its letters.
    by place pub enum OrderStatus {
        /// EMIS's `S`.
        S = "S",
        /// EMIS's `R`.
        R = "R",
        /// EMIS's `D`.
        D = "D",
        /// EMIS's `P`.
        P = "P",
        /// EMIS's `F`.
        F = "F",
    }

    /// The progress of a test; EMIS does not explain its letters.
    by place pub enum TestStatus {
        /// EMIS's `S`.
        S = "S",
        /// EMIS's `R`.
        R = "R",
        /// EMIS's `D`.
        D = "D",
        /// EMIS's `C`.
        C = "C",
        /// EMIS's `F`.
        F = "F",
    }
}
