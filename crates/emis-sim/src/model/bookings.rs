//! The bookings of a new practice.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::DateTime;
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};

use super::slot_types::ADMIN;
use super::{Appointment, Model, Patient, PatientKind, SimAppointmentStatus, SlotState, names};

/// Blocks or embargoes a few slots.
pub(super) fn close_some_slots(rng: &mut StdRng, model: &mut Model) {
    let closed: Vec<(i32, SlotState)> = model
        .diary
        .slots()
        .filter_map(|slot| {
            let state = match rng.random_range(0..100) {
                _ if slot.slot_type == ADMIN => return None,
                0..4 => SlotState::Blocked,
                4..9 => SlotState::Embargoed,
                _ => return None,
            };
            Some((slot.id, state))
        })
        .collect();
    for (slot, state) in closed {
        // The slot exists and is empty, so that this does not fail.
        let _ = model.diary.set_empty_state(slot, state);
    }
}

/// Books two slots in three in the coming week and fewer later, no patient twice on a day.
pub(super) fn book_ahead(rng: &mut StdRng, model: &mut Model, now: DateTime) {
    let near = now.date().saturating_add(7.days());
    let mut queue: Vec<i32> = model
        .patients
        .values()
        .filter(|patient| !is_departed(patient) && patient.kind != PatientKind::Dummy)
        .map(|patient| patient.id)
        .collect();
    let free: Vec<(i32, DateTime)> = model
        .diary
        .slots()
        .filter(|slot| slot.slot_type != ADMIN && matches!(slot.state, SlotState::Available))
        .map(|slot| (slot.id, slot.start))
        .collect();
    let mut day = None;
    let mut at = 0;
    for (slot, start) in free {
        if day != Some(start.date()) {
            day = Some(start.date());
            queue.shuffle(rng);
            at = 0;
        }
        let chance = if start.date() <= near { 0.66 } else { 0.3 };
        if !rng.random_bool(chance) {
            continue;
        }
        let Some(patient) = queue.get(at) else {
            continue;
        };
        at += 1;
        let appointment = Appointment {
            patient: *patient,
            status: status_by(rng, start, now),
            reason: names::REASONS
                .choose(rng)
                .copied()
                .unwrap_or_default()
                .to_owned(),
        };
        // The slot is available, so that this does not fail.
        let _ = model.diary.book(slot, appointment);
    }
}

fn status_by(rng: &mut StdRng, start: DateTime, now: DateTime) -> SimAppointmentStatus {
    if start > now {
        SimAppointmentStatus::Booked
    } else if start.date() == now.date() && start.saturating_add(20.minutes()) > now {
        SimAppointmentStatus::Arrived
    } else if rng.random_bool(0.07) {
        SimAppointmentStatus::Dna
    } else {
        SimAppointmentStatus::Left
    }
}

pub(super) const fn is_departed(patient: &Patient) -> bool {
    matches!(patient.kind, PatientKind::Deceased | PatientKind::Deducted)
}

/// Books patients who have died or left, and dummies, in the next days, up to three of each: their
/// appointments were not cancelled.
pub(super) fn book_the_departed(model: &mut Model, now: DateTime) {
    let mut kinds_of_day = BTreeSet::new();
    let mut free: Vec<i32> = model
        .diary
        .slots()
        .filter(|slot| slot.start.date() > now.date() && slot.slot_type != ADMIN)
        .filter(|slot| matches!(slot.state, SlotState::Available))
        .filter(|slot| kinds_of_day.insert((slot.start.date(), slot.slot_type)))
        .map(|slot| slot.id)
        .collect();
    free.reverse();
    let kinds = [
        PatientKind::Deceased,
        PatientKind::Deducted,
        PatientKind::Dummy,
    ];
    for turn in 0..3 {
        for kind in kinds {
            let patient = model
                .patients
                .values()
                .filter(|patient| patient.kind == kind)
                .nth(turn);
            let (Some(patient), Some(slot)) = (patient, free.pop()) else {
                continue;
            };
            let appointment = Appointment {
                patient: patient.id,
                status: SimAppointmentStatus::Booked,
                reason: "Review".to_owned(),
            };
            // The slot is available, so that this does not fail.
            let _ = model.diary.book(slot, appointment);
        }
    }
}
