//! Whom a practice reminds, as far as the patient and the appointment decide it.

use emis_client::model::{BookedPatient, Patient, Registration, VitalStatus};
use emis_settings::ReminderSettings;
use jiff::civil::Date;

use crate::reason::Reason;

/// EMIS's patient type of patients made up for tests and training.
const DUMMY: i32 = 7;

/// What stands against reminding this patient on `today`.
///
/// The appointment list carries no registration, so it is asked of both the list and, before
/// sending, of the patient's record.
pub(crate) fn patient(
    patient: &Patient,
    today: Date,
    settings: &ReminderSettings,
) -> Result<(), Reason> {
    alive(patient)?;
    registered(patient, today)?;
    if settings.opted_out.contains(patient.number) {
        return Err(Reason::OptedOut);
    }
    old_enough(patient, today, settings.minimum_age_years)
}

/// What stands against reminding of this appointment.
///
/// Where only some slot types or sites are chosen, an appointment that does not say which it
/// has is not among them.
pub(crate) fn appointment(
    booked: &BookedPatient,
    settings: &ReminderSettings,
) -> Result<(), Reason> {
    let slot_types = &settings.slot_types;
    let slot_type = booked.slot_type.as_ref();
    if !slot_types.is_all() && !slot_type.is_some_and(|id| slot_types.includes(id)) {
        return Err(Reason::SlotTypeNotReminded);
    }
    let sites = &settings.sites;
    if !sites.is_all() && !booked.sites.iter().any(|site| sites.includes(site)) {
        return Err(Reason::SiteNotReminded);
    }
    Ok(())
}

fn alive(patient: &Patient) -> Result<(), Reason> {
    let registered_as_dead = matches!(standing(patient), Some(Standing::Died));
    match patient.vital_status {
        VitalStatus::Conflicting => Err(Reason::VitalStatusConflicting),
        VitalStatus::Deceased => Err(Reason::Deceased),
        VitalStatus::NoSignOfDeath if registered_as_dead => Err(Reason::Deceased),
        VitalStatus::NoSignOfDeath => Ok(()),
    }
}

fn registered(patient: &Patient, today: Date) -> Result<(), Reason> {
    if patient.deducted_on.is_some_and(|day| day <= today) {
        return Err(Reason::Deducted);
    }
    match standing(patient) {
        Some(Standing::Left) => return Err(Reason::Deducted),
        Some(Standing::Unknown) => return Err(Reason::RegistrationUnclear),
        Some(Standing::Died | Standing::Current) | None => {}
    }
    let patient_type = patient.registration.and_then(|reg| reg.patient_type);
    if patient_type == Some(DUMMY) {
        return Err(Reason::DummyPatient);
    }
    Ok(())
}

/// What a registration status code comes down to.
enum Standing {
    Current,
    Left,
    Died,
    Unknown,
}

/// Where the patient stands with the practice, if EMIS says. A code, where there is one, counts
/// for more than the flag: temporary residents and patients being registered have appointments.
fn standing(patient: &Patient) -> Option<Standing> {
    let Registration {
        status_code,
        practice_registered,
        ..
    } = patient.registration?;
    match (status_code, practice_registered) {
        (Some(1..=10 | 20 | 23 | 34), _) => Some(Standing::Current),
        (Some(11 | 12 | 47 | 48), _) => Some(Standing::Died),
        (Some(13..=19 | 21 | 22 | 24..=33 | 35..=38), _) => Some(Standing::Left),
        (Some(_), _) => Some(Standing::Unknown),
        (None, Some(false)) => Some(Standing::Left),
        (None, _) => None,
    }
}

fn old_enough(patient: &Patient, today: Date, minimum: u8) -> Result<(), Reason> {
    if minimum == 0 {
        return Ok(());
    }
    match &patient.date_of_birth {
        None => Err(Reason::AgeUnknown),
        Some(born) if age(*born.expose(), today) < i32::from(minimum) => Err(Reason::UnderAge),
        Some(_) => Ok(()),
    }
}

/// Full years on `today`. Who was born on 29 February grows older on 1 March in other years.
fn age(born: Date, today: Date) -> i32 {
    let years = i32::from(today.year()) - i32::from(born.year());
    let birthday_ahead = (today.month(), today.day()) < (born.month(), born.day());
    years - i32::from(birthday_ahead)
}
