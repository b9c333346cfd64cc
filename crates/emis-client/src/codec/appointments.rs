//! `GetPatientAppointmentsV2` and the answer to a booking.

use emis_types::{PatientNumber, SessionId, SiteId, SlotId};
use serde::Deserialize;

use super::configuration;
use super::field_error::{FieldError, WHOLE};
use super::list::list_answer;
use super::message::{Message, decode_answer};
use super::nested::Nested;
use super::scalar::{Day, Flag, Id, Int, Minutes, Moment, Text, TimeOfDay, required};
use super::sessions::{HolderWire, holders};
use crate::model::{BookedAppointment, Listing, PatientAppointment, SlotStatus, SlotType};

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct PatientAppointmentWire {
    #[serde(rename = "slotID")]
    slot_id: Id<SlotId>,
    #[serde(rename = "siteID")]
    site_id: Id<SiteId>,
    date: Day,
    start_time: TimeOfDay,
    duration: Minutes,
    notes: Text,
    reason: Text,
    #[serde(rename = "sessionDBID")]
    session_dbid: Id<SessionId>,
    holder_list: Nested<HolderWire>,
    status: Text,
    session_name: Text,
    slot_type: Option<configuration::SlotTypeWire>,
}

pub(crate) fn patient_appointments(
    message: &Message,
) -> Result<Listing<PatientAppointment>, FieldError> {
    list_answer(message, "appointment", patient_appointment)
}

fn patient_appointment(wire: PatientAppointmentWire) -> Result<PatientAppointment, FieldError> {
    let slot = required(wire.slot_id.0, "slotID")?;
    let date = required(wire.date.0, "date")?;
    let start = required(wire.start_time.on(date, "startTime")?, "startTime")?;
    let mut appointment = PatientAppointment::new(slot, date.to_datetime(start));
    appointment.minutes = wire.duration.0;
    appointment.session = wire.session_dbid.0;
    appointment.site = wire.site_id.0;
    appointment.session_holders = holders(wire.holder_list);
    appointment.status = wire.status.0.as_deref().map(SlotStatus::from_wire);
    appointment.session_name = wire.session_name.0;
    if let Some(slot_type) = wire.slot_type.filter(configuration::SlotTypeWire::has_id) {
        let details = configuration::slot_type(slot_type, "slotType.id")?;
        let id = details.id.clone();
        let says_more = details != SlotType::new(id.clone());
        appointment.slot_type = Some(id);
        appointment.slot_type_details = says_more.then(|| Box::new(details));
    }
    appointment.reason = wire.reason.0.map(Into::into);
    appointment.notes = wire.notes.0.map(Into::into);
    Ok(appointment)
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct BookedAppointmentWire {
    appointment_information: Option<AppointmentInformationWire>,
    /// Spelt so by EMIS.
    #[serde(rename = "patientInforamtion", alias = "patientInformation")]
    patient_information: Option<PatientInformationWire>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct AppointmentInformationWire {
    session_id: Id<SessionId>,
    slot_id: Id<SlotId>,
    slot_date_time: Moment,
    end_date_time: Moment,
    slot_type_id: Int,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct PatientInformationWire {
    patient_id: Id<PatientNumber>,
    patient_number: Id<PatientNumber>,
}

/// The details of a booking's answer. Whether they can be read or not, EMIS did it.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct BookedDetailsWire {
    appointment_information: Option<BookedTextsWire>,
    #[serde(rename = "patientInforamtion", alias = "patientInformation")]
    patient_information: Option<BookedPatientWire>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct BookedTextsWire {
    reason: Text,
    booking_notes: Text,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct BookedPatientWire {
    name: Text,
    dob: Day,
    has_patient_warnings: Flag,
    led: Text,
    action_performed_on: Int,
}

/// Reads the answer to a booking or cancellation of `slot`. A 204 says that it was done, and no
/// more.
pub(crate) fn booked_appointment(
    message: &Message,
    slot: SlotId,
) -> Result<BookedAppointment, FieldError> {
    if message.is_no_content() {
        return Ok(BookedAppointment::new(slot));
    }
    if message.is_empty() {
        return Err(FieldError::new(WHOLE, "is empty"));
    }
    let wire: BookedAppointmentWire = decode_answer(message)?;
    let information = required(wire.appointment_information, "appointmentInformation")?;
    let field = "appointmentInformation.slotId";
    if required(information.slot_id.0, field)? != slot {
        return Err(FieldError::new(field, "is not the slot that was asked for"));
    }
    let mut booked = BookedAppointment::new(slot);
    booked.patient = wire
        .patient_information
        .and_then(|patient| patient.patient_number.0.or(patient.patient_id.0));
    booked.session = information.session_id.0;
    booked.start = information.slot_date_time.0;
    booked.end = information.end_date_time.0;
    // .NET writes 0 for a number that is not there.
    booked.slot_type = information
        .slot_type_id
        .0
        .filter(|id| *id != 0)
        .and_then(|id| id.to_string().parse().ok());
    let details: BookedDetailsWire = decode_answer(message).unwrap_or_default();
    let texts = details.appointment_information.unwrap_or_default();
    booked.reason = texts.reason.0.map(Into::into);
    booked.note = texts.booking_notes.0.map(Into::into);
    let patient = details.patient_information.unwrap_or_default();
    booked.patient_name = patient.name.0.map(Into::into);
    booked.date_of_birth = patient.dob.0.map(Into::into);
    booked.has_warnings = patient.has_patient_warnings.0;
    booked.led = patient.led.0.map(Into::into);
    booked.performed_on = patient.action_performed_on.0.filter(|number| *number != 0);
    Ok(booked)
}
