//! `PatientMatches`.

use serde::Serialize;

use super::person::Person;
use super::registration::Registration;
use super::status::Status;
use crate::model::{Model, Patient};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PatientMatches {
    patient_list: Vec<Match>,
    people_list: Vec<Person>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Match {
    #[serde(flatten)]
    registration: Registration,
    current_status: Status,
}

impl PatientMatches {
    pub(crate) fn of<'a>(patients: impl Iterator<Item = &'a Patient>, model: &Model) -> Self {
        Self {
            patient_list: patients
                .map(|patient| Match {
                    registration: Registration::of(patient, model),
                    current_status: Status::of(patient),
                })
                .collect(),
            people_list: Vec::new(),
        }
    }
}
