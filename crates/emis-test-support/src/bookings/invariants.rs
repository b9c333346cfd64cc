//! The properties that must hold once everything has come to rest.

use std::collections::BTreeMap;

use emis_booking::{BookingId, BookingOrigin, BookingRecord, BookingState};

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
