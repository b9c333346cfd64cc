//! The message as a whole.

use emis_types::PatientNumber;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::codec::decode::decode;
use crate::codec::demographics;
use crate::codec::field_error::{FieldError, WHOLE};
use crate::codec::fields::{Fields, Object, fields};
use crate::codec::formats::DeceasedFlagEncoding;
use crate::codec::list::{Records, named_listing};
use crate::codec::message::{Message, decode_answer};
use crate::codec::scalar::{self, Id};
use crate::codec::text_or::TextOr;
use crate::model::SkippedRecord;
use crate::model::medical_record::{
    MedicalRecord, MessageInformation, MessagingError, Miscellaneous, Originator,
    PatientRegistration, Policy, Purpose, System,
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct MedicalRecordWire<'a> {
    #[serde(rename = "patientID")]
    patient: Id<PatientNumber>,
    #[serde(borrow, rename = "miscellaneousData")]
    miscellaneous: Option<&'a RawValue>,
    #[serde(borrow, rename = "registration")]
    registration: Option<&'a RawValue>,
    #[serde(borrow, rename = "registrationStatus")]
    registration_status: Option<&'a RawValue>,
    #[serde(borrow, rename = "originator")]
    originator: Option<&'a RawValue>,
    #[serde(borrow, rename = "recipientID")]
    recipient: Option<&'a RawValue>,
    #[serde(borrow, rename = "messageInformation")]
    message: Option<&'a RawValue>,
    #[serde(borrow, rename = "registrationChangeHistory")]
    registration_changes: Records<'a>,
    #[serde(borrow, rename = "eventList")]
    events: Records<'a>,
    #[serde(borrow, rename = "consultationList")]
    consultations: Records<'a>,
    #[serde(borrow, rename = "investigationList")]
    investigations: Records<'a>,
    #[serde(borrow, rename = "referralList")]
    referrals: Records<'a>,
    #[serde(borrow, rename = "allergyList")]
    allergies: Records<'a>,
    #[serde(borrow, rename = "medicationList")]
    medications: Records<'a>,
    #[serde(borrow, rename = "issueList")]
    issues: Records<'a>,
    #[serde(borrow, rename = "attachmentList")]
    attachments: Records<'a>,
    #[serde(borrow, rename = "diaryList")]
    diary: Records<'a>,
    #[serde(borrow, rename = "alertList")]
    alerts: Records<'a>,
    #[serde(borrow, rename = "ediPathologyReportList")]
    pathology_reports: Records<'a>,
    #[serde(borrow, rename = "testRequestHeaderList")]
    test_requests: Records<'a>,
    #[serde(borrow, rename = "noteList")]
    notes: Records<'a>,
    #[serde(borrow, rename = "appointmentList")]
    appointments: Records<'a>,
    #[serde(borrow, rename = "peopleList")]
    people: Records<'a>,
    #[serde(borrow, rename = "locationList")]
    locations: Records<'a>,
    #[serde(borrow, rename = "locationTypeList")]
    location_types: Records<'a>,
    #[serde(borrow, rename = "policyList")]
    policies: Records<'a>,
}

