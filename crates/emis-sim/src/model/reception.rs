//! The actions of receptionists: they book, cancel, block and release.

use jiff::civil::DateTime;
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::bookings::is_departed;
use super::{
    Appointment, Model, PatientKind, SimAppointmentStatus, Slot, SlotState, SlotType, names,
};

/// An action of a receptionist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReceptionAction {
    /// A booking.
    Booked {
        /// DBID of the slot.
        slot: i32,
        /// DBID of the patient.
        patient: i32,
    },
    /// A cancellation.
    Cancelled {
        /// DBID of the slot.
        slot: i32,
        /// DBID of the patient.
        patient: i32,
    },
    /// A slot was blocked.
    Blocked {
        /// DBID of the slot.
        slot: i32,
    },
    /// A blocked slot was made available.
    Released {
        /// DBID of the slot.
        slot: i32,
    },
}

/// Takes one action on a future slot, or returns `None` if there is no suitable slot.
pub(crate) fn work(rng: &mut StdRng, model: &mut Model, now: DateTime) -> Option<ReceptionAction> {
    match rng.random_range(0..100) {
        0..55 => book(rng, model, now),
        55..85 => cancel(rng, model, now),
        85..93 => {
            let slot = any_slot(rng, model, now, |state| {
                matches!(state, SlotState::Available)
            })?;
            let blocked = model.diary.set_empty_state(slot, SlotState::Blocked);
            blocked.ok().map(|()| ReceptionAction::Blocked { slot })
        }
        _ => {
            let slot = any_slot(rng, model, now, |state| matches!(state, SlotState::Blocked))?;
            let released = model.diary.set_empty_state(slot, SlotState::Available);
            released.ok().map(|()| ReceptionAction::Released { slot })
        }
    }
}

fn book(rng: &mut StdRng, model: &mut Model, now: DateTime) -> Option<ReceptionAction> {
    let slot = any_slot(rng, model, now, |state| {
        matches!(state, SlotState::Available)
    })?;
    let patients: Vec<i32> = model
        .patients
        .values()
        .filter(|patient| !is_departed(patient) && patient.kind != PatientKind::Dummy)
        .map(|patient| patient.id)
        .collect();
    let patient = *patients.choose(rng)?;
    let appointment = Appointment {
        patient,
        status: SimAppointmentStatus::Booked,
        reason: names::REASONS.choose(rng).copied()?.to_owned(),
    };
    let booked = model.diary.book(slot, appointment);
    booked
        .ok()
        .map(|()| ReceptionAction::Booked { slot, patient })
}

fn cancel(rng: &mut StdRng, model: &mut Model, now: DateTime) -> Option<ReceptionAction> {
    let slot = any_slot(
        rng,
        model,
        now,
        |state| matches!(state, SlotState::Taken(taken) if taken.status == SimAppointmentStatus::Booked),
    )?;
    let (cancelled, _) = model.diary.cancel(slot, None).ok()?;
    Some(ReceptionAction::Cancelled {
        slot,
        patient: cancelled.patient,
    })
}

/// Draws a future slot for patients in a wanted state.
fn any_slot(
    rng: &mut StdRng,
    model: &Model,
    now: DateTime,
    wanted: impl Fn(&SlotState) -> bool,
) -> Option<i32> {
    let for_patients = |slot: &Slot| {
        let slot_type = model.slot_type(slot.slot_type);
        slot_type.is_some_and(SlotType::is_for_patients)
    };
    let slots: Vec<i32> = model
        .diary
        .slots()
        .filter(|slot| slot.start > now && wanted(&slot.state) && for_patients(slot))
        .map(|slot| slot.id)
        .collect();
    slots.choose(rng).copied()
}
