//! The outermost form of every operation's answer, and what is no answer.
//!
//! Fields may be missing anywhere else, but an answer that holds none of its documented ones is
//! another message: EMIS's error document, a SOAP fault, the JSON of a proxy. Taken for an answer
//! it would be an empty list. An empty list has to be there, empty or null; in XML, which leaves
//! out what is empty, the documented root says it.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::arrived::{Name, Outermost, is_filled, top_level_keys};
use super::error_body;
use super::field_error::{FieldError, WHOLE};
use super::scalar;
use crate::operation::{Effect, Operation};

/// The length of an answer up to which it may be an error document with a list beside it.
const LONGEST_ERROR: usize = 64 * 1024;

const NOTHING_DOCUMENTED: &str = "holds none of the documented fields";
const OTHER_MESSAGE: &str = "is another message than documented";
const ERROR_DOCUMENT: &str = "is an error document";

/// The outermost form of the answer to an operation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// The roots that it may have in XML: those of the schemas, and the document's names.
    pub(super) roots: &'static [&'static str],
    /// The fields of which it has one at least. None: the answer is a text.
    pub(super) fields: &'static [&'static str],
    /// True if the first of them has to be there: the list that the answer is made of.
    is_list: bool,
    /// True if null will do, which says nothing.
    may_be_null: bool,
}

/// Returns the form of an operation's answer.
pub(super) fn shape(operation: Operation) -> Shape {
    use Operation as Op;
    let (roots, fields): (&[_], &[_]) = match operation {
        Op::GetHealth => (&[], &[]),
        Op::GetOrganisation | Op::GetOrganisationV2 => (
            &["OrganisationInformation", "OrganisationInformationV2"],
            &[
                "organisationList",
                "userList",
                "locationList",
                "externalOrganisationList",
                "externalPersonList",
                "locationTypeList",
            ],
        ),
        Op::GetUserById => (&["UserDetails"], &["person"]),
        Op::GetAppointmentConfiguration => (
            &["AppointmentConfiguration"],
            &[
                "siteList",
                "holderList",
                "scheduleList",
                "holidayList",
                "slotTypeList",
            ],
        ),
        Op::GetAppointmentSessions => (&["AppointmentSessionList"], &["appointmentSession"]),
        Op::GetSlotsForSession | Op::GetSlotsForSessionV2 => {
            (&["SlotList", "SlotListV2", "SlotListStruct"], &["slot"])
        }
        Op::GetBookedPatients
        | Op::GetBookedPatientsV2
        | Op::GetArrivedPatients
        | Op::GetSentInPatients => (
            &["BookedPatients", "BookedPatientsV2"],
            &["bookedList", "sessionHolderList", "time"],
        ),
        Op::GetPatientAppointments | Op::GetPatientAppointmentsV2 => (
            &["PatientAppointmentList", "PatientAppointmentListV2"],
            &["appointment"],
        ),
        Op::BookAppointment | Op::CancelAppointment => (
            &["BookedAppointment", "BookedAppointmentType"],
            &[
                "appointmentInformation",
                "patientInforamtion",
                "patientInformation",
            ],
        ),
        Op::SetAppointmentStatus | Op::SetAppointmentStatusEx => {
            (&["Appointment"], &["sessionId", "actionPerformedOn"])
        }
        Op::SetSlotNotes | Op::AddSlotComment => (&["Slot", "SlotStruct"], &["dbid"]),
        Op::GetMatchedPatients
        | Op::GetChangedPatients
        | Op::GetChangedPatientsMR
        | Op::GetPatientSequence
        | Op::GetPatientSearches => (&["PatientMatches"], &["patientList", "peopleList"]),
        Op::GetPatientDemographics
        | Op::GetMedicalRecord
        | Op::GetCodedRecord
        | Op::GetEvents
        | Op::GetMedicationIssues
        | Op::GetConsultation
        | Op::GetAttachments
        | Op::GetAttachmentsV2 => (&["MedicalRecord", "MedicalRecordType"], MEDICAL_RECORD),
        Op::GetBase64AttachmentData | Op::GetBase64AttachmentDataV2 => (
            &["root", "Base64AttachmentData", "Base64AttachmentDataV2"],
            &["filedata", "filename", "patientNHS", "organisationNACS"],
        ),
        Op::SetSlotType
        | Op::FileRecord
        | Op::UpdateAttachment
        | Op::UpdateConsultationVisibility => (&["string"], &[]),
    };
    let is_list = matches!(
        fields.first(),
        Some(
            &("person"
                | "appointmentSession"
                | "slot"
                | "bookedList"
                | "appointment"
                | "patientList")
        )
    );
    Shape {
        roots,
        fields,
        is_list,
        may_be_null: operation.effect() == Effect::Write,
    }
}

