//! The answers to one key.

use super::driver::{Answer, Asked};
use super::finished::Finished;
use super::story::Purpose;
use super::violation::{Checked, Invariant, broken};

/// Checks the answers to one key. They change only if the state of the booking does. An error is no
/// answer.
pub(super) fn same_answer(run: &Finished, request: usize, first: &Asked) -> Checked {
    let reference = first.id.reference().to_string();
    let mut answers = Vec::new();
    for story in &run.stories {
        if let Purpose::Ask { request: of, asked } = &story.purpose
            && *of == request
            && let Some((moment, _, answer)) = &story.answer
            && !matches!(answer, Answer::Failed(_))
        {
            answers.push((*moment, asked, answer));
        }
    }
    answers.sort_by_key(|(moment, ..)| *moment);
    for (_, asked, answer) in &answers {
        let (Answer::Confirmed(id) | Answer::Moved(id) | Answer::BothBooked(id)) = answer else {
            continue;
        };
        let record = run.record(id);
        let meant = record.is_some_and(|record| {
            let at = &record.appointment;
            at.slot.to_string() == asked.slot.to_string()
                && at.patient.to_string() == asked.patient.number.to_string()
                && asked.known
        });
        if !meant {
            let text = format!("{asked:?} is answered {answer:?}");
            return broken(Invariant::SameAnswer, text);
        }
        if !run.diary.ever_booked(&id.reference().to_string()) {
            let text = format!("{reference} is answered {answer:?}, which was never made");
            return broken(Invariant::ConfirmedHolds, text);
        }
    }
    for pair in answers.windows(2) {
        let [(_, one, first), (_, other, second)] = pair else {
            continue;
        };
        if one != other {
            let text = format!("{one:?} and {other:?} are both answered: {first:?}, {second:?}");
            return broken(Invariant::SameAnswer, text);
        }
    }
    answers.retain(|(_, _, answer)| *answer != &Answer::Unknown);
    for pair in answers.windows(2) {
        let [(_, asked, first), (after, _, second)] = pair else {
            continue;
        };
        if first == second || may_change(run, asked, first, *after) {
            continue;
        }
        let text = format!("{reference} is answered {first:?}, and then {second:?}");
        return broken(Invariant::SameAnswer, text);
    }
    Ok(())
}

/// Returns whether something happened to the booking between two answers.
fn may_change(run: &Finished, asked: &Asked, first: &Answer, after: u64) -> bool {
    let reference = asked.id.reference().to_string();
    let slot = asked.slot;
    let cancelled = run.stories.iter().any(|story| match &story.purpose {
        Purpose::Cancel { id } => *id == asked.id,
        Purpose::CancelAppointment { slot: of, patient } => {
            *of == slot && *patient == asked.patient.number
        }
        Purpose::Ask { asked: other, .. } => other.from == Some(asked.id),
        Purpose::Reconcile | Purpose::Deliver => false,
    });
    // A booking that EMIS had, whatever it answered, may turn up late.
    let arrived = run.diary.changes.iter().any(|change| {
        let note = change.appointment.note.as_deref().unwrap_or_default();
        change.moment < after && note.contains(&reference)
    });
    match first {
        Answer::Rejected(_) | Answer::NotMoved(_) => arrived,
        _ => {
            cancelled
                || run
                    .record(&asked.id)
                    .is_some_and(|it| run.was_taken_away(it))
        }
    }
}
