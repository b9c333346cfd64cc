//! Activities: what each was for, and how it was answered.

use emis_booking::BookingId;
use jiff::Timestamp;

use super::driver::{Answer, Asked};

/// The purpose of an activity.
#[derive(Debug, Clone)]
pub(super) enum Purpose {
    /// To book, or to move.
    Ask {
        request: usize,
        asked: Asked,
    },
    Cancel {
        id: BookingId,
    },
    CancelAppointment {
        slot: i64,
        patient: i64,
    },
    Reconcile,
    Deliver,
}

/// An activity, from its begin to its end.
#[derive(Debug, Clone)]
pub(super) struct Story {
    pub(super) purpose: Purpose,
    /// The answer, with the moment in the appointment book and the time; none if it crashed.
    pub(super) answer: Option<(u64, Timestamp, Answer)>,
}
