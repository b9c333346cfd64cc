//! Concludes from EMIS's answers and from what the appointment book shows. Pure.
//!
//! Three things count as proof: the booking's own reference in the appointment book, that a call
//! was not sent, and that no call can be in flight any more by the store's clock. An error status
//! proves nothing.

use emis_client::ClientError;
use emis_messaging::TaskKind;

use crate::notice_kind::BookingNoticeKind;
use crate::read_back::Sighting;
use crate::record::BookingRecord;
use crate::rejection::Rejection;
use crate::state::{BookingOrigin, BookingState, CancelCause};

/// EMIS's answer to a write.
#[derive(Debug)]
pub(crate) enum WriteAnswer {
    /// EMIS answered that it is done.
    Done,
    /// The write was provably not sent.
    NotSent(ClientError),
    /// Any other answer, or none: it may have been done, or may still be.
    Unclear(ClientError),
}

impl WriteAnswer {
    pub(crate) fn of<T>(result: Result<T, ClientError>) -> Self {
        match result {
            Ok(_) => Self::Done,
            Err(error) if error.is_ambiguous() => Self::Unclear(error),
            Err(error) => Self::NotSent(error),
        }
    }

    pub(crate) const fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }
}

/// The meaning of a reference in the notes of an appointment, and of its absence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotesProof {
    /// EMIS returns notes: an appointment without the reference is another one.
    Both,
    /// EMIS does not return them, or the booking has no reference: its absence proves nothing.
    Presence,
}

impl NotesProof {
    pub(crate) fn of(emis_returns_notes: bool, record: &BookingRecord) -> Self {
        match record.origin {
            BookingOrigin::Here if emis_returns_notes => Self::Both,
            _ => Self::Presence,
        }
    }

    /// Returns `Some(true)` if the appointment is seen, `Some(false)` if it is seen to be gone.
    pub(crate) const fn stands(self, seen: Sighting) -> Option<bool> {
        match (seen, self) {
            (Sighting::Ours, _) | (Sighting::Unreferenced, Self::Presence) => Some(true),
            (Sighting::Unreferenced, Self::Both)
            | (Sighting::OtherPatient | Sighting::Empty, _) => Some(false),
            (Sighting::Unclear, _) => None,
        }
    }
}

/// Returns the state of a booking right after it was sent.
pub(crate) fn after_booking(is_done: bool, seen: Sighting, notes: NotesProof) -> BookingState {
    match (seen, notes) {
        (Sighting::Ours, _) => BookingState::Confirmed,
        // The slot was seen to be free before, and EMIS says that it booked it.
        (Sighting::Unreferenced, NotesProof::Presence) if is_done => BookingState::Confirmed,
        _ => BookingState::Unknown,
    }
}

/// Returns the state of a booking right after its cancellation was sent.
pub(crate) fn after_cancelling(is_done: bool, seen: Sighting, notes: NotesProof) -> BookingState {
    match notes.stands(seen) {
        Some(false) if is_done => BookingState::Cancelled,
        _ => BookingState::Cancelling,
    }
}

/// Returns the state to which a later look settles a booking; `None` if it is still unknown.
///
/// `overdue` says that no call can be in flight any more: what is not there was not done, and what
/// is still there was not cancelled.
pub(crate) fn later(
    state: BookingState,
    seen: Sighting,
    overdue: bool,
    notes: NotesProof,
) -> Option<BookingState> {
    use BookingState::{Cancelled, Cancelling, Confirmed, Rejected, Sending, Unknown};
    match (state, notes.stands(seen)) {
        (Sending | Unknown, _) if seen == Sighting::Ours => Some(Confirmed),
        (Sending | Unknown, Some(true)) if overdue => Some(Confirmed),
        (Sending | Unknown, Some(false)) if overdue => Some(Rejected(match seen {
            Sighting::Unreferenced => Rejection::AlreadyBooked,
            _ => Rejection::NotBooked,
        })),
        (Cancelling, Some(true)) if overdue => Some(Confirmed),
        (Cancelling, Some(false)) if overdue => Some(Cancelled),
        _ => None,
    }
}

/// Returns the notice of a change that a patient did not see happen. A move has notices of its own.
pub(crate) fn notice(record: &BookingRecord, to: BookingState) -> Option<BookingNoticeKind> {
    use BookingNoticeKind as Notice;
    use CancelCause::{LateArrival, Moved, Requested};
    let cause = record.cancel_cause.unwrap_or(Requested);
    let cancelling = record.state == BookingState::Cancelling;
    Some(match to {
        BookingState::Confirmed | BookingState::Rejected(_)
            if !cancelling && record.replaces.is_some() =>
        {
            return None;
        }
        BookingState::Confirmed if !cancelling => Notice::Booked,
        // The patient is in the slot, and why is not known: "choose again" would be wrong.
        BookingState::Rejected(Rejection::AlreadyBooked) => Notice::Unresolved,
        BookingState::Rejected(_) => Notice::NotBooked,
        BookingState::Confirmed | BookingState::Cancelled if cancelling && cause == Moved => {
            return None;
        }
        BookingState::Confirmed if cause == LateArrival => Notice::LateKept,
        BookingState::Confirmed => Notice::StillBooked,
        BookingState::Cancelled if cancelling && cause == LateArrival => Notice::LateCancelled,
        BookingState::Cancelled => Notice::Cancelled,
        BookingState::Unresolved => Notice::Unresolved,
        _ => return None,
    })
}

/// Returns the task that a change opens for the practice.
pub(crate) fn task(record: &BookingRecord, to: BookingState) -> Option<TaskKind> {
    let cancelling = record.state == BookingState::Cancelling;
    match (to, record.cancel_cause) {
        (BookingState::Unresolved, _) if cancelling => Some(TaskKind::CancellationFailed),
        (BookingState::Unresolved | BookingState::Rejected(Rejection::AlreadyBooked), _) => {
            Some(TaskKind::BookingInDoubt)
        }
        // A move opens its own.
        (BookingState::Confirmed, Some(CancelCause::Moved)) => None,
        (BookingState::Confirmed, Some(CancelCause::LateArrival)) if cancelling => {
            Some(TaskKind::LateBooking)
        }
        (BookingState::Confirmed, _) if cancelling => Some(TaskKind::CancellationFailed),
        _ => None,
    }
}
