//! The messages of `GetBase64AttachmentData` and `GetPatientSearches`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::status::status_code;
use super::version::Version;
use crate::model::record::Attachment;
use crate::model::{Model, Patient};

/// A file. The second version adds the patient's NHS number and the organisation.
#[derive(Debug, Serialize)]
pub(crate) struct File {
    /// Base64.
    filedata: Option<String>,
    filename: Option<String>,
    #[serde(rename = "patientNHS", skip_serializing_if = "Option::is_none")]
    patient_nhs: Option<Option<String>>,
    #[serde(rename = "organisationNACS", skip_serializing_if = "Option::is_none")]
    organisation_nacs: Option<String>,
}

impl File {
    pub(crate) fn of(
        attachment: &Attachment,
        patient: &Patient,
        model: &Model,
        version: Version,
    ) -> Self {
        Self {
            filedata: Some(STANDARD.encode(&attachment.data)),
            filename: Some(attachment.file_name.clone()),
            patient_nhs: version.second(|| patient.nhs_number.clone()),
            organisation_nacs: version.second(|| model.organisation.ods.clone()),
        }
    }
}

/// The patients that a search finds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SearchMatches {
    patient_list: Vec<Found>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    #[serde(rename = "refID")]
    ref_id: i32,
    current_status: i32,
}

impl SearchMatches {
    pub(crate) fn of<'a>(patients: impl Iterator<Item = &'a Patient>) -> Self {
        Self {
            patient_list: patients
                .map(|patient| Found {
                    ref_id: patient.id,
                    current_status: status_code(patient),
                })
                .collect(),
        }
    }
}
