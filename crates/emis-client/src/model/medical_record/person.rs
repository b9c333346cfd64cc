//! People that records refer to: staff, and professionals from elsewhere.

use emis_types::Sensitive;

use crate::model::choice::{Choice, fixed_lists};
use crate::model::{Address, Ident, PartialDate, StaffName};

redacted! {
    /// A person in a role: a user of EMIS, or a professional from elsewhere.
    pub struct Person {
        /// Their identifiers. For a user, the DBID is their
        /// [`StaffId`](emis_types::StaffId).
        pub ident: Ident,
        /// EMIS's mnemonic for them: short, and unique at the practice.
        pub mnemonic: Option<String>,
        /// True if they are a user of the practice's system.
        pub is_user: Option<bool>,
        /// True if that user is active.
        pub active: Option<bool>,
        /// Their name.
        pub name: StaffName,
        /// Their category, such as "General Medical Practitioner".
        pub category: Option<PersonCategory>,
        /// The national code, such as `G5678901`.
        pub national_code: Option<String>,
        /// The code on prescriptions.
        pub prescription_code: Option<String>,
        /// The GMC's code.
        pub gmc_code: Option<String>,
        /// The UKCC's code.
        pub ukcc_code: Option<String>,
        /// True if they can authorise prescriptions.
        pub prescribes: Option<bool>,
        /// True if they can consult.
        pub consults: Option<Choice<MayConsult>>,
        /// When their contract begins.
        pub contract_start: PartialDate,
        /// When their contract ends.
        pub contract_end: PartialDate,
        /// True if they are a doctor.
        pub doctor: Option<bool>,
        /// True if they are a locum.
        pub locum: Option<bool>,
        /// True if they are a GP registrar.
        pub registrar: Option<bool>,
        /// Maternity services, in EMIS's words.
        pub maternity: Option<String>,
        /// True if they undertake child surveillance.
        pub child_surveillance: Option<bool>,
        /// True if they provide contraceptive services.
        pub contraceptive: Option<bool>,
        /// True if they are on duty for 24 hours.
        pub twenty_four_hour: Option<bool>,
        /// True if they undertake minor surgery.
        pub minor_surgery: Option<bool>,
        /// Their health authority.
        pub responsible_authority: Option<Ident>,
        /// A registrar's trainer.
        pub trainer: Option<Ident>,
        /// Their relation to the practice.
        pub relationship: Option<Choice<ContractualRelationship>>,
        /// Their address in the role.
        pub address: Option<Address>,
        /// Telephone.
        pub telephone_1: Option<Sensitive<String>>,
        /// A second telephone.
        pub telephone_2: Option<Sensitive<String>>,
        /// Fax.
        pub fax: Option<Sensitive<String>>,
        /// Email.
        pub email: Option<Sensitive<String>>,
        /// Their role.
        pub role: Option<Role>,
    }

    /// The category of a person's job.
    pub struct PersonCategory {
        /// Its identifiers.
        pub ident: Ident,
        /// In short.
        pub mnemonic: Option<String>,
        /// In words.
        pub description: Option<String>,
        /// True if the message updates the category, rather than refers to it.
        pub purpose: Option<Choice<CategoryPurpose>>,
    }

    /// A role, by application, team and place.
    pub struct Role {
        /// Its identifiers.
        pub ident: Ident,
        /// The application.
        pub application: Option<Application>,
        /// The team.
        pub team: Option<Ident>,
        /// The place: one of the record's locations.
        pub location: Option<Ident>,
    }

    /// An application of EMIS's.
    pub struct Application {
        /// Its identifiers.
        pub ident: Ident,
        /// In short, such as GP.
        pub mnemonic: Option<String>,
        /// Its name.
        pub name: Option<String>,
    }
}

fixed_lists! {
    /// The ability to consult. EMIS explains Y and N.
    by place pub enum MayConsult {
        /// Yes.
        Yes = "Y",
        /// No.
        No = "N",
        /// EMIS's `O`.
        O = "O",
        /// EMIS left it blank.
        Unstated = "",
    }

    /// The action of a message on a category.
    by place pub enum CategoryPurpose {
        /// It updates it.
        Update = "UPDATE",
        /// It refers to it.
        Reference = "REFERENCE",
    }

    /// The relation of a person to the practice. EMIS explains A and E.
    by place pub enum ContractualRelationship {
        /// Associated.
        Associated = "A",
        /// Employed.
        Employed = "E",
        /// EMIS's `O`.
        O = "O",
        /// EMIS's `P`.
        P = "P",
    }
}
