//! The operations that change the appointment book. Two of them are GETs.

use jiff::Timestamp;

use super::outcome::{Outcome, Refused};
use super::reads::patient;
use crate::assumptions::STATUS_OF_A_BOOKING;
use crate::model::{Appointment, DiaryError, Model, SimAppointmentStatus};
use crate::protocol::Query;
use crate::wire::booking::{self, BookedAppointment};
use crate::wire::slots::SlotEntry;
use crate::wire::{Message, Version};

pub(super) fn book(model: &mut Model, query: &Query, now: Timestamp) -> Outcome {
    let slot = query.number("slotId")?;
    let patient = patient(model, query)?.clone();
    let appointment = Appointment {
        patient: patient.id,
        status: STATUS_OF_A_BOOKING,
        reason: query.text("reason")?.to_owned(),
    };
    let notes = query.optional("bookingNote")?.map(str::to_owned);
    if model.staff_named(query.text("bookedBy")?).is_none() {
        return Err(Refused::bad_request("bookedBy is not a member of staff"));
    }
    model.diary.book(slot, appointment.clone())?;
    model.diary.set_notes(slot, notes.clone())?;
    let slot = model.diary.slot(slot).ok_or(DiaryError::UnknownSlot)?;
    Ok(Some(Message::Booking(BookedAppointment::of(
        slot,
        &appointment,
        notes,
        &patient,
        now,
    ))))
}

pub(super) fn cancel(model: &mut Model, query: &Query, now: Timestamp) -> Outcome {
    let slot = query.number("slotId")?;
    let patient = patient(model, query)?.clone();
    let (cancelled, notes) = model.diary.cancel(slot, Some(patient.id))?;
    let slot = model.diary.slot(slot).ok_or(DiaryError::UnknownSlot)?;
    Ok(Some(Message::Booking(BookedAppointment::of(
        slot, &cancelled, notes, &patient, now,
    ))))
}

fn status(query: &Query) -> Result<SimAppointmentStatus, Refused> {
    SimAppointmentStatus::from_status_id(query.number("statusId")?)
        .ok_or_else(|| Refused::bad_request("statusId is 2, 3, 4 or 12"))
}

/// Answers `SetAppointmentStatus`, for any patient in the slot.
pub(super) fn set_status_of_any(model: &mut Model, query: &Query) -> Outcome {
    let status = status(query)?;
    model
        .diary
        .set_status(query.number("slotId")?, None, status)?;
    Ok(None)
}

/// Answers `SetAppointmentStatusEx`, only for this patient in the slot.
pub(super) fn set_status(model: &mut Model, query: &Query, now: Timestamp) -> Outcome {
    let status = status(query)?;
    let slot = query.number("slotId")?;
    let patient = patient(model, query)?.id;
    model.diary.set_status(slot, Some(patient), status)?;
    let slot = model.diary.slot(slot).ok_or(DiaryError::UnknownSlot)?;
    Ok(Some(Message::Appointment(booking::Appointment::of(
        slot, now,
    ))))
}

/// Answers `SetSlotType`. Parameters that are absent change nothing.
pub(super) fn set_type(model: &mut Model, query: &Query) -> Outcome {
    let slot = query.number("slotId")?;
    let notes = query.optional("bookingNote")?.map(str::to_owned);
    let slot_type = match query.optional("slotType")? {
        Some(name) => Some(
            model
                .slot_type_named(name)
                .ok_or(DiaryError::UnknownSlotType)?
                .id,
        ),
        None => None,
    };
    if model.diary.slot(slot).is_none() {
        return Err(DiaryError::UnknownSlot.into());
    }
    if let Some(slot_type) = slot_type {
        model.diary.set_type(slot, slot_type)?;
    }
    if notes.is_some() {
        model.diary.set_notes(slot, notes)?;
    }
    Ok(None)
}

/// Answers `SetSlotNotes`. Absent or blank notes clear the slot's notes.
pub(super) fn set_notes(model: &mut Model, query: &Query) -> Outcome {
    let slot = query.number("slotId")?;
    let notes = query.optional("slotNotes")?.map(str::to_owned);
    model.diary.set_notes(slot, notes)?;
    let slot = model.diary.slot(slot).ok_or(DiaryError::UnknownSlot)?;
    let slot = SlotEntry::of(slot, model, Version::Second);
    Ok(Some(Message::Slot(Box::new(slot))))
}

pub(super) fn comment(model: &mut Model, query: &Query) -> Outcome {
    let slot = query.number("slotId")?;
    let comment = query.text("slotComment")?.to_owned();
    model.diary.comment(slot, comment)?;
    Ok(None)
}