const MEDICAL_RECORD: &[&str] = &[
    "patientID",
    "registration",
    "registrationChangeHistory",
    "registrationStatus",
    "miscellaneousData",
    "eventList",
    "consultationList",
    "investigationList",
    "referralList",
    "allergyList",
    "medicationList",
    "issueList",
    "attachmentList",
    "diaryList",
    "alertList",
    "ediPathologyReportList",
    "testRequestHeaderList",
    "noteList",
    "appointmentList",
    "peopleList",
    "locationList",
    "locationTypeList",
    "originator",
    "recipientID",
    "messageInformation",
    "policyList",
];

impl Shape {
    /// Returns the first of its fields: the list, where the answer is made of one.
    pub(super) fn first(&self) -> Option<&'static str> {
        self.fields.first().copied()
    }

    /// Checks that JSON is the documented answer as far as that can be told from outside. Broken
    /// JSON passes: the decoder says what is wrong with it.
    pub(super) fn check(&self, json: &str) -> Result<(), FieldError> {
        let (mut is_documented, mut has_first, mut is_error) = (false, false, false);
        let mut says_something = json.len() > LONGEST_ERROR;
        let outermost = top_level_keys(json, |key, is_filled| {
            let is_own = self.fields.contains(&key);
            is_documented |= is_own;
            has_first |= self.first() == Some(key);
            is_error |= is_error_field(key);
            // Error documents are short, and fill no field of an answer: of any other, the rest
            // says no more, and is not read twice.
            says_something |= is_own && is_filled;
            says_something && (has_first || is_documented && !self.is_list)
        });
        match outermost {
            Outermost::Object if is_error && is_documented && self.says_nothing(json) => {
                Err(no_answer(json, true))
            }
            Outermost::Broken => Ok(()),
            Outermost::Null if self.may_be_null => Ok(()),
            Outermost::Text if self.fields.is_empty() => Ok(()),
            Outermost::Object if has_first || is_documented && !self.is_list => Ok(()),
            Outermost::Object if is_documented => {
                scalar::required(None, self.first().unwrap_or_default())
            }
            Outermost::Object => Err(no_answer(json, is_error)),
            _ => Err(FieldError::new(WHOLE, scalar::OTHER_FORM)),
        }
    }

    /// Returns whether a short message fills a field of an error document and none of its own.
    fn says_nothing(&self, json: &str) -> bool {
        if json.len() > LONGEST_ERROR {
            return false;
        }
        let Ok(fields) = serde_json::from_str::<BTreeMap<Name<'_>, &RawValue>>(json) else {
            return false;
        };
        let is_filled = |value: &RawValue| is_filled(value.get());
        let mut filled = fields
            .iter()
            .filter(|(_, value)| is_filled(value))
            .peekable();
        filled.peek().is_some()
            && filled.all(|(name, _)| !self.fields.contains(&&*name.0))
            && fields
                .iter()
                .any(|(name, value)| is_error_field(&name.0) && is_filled(value))
    }

    /// Checks the root of an answer in XML.
    pub(super) fn check_root(&self, root: &str) -> Result<(), FieldError> {
        if self.roots.contains(&root) {
            return Ok(());
        }
        let problem = if is_error_root(root) {
            ERROR_DOCUMENT
        } else {
            OTHER_MESSAGE
        };
        Err(FieldError::new(WHOLE, problem))
    }
}

/// Returns the error for a message that holds none of the documented fields.
pub(super) fn no_answer(json: &str, is_error: bool) -> FieldError {
    let problem = if is_error {
        ERROR_DOCUMENT
    } else {
        NOTHING_DOCUMENTED
    };
    FieldError::new(WHOLE, problem).with_facts(error_body::facts_of(json))
}

/// Returns whether a field belongs to the error documents of EMIS, .NET, OAuth or a gateway.
pub(super) fn is_error_field(key: &str) -> bool {
    const KNOWN: [&str; 14] = [
        "error",
        "errors",
        "message",
        "messageId",
        "issue",
        "legacyOutcome",
        "exception",
        "exceptionMessage",
        "exceptionType",
        "fault",
        "faultcode",
        "title",
        "detail",
        "traceId",
    ];
    KNOWN.iter().any(|known| known.eq_ignore_ascii_case(key))
}

fn is_error_root(root: &str) -> bool {
    const KNOWN: [&str; 8] = [
        "Error",
        "Errors",
        "ErrorResponse",
        "Exception",
        "Envelope",
        "Fault",
        "problem",
        "ProblemDetails",
    ];
    KNOWN.iter().any(|known| known.eq_ignore_ascii_case(root))
}
