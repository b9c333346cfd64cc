//! The medical record group: patients' records, read and added to.

use emis_types::PatientNumber;
use uuid::Uuid;

use crate::client::Client;
use crate::codec;
use crate::error::Error;
use crate::model::medical_record::{
    AttachmentData, AttachmentProvisional, AttachmentVisibility, MedicalRecord, NewConsultation,
    OnlineVisibility,
};
use crate::operation::Operation;
use crate::request::Request;

/// Operations on patients' medical records: [`Client::medical_record`].
///
/// Reads need `papi-cr.read`, writes `papi-cr.write`. Each read answers with a
/// [`MedicalRecord`] of which the lists that were not asked for are empty. A write is sent once:
/// where its error [is ambiguous](Error::is_ambiguous), read back before anything else.
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
pub struct MedicalRecords<'a>(&'a Client);

impl<'a> MedicalRecords<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self(client)
    }

    /// A patient's whole record (`GetMedicalRecord`). A slow and heavy call, of more than a
    /// megabyte in some cases: see first whether one of the others will do.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) where there is no such patient, or any other
    /// [`ErrorKind`](crate::ErrorKind) of a read.
    pub async fn get_medical_record(self, patient: PatientNumber) -> Result<MedicalRecord, Error> {
        self.of_patient(Operation::GetMedicalRecord, patient).await
    }

    /// A patient's coded items, without medication and registration (`GetCodedRecord`).
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) where there is no such patient, or any other
    /// [`ErrorKind`](crate::ErrorKind) of a read.
    pub async fn get_coded_record(self, patient: PatientNumber) -> Result<MedicalRecord, Error> {
        self.of_patient(Operation::GetCodedRecord, patient).await
    }

    /// A patient's coded events of the last `days` days, with the people they refer to
    /// (`GetEvents`).
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) where there is no such patient, or any other
    /// [`ErrorKind`](crate::ErrorKind) of a read.
    pub async fn get_events(
        self,
        patient: PatientNumber,
        days: u16,
    ) -> Result<MedicalRecord, Error> {
        let request = Request::new(Operation::GetEvents).with("noOfDays", days);
        self.record(request.with("patientNumber", patient)).await
    }

    /// A patient's issues of medication of the last `days` days (`GetMedicationIssues`).
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) where there is no such patient, or any other
    /// [`ErrorKind`](crate::ErrorKind) of a read.
    pub async fn get_medication_issues(
        self,
        patient: PatientNumber,
        days: u16,
    ) -> Result<MedicalRecord, Error> {
        let request = Request::new(Operation::GetMedicationIssues).with("noOfDays", days);
        self.record(request.with("patientNumber", patient)).await
    }

    /// One consultation, by its GUID, with what belongs to it (`GetConsultation`).
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) where there is no such patient or consultation,
    /// or any other [`ErrorKind`](crate::ErrorKind) of a read.
    pub async fn get_consultation(
        self,
        patient: PatientNumber,
        consultation: Uuid,
    ) -> Result<MedicalRecord, Error> {
        let request = Request::new(Operation::GetConsultation)
            .with("consultationGuid", consultation)
            .with("patientNumber", patient);
        self.record(request).await
    }

    /// What is attached to a patient's record (`GetAttachmentsV2`). The files are fetched one by
    /// one: see [`get_base64_attachment_data`](Self::get_base64_attachment_data).
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) where there is no such patient, or any other
    /// [`ErrorKind`](crate::ErrorKind) of a read.
    pub async fn get_attachments(self, patient: PatientNumber) -> Result<MedicalRecord, Error> {
        self.of_patient(Operation::GetAttachmentsV2, patient).await
    }

    /// The same by the older operation (`GetAttachments`).
    ///
    /// # Errors
    /// As for [`get_attachments`](Self::get_attachments).
    pub async fn get_attachments_v1(self, patient: PatientNumber) -> Result<MedicalRecord, Error> {
        self.of_patient(Operation::GetAttachments, patient).await
    }

    /// The file of an attachment, by its [document
    /// id](crate::model::medical_record::Attachment::document) (`GetBase64AttachmentDataV2`).
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) where there is no such patient or document;
    /// [`Decode`](crate::ErrorKind::Decode) where the file is missing or is not base 64; or any
    /// other [`ErrorKind`](crate::ErrorKind) of a read.
    pub async fn get_base64_attachment_data(
        self,
        patient: PatientNumber,
        document: Uuid,
    ) -> Result<AttachmentData, Error> {
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
    ) -> Result<AttachmentData, Error> {
        self.file(Operation::GetBase64AttachmentData, patient, document)
            .await
    }

    /// Files a new consultation in a patient's record (`FileRecord`).
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) where there is nothing to file: a
    /// blank comment, a code without a value, a file without a name. [`Ambiguous`] where it may or
    /// may not be filed now: look for it with
    /// [`get_medical_record`](Self::get_medical_record), for filing twice makes two
    /// consultations. Or any other [`ErrorKind`](crate::ErrorKind) of a write.
    ///
    /// [`Ambiguous`]: crate::ErrorKind::Ambiguous
    pub async fn file_record(
        self,
        patient: PatientNumber,
        consultation: &NewConsultation,
    ) -> Result<(), Error> {
        let operation = Operation::FileRecord;
        let refused = |problem| Error::invalid_request(problem).with_operation(operation);
        consultation.check().map_err(refused)?;
        let encoding = self.0.filing_encoding();
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
    /// [`NotFound`](crate::ErrorKind::NotFound) where there is no such patient or attachment, or
    /// any other [`ErrorKind`](crate::ErrorKind) of a write.
    pub async fn update_attachment(
        self,
        patient: PatientNumber,
        attachment: Uuid,
        visibility: AttachmentVisibility,
        provisional: AttachmentProvisional,
    ) -> Result<(), Error> {
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
    /// [`NotFound`](crate::ErrorKind::NotFound) where there is no such patient or consultation,
    /// or any other [`ErrorKind`](crate::ErrorKind) of a write.
    pub async fn update_consultation_visibility(
        self,
        patient: PatientNumber,
        consultation: Uuid,
        visibility: OnlineVisibility,
    ) -> Result<(), Error> {
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
    ) -> Result<MedicalRecord, Error> {
        self.record(Request::new(operation).with("patientNumber", patient))
            .await
    }

    async fn record(self, request: Request) -> Result<MedicalRecord, Error> {
        let dead = self.0.dead_encoding();
        self.0
            .call(request, |response| codec::medical_record(response, dead))
            .await
    }

    async fn file(
        self,
        operation: Operation,
        patient: PatientNumber,
        document: Uuid,
    ) -> Result<AttachmentData, Error> {
        let request = Request::new(operation)
            .with("documentId", document)
            .with("patientNumber", patient);
        self.0
            .take_by(self.0.deadline(), request, codec::attachment_data)
            .await
    }
}
