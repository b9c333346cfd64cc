//! The properties that must hold once everything has come to rest.

use std::collections::BTreeMap;

use emis_booking::{BookingId, BookingOrigin, BookingRecord, BookingState};
use emis_types::uk;
use jiff::civil::Time;

use super::answers::same_answer;
use super::diary::MadeBy;
use super::finished::Finished;
use super::moves::keeps_one;
use super::story::Purpose;
use super::told::{asked, told};
use super::violation::{Checked, Invariant, broken};

/// Checks every invariant.
pub(super) fn check(run: &Finished) -> Checked {
    let asked_for = run.requests.iter().map(|asked| asked.id);
    for id in asked_for.chain(run.records.iter().map(|record| record.id)) {
        sent_once(run, &id)?;
    }
    only_own(run)?;
    one_confirmed(run)?;
    within_limits(run)?;
    for record in &run.records {
        settled(run, record)?;
        holds(run, record)?;
    }
    for moved in &run.moves {
        keeps_one(run, moved)?;
    }
    for (request, asked) in run.requests.iter().enumerate() {
        same_answer(run, request, asked)?;
    }
    for record in &run.records {
        told(run, record)?;
    }
    asked(run)
}

fn holds(run: &Finished, record: &BookingRecord) -> Checked {
    // Nothing carries the reference of an appointment that reception made.
    if record.origin == BookingOrigin::Elsewhere {
        return Ok(());
    }
    let reference = record.id.reference().to_string();
    let held = run.diary.holding(&reference);
    let slot = record.appointment.slot.get();
    match record.state {
        BookingState::Confirmed => {
            let own = held.iter().any(|it| it.id == i64::from(slot));
            // The practice may take a patient out of a slot at any time.
            if own || run.was_taken_away(record) {
                return Ok(());
            }
            let text = format!("{reference} is confirmed, and not in slot {slot}");
            broken(Invariant::ConfirmedHolds, text)
        }
        BookingState::Rejected(_) | BookingState::Cancelled if !held.is_empty() => {
            let text = format!("{reference} is {}, and in slot {slot}", record.state);
            broken(Invariant::OthersHoldNone, text)
        }
        _ => Ok(()),
    }
}

fn settled(run: &Finished, record: &BookingRecord) -> Checked {
    match record.state {
        // Nothing proves whose an appointment is: a person has to look.
        BookingState::Unresolved if run.hides_notes => Ok(()),
        BookingState::Confirmed | BookingState::Rejected(_) | BookingState::Cancelled => Ok(()),
        state => broken(Invariant::AllSettled, format!("{} is {state}", record.id)),
    }
}

fn one_confirmed(run: &Finished) -> Checked {
    let mut confirmed = BTreeMap::new();
    for record in &run.records {
        let at = &record.appointment;
        let key = (at.slot, at.start, at.patient);
        if record.state == BookingState::Confirmed
            && let Some(other) = confirmed.insert(key, record.id)
        {
            let text = format!("{other} and {} are the same appointment", record.id);
            return broken(Invariant::OneConfirmed, text);
        }
    }
    Ok(())
}

fn sent_once(run: &Finished, id: &BookingId) -> Checked {
    let reference = id.reference().to_string();
    let times = run.emis.sent(&reference);
    if times > 1 {
        let text = format!("{reference} was sent {times} times");
        return broken(Invariant::SentOnce, text);
    }
    if run.emis.sent_without_note() > 0 {
        let text = "a booking was sent without its reference".to_owned();
        return broken(Invariant::SentOnce, text);
    }
    Ok(())
}

/// Checks that each cancellation removed what it was for. What the practice did between the last
/// read and the cancellation can't be known.
fn only_own(run: &Finished) -> Checked {
    for removal in run.emis.removals() {
        let unseen = removal.made > removal.seen;
        let purpose = removal.activity.map(|id| &run.stories[id].purpose);
        if let Some(Purpose::CancelAppointment { slot, .. }) = purpose
            && *slot == removal.slot
        {
            continue;
        }
        if removal.by == MadeBy::Reception && !unseen {
            let text = format!(
                "reception's appointment in slot {} was removed",
                removal.slot
            );
            return broken(Invariant::OnlyOwn, text);
        }
        let note = removal.note.unwrap_or_default();
        if !was_to_go(run, &note) && !unseen {
            let text = format!("the booking {note} was removed, which nothing spoke against");
            return broken(Invariant::OnlyOwn, text);
        }
        let meant = match purpose {
            Some(Purpose::Cancel { id }) => note.contains(&id.reference().to_string()),
            Some(Purpose::Ask { asked, .. }) => {
                let mut own = asked.from.into_iter().chain([asked.id]);
                own.any(|id| note.contains(&id.reference().to_string()))
            }
            _ => true,
        };
        if !meant && !unseen {
            let text = format!("the booking {note} was removed by {purpose:?}");
            return broken(Invariant::OnlyOwn, text);
        }
    }
    Ok(())
}

/// Returns whether a booking was to be cancelled: its patient asked for that or for a move, it was
/// booked by a move, or it was concluded not to stand.
fn was_to_go(run: &Finished, note: &str) -> bool {
    let Some(record) = run
        .records
        .iter()
        .find(|record| note.contains(&record.id.reference().to_string()))
    else {
        return false;
    };
    let at = &record.appointment;
    let asked = run.stories.iter().any(|story| match &story.purpose {
        Purpose::Cancel { id } => *id == record.id,
        Purpose::CancelAppointment { slot, patient } => {
            *slot == i64::from(at.slot.get()) && *patient == i64::from(at.patient.get())
        }
        Purpose::Ask { asked, .. } => {
            asked.from == Some(record.id) || (asked.id == record.id && asked.from.is_some())
        }
        Purpose::Reconcile | Purpose::Deliver => false,
    });
    asked || run.rejected.contains(&record.id) || run.taken_away.contains(&record.id)
}

/// Checks that of each day no more bookings were made than the limits allow. One that was concluded not
/// to be made gave its place back, and one that is booked again after a failed move takes none.
fn within_limits(run: &Finished) -> Checked {
    const DAY_SECONDS: i64 = 86_400;
    let (of_patient, of_practice) = run.limits;
    let rebooked: Vec<_> = run.moves.iter().map(|moved| moved.rebooked()).collect();
    let mut counts: BTreeMap<_, u32> = BTreeMap::new();
    for record in &run.records {
        let reference = record.id.reference().to_string();
        let was_made = run.emis.sent(&reference) > 0 && !run.rejected.contains(&record.id);
        // Its place may be of the next day.
        let local = uk::at(record.begun_at);
        let midnight = local.time().duration_since(Time::midnight()).as_secs() + 60 >= DAY_SECONDS;
        if !was_made || midnight || rebooked.contains(&record.id) {
            continue;
        }
        let day = local.date();
        for (patient, limit) in [
            (Some(record.appointment.patient), of_patient),
            (None, of_practice),
        ] {
            let count = counts.entry((day, patient)).or_default();
            *count += 1;
            if *count > limit {
                let text = format!("{count} bookings on {day} of {patient:?}, not {limit}");
                return broken(Invariant::WithinLimits, text);
            }
        }
    }
    Ok(())
}