/// Reads a record. Parts that can't be read are left out and noted.
pub(crate) fn medical_record(
    message: &Message,
    dead: DeceasedFlagEncoding,
) -> Result<MedicalRecord, FieldError> {
    let wire: MedicalRecordWire<'_> = decode_answer(message)?;
    let mut parts = Parts::default();
    let mut registration: Option<PatientRegistration> =
        parts.read_one("registration", wire.registration);
    if let Some(registration) = &mut registration {
        registration.patient = parts.keep(demographics(message, dead));
    }
    let mut record = MedicalRecord {
        patient: wire.patient.0,
        registration: registration.map(Box::new),
        miscellaneous: parts.read_one("miscellaneousData", wire.miscellaneous),
        registration_status: parts.read_one("registrationStatus", wire.registration_status),
        originator: parts.read_one("originator", wire.originator),
        recipient: parts.read_one("recipientID", wire.recipient),
        message: parts.read_one("messageInformation", wire.message),
        registration_changes: parts.read("registrationChangeHistory", wire.registration_changes)?,
        events: parts.read("eventList", wire.events)?,
        consultations: parts.read("consultationList", wire.consultations)?,
        investigations: parts.read("investigationList", wire.investigations)?,
        referrals: parts.read("referralList", wire.referrals)?,
        allergies: parts.read("allergyList", wire.allergies)?,
        medications: parts.read("medicationList", wire.medications)?,
        issues: parts.read("issueList", wire.issues)?,
        attachments: parts.read("attachmentList", wire.attachments)?,
        diary: parts.read("diaryList", wire.diary)?,
        alerts: parts.read("alertList", wire.alerts)?,
        pathology_reports: parts.read("ediPathologyReportList", wire.pathology_reports)?,
        test_requests: parts.read("testRequestHeaderList", wire.test_requests)?,
        notes: parts.read("noteList", wire.notes)?,
        appointments: parts.read("appointmentList", wire.appointments)?,
        people: parts.read("peopleList", wire.people)?,
        locations: parts.read("locationList", wire.locations)?,
        location_types: parts.read("locationTypeList", wire.location_types)?,
        policies: parts.read("policyList", wire.policies)?,
        skipped: Vec::new(),
        repaired_characters: message.repaired(),
    };
    record.skipped = parts.skipped;
    Ok(record)
}

/// Reads the parts of a message one by one.
#[derive(Default)]
struct Parts {
    skipped: Vec<SkippedRecord>,
}

impl Parts {
    fn read<T: Fields>(
        &mut self,
        key: &'static str,
        records: Records<'_>,
    ) -> Result<Vec<T>, FieldError> {
        named_listing(key, records, &mut self.skipped, |Object(record)| {
            record.ok_or_else(|| FieldError::new(WHOLE, scalar::OTHER_FORM))
        })
    }

    fn read_one<T: Fields>(&mut self, key: &'static str, part: Option<&RawValue>) -> Option<T> {
        let Object(value) = self
            .keep(decode(part?.get()).map_err(|fault| {
                FieldError::new(format!("{key}.{}", fault.field), fault.problem)
            }))?;
        value
    }

    fn keep<T>(&mut self, part: Result<T, FieldError>) -> Option<T> {
        part.map_err(|fault| self.skipped.push(fault.skipped(0)))
            .ok()
    }
}

fields!(Miscellaneous {
    "medicationMessage" => medication_message,
    "automaticWeekNumber" => automatic_week_number,
});

fields!(Originator {
    "system" => system,
    "organisationType" => organisation_type,
    "organisation" => organisation,
});

fields!(System {
    "name" => name,
    "version" => version,
});

fields!(MessageInformation {
    "dateCreated" => created,
    "timeCreated" => time_created,
    "messagePurpose" => purpose as Object<PurposeWire>,
    "messagingError" => error,
});

fields!(MessagingError {
    "errorString" => text,
    // Spelt so by EMIS.
    "errornumber" => number,
});

fields!(Policy {
    "dbid" => ident.dbid,
    "refId" => ident.ref_id,
    "guid" => ident.guid,
    "fileStatus" => ident.file_status,
    "term" => term,
    "userList" => users,
});

/// The purpose of a message. The document leaves its contents untyped.
#[derive(Default)]
struct PurposeWire {
    item: Option<Purpose>,
}

fields!(PurposeWire {
    "item" => item as TextOr<Object<Purpose>>,
});

impl From<TextOr<Object<Purpose>>> for Option<Purpose> {
    fn from(item: TextOr<Object<Purpose>>) -> Self {
        match item {
            TextOr::Object(Object(purpose)) => purpose,
            TextOr::Text(_) | TextOr::List => None,
        }
    }
}

fields!(Purpose {
    "postType" => post,
    "mrGetType" => get,
    "dataSet" => data_set,
});

impl From<Object<PurposeWire>> for Option<Purpose> {
    fn from(purpose: Object<PurposeWire>) -> Self {
        purpose.0?.item
    }
}
