//! The medical record group: reading patients' records and adding to them.

use emis_types::PatientNumber;
use uuid::Uuid;

use crate::client::Client;
use crate::codec;
use crate::error::ClientError;
use crate::model::medical_record::{
    AttachmentData, AttachmentProvisional, AttachmentVisibility, MedicalRecord, NewConsultation,
    OnlineVisibility,
};
use crate::operation::Operation;
use crate::transport::message::Request;

/// The operations on medical records: [`Client::medical_record`].
///
/// Reads need the scope `papi-cr.read`, writes `papi-cr.write`. Each read returns a
/// [`MedicalRecord`] whose other lists are empty. A write is sent once: if its error
/// [is ambiguous](ClientError::is_ambiguous), read back before anything else.
///
/// # Examples
///
/// ```no_run
/// # async fn example(client: emis_client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let records = client.medical_record();
/// let patient = "17".parse()?;
/// let record = records.get_attachments(patient).await?;
/// // Parts that could not be read are reported, never dropped silently.
/// for skipped in &record.skipped {
///     println!("{skipped}");
/// }
/// if let Some(document) = record.attachments.iter().find_map(|one| one.document) {
///     let file = records.get_base64_attachment_data(patient, document).await?;
///     file.write_to(&mut std::fs::File::create("attachment")?)?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct MedicalRecordApi<'a>(&'a Client);

impl Client {
    /// Returns the operations on medical records.
    pub fn medical_record(&self) -> MedicalRecordApi<'_> {
        MedicalRecordApi(self)
    }
}

