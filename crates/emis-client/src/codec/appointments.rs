//! `GetBookedPatientsV2`, `GetPatientAppointmentsV2` and the answer to a booking.

use std::collections::HashMap;

use emis_types::{PatientNumber, SessionId, SiteId, SlotId, StaffId};
use serde::Deserialize;

use super::patients::RegistrationWire;
use super::scalar::{Day, Flag, Id, Int, Minutes, Moment, Text, TimeOfDay, parsed, required};
use super::sessions::{HolderWire, SiteWire, holders};
use super::{FieldError, Records, WHOLE, decode_answer, is_empty, listing};
use crate::formats::DeadEncoding;
use crate::model::{BookedAppointment, BookedPatient, Listing, PatientAppointment, SlotStatus};
use crate::request::Response;

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct BookedPatientsWire<'a> {
    #[serde(borrow)]
    booked_list: Records<'a>,
    #[serde(borrow)]
    session_holder_list: Records<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct BookedWire {
    patient: Option<RegistrationWire>,
    appointment: Option<AppointmentWire>,
    alert: Int,
    alert_specified: Flag,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct AppointmentWire {
    id: Option<IdentWire>,
    appointment_site: Text,
    date: Day,
    time: TimeOfDay,
    session_holder: Option<ReferenceWire>,
    session_users_list: Option<Vec<ReferenceWire>>,
    session_locations_list: Option<Vec<SiteWire>>,
    session_id: Id<SessionId>,
    slot_type: Option<SlotTypeWire>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct IdentWire {
    dbid: Id<SlotId>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct SlotTypeWire {
    id: Text,
}

/// A member of staff, by id or by their place in the list of session holders.
#[derive(Deserialize, Default)]
#[serde(default)]
struct ReferenceWire {
    dbid: Id<StaffId>,
    #[serde(rename = "refID")]
    ref_id: Text,
}

type SessionHolders = HashMap<String, StaffId>;

pub(crate) fn booked_patients(
    response: &Response,
    dead: DeadEncoding,
) -> Result<Listing<BookedPatient>, FieldError> {
    let wire: BookedPatientsWire<'_> = decode_answer(response)?;
    // A holder that can't be read loses its name for us, not the appointment.
    let known: SessionHolders = listing(wire.session_holder_list, |holder: ReferenceWire| {
        let id = required(holder.dbid.0, "dbid")?;
        Ok((required(holder.ref_id.0, "refID")?, id))
    })
    .items
    .into_iter()
    .collect();
    Ok(listing(wire.booked_list, |record| {
        booked_patient(record, &known, dead)
    }))
}

fn booked_patient(
    wire: BookedWire,
    known: &SessionHolders,
    dead: DeadEncoding,
) -> Result<BookedPatient, FieldError> {
    let patient = required(wire.patient, "patient")?.into_patient("patient.dbid", dead)?;
    let appointment = required(wire.appointment, "appointment")?;
    let slot = appointment.id.and_then(|id| id.dbid.0);
    let slot = required(slot, "appointment.id.dbid")?;
    let date = required(appointment.date.0, "appointment.date")?;
    let time = required(appointment.time.0, "appointment.time")?;
    let mut booked = BookedPatient::new(slot, date.to_datetime(time), patient);
    booked.session = appointment.session_id.0;
    booked.site_name = appointment.appointment_site.0;
    booked.sites = appointment
        .session_locations_list
        .into_iter()
        .flatten()
        .filter_map(|site| site.dbid.0)
        .collect();
    let references = appointment
        .session_holder
        .into_iter()
        .chain(appointment.session_users_list.into_iter().flatten());
    for reference in references {
        let by_reference = || known.get(reference.ref_id.0.as_ref()?).copied();
        let holder = reference.dbid.0.or_else(by_reference);
        let new = holder.filter(|holder| !booked.session_holders.contains(holder));
        booked.session_holders.extend(new);
    }
    booked.slot_type = match appointment.slot_type {
        Some(slot_type) => parsed(slot_type.id, "appointment.slotType.id")?,
        None => None,
    };
    // The schema lists 0 (none) before 1 (an alert): unlike `dead`, place and value agree.
    booked.alert = match wire.alert_specified.0 {
        Some(false) => None,
        _ => wire.alert.0.map(|alert| alert != 0),
    };
    Ok(booked)
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PatientAppointmentsWire<'a> {
    #[serde(borrow)]
    appointment: Records<'a>,
}

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
    holder_list: Option<Vec<HolderWire>>,
    status: Text,
    slot_type: Option<SlotTypeWire>,
}

pub(crate) fn patient_appointments(
    response: &Response,
) -> Result<Listing<PatientAppointment>, FieldError> {
    let wire: PatientAppointmentsWire<'_> = decode_answer(response)?;
    Ok(listing(wire.appointment, patient_appointment))
}

fn patient_appointment(wire: PatientAppointmentWire) -> Result<PatientAppointment, FieldError> {
    let slot = required(wire.slot_id.0, "slotID")?;
    let date = required(wire.date.0, "date")?;
    let start = required(wire.start_time.0, "startTime")?;
    let mut appointment = PatientAppointment::new(slot, date.to_datetime(start));
    appointment.minutes = wire.duration.0;
    appointment.session = wire.session_dbid.0;
    appointment.site = wire.site_id.0;
    appointment.session_holders = holders(wire.holder_list);
    appointment.status = wire.status.0.as_deref().map(SlotStatus::from_wire);
    appointment.slot_type = match wire.slot_type {
        Some(slot_type) => parsed(slot_type.id, "slotType.id")?,
        None => None,
    };
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

/// The answer to a booking or cancellation of `slot`. A 204 says that it was done, and no more.
pub(crate) fn booked_appointment(
    response: &Response,
    slot: SlotId,
) -> Result<BookedAppointment, FieldError> {
    if response.status() == 204 {
        return Ok(BookedAppointment::new(slot));
    }
    if is_empty(response) {
        return Err(FieldError::new(WHOLE, "is empty"));
    }
    let wire: BookedAppointmentWire = decode_answer(response)?;
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
    Ok(booked)
}
