//! The operations on the medical record.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use emis_types::PatientNumber;
use serde_json::{Value, json};
use uuid::Uuid;

use super::encode::sealed::Encode;
use super::{Expectation, Json, MockEmis};
use crate::codec::{self, Encoding};
use crate::model::medical_record::{
    AttachmentProvisional, AttachmentVisibility, NewConsultation, OnlineVisibility,
};
use crate::operation::Operation;

/// A response with the file of an attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The name of the file.
    pub name: String,
    /// The content of the file.
    pub bytes: Vec<u8>,
}

impl File {
    /// Creates a file.
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.into(),
            bytes: bytes.into(),
        }
    }
}

impl Encode for File {
    fn encode(&self) -> Option<Value> {
        Some(json!({ "filename": self.name, "filedata": STANDARD.encode(&self.bytes) }))
    }
}

/// The medical record: see [`MedicalRecordApi`](crate::MedicalRecordApi). A record is answered as
/// [`Json`]: its families are too many to be put together by hand.
impl MockEmis {
    /// Expects `GetMedicalRecord`.
    pub fn get_medical_record(&self, patient: PatientNumber) -> Expectation<'_, Json> {
        self.of_patient(Operation::GetMedicalRecord, patient)
    }

    /// Expects `GetCodedRecord`.
    pub fn get_coded_record(&self, patient: PatientNumber) -> Expectation<'_, Json> {
        self.of_patient(Operation::GetCodedRecord, patient)
    }

    /// Expects `GetEvents`.
    pub fn get_events(&self, patient: PatientNumber, days: u16) -> Expectation<'_, Json> {
        self.of_patient(Operation::GetEvents, patient)
            .with("noOfDays", days)
    }

    /// Expects `GetMedicationIssues`.
    pub fn get_medication_issues(
        &self,
        patient: PatientNumber,
        days: u16,
    ) -> Expectation<'_, Json> {
        self.of_patient(Operation::GetMedicationIssues, patient)
            .with("noOfDays", days)
    }

    /// Expects `GetConsultation`.
    pub fn get_consultation(
        &self,
        patient: PatientNumber,
        consultation: Uuid,
    ) -> Expectation<'_, Json> {
        self.of_patient(Operation::GetConsultation, patient)
            .with("consultationGuid", consultation)
    }

    /// Expects `GetAttachmentsV2`.
    pub fn get_attachments(&self, patient: PatientNumber) -> Expectation<'_, Json> {
        self.of_patient(Operation::GetAttachmentsV2, patient)
    }

    /// Expects `GetAttachments`.
    pub fn get_attachments_v1(&self, patient: PatientNumber) -> Expectation<'_, Json> {
        self.of_patient(Operation::GetAttachments, patient)
    }

    /// Expects `GetBase64AttachmentDataV2`.
    pub fn get_base64_attachment_data(
        &self,
        patient: PatientNumber,
        document: Uuid,
    ) -> Expectation<'_, File> {
        self.expect(Operation::GetBase64AttachmentDataV2)
            .with("documentId", document)
            .with("patientNumber", patient)
    }

    /// Expects `GetBase64AttachmentData`.
    pub fn get_base64_attachment_data_v1(
        &self,
        patient: PatientNumber,
        document: Uuid,
    ) -> Expectation<'_, File> {
        self.expect(Operation::GetBase64AttachmentData)
            .with("documentId", document)
            .with("patientNumber", patient)
    }

    /// Expects `FileRecord` with exactly this consultation, in JSON.
    ///
    /// # Panics
    /// Where the consultation is one that the client would not send.
    pub fn file_record(
        &self,
        patient: PatientNumber,
        consultation: &NewConsultation,
    ) -> Expectation<'_, ()> {
        let body = codec::file_record(patient, consultation, Encoding::default());
        self.expect(Operation::FileRecord)
            .with("patientNumber", patient)
            .with_body(&body.expect("the consultation is one that can be sent"))
    }

    /// Expects `UpdateAttachment`.
    pub fn update_attachment(
        &self,
        patient: PatientNumber,
        attachment: Uuid,
        visibility: AttachmentVisibility,
        provisional: AttachmentProvisional,
    ) -> Expectation<'_, ()> {
        self.expect(Operation::UpdateAttachment)
            .with("attachmentGuid", attachment)
            .with("pfsVisibility", visibility.id())
            .with("provisional", provisional.id())
            .with("patientNumber", patient)
    }

    /// Expects `UpdateConsultationVisibility`.
    pub fn update_consultation_visibility(
        &self,
        patient: PatientNumber,
        consultation: Uuid,
        visibility: OnlineVisibility,
    ) -> Expectation<'_, ()> {
        self.expect(Operation::UpdateConsultationVisibility)
            .with("consultationGuid", consultation)
            .with("pfsVisibility", visibility.id())
            .with("patientNumber", patient)
    }

    fn of_patient(&self, operation: Operation, patient: PatientNumber) -> Expectation<'_, Json> {
        self.expect(operation).with("patientNumber", patient)
    }
}
