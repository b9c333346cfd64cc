//! Compares what patients and practices were told with what became of each booking.

use emis_booking::{
    BookingNotice, BookingNoticeKind as Notice, BookingRecord, BookingState, Rejection,
};
use emis_messaging::TaskKind;

use super::driver::Answer;
use super::finished::Finished;
use super::story::Purpose;
use super::violation::{Checked, Invariant, broken};

/// The knowledge of a patient about a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Booked,
    NotBooked,
    Cancelled,
    Unclear,
}

impl Known {
    fn of(state: BookingState) -> Self {
        match state {
            BookingState::Confirmed => Self::Booked,
            BookingState::Rejected(_) => Self::NotBooked,
            BookingState::Cancelled => Self::Cancelled,
            _ => Self::Unclear,
        }
    }
}

/// Checks that the patient was told the outcome, once it was the outcome.
pub(super) fn told(run: &Finished, record: &BookingRecord) -> Checked {
    let outcome = Known::of(record.state);
    // The request that comes again is answered again, and nothing was ever sent.
    let reference = record.id.reference().to_string();
    if outcome == Known::NotBooked && run.emis.sent(&reference) == 0 {
        return Ok(());
    }
    // The practice tells whom it takes out of a slot.
    if outcome == Known::Cancelled && run.was_taken_away(record) {
        return Ok(());
    }
    // Without the reference: nobody knows by whom.
    let in_the_slot = record.state == BookingState::Rejected(Rejection::AlreadyBooked);
    let by_notice = run.told.iter().any(|told| {
        let tells = match told.kind {
            Notice::Booked
            | Notice::StillBooked
            | Notice::Moved
            | Notice::NotMoved
            | Notice::BothBooked
            | Notice::LateKept => Known::Booked,
            Notice::NotBooked => Known::NotBooked,
            Notice::Unresolved if in_the_slot => Known::NotBooked,
            Notice::Unresolved => Known::Unclear,
            _ => Known::Cancelled,
        };
        told.booking == record.id && told.at >= record.changed_at && tells == outcome
    });
    let by_answer = run.stories.iter().any(|story| {
        let Some((_, at, answer)) = &story.answer else {
            return false;
        };
        *at >= record.changed_at && tells(&story.purpose, answer, record, outcome)
    });
    if by_notice || by_answer || told_by_move(run, record, outcome) {
        return Ok(());
    }
    let text = format!(
        "the patient is not told that {} is {}",
        record.id, record.state
    );
    broken(Invariant::AllTold, text)
}

/// Returns whether the answer to a call tells the outcome of a booking.
fn tells(purpose: &Purpose, answer: &Answer, record: &BookingRecord, outcome: Known) -> bool {
    let at = &record.appointment;
    let is_about = match purpose {
        Purpose::Ask { asked, .. } => asked.id == record.id,
        Purpose::Cancel { id } => *id == record.id,
        Purpose::CancelAppointment { slot, patient } => {
            i64::from(at.slot.get()) == *slot
                && at.patient.get() == i32::try_from(*patient).unwrap_or(0)
        }
        Purpose::Reconcile | Purpose::Deliver => false,
    };
    is_about
        && match (purpose, answer) {
            (Purpose::Ask { .. }, Answer::Confirmed(_)) => outcome == Known::Booked,
            (Purpose::Ask { .. }, Answer::Rejected(_)) => outcome == Known::NotBooked,
            (_, Answer::Cancelled) => outcome == Known::Cancelled,
            (_, Answer::NotCancelled(_)) => true,
            _ => false,
        }
}

/// Returns whether the end of a move tells the outcome of one of its bookings.
fn told_by_move(run: &Finished, record: &BookingRecord, outcome: Known) -> bool {
    run.moves.iter().any(|moved| {
        let stands = |kind| match kind {
            Notice::Moved => Some([false, true, false]),
            Notice::NotMoved => Some(match run.record(&moved.rebooked()) {
                Some(_) => [false, false, true],
                None => [true, false, false],
            }),
            Notice::BothBooked => Some([true, true, false]),
            Notice::Lost => Some([false, false, false]),
            _ => None,
        };
        let ids = [moved.from, moved.id, moved.rebooked()];
        let Some(place) = ids.iter().position(|id| *id == record.id) else {
            return false;
        };
        let tells = |kind| {
            let known = stands(kind).map(|stands| stands[place]);
            known == Some(outcome == Known::Booked) && outcome != Known::Unclear
        };
        let by_notice = run.told.iter().any(|told| {
            told.at >= record.changed_at
                && told.id == BookingNotice::of_move(&moved.id, record, told.kind).id
                && tells(told.kind)
        });
        let by_answer = run.stories.iter().any(|story| {
            let (Purpose::Ask { asked, .. }, Some((_, at, answer))) =
                (&story.purpose, &story.answer)
            else {
                return false;
            };
            let kind = match answer {
                Answer::Moved(_) => Notice::Moved,
                Answer::NotMoved(_) => Notice::NotMoved,
                Answer::BothBooked(_) => Notice::BothBooked,
                Answer::Lost => Notice::Lost,
                _ => return false,
            };
            asked.id == moved.id && *at >= record.changed_at && tells(kind)
        });
        by_notice || by_answer
    })
}

/// Checks that the practice has a task for what a notice says that it must look at.
pub(super) fn asked(run: &Finished) -> Checked {
    for told in &run.told {
        let needed: &[TaskKind] = match told.kind {
            Notice::BothBooked => &[TaskKind::MoveHalfDone],
            Notice::Lost => &[TaskKind::MoveLost],
            Notice::LateKept | Notice::LateCancelled => &[TaskKind::LateBooking],
            Notice::StillBooked => &[TaskKind::CancellationFailed],
            Notice::Unresolved => &[TaskKind::BookingInDoubt, TaskKind::CancellationFailed],
            _ => continue,
        };
        let booking = told.booking.to_string();
        let has_task = run.tasks.iter().any(|task| {
            needed.contains(&task.kind) && task.subject.booking.as_deref() == Some(&booking)
        });
        if !has_task {
            let text = format!("{} is told {}, without a task", booking, told.kind.code());
            return broken(Invariant::AllAsked, text);
        }
    }
    Ok(())
}
