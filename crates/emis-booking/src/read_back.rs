//! Reads back what the appointment book shows of a booking.

use emis_client::model::{
    DateRange, KnownSlotStatus, Listing, PatientAppointment, Slot, SlotStatus,
};
use emis_client::{Client, ClientError, ClientErrorKind};
use emis_types::{Sensitive, uk};

use crate::id::BookingReference;
use crate::record::BookingRecord;
use crate::slot::AppointmentKey;

/// The state of an appointment in the appointment book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sighting {
    /// The patient is in the slot, at that time, and the notes carry the booking's reference.
    Ours,
    /// The patient is in the slot, at that time, and the notes do not carry the reference.
    Unreferenced,
    /// Another patient is in the slot.
    OtherPatient,
    /// The slot is empty or gone.
    Empty,
    /// Undecided: a record could not be decoded, two answers contradict each other, or the patient
    /// is in the slot at another time.
    Unclear,
}

/// Looks the appointment of a booking up.
pub(crate) async fn look(emis: &Client, record: &BookingRecord) -> Result<Sighting, ClientError> {
    look_for(emis, &record.appointment, record.id.reference()).await
}

/// Looks an appointment up in its session and, unless that shows the patient not to be in the
/// slot, in the patient's own list. A slot has no date, so only the list can confirm the time.
pub(crate) async fn look_for(
    emis: &Client,
    appointment: &AppointmentKey,
    reference: BookingReference,
) -> Result<Sighting, ClientError> {
    let slots = match emis
        .appointments()
        .get_slots_for_session(appointment.session)
        .await
    {
        Ok(slots) => slots,
        // The practice deleted the session, its slots with it.
        Err(error) if error.kind() == ClientErrorKind::NotFound => Listing::default(),
        Err(error) => return Err(error),
    };
    let slot = slots.items.iter().find(|slot| slot.id == appointment.slot);
    let in_session = slot.map(|slot| in_slot(slot, appointment));
    match in_session {
        Some(InSlot::OtherPatient) => return Ok(Sighting::OtherPatient),
        Some(InSlot::Empty) => return Ok(Sighting::Empty),
        _ => {}
    }
    let day = DateRange::day(appointment.starts().date());
    let list = emis
        .appointments()
        .get_patient_appointments(appointment.patient, day)
        .await?;
    let listed = list.items.iter().find(|item| item.slot == appointment.slot);
    let complete = slots.skipped.is_empty() && list.skipped.is_empty();
    Ok(match (in_session, listed) {
        (_, Some(item)) if uk::zoned(item.start).timestamp() == appointment.start => {
            if notes(slot, item).any(|note| reference.is_in(note.expose())) {
                Sighting::Ours
            } else {
                Sighting::Unreferenced
            }
        }
        (None, None) if complete => Sighting::Empty,
        _ => Sighting::Unclear,
    })
}

/// Returns every text in which EMIS may return the booking's note.
fn notes<'a>(
    slot: Option<&'a Slot>,
    item: &'a PatientAppointment,
) -> impl Iterator<Item = &'a Sensitive<String>> {
    let of_slot = slot
        .into_iter()
        .flat_map(|slot| slot.notes.iter().chain(&slot.comments));
    item.notes.iter().chain(of_slot)
}

/// The state of a slot by the list of its session.
#[derive(Clone, Copy)]
enum InSlot {
    Patient,
    OtherPatient,
    Empty,
    Unclear,
}

fn in_slot(slot: &Slot, appointment: &AppointmentKey) -> InSlot {
    match slot.patient {
        Some(patient) if patient == appointment.patient => InSlot::Patient,
        Some(_) => InSlot::OtherPatient,
        None if is_empty(&slot.status) => InSlot::Empty,
        None => InSlot::Unclear,
    }
}

/// Returns whether a slot without a patient is empty by its status too.
fn is_empty(status: &SlotStatus) -> bool {
    matches!(
        status.known(),
        Some(
            KnownSlotStatus::SlotAvailable | KnownSlotStatus::Blocked | KnownSlotStatus::Embargoed
        )
    )
}
