//! Moves: each leaves one appointment, or its patient knows what it left.

use emis_booking::{
    BookingMove, BookingNotice, BookingNoticeKind as Notice, BookingState, CancelCause,
};

use super::finished::Finished;
use super::violation::{Checked, Invariant, broken};

/// Checks that a move has ended, and that neither both of its appointments stand nor none does
/// without a word to the patient.
pub(super) fn keeps_one(run: &Finished, moved: &BookingMove) -> Checked {
    let ids = [moved.from, moved.id, moved.rebooked()];
    let standing = ids.iter().filter(|id| {
        let held = run.diary.holding(&id.reference().to_string());
        !held.is_empty()
    });
    let told = |kind| {
        run.told.iter().any(|told| {
            let of_move = run.records.first().is_some_and(|record| {
                told.id == BookingNotice::of_move(&moved.id, record, kind).id
            });
            told.kind == kind && (of_move || ids.contains(&told.booking))
        })
    };
    let (text, knows) = match standing.count() {
        1 => ("one", true),
        // A cancellation that arrives after its move was given up is told by itself.
        0 => (
            "none",
            told(Notice::Lost) || told(Notice::Cancelled) || ended_otherwise(run, &ids),
        ),
        _ => (
            "both",
            [Notice::BothBooked, Notice::LateKept, Notice::Unresolved]
                .into_iter()
                .any(told),
        ),
    };
    if knows {
        return ended(moved);
    }
    let text = format!(
        "of the move {} {text} stands, and the patient is not told",
        moved.id
    );
    broken(Invariant::MovesKeepOne, text)
}

fn ended(moved: &BookingMove) -> Checked {
    if moved.phase.is_open() {
        let text = format!("the move {} goes on", moved.id);
        return broken(Invariant::AllSettled, text);
    }
    Ok(())
}

/// Returns whether one of the bookings was ended by another than the move: the patient, the
/// practice, or a later move.
fn ended_otherwise(run: &Finished, ids: &[emis_booking::BookingId]) -> bool {
    run.records.iter().any(|record| {
        let asked_for = matches!(
            record.cancel_cause,
            Some(CancelCause::Requested | CancelCause::LateArrival)
        );
        let moved_on = run
            .moves
            .iter()
            .any(|other| other.from == record.id && !ids.contains(&other.id));
        let is_over = asked_for && record.state == BookingState::Cancelled;
        ids.contains(&record.id) && (is_over || moved_on || run.was_taken_away(record))
    })
}