impl MedicalRecordApi<'_> {
    /// Returns a patient's whole record (`GetMedicalRecord`). The call is slow and heavy, of more
    /// than a megabyte in some cases: prefer one of the others if it suffices.
    ///
    /// # Errors
    /// Fails with [`NotFound`](crate::ClientErrorKind::NotFound) if the practice has no such
    /// patient, or with any other [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_medical_record(
        self,
        patient: PatientNumber,
    ) -> Result<MedicalRecord, ClientError> {
        self.of_patient(Operation::GetMedicalRecord, patient).await
    }

    /// Returns a patient's coded items, without medication and registration (`GetCodedRecord`).
    ///
    /// # Errors
    /// Fails with [`NotFound`](crate::ClientErrorKind::NotFound) if the practice has no such
    /// patient, or with any other [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_coded_record(
        self,
        patient: PatientNumber,
    ) -> Result<MedicalRecord, ClientError> {
        self.of_patient(Operation::GetCodedRecord, patient).await
    }

    /// Returns a patient's coded events of the last `days` days, with the people they refer to
    /// (`GetEvents`).
    ///
    /// # Errors
    /// Fails with [`NotFound`](crate::ClientErrorKind::NotFound) if the practice has no such
    /// patient, or with any other [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_events(
        self,
        patient: PatientNumber,
        days: u16,
    ) -> Result<MedicalRecord, ClientError> {
        let request = Request::new(Operation::GetEvents).with("noOfDays", days);
        self.record(request.with("patientNumber", patient)).await
    }

    /// Returns a patient's issues of medication of the last `days` days (`GetMedicationIssues`).
    ///
    /// # Errors
    /// Fails with [`NotFound`](crate::ClientErrorKind::NotFound) if the practice has no such
    /// patient, or with any other [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_medication_issues(
        self,
        patient: PatientNumber,
        days: u16,
    ) -> Result<MedicalRecord, ClientError> {
        let request = Request::new(Operation::GetMedicationIssues).with("noOfDays", days);
        self.record(request.with("patientNumber", patient)).await
    }

    /// Returns one consultation and its contents by its GUID (`GetConsultation`).
    ///
    /// # Errors
    /// Fails with [`NotFound`](crate::ClientErrorKind::NotFound) if the practice has no such
    /// patient or consultation, or with any other [`ClientErrorKind`](crate::ClientErrorKind) of a
    /// read.
    pub async fn get_consultation(
        self,
        patient: PatientNumber,
        consultation: Uuid,
    ) -> Result<MedicalRecord, ClientError> {
        let request = Request::new(Operation::GetConsultation)
            .with("consultationGuid", consultation)
            .with("patientNumber", patient);
        self.record(request).await
    }

    /// Returns the attachments of a patient's record (`GetAttachmentsV2`), without their files: see
    /// [`get_base64_attachment_data`](Self::get_base64_attachment_data).
    ///
    /// # Errors
    /// Fails with [`NotFound`](crate::ClientErrorKind::NotFound) if the practice has no such
    /// patient, or with any other [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_attachments(
        self,
        patient: PatientNumber,
    ) -> Result<MedicalRecord, ClientError> {
        self.of_patient(Operation::GetAttachmentsV2, patient).await
    }

    /// Returns the attachments of a patient's record by the older operation (`GetAttachments`).
    ///
    /// # Errors
    /// Fails as [`get_attachments`](Self::get_attachments) does.
    pub async fn get_attachments_v1(
        self,
        patient: PatientNumber,
    ) -> Result<MedicalRecord, ClientError> {
        self.of_patient(Operation::GetAttachments, patient).await
    }

    /// Returns the file of an attachment by its [document
    /// id](crate::model::medical_record::Attachment::document) (`GetBase64AttachmentDataV2`).
    ///
    /// # Errors
    /// Fails with [`NotFound`](crate::ClientErrorKind::NotFound) if the practice has no such
    /// patient or document; [`Decode`](crate::ClientErrorKind::Decode) if the file is missing or is
    /// not base 64; or with any other [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_base64_attachment_data(
        self,
        patient: PatientNumber,
        document: Uuid,
    ) -> Result<AttachmentData, ClientError> {
        self.file(Operation::GetBase64AttachmentDataV2, patient, document)
            .await
    }

    /// Returns the file of an attachment by the older operation (`GetBase64AttachmentData`), whose
    /// response does not name the patient.
    ///
    /// # Errors
    /// Fails as [`get_base64_attachment_data`](Self::get_base64_attachment_data) does.
    pub async fn get_base64_attachment_data_v1(
        self,
        patient: PatientNumber,
        document: Uuid,
    ) -> Result<AttachmentData, ClientError> {
        self.file(Operation::GetBase64AttachmentData, patient, document)
            .await
    }

    /// Files a new consultation in a patient's record (`FileRecord`).
    ///
    /// # Errors
    /// Fails with [`InvalidRequest`](crate::ClientErrorKind::InvalidRequest) if there is nothing to
    /// file (a blank comment, a code without a value, a file without a name), or with any other
    /// [`ClientErrorKind`](crate::ClientErrorKind) of a write. If the error [is
    /// ambiguous](ClientError::is_ambiguous), look for the consultation with
    /// [`get_medical_record`](Self::get_medical_record): filing it again would make two.
    ///
    /// # Cancel safety
    /// Not cancel safe: a write whose future is dropped may have been sent. Read back before
    /// anything else.
    pub async fn file_record(
        self,
        patient: PatientNumber,
        consultation: &NewConsultation,
    ) -> Result<(), ClientError> {
        let operation = Operation::FileRecord;
        let refused = |problem| ClientError::invalid_request(problem).with_operation(operation);
        consultation.check().map_err(refused)?;
        let encoding = self.0.0.filing;
        let body = codec::file_record(patient, consultation, encoding)
            .map_err(|_| refused("the consultation could not be written"))?;
        let request = Request::new(operation)
            .with("patientNumber", patient)
            .with_body(encoding.media_type(), body);
        self.0.call(request, codec::nothing).await
    }

    /// Changes whether an attachment is visible to the patient and whether it is provisional
    /// (`UpdateAttachment`). Visibility is a clinician's decision.
    ///
    /// # Errors
    /// Fails with [`NotFound`](crate::ClientErrorKind::NotFound) if the practice has no such
    /// patient or attachment, or with any other [`ClientErrorKind`](crate::ClientErrorKind) of a
    /// write.
    ///
    /// # Cancel safety
    /// Not cancel safe: a write whose future is dropped may have been sent. Read back before
    /// anything else.
    pub async fn update_attachment(
        self,
        patient: PatientNumber,
        attachment: Uuid,
        visibility: AttachmentVisibility,
        provisional: AttachmentProvisional,
    ) -> Result<(), ClientError> {
        let request = Request::new(Operation::UpdateAttachment)
            .with("attachmentGuid", attachment)
            .with("pfsVisibility", visibility.id())
            .with("provisional", provisional.id())
            .with("patientNumber", patient);
        self.0.call(request, codec::nothing).await
    }

    /// Changes whether a consultation and its contents are visible to the patient
    /// (`UpdateConsultationVisibility`). Visibility is a clinician's decision.
    ///
    /// # Errors
    /// Fails with [`NotFound`](crate::ClientErrorKind::NotFound) if the practice has no such
    /// patient or consultation, or with any other [`ClientErrorKind`](crate::ClientErrorKind) of a
    /// write.
    ///
    /// # Cancel safety
    /// Not cancel safe: a write whose future is dropped may have been sent. Read back before
    /// anything else.
    pub async fn update_consultation_visibility(
        self,
        patient: PatientNumber,
        consultation: Uuid,
        visibility: OnlineVisibility,
    ) -> Result<(), ClientError> {
        let request = Request::new(Operation::UpdateConsultationVisibility)
            .with("consultationGuid", consultation)
            .with("pfsVisibility", visibility.id())
            .with("patientNumber", patient);
        self.0.call(request, codec::nothing).await
    }

    async fn of_patient(
        self,
        operation: Operation,
        patient: PatientNumber,
    ) -> Result<MedicalRecord, ClientError> {
        self.record(Request::new(operation).with("patientNumber", patient))
            .await
    }

    async fn record(self, request: Request) -> Result<MedicalRecord, ClientError> {
        let deceased = self.0.deceased_flag_encoding();
        self.0
            .call(request, |response| {
                codec::medical_record(response, deceased)
            })
            .await
    }

    async fn file(
        self,
        operation: Operation,
        patient: PatientNumber,
        document: Uuid,
    ) -> Result<AttachmentData, ClientError> {
        let request = Request::new(operation)
            .with("documentId", document)
            .with("patientNumber", patient);
        self.0
            .take_by(self.0.deadline(), request, codec::attachment_data)
            .await
    }
}
