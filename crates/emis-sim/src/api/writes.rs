//! The operations that change the appointment book. Two of them are GETs.

use jiff::Timestamp;

use super::reads::patient;
use super::{Outcome, Refused};
use crate::assumptions::STATUS_OF_A_BOOKING;
use crate::model::{Appointment, AppointmentStatus, Model, WriteRefusal};
use crate::server::Query;
use crate::wire::Message;
use crate::wire::booking::{self, BookedAppointment};

pub(super) fn book(model: &mut Model, query: &Query, now: Timestamp) -> Outcome {
    let slot = query.number("slotId")?;
    let patient = patient(model, query)?.clone();
    let appointment = Appointment {
        patient: patient.id,
        status: STATUS_OF_A_BOOKING,
        reason: query.text("reason")?.to_owned(),
        note: query.optional("bookingNote")?.map(str::to_owned),
    };
    if model.staff_named(query.text("bookedBy")?).is_none() {
        return Err(Refused::bad_request("bookedBy is nobody at this practice"));
    }
    model.diary.book(slot, appointment.clone())?;
    let slot = model.diary.slot(slot).ok_or(WriteRefusal::UnknownSlot)?;
    Ok(Some(Message::Booking(BookedAppointment::of(
        slot,
        &appointment,
        &patient,
        now,
    ))))
}

pub(super) fn cancel(model: &mut Model, query: &Query, now: Timestamp) -> Outcome {
    let slot = query.number("slotId")?;
    let patient = patient(model, query)?.clone();
    let cancelled = model.diary.cancel(slot, Some(patient.id))?;
    let slot = model.diary.slot(slot).ok_or(WriteRefusal::UnknownSlot)?;
    Ok(Some(Message::Booking(BookedAppointment::of(
        slot, &cancelled, &patient, now,
    ))))
}

pub(super) fn set_status(model: &mut Model, query: &Query, now: Timestamp) -> Outcome {
    let status = AppointmentStatus::from_status_id(query.number("statusId")?)
        .ok_or_else(|| Refused::bad_request("statusId is 2, 3, 4 or 12"))?;
    let slot = query.number("slotId")?;
    let patient = patient(model, query)?.id;
    model.diary.set_status(slot, Some(patient), status)?;
    let slot = model.diary.slot(slot).ok_or(WriteRefusal::UnknownSlot)?;
    Ok(Some(Message::Appointment(booking::Appointment::of(
        slot, now,
    ))))
}

pub(super) fn comment(model: &mut Model, query: &Query) -> Outcome {
    let slot = query.number("slotId")?;
    let comment = query.text("slotComment")?.to_owned();
    model.diary.comment(slot, comment)?;
    Ok(None)
}
