//! The stored form of a booking: IDs and times, never a name, a reason or a note.

use emis_audit::Digest;
use emis_messaging::PracticeTask;
use emis_types::OdsCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::BookingId;
use crate::notice_kind::BookingNoticeKind;
use crate::rejection::Rejection;
use crate::slot::AppointmentKey;
use crate::state::{
    BOOKING_INTENT_EXPIRES_AFTER, BOOKING_WATCHED_FOR, BookingOrigin, BookingState, CancelCause,
};

/// One booking as it is stored.
///
/// EMIS's own IDs only: they mean nothing outside the practice. Names, reasons and notes stay in
/// EMIS. All times are those of the store's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BookingRecord {
    /// The ID. Its [reference](BookingId::reference) is in the appointment's note.
    pub id: BookingId,
    /// The practice.
    pub practice: OdsCode,
    /// The patient, the slot and the time.
    pub appointment: AppointmentKey,
    /// The state.
    pub state: BookingState,
    /// The origin of the appointment.
    pub origin: BookingOrigin,
    /// A digest of the request, the patient's identity included; `None` if there was no request, or
    /// an earlier release kept it.
    pub request: Option<Digest>,
    /// The cause of the last cancellation.
    pub cancel_cause: Option<CancelCause>,
    /// The booking that it replaces, if an appointment is moved. The move tells the patient.
    pub replaces: Option<BookingId>,
    /// The number of changes of its state. A change names the revision that it was decided on.
    pub revision: u32,
    /// The time of its begin.
    pub begun_at: Timestamp,
    /// The time of the last change of its state.
    pub changed_at: Timestamp,
    /// The time until which its outcome is looked at again.
    pub watched_until: Option<Timestamp>,
}

impl BookingRecord {
    /// Creates the record of a draft that is begun at a moment of the store's clock.
    pub fn begun(draft: BookingDraft, at: Timestamp) -> Self {
        Self {
            id: draft.id,
            practice: draft.practice,
            appointment: draft.appointment,
            state: draft.state,
            origin: draft.origin,
            request: draft.request,
            cancel_cause: draft.cancel_cause,
            replaces: draft.replaces,
            revision: 0,
            begun_at: at,
            changed_at: at,
            watched_until: None,
        }
    }

    /// Returns `true` if it is an [intent](BookingState::Intended) that has expired at a moment of
    /// the store's clock.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        let waited = self.unchanged_for(now) >= BOOKING_INTENT_EXPIRES_AFTER;
        self.state == BookingState::Intended && (waited || self.is_ahead(now))
    }

    /// Returns `true` if its last change lies ahead of the store's clock: a clock that was wrong
    /// then dated it, and the time since is not known.
    pub fn is_ahead(&self, now: Timestamp) -> bool {
        is_ahead(self.changed_at, now)
    }

    /// Returns the time since the last change of its state, at a moment of the store's clock.
    pub fn unchanged_for(&self, now: Timestamp) -> SignedDuration {
        now.duration_since(self.changed_at)
    }

    /// Returns the record after a change at a moment of the store's clock. `watched_until` is the
    /// latest time until which another booking of the same slot and patient is watched: a call of
    /// that one may yet undo this one.
    #[must_use]
    pub fn changed(
        &self,
        change: &BookingChange,
        now: Timestamp,
        watched_until: Option<Timestamp>,
    ) -> Self {
        // A copy of the booking's call may arrive after its cancellation.
        let cancelled = change.to == BookingState::Cancelled;
        let watch = change
            .watch_for
            .or(cancelled.then_some(BOOKING_WATCHED_FOR));
        let watch = watch.and_then(|time| now.checked_add(time).ok());
        let inherited = watched_until.filter(|_| change.to == BookingState::Confirmed);
        Self {
            state: change.to,
            cancel_cause: change.cancel_cause.or(self.cancel_cause),
            revision: self.revision.saturating_add(1),
            changed_at: now,
            watched_until: watch.max(inherited),
            ..self.clone()
        }
    }
}

/// Returns whether a time that a store kept lies ahead of its clock, by more than the clocks of one
/// machine's processes differ.
pub(crate) fn is_ahead(kept: Timestamp, now: Timestamp) -> bool {
    kept.duration_since(now) > SignedDuration::from_mins(1)
}

