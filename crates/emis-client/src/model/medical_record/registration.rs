//! A patient's registration, whole.

use emis_types::Sensitive;

use crate::model::{Address, Code, Ident, PartialDate, Patient};

redacted! {
    /// A registration with all that EMIS keeps of it.
    pub struct PatientRegistration {
        /// The patient, as every message has them. None where the message lacks their number.
        pub patient: Option<Patient>,
        /// The identifiers of the registration.
        pub ident: Ident,
        /// M, F, U or I; other words have been seen.
        pub sex: Option<Sensitive<String>>,
        /// Names that the patient had before.
        pub previous_names: Option<Sensitive<String>>,
        /// Address.
        pub address: Option<Address>,
        /// Telephone at home: free text.
        pub home_telephone: Option<Sensitive<String>>,
        /// Telephone at work: free text.
        pub work_telephone: Option<Sensitive<String>>,
        /// The ODS code of the practice ("NACS").
        pub organisation: Option<String>,
        /// The GP the patient is registered with: one of the record's people.
        pub registered_gp: Option<Ident>,
        /// The patient's usual GP: one of the record's people.
        pub usual_gp: Option<Ident>,
        /// The health authority: one of the record's locations.
        pub trading_authority: Option<Ident>,
        /// Walking quarters, for payments.
        pub walking_quarters: Option<i64>,
        /// True if the practice dispenses for the patient, in EMIS's words.
        pub dispensing: Option<String>,
        /// Rural mileage, for payments.
        pub rural_mileage: Option<i64>,
        /// Difficult quarters, for payments.
        pub difficult_quarters: Option<i64>,
        /// The institute the patient lives in.
        pub residential_institute: Option<Sensitive<String>>,
        /// Blocked or special route marker, for payments.
        pub blocked_special: Option<String>,
        /// Where the paper records are.
        pub records_at: Option<Sensitive<String>>,
        /// Hospital numbers.
        pub hospital_numbers: Option<Sensitive<String>>,
        /// When the patient died, where there is a date that can be read. Whether they did is
        /// in [`vital_status`](Patient::vital_status).
        pub date_of_death: PartialDate,
        /// When the patient was added, if not a regular one.
        pub added: PartialDate,
        /// The NHS number of the old kind.
        pub old_nhs_number: Option<Sensitive<String>>,
        /// A temporary resident's address at home.
        pub home_address: Option<Address>,
        /// A temporary resident's GP at home.
        pub home_gp: Option<Sensitive<String>>,
        /// That GP's code.
        pub home_gp_code: Option<Sensitive<String>>,
        /// The CHI number, in Scotland.
        pub chi_number: Option<Sensitive<String>>,
        /// Miles of footpath, in Scotland.
        pub footpath_miles: Option<String>,
        /// Miles of water, in Scotland.
        pub water_miles: Option<String>,
        /// The armed service.
        pub service_type: Option<Sensitive<String>>,
        /// The number there.
        pub service_number: Option<Sensitive<String>>,
        /// Fields of the practice's own.
        pub custom_fields: Vec<CustomField>,
        /// The GRO number.
        pub gro_number: Option<Sensitive<String>>,
        /// The UPCI number.
        pub upci_number: Option<Sensitive<String>>,
        /// Marital status.
        pub marital_status: Option<Sensitive<String>>,
        /// When medication is to be reviewed.
        pub medication_review: PartialDate,
        /// When the exemption from charges ends.
        pub exemption_expires: PartialDate,
        /// The message that appears when the record is opened.
        pub screen_message: Option<Sensitive<String>>,
        /// EMIS's mark of a reminder that was sent.
        pub reminder_sent: Option<Sensitive<String>>,
        /// Ethnicity, as a code.
        pub ethnic_code: Option<Sensitive<String>>,
        /// The number in prison.
        pub prison_number: Option<Sensitive<String>>,
        /// Such numbers before.
        pub previous_prison_numbers: Option<Sensitive<String>>,
        /// The GP in prison: one of the record's people.
        pub prison_gp: Option<Ident>,
        /// The social security number.
        pub social_security_number: Option<Sensitive<String>>,
        /// The confidentiality policy that says who may see it: one of the record's policies.
        pub policy: Option<String>,
        /// True if the record is archived.
        pub archived: Option<bool>,
        /// EMIS's `SCN`.
        pub scn: Option<Sensitive<String>>,
    }

    /// A field of the practice's own.
    pub struct CustomField {
        /// Its name.
        pub name: Option<String>,
        /// Its value.
        pub value: Option<Sensitive<String>>,
    }

    /// A change of a registration.
    pub struct RegistrationChange {
        /// The field, as EMIS's schema names it, such as `DateOfBirth`.
        pub field: Option<String>,
        /// The value before the change.
        pub old_value: Option<Sensitive<String>>,
        /// When it was changed.
        pub changed: PartialDate,
        /// The user who changed it: one of the record's people.
        pub user: Option<Ident>,
    }

    /// The status of a registration, now and before.
    pub struct RegistrationStatus {
        /// The status now.
        pub current: Option<StatusEntry>,
        /// The statuses before.
        pub history: Vec<StatusEntry>,
        /// When the patient was registered.
        pub periods: Vec<RegistrationPeriod>,
    }

    /// A status that a registration has or had.
    pub struct StatusEntry {
        /// Its identifiers.
        pub ident: Ident,
        /// The status: its [`number`](Code::number) is the
        /// [`status_code`](crate::model::Registration::status_code).
        pub code: Option<Code>,
        /// Since when.
        pub since: PartialDate,
        /// The patient type: its number is the
        /// [`patient_type`](crate::model::Registration::patient_type).
        pub patient_type: Option<Code>,
        /// True if the practice regards the patient as registered; said of the status now.
        pub practice_registered: Option<bool>,
        /// True if the health authority does; said of the status now.
        pub authority_registered: Option<bool>,
    }

    /// A time in which a patient was registered.
    pub struct RegistrationPeriod {
        /// When it began.
        pub registered: PartialDate,
        /// When it ended.
        pub deregistered: PartialDate,
        /// The patient type: 4 regular, 5 temporary.
        pub patient_type: Option<Code>,
    }
}
