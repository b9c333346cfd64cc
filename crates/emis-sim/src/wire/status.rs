//! `StatusType` and `RegistrationStatusType`: the status of a registration.

use serde::Serialize;

use super::ident::{Ident, IntegerCode};
use crate::formats;
use crate::model::{Patient, PatientKind};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RegistrationStatus {
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

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Status {
    #[serde(flatten)]
    ident: Ident,
    code: IntegerCode,
    status_date: Option<String>,
    patient_type: IntegerCode,
}

impl RegistrationStatus {
    pub(crate) fn of(patient: &Patient) -> Self {
        let registered = !patient.is_dead() && patient.registration.deducted.is_none();
        let registered = Some(if registered { "1" } else { "0" }.to_owned());
        Self {
            current_status: CurrentStatus {
                status: Status::of(patient),
                practice_registered: registered.clone(),
                ha_registered: registered,
            },
        }
    }
}

/// Returns EMIS's number of a registration status.
pub(crate) fn status_code(patient: &Patient) -> i32 {
    if patient.is_dead() {
        11
    } else if patient.registration.deducted.is_some() {
        19
    } else {
        8
    }
}

impl Status {
    pub(crate) fn of(patient: &Patient) -> Self {
        let standing = &patient.registration;
        let code = status_code(patient);
        let (term, since) = match code {
            11 => ("Death", standing.died),
            19 => ("Deducted", standing.deducted),
            _ => ("Patient registered", Some(standing.added)),
        };
        Self {
            ident: Ident::default(),
            code: IntegerCode::new(code, term),
            status_date: since.map(formats::date),
            patient_type: match patient.kind {
                PatientKind::Dummy => IntegerCode::new(7, "Dummy"),
                _ => IntegerCode::new(4, "Regular"),
            },
        }
    }
}
