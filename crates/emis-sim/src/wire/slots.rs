//! `SlotListStruct` and `SlotStruct`. A slot has no date.

use serde::Serialize;

use super::version::Version;
use crate::formats;
use crate::model::{Model, Patient, Session, Slot};

#[derive(Debug, Serialize)]
pub(crate) struct SlotList {
    slot: Vec<SlotEntry>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SlotEntry {
    dbid: i32,
    #[serde(rename = "refID")]
    ref_id: i32,
    start_time: Option<String>,
    slot_length: Option<String>,
    r#type: Type,
    status: Option<&'static str>,
    patient_list: PatientList,
    notes: Option<String>,
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment_list: Option<Vec<String>>,
}

#[derive(Debug, Serialize)]
struct Type {
    #[serde(rename = "typeID")]
    type_id: Option<String>,
    description: Option<&'static str>,
}

/// Named a list, contains at most one patient.
#[derive(Debug, Serialize)]
struct PatientList {
    #[serde(skip_serializing_if = "Option::is_none")]
    patient: Option<PatientEntry>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PatientEntry {
    dbid: i32,
    #[serde(rename = "refID")]
    ref_id: i32,
    title: Option<&'static str>,
    first_names: Option<String>,
    surname: Option<String>,
    full_name: Option<String>,
}

impl SlotList {
    pub(super) fn remove_notes(&mut self) {
        self.slot.iter_mut().for_each(SlotEntry::remove_notes);
    }

    pub(crate) fn of(session: &Session, model: &Model, version: Version) -> Self {
        Self {
            slot: model
                .diary
                .slots_of(session)
                .map(|slot| SlotEntry::of(slot, model, version))
                .collect(),
        }
    }
}

impl SlotEntry {
    pub(super) fn remove_notes(&mut self) {
        self.notes = None;
    }

    pub(crate) fn of(slot: &Slot, model: &Model, version: Version) -> Self {
        let appointment = slot.appointment();
        let patient = appointment.and_then(|taken| model.patients.get(&taken.patient));
        Self {
            dbid: slot.id,
            ref_id: slot.id,
            start_time: Some(formats::time(slot.start.time())),
            slot_length: Some(slot.minutes.to_string()),
            r#type: Type {
                type_id: Some(slot.slot_type.to_string()),
                description: model
                    .slot_type(slot.slot_type)
                    .map(|slot_type| slot_type.description),
            },
            status: Some(slot.state.as_str()),
            patient_list: PatientList {
                patient: patient.map(PatientEntry::of),
            },
            notes: slot.notes.clone(),
            reason: appointment.map(|taken| taken.reason.clone()),
            comment_list: version.second(|| slot.comments.clone()),
        }
    }
}

impl PatientEntry {
    fn of(patient: &Patient) -> Self {
        Self {
            dbid: patient.id,
            ref_id: patient.id,
            title: Some(patient.title),
            first_names: Some(patient.first_names.clone()),
            surname: Some(patient.family_name.clone()),
            full_name: Some(patient.full_name()),
        }
    }
}
