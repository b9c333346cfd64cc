//! Messages of patients and staff with all that EMIS says in them.

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::booked::{BookedWire, collect};
use super::budget::MAX_SKIPPED;
use super::configuration::{SlotTypeWire, slot_type};
use super::decode::decode_object;
use super::field_error::FieldError;
use super::fields::{Fields, Object};
use super::list::{Records, listing, named_listing};
use super::message::{Message, decode_answer};
use super::moment;
use super::organisation::{OrganisationWire, UserDetailsWire};
use super::patients::RegistrationWire;
use super::scalar::{Int, Text};
use crate::codec::formats::DeceasedFlagEncoding;
use crate::model::medical_record::{PatientRegistration, Person};
use crate::model::{
    BookedInFull, BookedPatients, Listing, OrganisationInformation, PatientMatches, SkippedRecord,
    WaitingHolder,
};

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct MatchesWire<'a> {
    #[serde(borrow)]
    patient_list: Records<'a>,
    #[serde(borrow)]
    people_list: Records<'a>,
}

pub(crate) fn matched_patients_in_full(
    message: &Message,
    dead: DeceasedFlagEncoding,
) -> Result<PatientMatches, FieldError> {
    let wire: MatchesWire<'_> = decode_answer(message)?;
    let mut skipped = Vec::new();
    Ok(PatientMatches {
        patients: named_listing("patientList", wire.patient_list, &mut skipped, |record| {
            registration(record, dead)
        })?,
        people: objects("peopleList", wire.people_list, &mut skipped)?,
        skipped,
        repaired_characters: message.repaired(),
    })
}

/// Reads a registration, and the patient that every message has, from one record.
fn registration(
    record: &RawValue,
    dead: DeceasedFlagEncoding,
) -> Result<PatientRegistration, FieldError> {
    let patient: RegistrationWire = decode_object(record.get())?;
    let Object(registration) = decode_object::<Object<PatientRegistration>>(record.get())?;
    let mut registration = registration.unwrap_or_default();
    registration.patient = Some(patient.into_patient("dbid", dead)?);
    Ok(registration)
}

pub(crate) fn organisation_in_full(
    message: &Message,
) -> Result<OrganisationInformation, FieldError> {
    let wire: OrganisationWire<'_> = decode_answer(message)?;
    let mut skipped = Vec::new();
    let notes = &mut skipped;
    Ok(OrganisationInformation {
        organisations: objects("organisationList", wire.organisation_list, notes)?,
        users: objects("userList", wire.user_list, notes)?,
        locations: objects("locationList", wire.location_list, notes)?,
        external_organisations: objects(
            "externalOrganisationList",
            wire.external_organisation_list,
            notes,
        )?,
        external_people: objects("externalPersonList", wire.external_person_list, notes)?,
        location_types: objects("locationTypeList", wire.location_type_list, notes)?,
        skipped,
        repaired_characters: message.repaired(),
    })
}

pub(crate) fn staff_in_full(message: &Message) -> Result<Listing<Person>, FieldError> {
    let wire: UserDetailsWire<'_> = decode_answer(message)?;
    let mut staff = listing(wire.person, object)?;
    staff.repaired_characters = message.repaired();
    Ok(staff)
}

fn objects<T: Fields>(
    name: &str,
    records: Records<'_>,
    skipped: &mut Vec<SkippedRecord>,
) -> Result<Vec<T>, FieldError> {
    named_listing(name, records, skipped, object)
}

/// Returns an object whose fields may all be missing.
fn object<T: Fields>(Object(value): Object<T>) -> Result<T, FieldError> {
    Ok(value.unwrap_or_default())
}

/// The fields beside the list of appointments.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct BesideWire<'a> {
    #[serde(borrow)]
    session_holder_list: Records<'a>,
    time: Text,
}

/// The fields of an appointment that a [`BookedPatient`](crate::model::BookedPatient) lacks.
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
    message: &Message,
    dead: DeceasedFlagEncoding,
) -> Result<BookedPatients, FieldError> {
    let mut details_skipped = Vec::new();
    let Listing { items, skipped, .. } = collect(
        message,
        dead,
        |known, index, record: &RawValue| {
            let (booked, holders) = known.booked(decode_object::<BookedWire<'_>>(record.get())?)?;
            let mut appointment = BookedInFull::new(booked);
            if let Err(fault) = add_details(&mut appointment, record)
                && details_skipped.len() <= MAX_SKIPPED
            {
                details_skipped.push(fault.skipped(index));
            }
            Ok((appointment, holders))
        },
        |appointment| &mut appointment.booked.session_holders,
    )?;
    // A field beside the appointments that can't be read costs none of them.
    let beside: BesideWire<'_> = decode_answer(message).unwrap_or_default();
    let server_time = beside.time.0.as_deref().and_then(moment::parse_date_time);
    let mut booked = BookedPatients {
        appointments: items,
        server_time: server_time.flatten(),
        skipped,
        repaired_characters: message.repaired(),
        ..BookedPatients::default()
    };
    booked.skipped.append(&mut details_skipped);
    booked.session_holders = named_listing(
        "sessionHolderList",
        beside.session_holder_list,
        &mut booked.skipped,
        waiting_holder,
    )?;
    Ok(booked)
}

fn add_details(appointment: &mut BookedInFull, record: &RawValue) -> Result<(), FieldError> {
    let wire: BookedDetailsWire = decode_object(record.get())?;
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
    let Object(person) = decode_object::<Object<Person>>(record.get())?;
    let WaitingWire { waiting_time } = decode_object(record.get())?;
    let seconds = waiting_time
        .0
        .and_then(|seconds| u64::try_from(seconds).ok());
    Ok(WaitingHolder {
        person: person.unwrap_or_default(),
        waiting: seconds.map(Duration::from_secs),
    })
}
