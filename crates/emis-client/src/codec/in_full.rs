//! Messages of patients and staff with all that EMIS says in them.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::fields::{Fields, Object};
use super::patients::RegistrationWire;
use super::{FieldError, Records, decode_answer, decode_object, listing, named_listing};
use crate::formats::DeadEncoding;
use crate::model::medical_record::{PatientRegistration, Person};
use crate::model::{Listing, OrganisationInformation, PatientMatches, SkippedRecord};
use crate::request::Response;

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
    dead: DeadEncoding,
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
fn registration(record: &RawValue, dead: DeadEncoding) -> Result<PatientRegistration, FieldError> {
    let json = record.get().as_bytes();
    let patient: RegistrationWire = decode_object(json)?;
    let Object(registration) = decode_object::<Object<PatientRegistration>>(json)?;
    let mut registration = registration.unwrap_or_default();
    registration.patient = Some(patient.into_patient("dbid", dead)?);
    Ok(registration)
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct OrganisationWire<'a> {
    #[serde(borrow)]
    organisation_list: Records<'a>,
    #[serde(borrow)]
    user_list: Records<'a>,
    #[serde(borrow)]
    location_list: Records<'a>,
    #[serde(borrow)]
    external_organisation_list: Records<'a>,
    #[serde(borrow)]
    external_person_list: Records<'a>,
    #[serde(borrow)]
    location_type_list: Records<'a>,
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

#[derive(Deserialize, Default)]
#[serde(default)]
struct UserDetailsWire<'a> {
    #[serde(borrow)]
    person: Records<'a>,
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
