//! The answers to writes: `BookedAppointmentType`, with the document's misspelling, and `Appointment`.

use jiff::{Timestamp, ToSpan};
use serde::Serialize;

use crate::formats;
use crate::model::{Appointment as Taken, Patient, Slot};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BookedAppointment {
    appointment_information: AppointmentInformation,
    #[serde(rename = "patientInforamtion")]
    patient_information: PatientInformation,
}

/// Slot and session ids have 64 bits here and 32 in the requests.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct AppointmentInformation {
    session_id: i64,
    slot_id: i64,
    slot_date_time: Option<String>,
    end_date_time: Option<String>,
    reason: Option<String>,
    booking_notes: Option<String>,
    slot_type_id: i32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PatientInformation {
    patient_id: Option<i32>,
    led: Option<String>,
    patient_number: Option<i32>,
    dob: Option<String>,
    name: Option<String>,
    has_patient_warnings: Option<String>,
    action_performed_on: i64,
}

/// `Service.Model.Appointment`: the answer to `SetAppointmentStatusEx`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Appointment {
    session_id: i64,
    action_performed_on: i64,
}

impl BookedAppointment {
    pub(super) fn remove_notes(&mut self) {
        self.appointment_information.booking_notes = None;
    }

    /// Returns the answer to a booking or cancellation at `now`.
    pub(crate) fn of(
        slot: &Slot,
        taken: &Taken,
        notes: Option<String>,
        patient: &Patient,
        now: Timestamp,
    ) -> Self {
        let end = slot.start.saturating_add(i64::from(slot.minutes).minutes());
        Self {
            appointment_information: AppointmentInformation {
                session_id: slot.session.into(),
                slot_id: slot.id.into(),
                slot_date_time: Some(formats::date_time(slot.start)),
                end_date_time: Some(formats::date_time(end)),
                reason: Some(taken.reason.clone()),
                booking_notes: notes,
                slot_type_id: slot.slot_type,
            },
            patient_information: PatientInformation {
                patient_id: Some(patient.id),
                led: None,
                patient_number: Some(patient.id),
                dob: Some(formats::date(patient.born)),
                name: Some(patient.full_name()),
                has_patient_warnings: Some(patient.has_alert.to_string()),
                action_performed_on: now.as_millisecond(),
            },
        }
    }
}

impl Appointment {
    pub(crate) fn of(slot: &Slot, now: Timestamp) -> Self {
        Self {
            session_id: slot.session.into(),
            action_performed_on: now.as_millisecond(),
        }
    }
}
