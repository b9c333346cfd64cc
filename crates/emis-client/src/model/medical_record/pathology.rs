//! Reports from laboratories, as they came.

use emis_types::{NhsNumber, Sensitive};

use super::NumericValue;
use crate::model::choice::{Choice, fixed_lists};
use crate::model::{Code, Ident, PartialDate};

redacted! {
    /// A laboratory's report.
    pub struct PathologyReport {
        /// Its identifiers.
        pub ident: Ident,
        /// EMIS's type of report: 1 pathology, 2 radiology, 3 discharge, 4 outpatient, 5 out of
        /// hours, 6 triage.
        pub data_type: Option<i64>,
        /// The laboratory's report id as EMIS has it.
        pub report: Option<Sensitive<String>>,
        /// When it was received.
        pub received: PartialDate,
        /// When the laboratory issued it.
        pub issued: PartialDate,
        /// Text of the report as a whole.
        pub text: Vec<Sensitive<String>>,
        /// True if it is abnormal.
        pub abnormal: Option<bool>,
        /// The progress of filing: 0 not filed, 1 in part, 2 fully.
        pub filed: Option<i64>,
        /// EMIS's reference within the consultation.
        pub consultation: Option<Sensitive<String>>,
        /// The tray that it is in: 1 inbox, 2 archive, 3 rejected.
        pub tray: Option<i64>,
        /// The request that it answers.
        pub request: Option<Sensitive<String>>,
        /// When that request was made.
        pub requested: PartialDate,
        /// The owner of the inbox that it is in.
        pub current_owner: Option<LabParty>,
        /// The patient whom it is about.
        pub identities: Option<LabIdentities>,
        /// The requestor.
        pub requestor: Option<LabRequestor>,
        /// The recipient of the report.
        pub recipient: Option<LabParty>,
        /// The provider.
        pub service_provider: Option<ServiceProvider>,
        /// The original message.
        pub original_message: Option<OriginalMessage>,
        /// The clinical information for the laboratory.
        pub clinical_information: Vec<Sensitive<String>>,
        /// The viewer, in words.
        pub viewed_by: Option<Sensitive<String>>,
        /// The report id of the message itself.
        pub true_report: Option<Sensitive<String>>,
        /// The specimens, each with its investigations.
        pub specimens: Vec<PathologySpecimen>,
    }

    /// The patient whom a report is about, as two systems know them. Where they differ, the report
    /// may have been filed with the wrong patient.
    pub struct LabIdentities {
        /// As the laboratory knows them.
        pub original: Option<LabIdentity>,
        /// As EMIS matched them.
        pub matched: Option<LabIdentity>,
    }

    /// The requestor of a report: an organisation or a person.
    pub struct LabRequestor {
        /// The requestor.
        pub party: Option<LabParty>,
        /// The kind of requestor.
        pub kind: Option<Choice<RequestorKind>>,
    }

    /// A patient as a laboratory report has them.
    pub struct LabIdentity {
        /// First name.
        pub forename: Option<Sensitive<String>>,
        /// Family name.
        pub last_name: Option<Sensitive<String>>,
        /// Date of birth.
        pub date_of_birth: PartialDate,
        /// NHS number.
        pub nhs_number: Option<NhsNumber>,
        /// Address, in one text.
        pub address: Option<Sensitive<String>>,
        /// Sex.
        pub sex: Option<Sensitive<String>>,
        /// The laboratory's number of the patient, or EMIS's.
        pub patient: Option<Sensitive<String>>,
    }

    /// A party to a report, by one of several identifiers.
    pub struct LabParty {
        /// Their identifiers in EMIS: one of the record's people or locations.
        pub ident: Ident,
        /// A further identifier.
        pub identifier: Option<LabIdentifier>,
        /// The kind of that identifier.
        pub identifier_kind: Option<Choice<LabIdentifierKind>>,
    }

    /// The provider of a report.
    pub struct ServiceProvider {
        /// The department.
        pub department: Option<LabParty>,
        /// The organisation.
        pub organisation: Option<LabParty>,
        /// The person.
        pub person: Option<LabParty>,
    }

    /// The message that a report came in.
    pub struct OriginalMessage {
        /// The sender's EDI code.
        pub sender: Option<String>,
        /// The receiver's EDI code.
        pub receiver: Option<String>,
        /// The interchange.
        pub interchange: Option<String>,
        /// The message's id.
        pub message: Option<String>,
        /// Its format.
        pub format: Option<Choice<ReportFormat>>,
    }

    /// A specimen.
    pub struct PathologySpecimen {
        /// Its identifiers.
        pub ident: Ident,
        /// The report it belongs to.
        pub report: Option<Sensitive<String>>,
        /// The laboratory's id of it.
        pub specimen: Option<Sensitive<String>>,
        /// Its type.
        pub kind: Option<Sensitive<String>>,
        /// F for a fasting sample.
        pub fasting_status: Option<Sensitive<String>>,
        /// Its volume.
        pub volume: Option<f64>,
        /// The unit of the volume.
        pub units: Option<String>,
        /// The collection procedure.
        pub collection_procedure: Option<Sensitive<String>>,
        /// Where in the body it came from.
        pub anatomical_origin: Option<Sensitive<String>>,
        /// The laboratory's comments on it.
        pub text: Vec<Sensitive<String>>,
        /// When it was taken.
        pub sampled: PartialDate,
        /// When its collection began.
        pub collection_began: PartialDate,
        /// When its collection ended.
        pub collection_ended: PartialDate,
        /// When the laboratory received it.
        pub received: PartialDate,
        /// The investigations.
        pub investigations: Vec<PathologyInvestigation>,
    }

    /// An investigation of a specimen.
    pub struct PathologyInvestigation {
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
        /// The report it belongs to.
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
        /// The author of that comment.
        pub user_comment_by: Option<String>,
        /// The laboratory's comments.
        pub lab_comments: Vec<Sensitive<String>>,
        /// FR final, IN interim, NA not available.
        pub result_status: Option<String>,
        /// When it was performed.
        pub performed: PartialDate,
        /// The code that was filed.
        pub filed_code: Option<Code>,
        /// True if it is a single test rather than the head of a battery.
        pub standalone: Option<bool>,
        /// The tests.
        pub tests: Vec<PathologyTest>,
    }

    /// One test, with its result.
    pub struct PathologyTest {
        /// Its identifiers.
        pub ident: Ident,
        /// The report it belongs to.
        pub report: Option<Sensitive<String>>,
        /// The specimen it was made of.
        pub specimen: Option<Sensitive<String>>,
        /// Its name as the laboratory has it.
        pub display_term: Option<Sensitive<String>>,
        /// The code.
        pub code: Option<Code>,
        /// The code of the term that was chosen for it.
        pub term: Option<Code>,
        /// The result, where it is a number. Its range is in [`ranges`](Self::ranges).
        pub numeric_value: Option<NumericValue>,
        /// The result, where it is a text.
        pub text_value: Option<Sensitive<String>>,
        /// The laboratory's indicator: HI, LO and so on.
        pub abnormal_indicator: Option<Sensitive<String>>,
        /// FR final, IN interim, NA not available.
        pub result_status: Option<String>,
        /// The laboratory's comments.
        pub lab_comments: Vec<Sensitive<String>>,
        /// Ranges of the result.
        pub ranges: Vec<LabRange>,
        /// The code that was filed.
        pub filed_code: Option<Code>,
        /// Its number.
        pub number: Option<i64>,
    }

    /// A range of results. One end may be missing.
    pub struct LabRange {
        /// The lower end.
        pub minimum: Option<Sensitive<String>>,
        /// The upper end.
        pub maximum: Option<Sensitive<String>>,
        /// Comments.
        pub comments: Vec<Sensitive<String>>,
        /// For whom the range is meant.
        pub qualifier: Option<Sensitive<String>>,
    }
}

/// The identifier of a party to a report.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LabIdentifier {
    /// A code of a national system.
    NationalCode {
        /// The system.
        scheme: Option<String>,
        /// The code.
        code: Option<String>,
    },
    /// A text: an agreed id or a name.
    Text(String),
}

fixed_lists! {
    /// The kinds of identifier of a party. In JSON the place is that of .NET's choice of
    /// elements, which is in the order of the alphabet.
    by place pub enum LabIdentifierKind {
        /// An id that is agreed locally.
        AgreedId = "AgreedID",
        /// A name in words.
        Name = "Name",
        /// A code of a national system.
        NationalCode = "NationalCode",
    }

    /// The kind of requestor of a report. In JSON the place is that of .NET's choice of
    /// elements, which is in the order of the alphabet.
    by place pub enum RequestorKind {
        /// An organisation: one of the record's locations.
        Organisation = "Organisation",
        /// A person: one of the record's people.
        Person = "Person",
    }

    /// The format of a report's message.
    by place pub enum ReportFormat {
        /// ASTM.
        Astm = "ASTM",
        /// MEDRPT.
        Medrpt = "MEDRPT",
        /// NHS002.
        Nhs002 = "NHS002",
        /// NHS003.
        Nhs003 = "NHS003",
    }
}
