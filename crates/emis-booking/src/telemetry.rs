//! `tracing` spans and metrics of self-booking.
//!
//! Nothing in them is about a patient: no name, number, note or token.
//!
//! # Spans
//!
//! Each action is a span `emis_booking.action` at info level, target `emis_booking`, with the
//! fields `action`, `practice`, `booking` and `outcome`. All events name the practice.
//!
//! # Metrics
//!
//! They go to the recorder that the program installs by the `metrics` crate.
//!
//! | Metric | Kind | Labels |
//! |---|---|---|
//! | [`ACTIONS`] | counter | `action`, `outcome`, `practice` |
//! | [`ACTION_DURATION`] | histogram, seconds | `action`, `outcome`, `practice` |
//! | [`SETTLED`] | counter | `state`, `practice` |
//! | [`WAITING`] | gauge | `practice` |
//!
//! `action` is `search`, `book`, `cancel`, `move` or `reconcile`. `outcome` is that of the action, such as
//! `confirmed`, `rejected` or `unknown`; `failed` for an error; or `dropped`. `state` is the first
//! word of a [`BookingState`].

use emis_types::OdsCode;
use jiff::Timestamp;
use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use tracing::field::Empty;
use tracing::{Instrument, Span, info_span};

use crate::booking::Booking;
use crate::error::BookingError;
use crate::id::BookingId;
use crate::outcome::{BookingOutcome, CancelOutcome, MoveOutcome};
use crate::state::BookingState;

/// Actions that have ended.
pub const ACTIONS: &str = "emis_booking_actions_total";
/// The duration of actions, by the injected clock.
pub const ACTION_DURATION: &str = "emis_booking_action_duration_seconds";
/// Bookings and cancellations that [`Booking::reconcile`] settled.
pub const SETTLED: &str = "emis_booking_settled_total";
/// Bookings and cancellations that were unsettled after the last [`Booking::reconcile`].
pub const WAITING: &str = "emis_booking_waiting";

/// Tells the recorder what the metrics mean. Call it once, after the recorder was installed.
pub fn describe() {
    describe_counter!(
        ACTIONS,
        Unit::Count,
        "Searches, bookings, cancellations, runs"
    );
    describe_histogram!(ACTION_DURATION, Unit::Seconds, "Duration of an action");
    describe_counter!(SETTLED, Unit::Count, "Bookings settled by reading back");
    describe_gauge!(WAITING, Unit::Count, "Bookings not settled yet");
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Action {
    Search,
    Book,
    Cancel,
    Move,
    Reconcile,
}

impl Action {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Book => "book",
            Self::Cancel => "cancel",
            Self::Move => "move",
            Self::Reconcile => "reconcile",
        }
    }
}

/// The outcome label of an action.
pub(crate) trait Labelled {
    fn label(&self) -> &'static str;
}

impl Labelled for BookingOutcome {
    fn label(&self) -> &'static str {
        match self {
            Self::Confirmed(_) => "confirmed",
            Self::Rejected(_) => "rejected",
            Self::Unknown(_) => "unknown",
            Self::Cancelled(_) => "cancelled",
        }
    }
}

impl Labelled for MoveOutcome {
    fn label(&self) -> &'static str {
        match self {
            Self::Moved(_) => "moved",
            Self::NotMoved(_) => "not_moved",
            Self::Unknown(_) => "unknown",
            Self::BothBooked(_) => "both_booked",
            Self::Lost => "lost",
            Self::Cancelled(_) => "cancelled",
        }
    }
}

impl Labelled for CancelOutcome {
    fn label(&self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Refused(_) => "refused",
            Self::Unknown => "unknown",
        }
    }
}

/// An action from its begin to its end, whichever way it ends.
pub(crate) struct Observation<'a> {
    booking: &'a Booking,
    action: Action,
    begun_at: Timestamp,
    span: Span,
    outcome: &'static str,
}

impl<'a> Observation<'a> {
    pub(crate) fn begin(booking: &'a Booking, action: Action, id: Option<&BookingId>) -> Self {
        let span = info_span!(
            target: "emis_booking",
            "emis_booking.action",
            action = action.as_str(),
            practice = %booking.practice,
            booking = id.map(display),
            outcome = Empty,
        );
        Self {
            booking,
            action,
            begun_at: booking.now(),
            span,
            outcome: "dropped",
        }
    }

    /// Runs the action in its span.
    pub(crate) async fn of<T: Labelled>(
        mut self,
        work: impl Future<Output = Result<T, BookingError>>,
    ) -> Result<T, BookingError> {
        let result = work.instrument(self.span.clone()).await;
        self.outcome = result.as_ref().map_or("failed", Labelled::label);
        result
    }
}

impl Drop for Observation<'_> {
    fn drop(&mut self) {
        let (action, outcome) = (self.action.as_str(), self.outcome);
        self.span.record("outcome", outcome);
        let practice = self.booking.practice.to_string();
        let labels = [
            ("action", action.to_owned()),
            ("outcome", outcome.to_owned()),
            ("practice", practice),
        ];
        counter!(ACTIONS, &labels).increment(1);
        let took = self.booking.now().duration_since(self.begun_at);
        histogram!(ACTION_DURATION, &labels).record(took.as_secs_f64());
    }
}

pub(crate) fn settled(practice: &OdsCode, state: BookingState) {
    let state = match state {
        BookingState::Rejected(_) => "rejected",
        BookingState::Confirmed => "confirmed",
        BookingState::Cancelled => "cancelled",
        BookingState::Unresolved => "unresolved",
        BookingState::Intended
        | BookingState::Sending
        | BookingState::Unknown
        | BookingState::Cancelling => "unsettled",
    };
    counter!(SETTLED, "state" => state, "practice" => practice.to_string()).increment(1);
}

pub(crate) fn waiting(practice: &OdsCode, count: usize) {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    gauge!(WAITING, "practice" => practice.to_string()).set(f64::from(count));
}
