//! Decides whom a practice reminds, as far as the patient and the appointment decide it.

use std::collections::BTreeMap;

use emis_client::model::{BookedPatient, Patient, Standing, VitalStatus};
use emis_settings::{AppointmentMode, ReminderRule, ReminderSettings};
use emis_types::SlotTypeId;
use jiff::civil::Date;

use crate::suppression::SuppressionReason;

/// Returns what is against reminding this patient on `today`.
///
/// The appointment list carries no registration, so it is asked of both the list and, before
/// sending, of the patient's record.
pub(crate) fn patient(
    patient: &Patient,
    today: Date,
    settings: &ReminderSettings,
) -> Result<(), SuppressionReason> {
    match patient.vital_status {
        VitalStatus::NoSignOfDeath => registered(patient, today)?,
        VitalStatus::Deceased => return Err(SuppressionReason::Deceased),
        VitalStatus::Conflicting => return Err(SuppressionReason::VitalStatusConflicting),
    }
    if settings.opted_out.contains(patient.number) {
        return Err(SuppressionReason::OptedOut);
    }
    old_enough(patient, today, settings.minimum_age_years)
}

/// Returns why a rule does not apply to this appointment, if it does not.
///
/// If only some slot types, sites, clinicians or modes are chosen, an appointment without one is not
/// among them.
pub(crate) fn applies(
    rule: &ReminderRule,
    booked: &BookedPatient,
    modes: &BTreeMap<SlotTypeId, AppointmentMode>,
) -> Result<(), SuppressionReason> {
    let slot_type = booked.slot_type.as_ref();
    let either = |all: bool, chosen: bool| all || chosen;
    let slot_types = &rule.slot_types;
    let mode = slot_type.and_then(|id| modes.get(id));
    if !either(
        slot_types.is_all(),
        slot_type.is_some_and(|id| slot_types.includes(id)),
    ) || !either(
        rule.modes.is_all(),
        mode.is_some_and(|mode| rule.modes.includes(mode)),
    ) {
        return Err(SuppressionReason::SlotTypeNotReminded);
    }
    let (sites, clinicians) = (&rule.sites, &rule.clinicians);
    if !either(
        sites.is_all(),
        booked.sites.iter().any(|site| sites.includes(site)),
    ) {
        return Err(SuppressionReason::SiteNotReminded);
    }
    let holders = &booked.session_holders;
    if !either(
        clinicians.is_all(),
        holders.iter().any(|holder| clinicians.includes(holder)),
    ) {
        return Err(SuppressionReason::RuleWithoutReminders);
    }
    Ok(())
}

fn registered(patient: &Patient, today: Date) -> Result<(), SuppressionReason> {
    if patient.deducted_on.is_some_and(|day| day <= today) {
        return Err(SuppressionReason::Deducted);
    }
    let Some(registration) = patient.registration else {
        return Ok(());
    };
    match registration.standing() {
        Standing::Died => Err(SuppressionReason::Deceased),
        Standing::Left => Err(SuppressionReason::Deducted),
        Standing::Unclear => Err(SuppressionReason::RegistrationUnclear),
        _ if registration.is_dummy() => Err(SuppressionReason::DummyPatient),
        Standing::Registered | Standing::Temporary | Standing::PreRegistered => Ok(()),
    }
}

fn old_enough(patient: &Patient, today: Date, minimum: u8) -> Result<(), SuppressionReason> {
    if minimum == 0 {
        return Ok(());
    }
    match &patient.date_of_birth {
        None => Err(SuppressionReason::AgeUnknown),
        Some(born) if age(*born.expose(), today) < i32::from(minimum) => {
            Err(SuppressionReason::UnderAge)
        }
        Some(_) => Ok(()),
    }
}

/// Returns the age in full years. A birthday on 29 February counts on 1 March in other years.
fn age(born: Date, today: Date) -> i32 {
    let years = i32::from(today.year()) - i32::from(born.year());
    let birthday_ahead = (today.month(), today.day()) < (born.month(), born.day());
    years - i32::from(birthday_ahead)
}
