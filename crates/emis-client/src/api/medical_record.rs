//! The medical record group: patients' records, read and added to.

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

/// Operations on patients' medical records: [`Client::medical_record`].
///
/// Reads need `papi-cr.read`, writes `papi-cr.write`. Each read answers with a
/// [`MedicalRecord`] of which the lists that were not asked for are empty. A write is sent once:
/// where its error [is ambiguous](ClientError::is_ambiguous), read back before anything else.
///
/// ```no_run
/// # async fn example(client: emis_client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let records = client.medical_record();
/// let patient = "17".parse()?;
/// let record = records.get_attachments(patient).await?;
/// // What could not be read is told, never dropped in silence.
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
    /// A patient's whole record (`GetMedicalRecord`). A slow and heavy call, of more than a
    /// megabyte in some cases: see first whether one of the others will do.
    ///
    /// # Errors
    /// [`NotFound`](crate::ClientErrorKind::NotFound) where there is no such patient, or any other
    /// [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_medical_record(
        self,
        patient: PatientNumber,
    ) -> Result<MedicalRecord, ClientError> {
        self.of_patient(Operation::GetMedicalRecord, patient).await
    }

    /// A patient's coded items, without medication and registration (`GetCodedRecord`).
    ///
    /// # Errors
    /// [`NotFound`](crate::ClientErrorKind::NotFound) where there is no such patient, or any other
    /// [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_coded_record(
        self,
        patient: PatientNumber,
    ) -> Result<MedicalRecord, ClientError> {
        self.of_patient(Operation::GetCodedRecord, patient).await
    }

    /// A patient's coded events of the last `days` days, with the people they refer to
    /// (`GetEvents`).
    ///
    /// # Errors
    /// [`NotFound`](crate::ClientErrorKind::NotFound) where there is no such patient, or any other
    /// [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_events(
        self,
        patient: PatientNumber,
        days: u16,
    ) -> Result<MedicalRecord, ClientError> {
        let request = Request::new(Operation::GetEvents).with("noOfDays", days);
        self.record(request.with("patientNumber", patient)).await
    }

    /// A patient's issues of medication of the last `days` days (`GetMedicationIssues`).
    ///
    /// # Errors
    /// [`NotFound`](crate::ClientErrorKind::NotFound) where there is no such patient, or any other
    /// [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_medication_issues(
        self,
        patient: PatientNumber,
        days: u16,
    ) -> Result<MedicalRecord, ClientError> {
        let request = Request::new(Operation::GetMedicationIssues).with("noOfDays", days);
        self.record(request.with("patientNumber", patient)).await
    }

    /// One consultation, by its GUID, with what belongs to it (`GetConsultation`).
    ///
    /// # Errors
    /// [`NotFound`](crate::ClientErrorKind::NotFound) where there is no such patient or consultation,
    /// or any other [`ClientErrorKind`](crate::ClientErrorKind) of a read.
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

    /// What is attached to a patient's record (`GetAttachmentsV2`). The files are fetched one by
    /// one: see [`get_base64_attachment_data`](Self::get_base64_attachment_data).
    ///
    /// # Errors
    /// [`NotFound`](crate::ClientErrorKind::NotFound) where there is no such patient, or any other
    /// [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_attachments(
        self,
        patient: PatientNumber,
    ) -> Result<MedicalRecord, ClientError> {
        self.of_patient(Operation::GetAttachmentsV2, patient).await
    }

    /// The same by the older operation (`GetAttachments`).
    ///
    /// # Errors
    /// As for [`get_attachments`](Self::get_attachments).
    pub async fn get_attachments_v1(
        self,
        patient: PatientNumber,
    ) -> Result<MedicalRecord, ClientError> {
        self.of_patient(Operation::GetAttachments, patient).await
    }

    /// The file of an attachment, by its [document
    /// id](crate::model::medical_record::Attachment::document) (`GetBase64AttachmentDataV2`).
    ///
    /// # Errors
    /// [`NotFound`](crate::ClientErrorKind::NotFound) where there is no such patient or document;
    /// [`Decode`](crate::ClientErrorKind::Decode) where the file is missing or is not base 64; or any
    /// other [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_base64_attachment_data(
        self,
        patient: PatientNumber,
        document: Uuid,
    ) -> Result<AttachmentData, ClientError> {
        self.file(Operation::GetBase64AttachmentDataV2, patient, document)
            .await
    }

    /// The same by the older operation (`GetBase64AttachmentData`), which does not say whose file
    /// it is.
    ///
    /// # Errors
    /// As for [`get_base64_attachment_data`](Self::get_base64_attachment_data).
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
    /// [`InvalidRequest`](crate::ClientErrorKind::InvalidRequest) where there is nothing to file: a
    /// blank comment, a code without a value, a file without a name. [`Ambiguous`] where it may or
    /// may not be filed now: look for it with
    /// [`get_medical_record`](Self::get_medical_record), for filing twice makes two
    /// consultations. Or any other [`ClientErrorKind`](crate::ClientErrorKind) of a write.
    ///
    /// [`Ambiguous`]: crate::ClientErrorKind::Ambiguous
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

    /// Shows an attachment to the patient or hides it, settles it or makes it provisional
    /// (`UpdateAttachment`). Whether a patient sees it is a clinician's decision.
    ///
    /// # Errors
    /// [`NotFound`](crate::ClientErrorKind::NotFound) where there is no such patient or attachment, or
    /// any other [`ClientErrorKind`](crate::ClientErrorKind) of a write.
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

    /// Shows a consultation, and all that belongs to it, to the patient or hides it
    /// (`UpdateConsultationVisibility`). Which it is, is a clinician's decision.
    ///
    /// # Errors
    /// [`NotFound`](crate::ClientErrorKind::NotFound) where there is no such patient or consultation,
    /// or any other [`ClientErrorKind`](crate::ClientErrorKind) of a write.
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
