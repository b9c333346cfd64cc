//! Settles bookings with an unknown outcome, by reading back only.

use emis_audit::Provenance;
use jiff::SignedDuration;
use serde::{Serialize, Serializer};

use crate::booking::Booking;
use crate::error::BookingError;
use crate::read_back::{later, look};
use crate::record::{BookingId, BookingRecord, BookingState};
use crate::store::BookingSettlement;
use crate::telemetry::{self, Action, Labelled, Observation};

/// The time after the begin of a booking, or after a cancellation was sent, when no call of it can
/// be in flight any more: what is not in the appointment book by then was not done.
///
/// Ten minutes: three in which a worker may still send it, the timeout of the call itself, and the
/// time that EMIS may take to finish a call whose caller has gone. The last is an assumption.
pub const BOOKING_SETTLES_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// The time after which an unsettled booking is given up as
/// [`Unresolved`](BookingState::Unresolved), unless the appointment starts earlier.
pub const BOOKING_GIVES_UP_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// The result of [`Booking::reconcile`].
#[derive(Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Reconciliation {
    /// The bookings that are settled now: tell their patients. None is reported twice.
    pub settled: Vec<BookingRecord>,
    /// The bookings that were given up now: tell a person at the practice, who looks at the slot
    /// and tells the patient. [`settle_by_hand`](Booking::settle_by_hand) takes what they found.
    /// None is reported twice, and they no longer block their slots and patients.
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
    /// appointment book shows. Only reads from EMIS.
    ///
    /// Run it every few minutes, and once when a worker starts: it also settles what a worker that
    /// died left behind. Any number of workers may run it at once.
    ///
    /// A slot without the patient settles a booking only after [`BOOKING_SETTLES_AFTER`], and only
    /// if EMIS's answer could be decoded. A booking that can't be decided for
    /// [`BOOKING_GIVES_UP_AFTER`], or until its appointment has begun, is given up: by then no call
    /// of it is in flight.
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
    /// Safe to drop: each booking is settled in one step.
    pub async fn reconcile(&self) -> Result<Reconciliation, BookingError> {
        let observed = Observation::begin(self, Action::Reconcile, None);
        let found = observed.of(self.settle_all()).await?;
        for record in found.settled.iter().chain(&found.unresolved) {
            telemetry::settled(&self.practice, record.state);
        }
        telemetry::waiting(&self.practice, found.waiting.len());
        Ok(found)
    }

    async fn settle_all(&self) -> Result<Reconciliation, BookingError> {
        let mut found = Reconciliation::default();
        let unsettled = self.store.unsettled(&self.practice).await?;
        if unsettled.is_empty() {
            return Ok(found);
        }
        self.emis().await?;
        for record in unsettled {
            if found.stopped_by.is_some() {
                found.waiting.push(record);
                continue;
            }
            match self.settle_later(&record).await {
                Ok(Some(given_up)) if given_up.state == BookingState::Unresolved => {
                    found.unresolved.push(given_up);
                }
                Ok(Some(settled)) => found.settled.push(settled),
                Ok(None) => found.waiting.push(record),
                Err(error) => {
                    if stops_everything(&error) {
                        found.stopped_by = Some(error);
                    } else {
                        let (practice, error) = (&self.practice, error.report());
                        tracing::warn!(%practice, booking = %record.id, error, "booking not read back");
                    }
                    found.waiting.push(record);
                }
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
    /// does.
    ///
    /// Nothing is changed, and [`BookingSettlement::changed`] says so, if the booking [may not
    /// become](BookingState::may_become) that, if `state` is one in flight, or before
    /// [`BOOKING_SETTLES_AFTER`]: a call in flight can undo what the person saw.
    ///
    /// # Errors
    /// If the store failed, or the booking is
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
        let too_early = record.state.is_in_flight() && self.waited(&record) < BOOKING_SETTLES_AFTER;
        if too_early || state.is_in_flight() {
            let changed = false;
            return Ok(BookingSettlement { record, changed });
        }
        let (practice, now) = (&self.practice, self.now());
        let settlement = self.store.settle(id, state, now, &self.author).await?;
        tracing::info!(%practice, booking = %id, %state, "booking settled by hand");
        settlement.ok_or_else(BookingError::unknown_booking)
    }

    /// Settles one booking if its outcome shows. Returns `None` if it does not, or another worker
    /// was first.
    async fn settle_later(
        &self,
        record: &BookingRecord,
    ) -> Result<Option<BookingRecord>, BookingError> {
        let waited = self.waited(record);
        let overdue = waited >= BOOKING_SETTLES_AFTER;
        let begun = self.now() >= record.appointment.start;
        let last_look = waited >= BOOKING_GIVES_UP_AFTER || (overdue && begun);

        let state = match look(self.emis().await?, &record.appointment).await {
            Ok(seen) => later(record.state, seen, overdue),
            Err(error) if last_look && !error.kind().is_about_the_connection() => None,
            Err(error) => return Err(error.into()),
        };
        let Some(state) = state.or(last_look.then_some(BookingState::Unresolved)) else {
            return Ok(None);
        };
        let (now, author) = (self.now(), Provenance::product());
        let settlement = self.store.settle(&record.id, state, now, &author).await?;
        let practice = &self.practice;
        tracing::info!(%practice, booking = %record.id, %state, "booking settled by reading back");
        Ok(settlement
            .filter(|settlement| settlement.changed)
            .map(|settlement| settlement.record))
    }

    /// Returns the time since the call of an unsettled booking was begun.
    fn waited(&self, record: &BookingRecord) -> SignedDuration {
        let since = match record.state {
            BookingState::Cancelling => record.changed_at,
            _ => record.begun_at,
        };
        self.now().duration_since(since)
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
