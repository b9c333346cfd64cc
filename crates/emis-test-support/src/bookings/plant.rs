//! Faults planted into the code under test, to show that each invariant can fail.

use emis_booking::{BookingChange, BookingState, MoveEnd, Rejection};

/// A planted fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Plant {
    /// None.
    Nothing,
    /// The unknown is taken for booked.
    UnknownIsConfirmed,
    /// The unknown is taken for not booked, and never looked at again.
    UnknownIsRejected,
    /// A second booking of the same appointment is confirmed as well.
    ConfirmedTwice,
    /// Rejections that were decided before anything was begun are forgotten.
    RejectionsForgotten,
    /// `BookAppointment` is sent twice by our own side.
    BookingRepeated,
    /// Another appointment than the one that was meant is cancelled, where there is one.
    NeighbourCancelled,
    /// A booking that stands is taken for one that arrived after it was rejected.
    StandingTakenForLate,
    /// Each worker counts places in the limits alone.
    LimitsNotShared,
    /// Nothing is ever reconciled.
    NothingUnsettled,
    /// Notices are lost.
    NoticesLost,
    /// Moves are forgotten as soon as they are begun.
    MovesForgotten,
    /// Tasks are lost.
    TasksLost,
}

impl Plant {
    /// Returns the change of a booking that the store makes instead.
    pub(super) fn changed(self, change: &BookingChange) -> BookingChange {
        let unknown = change.to == BookingState::Unknown;
        let mut changed = change.clone();
        match self {
            Self::UnknownIsConfirmed if unknown => BookingChange::to(BookingState::Confirmed),
            Self::UnknownIsRejected if unknown => {
                BookingChange::to(BookingState::Rejected(Rejection::NotBooked))
            }
            Self::NoticesLost => {
                changed.notice = None;
                changed
            }
            Self::TasksLost => {
                changed.tasks.clear();
                changed
            }
            _ => changed,
        }
    }

    /// Returns the end of a move that the store writes instead.
    pub(super) fn ended(self, end: &MoveEnd) -> MoveEnd {
        let mut end = end.clone();
        if self == Self::TasksLost {
            end.tasks.clear();
        }
        end
    }
}
