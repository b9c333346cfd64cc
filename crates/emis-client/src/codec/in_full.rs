//! Messages of patients and staff with all that EMIS says in them.

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::booked::booked_patients;
use super::configuration::{SlotTypeWire, slot_type};
use super::fields::{Fields, Object};
use super::organisation::{OrganisationWire, UserDetailsWire};
use super::patients::RegistrationWire;
use super::scalar::{Int, Text};
use super::{FieldError, Records, decode_answer, decode_object, listing, named_listing};
use crate::codec::formats::{self, DeceasedFlagEncoding};
use crate::model::medical_record::{PatientRegistration, Person};
use crate::model::{
    BookedInFull, BookedPatients, Listing, OrganisationInformation, PatientMatches, SkippedRecord,
    WaitingHolder,
};
use crate::transport::message::Response;

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct MatchesWire<'a> {
    #[serde(borrow)]
    patient_list: Records<'a>,
    #[serde(borrow)]
    people_list: Records<'a>,
}

pub(crate) fn matched_patients_in_full(
    response: &Response,
    dead: DeceasedFlagEncoding,
) -> Result<PatientMatches, FieldError> {
    let wire: MatchesWire<'_> = decode_answer(response)?;
    let mut skipped = Vec::new();
    Ok(PatientMatches {
        patients: named_listing("patientList", wire.patient_list, &mut skipped, |record| {
            registration(record, dead)
        }),
        people: objects("peopleList", wire.people_list, &mut skipped),
        skipped,
    })
}

/// A registration, and the patient that every message has, from the same record.
fn registration(
    record: &RawValue,
    dead: DeceasedFlagEncoding,
) -> Result<PatientRegistration, FieldError> {
    let json = record.get().as_bytes();
    let patient: RegistrationWire = decode_object(json)?;
    let Object(registration) = decode_object::<Object<PatientRegistration>>(json)?;
    let mut registration = registration.unwrap_or_default();
    registration.patient = Some(patient.into_patient("dbid", dead)?);
    Ok(registration)
}

pub(crate) fn organisation_in_full(
    response: &Response,
) -> Result<OrganisationInformation, FieldError> {
    let wire: OrganisationWire<'_> = decode_answer(response)?;
    let mut skipped = Vec::new();
    let notes = &mut skipped;
    Ok(OrganisationInformation {
        organisations: objects("organisationList", wire.organisation_list, notes),
        users: objects("userList", wire.user_list, notes),
        locations: objects("locationList", wire.location_list, notes),
        external_organisations: objects(
            "externalOrganisationList",
            wire.external_organisation_list,
            notes,
        ),
        external_people: objects("externalPersonList", wire.external_person_list, notes),
        location_types: objects("locationTypeList", wire.location_type_list, notes),
        skipped,
    })
}

pub(crate) fn staff_in_full(response: &Response) -> Result<Listing<Person>, FieldError> {
    let wire: UserDetailsWire<'_> = decode_answer(response)?;
    Ok(listing(wire.person, object))
}

fn objects<T: Fields>(
    name: &str,
    records: Records<'_>,
    skipped: &mut Vec<SkippedRecord>,
) -> Vec<T> {
    named_listing(name, records, skipped, object)
}

/// An object whose fields may all be missing.
fn object<T: Fields>(Object(value): Object<T>) -> Result<T, FieldError> {
    Ok(value.unwrap_or_default())
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct BookedWire<'a> {
    #[serde(borrow)]
    booked_list: Records<'a>,
    #[serde(borrow)]
    session_holder_list: Records<'a>,
    time: Text,
}

/// What an appointment has besides the [`BookedPatient`](crate::model::BookedPatient).
#[derive(Deserialize, Default)]
#[serde(default)]
struct BookedDetailsWire {
    patient: Option<Object<PatientRegistration>>,
    appointment: Option<AppointmentDetailsWire>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct AppointmentDetailsWire {
    appointment_name: Text,
    slot_type: Option<SlotTypeWire>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct WaitingWire {
    waiting_time: Int,
}

pub(crate) fn booked_patients_in_full(
    response: &Response,
    dead: DeceasedFlagEncoding,
) -> Result<BookedPatients, FieldError> {
    let wire: BookedWire<'_> = decode_answer(response)?;
    let Listing { items, skipped } = booked_patients(response, dead)?;
    let mut booked = BookedPatients {
        server_time: wire.time.0.as_deref().and_then(formats::parse_date_time),
        ..BookedPatients::default()
    };
    let records = wire.booked_list.into_iter().flatten().enumerate();
    let readable = records.filter(|(index, _)| skipped.iter().all(|note| note.index != *index));
    booked.skipped.clone_from(&skipped);
    for (item, (index, record)) in items.into_iter().zip(readable) {
        let mut appointment = BookedInFull::new(item);
        if let Err(fault) = add_details(&mut appointment, record) {
            booked.skipped.push(fault.skipped(index));
        }
        booked.appointments.push(appointment);
    }
    booked.session_holders = named_listing(
        "sessionHolderList",
        wire.session_holder_list,
        &mut booked.skipped,
        waiting_holder,
    );
    Ok(booked)
}

fn add_details(appointment: &mut BookedInFull, record: &RawValue) -> Result<(), FieldError> {
    let wire: BookedDetailsWire = decode_object(record.get().as_bytes())?;
    let registration = wire.patient.and_then(|Object(registration)| registration);
    appointment.registration = registration.unwrap_or_default();
    appointment.registration.patient = Some(appointment.booked.patient.clone());
    let details = wire.appointment.unwrap_or_default();
    appointment.name = details.appointment_name.0;
    appointment.slot_type = details
        .slot_type
        .filter(SlotTypeWire::has_id)
        .map(|wire| slot_type(wire, "appointment.slotType.id"))
        .transpose()?;
    Ok(())
}

fn waiting_holder(record: &RawValue) -> Result<WaitingHolder, FieldError> {
    let json = record.get().as_bytes();
    let Object(person) = decode_object::<Object<Person>>(json)?;
    let WaitingWire { waiting_time } = decode_object(json)?;
    let seconds = waiting_time
        .0
        .and_then(|seconds| u64::try_from(seconds).ok());
    Ok(WaitingHolder {
        person: person.unwrap_or_default(),
        waiting: seconds.map(Duration::from_secs),
    })
}
