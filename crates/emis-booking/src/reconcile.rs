//! Settles bookings with an unknown outcome, and looks again at what was concluded.

use emis_audit::Provenance;
use emis_messaging::TaskKind;
use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::booking::Booking;
use crate::error::BookingError;
use crate::id::BookingId;
use crate::notice_kind::BookingNoticeKind;
use crate::proof::later;
use crate::read_back::{Sighting, look};
use crate::record::{BookingChange, BookingRecord};
use crate::state::{
    BOOKING_GIVES_UP_AFTER, BOOKING_SETTLES_AFTER, BOOKING_WATCHED_FOR, BookingState, CancelCause,
};
use crate::store::BookingSettlement;
use crate::telemetry::{self, Action, Labelled, Observation};

/// The result of [`Booking::reconcile`]. Patients are told by [notices](Booking::notices), which
/// outlive a run whose result is lost.
#[derive(Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Reconciliation {
    /// The bookings that are settled now.
    pub settled: Vec<BookingRecord>,
    /// The bookings that were given up now. A person at the practice looks at the slot, and
    /// [`settle_by_hand`](Booking::settle_by_hand) takes what they found. They no longer block
    /// their slots and patients.
    pub unresolved: Vec<BookingRecord>,
    /// The bookings that are still unsettled. Until one is settled, its patient can't book another
    /// slot, and its slot can't be booked.
    pub waiting: Vec<BookingRecord>,
    /// The error that ended the run early, if one did, as its report. What was not looked at is
    /// among the waiting.
    #[serde(serialize_with = "report")]
    pub stopped_by: Option<BookingError>,
}

impl Labelled for Reconciliation {
    fn label(&self) -> &'static str {
        match self.stopped_by {
            None => "done",
            Some(_) => "stopped",
        }
    }
}

impl Booking {
    /// Looks at every unsettled booking of the practice and settles those whose outcome the
    /// appointment book shows; then carries moves on, and looks again at what was concluded without a
    /// sighting within the last day.
    ///
    /// Run it every few minutes, and once when a worker starts: it also settles what a worker that
    /// died left behind. Any number of workers may run it at once.
    ///
    /// The booking's reference in the appointment book settles it at once. Anything else settles it
    /// only [`BOOKING_SETTLES_AFTER`] the call was begun, by the store's clock, and only if EMIS's
    /// answer could be decoded. A booking that can't be decided for [`BOOKING_GIVES_UP_AFTER`], or
    /// until its appointment has begun, is given up: by then no call of it is in flight.
    ///
    /// It reads only, but for two writes: a booking that arrived after it was concluded that it was
    /// not made is cancelled if the practice's
    /// [policy](emis_settings::BookingSettings::late_arrivals) is to do so, and a
    /// [move](Self::reschedule) that a worker left behind is carried on.
    ///
    /// # Errors
    /// If the store can't be read, or the connection is not this practice's. A failure on the way
    /// is in [`Reconciliation::stopped_by`], beside what was settled before.
    ///
    /// # Examples
    /// ```
    /// use emis_booking::{Booking, BookingError};
    ///
    /// async fn every_few_minutes(booking: &Booking) -> Result<(), BookingError> {
    ///     let result = booking.reconcile().await?;
    ///     println!("{} settled, {} waiting", result.settled.len(), result.waiting.len());
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Cancel safety
    /// Safe to drop: each booking is settled in one step, together with its notice.
    pub async fn reconcile(&self) -> Result<Reconciliation, BookingError> {
        let observed = Observation::begin(self, Action::Reconcile, None);
        let found = Box::pin(observed.of(self.settle_all())).await?;
        if let Err(error) = Box::pin(self.catch_up_links()).await {
            let (practice, error) = (&self.practice, error.report());
            tracing::warn!(%practice, error, "outcomes not noted at links");
        }
        for record in found.settled.iter().chain(&found.unresolved) {
            telemetry::settled(&self.practice, record.state);
        }
        telemetry::waiting(&self.practice, found.waiting.len());
        Ok(found)
    }

