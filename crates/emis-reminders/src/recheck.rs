//! The second look, right before sending: the appointment may have been cancelled, moved or given
//! to another patient, and the patient may have died or left.

use emis_client::Client;
use emis_client::model::{
    BookedPatient, DateRange, KnownSlotStatus, Listing, Patient, PatientAppointment,
};
use emis_settings::ReminderSettings;
use emis_types::SiteId;
use jiff::civil::Date;

use crate::eligibility;
use crate::setback::Setback;
use crate::suppression::SuppressionReason;

/// Reads the patient's record, then their appointments of the day (last, because they change
/// fastest). Returns the record and the site if the reminder is still right.
pub(crate) async fn recheck(
    client: &Client,
    booked: &BookedPatient,
    today: Date,
    settings: &ReminderSettings,
) -> Result<(Patient, Option<SiteId>), Setback> {
    let number = booked.patient.number;
    let record = client.patient().get_patient_demographics(number).await?;
    same_person(&booked.patient, &record)?;
    eligibility::patient(&record, today, settings)?;

    let day = DateRange::day(booked.start.date());
    let appointments = client
        .appointments()
        .get_patient_appointments(number, day)
        .await?;
    let site = still_booked(booked, &appointments)?;
    Ok((record, site))
}

/// Checks that list and record describe the same patient, as far as both say.
fn same_person(listed: &Patient, record: &Patient) -> Result<(), SuppressionReason> {
    fn differ<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
        matches!((one, other), (Some(one), Some(other)) if one != other)
    }
    if listed.number != record.number
        || differ(listed.nhs_number.as_ref(), record.nhs_number.as_ref())
        || differ(listed.date_of_birth.as_ref(), record.date_of_birth.as_ref())
    {
        return Err(SuppressionReason::IdentityMismatch);
    }
    Ok(())
}

/// Checks that the patient is still in the slot, at the same time, and has not arrived.
fn still_booked(
    booked: &BookedPatient,
    appointments: &Listing<PatientAppointment>,
) -> Result<Option<SiteId>, Setback> {
    let in_slot = appointments.items.iter().find(|a| a.slot == booked.slot);
    let Some(appointment) = in_slot else {
        // The appointment may be the very record that could not be read.
        return Err(match appointments.skipped.first() {
            None => SuppressionReason::NoLongerBooked.into(),
            Some(skipped) => Setback::Unreadable(skipped.clone()),
        });
    };
    if appointment.start != booked.start {
        return Err(SuppressionReason::AppointmentMoved.into());
    }
    match appointment.status.as_ref().map(|status| status.known()) {
        // EMIS leaves the status of an appointment ahead out, or calls its slot available.
        None | Some(Some(KnownSlotStatus::Booked | KnownSlotStatus::SlotAvailable)) => {
            Ok(appointment.site)
        }
        Some(None | Some(KnownSlotStatus::Unknown)) => Err(SuppressionReason::StatusUnknown.into()),
        Some(Some(_)) => Err(SuppressionReason::StatusNotBooked.into()),
    }
}