/// A booking that is to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BookingDraft {
    /// The ID.
    pub id: BookingId,
    /// The practice.
    pub practice: OdsCode,
    /// The patient, the slot and the time.
    pub appointment: AppointmentKey,
    /// The first state: [`Intended`](BookingState::Intended), a
    /// [rejection](BookingState::Rejected), [`Cancelling`](BookingState::Cancelling), or
    /// [`Confirmed`](BookingState::Confirmed) of an appointment that was booked elsewhere.
    pub state: BookingState,
    /// The origin of the appointment.
    pub origin: BookingOrigin,
    /// A digest of the request.
    pub request: Option<Digest>,
    /// The cause of the cancellation, if it is one.
    pub cancel_cause: Option<CancelCause>,
    /// The booking that it replaces, if an appointment is moved.
    pub replaces: Option<BookingId>,
}

impl BookingDraft {
    /// Creates an intended booking without a request.
    pub const fn intended(id: BookingId, practice: OdsCode, appointment: AppointmentKey) -> Self {
        Self {
            id,
            practice,
            appointment,
            state: BookingState::Intended,
            origin: BookingOrigin::Here,
            request: None,
            cancel_cause: None,
            replaces: None,
        }
    }

    /// Sets the booking that it replaces.
    #[must_use]
    pub const fn replacing(mut self, earlier: BookingId) -> Self {
        self.replaces = Some(earlier);
        self
    }

    /// Sets the digest of the request.
    #[must_use]
    pub const fn of_request(mut self, request: Digest) -> Self {
        self.request = Some(request);
        self
    }

    /// Sets the first state.
    #[must_use]
    pub const fn in_state(mut self, state: BookingState) -> Self {
        self.state = state;
        self
    }

    /// Creates the cancellation of an appointment that was booked elsewhere. Its ID is new, and in
    /// no booking note.
    pub fn cancelling(practice: OdsCode, appointment: AppointmentKey) -> Self {
        Self {
            state: BookingState::Cancelling,
            cancel_cause: Some(CancelCause::Requested),
            ..Self::elsewhere(practice, appointment)
        }
    }

    /// Creates the record of an appointment that was booked elsewhere and is to be moved. Its ID is
    /// new, and in no booking note.
    pub fn elsewhere(practice: OdsCode, appointment: AppointmentKey) -> Self {
        Self {
            state: BookingState::Confirmed,
            origin: BookingOrigin::Elsewhere,
            ..Self::intended(BookingId::random(), practice, appointment)
        }
    }
}

/// A change of a booking's state, and what is stored with it in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BookingChange {
    /// The new state.
    pub to: BookingState,
    /// The cause, of a change to [`Cancelling`](BookingState::Cancelling).
    pub cancel_cause: Option<CancelCause>,
    /// The time for which the outcome is looked at again.
    pub watch_for: Option<SignedDuration>,
    /// The notice to the patient.
    pub notice: Option<BookingNoticeKind>,
    /// The tasks for the practice.
    pub tasks: Vec<PracticeTask>,
}

impl BookingChange {
    /// Creates a change that tells no patient.
    pub const fn to(state: BookingState) -> Self {
        Self {
            to: state,
            cancel_cause: None,
            watch_for: None,
            notice: None,
            tasks: Vec::new(),
        }
    }

    /// Returns the change of an intent that [has expired](BookingRecord::has_expired). A move tells
    /// its own end.
    pub fn expiry(record: &BookingRecord) -> Self {
        let rejected = Self::to(BookingState::Rejected(Rejection::NotBooked));
        match record.replaces {
            None => rejected.telling(BookingNoticeKind::NotBooked),
            Some(_) => rejected,
        }
    }

    /// Sets the cause of a cancellation.
    #[must_use]
    pub const fn because(mut self, cause: CancelCause) -> Self {
        self.cancel_cause = Some(cause);
        self
    }

    /// Lets the outcome be looked at again for a time.
    #[must_use]
    pub const fn watched(mut self, time: SignedDuration) -> Self {
        self.watch_for = Some(time);
        self
    }

    /// Sets the notice to the patient.
    #[must_use]
    pub const fn telling(mut self, notice: BookingNoticeKind) -> Self {
        self.notice = Some(notice);
        self
    }

    /// Adds a task for the practice.
    #[must_use]
    pub fn asking(mut self, task: PracticeTask) -> Self {
        self.tasks.push(task);
        self
    }
}