    async fn settle_all(&self) -> Result<Reconciliation, BookingError> {
        let mut found = Reconciliation::default();
        let unsettled = self.store.unsettled(&self.practice).await?;
        let watched = self.store.watched(&self.practice).await?;
        let moves = self.store.open_moves(&self.practice).await?;
        if unsettled.is_empty() && watched.is_empty() && moves.is_empty() {
            return Ok(found);
        }
        let now = self.store.now().await?;
        self.emis().await?;
        for record in unsettled {
            let settled = match found.stopped_by {
                None => self.settle_later(&record, now).await,
                Some(_) => Ok(None),
            };
            match found.note(self, &record, settled) {
                Some(given_up) if given_up.state == BookingState::Unresolved => {
                    found.unresolved.push(given_up);
                }
                Some(settled) => found.settled.push(settled),
                None => found.waiting.push(record),
            }
        }
        // A late cancellation ends the move that it belongs to, rather than alarm as one of its own.
        for moving in moves {
            if found.stopped_by.is_none()
                && let Err(error) = self.carry_on(&moving).await
            {
                found.failed(self, &moving.id, error);
            }
        }
        for record in self.store.watched(&self.practice).await? {
            if found.stopped_by.is_none() {
                let settled = self.look_again(&record).await;
                let settled = found.note(self, &record, settled);
                found.settled.extend(settled);
            }
        }
        Ok(found)
    }

    /// Settles a booking as a person at the practice found it in the appointment book.
    ///
    /// An unknown booking becomes `Confirmed` or `Rejected`
    /// ([`NotBooked`](crate::Rejection::NotBooked)); an unknown cancellation `Cancelled` or
    /// `Confirmed`; one that was given up, any of these.
    /// [`Unresolved`](BookingState::Unresolved) gives one up before [`reconcile`](Self::reconcile)
    /// does. The patient is told by a [notice](Self::notices).
    ///
    /// Nothing is changed, and [`BookingSettlement::changed`] says so, if the booking [may not
    /// become](BookingState::may_become) that, if `state` is one in flight, or before
    /// [`BOOKING_SETTLES_AFTER`]: a call in flight can undo what the person saw. Neither is anything
    /// that the appointment book contradicts, which is read first: a booking whose reference is in it
    /// is not `Rejected` or `Cancelled`, and one whose patient is not in the slot is not `Confirmed`.
    /// Where EMIS's answer can't be decoded, the person's word counts.
    ///
    /// # Errors
    /// If the store failed, EMIS could not be reached, or the booking is
    /// [unknown](crate::BookingErrorKind::UnknownBooking).
    ///
    /// # Cancel safety
    /// Safe to drop: the booking is settled in one step.
    pub async fn settle_by_hand(
        &self,
        id: &BookingId,
        state: BookingState,
    ) -> Result<BookingSettlement, BookingError> {
        let record = self.record(id).await?;
        let record = record.ok_or_else(BookingError::unknown_booking)?;
        let now = self.store.now().await?;
        let too_early =
            record.state.is_in_flight() && record.unchanged_for(now) < BOOKING_SETTLES_AFTER;
        if too_early || state.is_in_flight() || self.is_contradicted(&record, state).await? {
            return Ok(BookingSettlement {
                record,
                changed: false,
                blocked_by: None,
            });
        }
        let change = self.told(&record, state);
        self.confirm(&record, change, true, &self.author).await
    }

    /// Returns whether the appointment book shows that a booking is not in this state.
    async fn is_contradicted(
        &self,
        record: &BookingRecord,
        state: BookingState,
    ) -> Result<bool, BookingError> {
        use BookingState::{Cancelled, Confirmed, Rejected};
        if !matches!(state, Confirmed | Rejected(_) | Cancelled) {
            return Ok(false);
        }
        let seen = match look(self.emis().await?, record).await {
            Ok(seen) => seen,
            Err(error) if error.kind().is_about_the_connection() => return Err(error.into()),
            Err(_) => Sighting::Unclear,
        };
        Ok(match state {
            Confirmed => matches!(seen, Sighting::OtherPatient | Sighting::Empty),
            _ => seen == Sighting::Ours,
        })
    }

