//! Who is in which slot when a practice comes into being.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::DateTime;
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};

use super::slot_types::ADMIN;
use super::{Appointment, AppointmentStatus, Model, Patient, PatientKind, SlotState, names};

/// A few slots are blocked or embargoed.
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
        // The slot is empty and exists: nothing can be refused.
        let _ = model.diary.set_empty_state(slot, state);
    }
}

/// Two slots in three of the days around now, fewer further on; nobody twice on one day.
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
        // The slot was available a moment ago and nobody else holds the diary.
        let _ = model.diary.book(slot, appointment);
    }
}

fn status_by(rng: &mut StdRng, start: DateTime, now: DateTime) -> AppointmentStatus {
    if start > now {
        AppointmentStatus::Booked
    } else if start.date() == now.date() && start.saturating_add(20.minutes()) > now {
        AppointmentStatus::Arrived
    } else if rng.random_bool(0.07) {
        AppointmentStatus::Dna
    } else {
        AppointmentStatus::Left
    }
}

pub(super) const fn is_departed(patient: &Patient) -> bool {
    matches!(patient.kind, PatientKind::Deceased | PatientKind::Deducted)
}

/// Nobody took the dead and the departed out of the appointment book: up to three of each, and
/// a dummy, stay booked within the next days.
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
                status: AppointmentStatus::Booked,
                reason: "Review".to_owned(),
            };
            // As above: the slot is available.
            let _ = model.diary.book(slot, appointment);
        }
    }
}
