//! What receptionists do all day: book, cancel, block and release.

use jiff::civil::DateTime;
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::bookings::is_departed;
use super::{Appointment, AppointmentStatus, Model, PatientKind, Slot, SlotState, SlotType, names};

/// One thing that a receptionist did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Deed {
    /// Put a patient into a slot.
    Booked {
        /// DBID of the slot.
        slot: i32,
        /// DBID of the patient.
        patient: i32,
    },
    /// Took a patient out of a slot.
    Cancelled {
        /// DBID of the slot.
        slot: i32,
        /// DBID of the patient.
        patient: i32,
    },
    /// Blocked a slot.
    Blocked {
        /// DBID of the slot.
        slot: i32,
    },
    /// Made a blocked slot available.
    Released {
        /// DBID of the slot.
        slot: i32,
    },
}

/// Does one thing to a slot that is still to come; nothing where there is no slot for it.
pub(crate) fn work(rng: &mut StdRng, model: &mut Model, now: DateTime) -> Option<Deed> {
    match rng.random_range(0..100) {
        0..55 => book(rng, model, now),
        55..85 => cancel(rng, model, now),
        85..93 => {
            let slot = any_slot(rng, model, now, |state| {
                matches!(state, SlotState::Available)
            })?;
            let blocked = model.diary.set_empty_state(slot, SlotState::Blocked);
            blocked.ok().map(|()| Deed::Blocked { slot })
        }
        _ => {
            let slot = any_slot(rng, model, now, |state| matches!(state, SlotState::Blocked))?;
            let released = model.diary.set_empty_state(slot, SlotState::Available);
            released.ok().map(|()| Deed::Released { slot })
        }
    }
}

fn book(rng: &mut StdRng, model: &mut Model, now: DateTime) -> Option<Deed> {
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
        status: AppointmentStatus::Booked,
        reason: names::REASONS.choose(rng).copied()?.to_owned(),
    };
    let booked = model.diary.book(slot, appointment);
    booked.ok().map(|()| Deed::Booked { slot, patient })
}

fn cancel(rng: &mut StdRng, model: &mut Model, now: DateTime) -> Option<Deed> {
    let slot = any_slot(
        rng,
        model,
        now,
        |state| matches!(state, SlotState::Taken(taken) if taken.status == AppointmentStatus::Booked),
    )?;
    let (cancelled, _) = model.diary.cancel(slot, None).ok()?;
    Some(Deed::Cancelled {
        slot,
        patient: cancelled.patient,
    })
}

/// Any slot for patients that has not begun and is in such a state.
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
