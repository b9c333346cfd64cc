//! Patients: `GetPatientDemographics`, `GetMatchedPatients`, and the registration within
//! `GetBookedPatientsV2`.

use emis_types::{NhsNumber, PatientNumber, Sensitive, StaffId};
use serde::Deserialize;

use super::field_error::FieldError;
use super::list::{Records, listing};
use super::message::{Message, decode_answer};
use super::moment::is_database_null;
use super::scalar::{Day, Flag, Id, Int, IsRecorded, Lenient, Text, required};
use crate::codec::formats::{DeceasedFlagEncoding, SignsOfDeath};
use crate::model::{Listing, Patient, PatientName, Registration, Standing};

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RegistrationWire {
    dbid: Id<PatientNumber>,
    date_of_birth: Day,
    family_name: Text,
    calling_name: Text,
    first_names: Text,
    title: Text,
    nhs_number: Lenient<NhsNumber>,
    mobile: Text,
    email: Text,
    #[serde(rename = "usualGpID")]
    usual_gp: Option<StaffWire>,
    deducted_date: Day,
    date_of_death: IsRecorded,
    dead: Int,
    dead_specified: Flag,
    /// In matches only; demographics have it elsewhere.
    current_status: Option<StatusWire>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct StaffWire {
    dbid: Id<StaffId>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct StatusWire {
    code: Option<CodeWire>,
    patient_type: Option<CodeWire>,
    practice_registered: Flag,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct CodeWire {
    value: Int,
}

impl RegistrationWire {
    /// Returns the patient. `id_field` is the wire path of their number in the record at hand.
    pub(super) fn into_patient(
        self,
        id_field: &'static str,
        encoding: DeceasedFlagEncoding,
    ) -> Result<Patient, FieldError> {
        let mut patient = Patient::new(required(self.dbid.0, id_field)?);
        let registration = self.current_status.map(registration);
        let signs = SignsOfDeath {
            // A date that can't be read is a date of death all the same.
            recorded: self.date_of_death.0
                || registration.is_some_and(|it| it.standing() == Standing::Died),
            dead: self.dead.0,
            specified: self.dead_specified.0,
        };
        patient.vital_status = signs.weigh(encoding);
        // Placeholders stand in this field, too; they name nobody.
        patient.nhs_number = self.nhs_number.0;
        patient.name = Sensitive::new(PatientName {
            title: self.title.0.map(Into::into),
            first_names: self.first_names.0.map(Into::into),
            calling_name: self.calling_name.0.map(Into::into),
            family_name: self.family_name.0.map(Into::into),
        });
        patient.date_of_birth = self.date_of_birth.0.map(Into::into);
        patient.mobile = self.mobile.0.map(Into::into);
        patient.email = self.email.0.map(Into::into);
        patient.usual_gp = self.usual_gp.and_then(|gp| gp.dbid.0);
        let deducted_on = self.deducted_date.0;
        patient.deducted_on = deducted_on.filter(|day| !is_database_null(*day));
        patient.registration = registration;
        Ok(patient)
    }
}

fn registration(wire: StatusWire) -> Registration {
    let code = |code: Option<CodeWire>| code?.value.0?.try_into().ok();
    Registration {
        status_code: code(wire.code),
        patient_type: code(wire.patient_type),
        practice_registered: wire.practice_registered.0,
    }
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct MedicalRecordWire {
    registration: Option<RegistrationWire>,
    registration_status: Option<RegistrationStatusWire>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct RegistrationStatusWire {
    current_status: Option<StatusWire>,
}

pub(crate) fn demographics(
    message: &Message,
    encoding: DeceasedFlagEncoding,
) -> Result<Patient, FieldError> {
    let wire: MedicalRecordWire = decode_answer(message)?;
    let mut registration = required(wire.registration, "registration")?;
    registration.current_status = wire
        .registration_status
        .and_then(|status| status.current_status);
    registration.into_patient("registration.dbid", encoding)
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct MatchesWire<'a> {
    #[serde(borrow)]
    patient_list: Records<'a>,
}

pub(crate) fn matched_patients(
    message: &Message,
    encoding: DeceasedFlagEncoding,
) -> Result<Listing<Patient>, FieldError> {
    let wire: MatchesWire<'_> = decode_answer(message)?;
    let mut found = listing(wire.patient_list, |patient: RegistrationWire| {
        patient.into_patient("dbid", encoding)
    })?;
    found.repaired_characters = message.repaired();
    Ok(found)
}
