//! `MedicalRecordType`, of which demographics fill the registration.

use serde::Serialize;

use super::ident::{Ident, IntegerCode};
use super::registration::Registration;
use crate::formats;
use crate::model::{Model, Patient, PatientKind};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MedicalRecord {
    registration: FullRegistration,
    registration_status: RegistrationStatus,
    #[serde(rename = "patientID")]
    patient_id: Option<String>,
}

/// A registration with what only this message adds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FullRegistration {
    #[serde(flatten)]
    registration: Registration,
    #[serde(rename = "organisationNACS")]
    organisation_nacs: Option<String>,
    policy_id: Option<String>,
    archived: Option<String>,
    scn: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RegistrationStatus {
    current_status: CurrentStatus,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CurrentStatus {
    #[serde(flatten)]
    status: Status,
    practice_registered: Option<String>,
    ha_registered: Option<String>,
}

/// `StatusType`: how a patient stands with the practice.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Status {
    #[serde(flatten)]
    ident: Ident,
    code: IntegerCode,
    status_date: Option<String>,
    patient_type: IntegerCode,
}

impl Status {
    pub(crate) fn of(patient: &Patient) -> Self {
        let standing = &patient.registration;
        let (code, since) = if patient.is_dead() {
            (IntegerCode::new(11, "Death"), standing.died)
        } else if let Some(deducted) = standing.deducted {
            (IntegerCode::new(19, "Deducted"), Some(deducted))
        } else {
            (
                IntegerCode::new(8, "Patient registered"),
                Some(standing.added),
            )
        };
        Self {
            ident: Ident::default(),
            code,
            status_date: since.map(formats::date),
            patient_type: match patient.kind {
                PatientKind::Dummy => IntegerCode::new(7, "Dummy"),
                _ => IntegerCode::new(4, "Regular"),
            },
        }
    }
}

impl MedicalRecord {
    pub(crate) fn of(patient: &Patient, model: &Model) -> Self {
        let standing = &patient.registration;
        let registered = !patient.is_dead() && standing.deducted.is_none();
        let registered = Some(if registered { "1" } else { "0" }.to_owned());
        Self {
            registration: FullRegistration {
                registration: Registration::of(patient, model),
                organisation_nacs: Some(model.organisation.ods.clone()),
                policy_id: None,
                archived: None,
                scn: None,
            },
            registration_status: RegistrationStatus {
                current_status: CurrentStatus {
                    status: Status::of(patient),
                    practice_registered: registered.clone(),
                    ha_registered: registered,
                },
            },
            patient_id: Some(patient.id.to_string()),
        }
    }
}