    /// Settles one booking if its outcome shows. Returns `None` if it does not, or another worker
    /// was first.
    async fn settle_later(
        &self,
        record: &BookingRecord,
        now: Timestamp,
    ) -> Result<Option<BookingRecord>, BookingError> {
        if record.state == BookingState::Intended {
            return match record.has_expired(now) {
                true => {
                    self.settle_as(record, BookingChange::expiry(record), false)
                        .await
                }
                false => Ok(None),
            };
        }
        let waited = record.unchanged_for(now);
        let overdue = waited >= BOOKING_SETTLES_AFTER;
        let begun = now >= record.appointment.start;
        let is_ahead = record.is_ahead(now);
        let last_look = waited >= BOOKING_GIVES_UP_AFTER || (overdue && begun) || is_ahead;
        let given_up = match record.state {
            // From now on it waits by a clock that is right.
            BookingState::Sending if is_ahead => BookingState::Unknown,
            _ => BookingState::Unresolved,
        };

        let seen = match look(self.emis().await?, record).await {
            Ok(seen) => seen,
            Err(error) if last_look && !error.kind().is_about_the_connection() => Sighting::Unclear,
            Err(error) => return Err(error.into()),
        };
        let state = later(record.state, seen, overdue, self.notes_proof(record));
        let Some(state) = state.or(last_look.then_some(given_up)) else {
            return Ok(None);
        };
        let mut change = self.told(record, state);
        if seen != Sighting::Ours || record.state == BookingState::Cancelling {
            change = change.watched(BOOKING_WATCHED_FOR);
        }
        self.settle_as(record, change, seen == Sighting::Ours).await
    }

    /// Looks again at a booking whose outcome was concluded without a sighting.
    async fn look_again(
        &self,
        record: &BookingRecord,
    ) -> Result<Option<BookingRecord>, BookingError> {
        let seen = look(self.emis().await?, record).await?;
        match (record.state, seen) {
            (BookingState::Rejected(_), Sighting::Ours) => self.arrived_late(record).await,
            // A machine in between sent it again: the patient does not want it.
            (BookingState::Cancelled, Sighting::Ours) => self.cancel_late(record).await,
            // Without notes it may be the practice's own booking.
            (BookingState::Rejected(_), Sighting::Unreferenced)
                if self.notes_proof(record).stands(seen) == Some(true) =>
            {
                let change = self.told(record, BookingState::Unresolved);
                self.settle_as(record, change, false).await
            }
            // A cancellation that was given up arrived late, or the practice cancelled.
            (BookingState::Confirmed, Sighting::OtherPatient | Sighting::Empty) => {
                let mut change = BookingChange::to(BookingState::Cancelled)
                    .telling(BookingNoticeKind::Cancelled);
                // Of a move that was given up: the patient did not ask for that.
                if record.cancel_cause == Some(CancelCause::Moved) {
                    change = change.asking(self.task(TaskKind::MoveLost, record));
                }
                self.settle_as(record, change, false).await
            }
            (BookingState::Unresolved, Sighting::Ours) if record.cancel_cause.is_none() => {
                let change = self.told(record, BookingState::Confirmed);
                self.settle_as(record, change, true).await
            }
            _ => Ok(None),
        }
    }

    /// Changes a booking on behalf of the product. Returns `None` if another worker was first.
    pub(crate) async fn settle_as(
        &self,
        record: &BookingRecord,
        change: BookingChange,
        is_proved: bool,
    ) -> Result<Option<BookingRecord>, BookingError> {
        let author = Provenance::product();
        let settlement = self.confirm(record, change, is_proved, &author).await?;
        Ok(settlement.changed.then_some(settlement.record))
    }
}

impl Reconciliation {
    /// Notes the error of one booking, and returns the booking if it was settled.
    fn note(
        &mut self,
        booking: &Booking,
        record: &BookingRecord,
        settled: Result<Option<BookingRecord>, BookingError>,
    ) -> Option<BookingRecord> {
        settled.unwrap_or_else(|error| {
            self.failed(booking, &record.id, error);
            None
        })
    }

    fn failed(&mut self, booking: &Booking, id: &BookingId, error: BookingError) {
        if stops_everything(&error) {
            self.stopped_by = Some(error);
        } else {
            let (practice, error) = (&booking.practice, error.report());
            tracing::warn!(%practice, booking = %id, error, "booking not read back");
        }
    }
}

/// Returns whether the next booking would fail in the same way.
fn stops_everything(error: &BookingError) -> bool {
    error
        .emis()
        .is_none_or(|error| error.kind().is_about_the_connection())
}

fn report<S: Serializer>(error: &Option<BookingError>, serializer: S) -> Result<S::Ok, S::Error> {
    let report = error.as_ref().map(BookingError::report);
    report.serialize(serializer)
}
