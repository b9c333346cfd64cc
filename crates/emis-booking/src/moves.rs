//! Moves of appointments: a saga over two bookings, driven by their states.

use emis_messaging::PracticeTask;
use emis_types::OdsCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::BookingId;
use crate::notice::BookingNotice;
use crate::record::BookingRecord;
use crate::state::{BOOKING_INTENT_EXPIRES_AFTER, BookingState, CancelCause, codes};

codes! {
    /// The phase of a move.
    MovePhase {
        /// In progress: the new appointment is booked first.
        BookFirst "book-first";
        /// In progress: the earlier appointment is cancelled first.
        CancelFirst "cancel-first";
        /// Ended: the new appointment stands alone.
        Moved "moved";
        /// Ended: the earlier appointment stands alone.
        NotMoved "not-moved";
        /// Ended: both appointments stand.
        BothBooked "both-booked";
        /// Ended: neither appointment stands.
        Lost "lost";
        /// Ended, because one of its bookings was cancelled by itself or given up, which told the
        /// patient.
        Abandoned "abandoned";
    }
}

impl MovePhase {
    /// Returns whether the move is in progress.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::BookFirst | Self::CancelFirst)
    }
}

/// A move as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BookingMove {
    /// The ID of the new booking.
    pub id: BookingId,
    /// The practice.
    pub practice: OdsCode,
    /// The booking that is moved.
    pub from: BookingId,
    /// The phase.
    pub phase: MovePhase,
    /// The time of its begin, by the store's clock.
    pub begun_at: Timestamp,
}

impl BookingMove {
    /// Creates a move. The store dates it.
    pub const fn new(id: BookingId, practice: OdsCode, from: BookingId, phase: MovePhase) -> Self {
        Self {
            id,
            practice,
            from,
            phase,
            begun_at: Timestamp::UNIX_EPOCH,
        }
    }

    /// Sets the time of its begin. For stores.
    #[must_use]
    pub const fn begun(mut self, at: Timestamp) -> Self {
        self.begun_at = at;
        self
    }

    /// Returns the ID under which the earlier appointment is booked again, if it must be.
    pub fn rebooked(&self) -> BookingId {
        const REBOOKED: u128 = 0x7d1c_3f60_95ab_4e02_b8d9_64a1_5c0e_f237;
        BookingId::from(uuid::Uuid::from_u128(
            self.id.as_uuid().as_u128() ^ REBOOKED,
        ))
    }
}

/// The end of a move, and what is stored with it in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MoveEnd {
    /// The phase.
    pub phase: MovePhase,
    /// The notice to the patient.
    pub notice: Option<BookingNotice>,
    /// The tasks for the practice.
    pub tasks: Vec<PracticeTask>,
}

impl MoveEnd {
    /// Creates an end that tells no one.
    pub const fn new(phase: MovePhase) -> Self {
        Self {
            phase,
            notice: None,
            tasks: Vec::new(),
        }
    }
}

/// The next step of a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MoveStep {
    /// A call may be in flight, or another worker is at it.
    Wait,
    /// Cancel the earlier booking.
    CancelEarlier,
    /// Cancel the new booking: the earlier one was provably not cancelled.
    Undo,
    /// Book the earlier appointment again.
    Rebook,
    /// Nothing more is to be done.
    End(MovePhase),
}

/// The bookings of a move as they are stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MoveBookings<'a> {
    pub(crate) earlier: &'a BookingRecord,
    pub(crate) new: Option<&'a BookingRecord>,
    pub(crate) rebooked: Option<&'a BookingRecord>,
}

/// The time in which the cancellation of the earlier appointment is tried again, once no call of the
/// last attempt can be in flight any more.
const TRIES_FOR: SignedDuration = SignedDuration::from_mins(30);

/// Decides the next step of a move of this age from the states of its bookings. Pure.
pub(crate) fn next(bookings: MoveBookings<'_>, age: SignedDuration) -> MoveStep {
    use BookingState::{Cancelled, Confirmed, Rejected, Unresolved};
    use MovePhase::{Abandoned, BothBooked, Lost, Moved, NotMoved};
    let earlier = bookings.earlier;
    let Some(new) = bookings.new else {
        // Its worker is taken for dead.
        return match age >= BOOKING_INTENT_EXPIRES_AFTER {
            true => MoveStep::End(NotMoved),
            false => MoveStep::Wait,
        };
    };
    if new.state.is_in_flight() || earlier.state.is_in_flight() {
        return MoveStep::Wait;
    }
    MoveStep::End(match (new.state, earlier.state) {
        (Confirmed, Confirmed) => {
            // Its cancellation for this move came back.
            let failed = was_moved(earlier) && earlier.changed_at >= new.begun_at;
            let provably = earlier.watched_until.is_none();
            match (failed, provably && !was_moved(new)) {
                (false, _) => return MoveStep::CancelEarlier,
                (true, true) => return MoveStep::Undo,
                (true, false) if age < TRIES_FOR && !was_moved(new) => {
                    return MoveStep::CancelEarlier;
                }
                (true, false) => BothBooked,
            }
        }
        (Confirmed, Cancelled) => Moved,
        (Confirmed, Unresolved) => BothBooked,
        (Rejected(_) | Cancelled, Confirmed) => NotMoved,
        (Rejected(_), Cancelled) if was_moved(earlier) => {
            match bookings.rebooked.map(|record| record.state) {
                None => return MoveStep::Rebook,
                Some(state) if state.is_in_flight() => return MoveStep::Wait,
                Some(Confirmed) => NotMoved,
                Some(_) => Lost,
            }
        }
        // Meanwhile the earlier one was cancelled by another than the move.
        (Rejected(_), Cancelled) => Lost,
        // Of a new booking that the patient cancelled meanwhile, the earlier one was not told.
        (Cancelled, Cancelled) if was_moved(new) || was_moved(earlier) => Lost,
        (Unresolved, Cancelled) => Lost,
        _ => Abandoned,
    })
}

fn was_moved(record: &BookingRecord) -> bool {
    record.cancel_cause == Some(CancelCause::Moved)
}
