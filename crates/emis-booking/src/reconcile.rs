//! Settling what is unknown, by reading back and nothing else.

use emis_audit::Provenance;
use jiff::SignedDuration;

use crate::booking::Booking;
use crate::error::{BookingError, unknown_booking};
use crate::ledger::BookingSettlement;
use crate::record::{BookingId, BookingRecord, BookingState};
use crate::sighting::{later, look};

/// How long after a booking was begun, or a cancellation sent, nothing of it can be on its way
/// to EMIS any more: what is not in the appointment book by then was not done.
///
/// Ten minutes: the three in which a worker may still send it, the time-out of the call itself,
/// and what EMIS may take to finish a call whose caller has gone. The last is an assumption.
pub const BOOKING_SETTLES_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// How long after that an unsettled booking is looked at before it is given up as
/// [`Unresolved`](BookingState::Unresolved); or until its start, where that comes first.
pub const GIVES_UP_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// What [`Booking::reconcile`] found out.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Reconciliation {
    /// Bookings that are settled now: tell their patients. None of them is reported twice.
    pub settled: Vec<BookingRecord>,
    /// Bookings that were given up now: tell a person at the practice, who looks at the slot and
    /// tells the patient. [`settle_by_hand`](Booking::settle_by_hand) takes what they found. None
    /// of them is reported twice, and their slots and patients are not held up any more.
    pub unresolved: Vec<BookingRecord>,
    /// Bookings that are still not settled. Until one is, its patient can't book another, nor
    /// anybody its slot.
    pub waiting: Vec<BookingRecord>,
    /// Why the work was broken off, if it was. What was not looked at is among the waiting.
    pub stopped_by: Option<BookingError>,
}

impl Booking {
    /// Looks at every unsettled booking of the practice and settles those of which the
    /// appointment book shows what became of them. Only reads from EMIS.
    ///
    /// Run it every few minutes, and once at the start of a worker: it also picks up what a
    /// worker left behind that died. Any number of workers may run it at once.
    ///
    /// A slot without our patient settles a booking only after [`BOOKING_SETTLES_AFTER`]. What can't be
    /// told for [`GIVES_UP_AFTER`], or when the appointment has begun, is given up: by then no
    /// call of ours is on its way, so nothing new can come of it.
    ///
    /// # Errors
    /// Where the ledger could not be read, or the connection is not this practice's. Trouble on
    /// the way is in [`Reconciliation::stopped_by`], beside what was settled before.
    pub async fn reconcile(&self) -> Result<Reconciliation, BookingError> {
        let mut found = Reconciliation::default();
        let unsettled = self.ledger.unsettled(&self.practice).await?;
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
                        let (id, error) = (record.id, error.report());
                        tracing::warn!(booking = %id, %error, "booking not read back");
                    }
                    found.waiting.push(record);
                }
            }
        }
        Ok(found)
    }

    /// Settles a booking by hand: as a person at the practice found it in the appointment book.
    ///
    /// A booking in doubt becomes `Confirmed` or `Rejected`
    /// ([`NotBooked`](crate::Rejection::NotBooked)); a cancellation in doubt `Cancelled` or `Confirmed`;
    /// one that was given up, any of these. [`Unresolved`](BookingState::Unresolved) gives one up
    /// before [`reconcile`](Self::reconcile) does.
    ///
    /// Nothing is changed, and [`BookingSettlement::changed`] says so, where the booking [may not
    /// become](BookingState::may_become) that, where `state` is one in hand, or before
    /// [`BOOKING_SETTLES_AFTER`]: what is still on its way can undo what anybody saw.
    ///
    /// # Errors
    /// Where the ledger could not be used, or the booking is unknown.
    pub async fn settle_by_hand(
        &self,
        id: &BookingId,
        state: BookingState,
    ) -> Result<BookingSettlement, BookingError> {
        let record = self.record(id).await?.ok_or_else(unknown_booking)?;
        let too_early = record.state.is_in_hand() && self.waited(&record) < BOOKING_SETTLES_AFTER;
        if too_early || state.is_in_hand() {
            let changed = false;
            return Ok(BookingSettlement { record, changed });
        }
        let settlement = self.ledger.settle(id, state, self.now(), &self.by).await?;
        tracing::info!(booking = %id, %state, "booking settled by hand");
        settlement.ok_or_else(unknown_booking)
    }

    /// Settles one booking if it can be. `None` where it can't yet, or another worker was first.
    async fn settle_later(
        &self,
        record: &BookingRecord,
    ) -> Result<Option<BookingRecord>, BookingError> {
        let waited = self.waited(record);
        let overdue = waited >= BOOKING_SETTLES_AFTER;
        let begun = self.now() >= record.appointment.start;
        let last_look = waited >= GIVES_UP_AFTER || (overdue && begun);

        let state = match look(self.emis().await?, &record.appointment).await {
            Ok(seen) => later(record.state, seen, overdue),
            Err(error) if last_look && !error.kind().is_about_the_connection() => None,
            Err(error) => return Err(error.into()),
        };
        let Some(state) = state.or(last_look.then_some(BookingState::Unresolved)) else {
            return Ok(None);
        };
        let by = Provenance::product();
        let settlement = self
            .ledger
            .settle(&record.id, state, self.now(), &by)
            .await?;
        tracing::info!(booking = %record.id, %state, "booking settled by reading back");
        Ok(settlement
            .filter(|settlement| settlement.changed)
            .map(|settlement| settlement.record))
    }

    /// How long ago the call of an unsettled booking was begun.
    fn waited(&self, record: &BookingRecord) -> SignedDuration {
        let since = match record.state {
            BookingState::Cancelling => record.changed_at,
            _ => record.begun_at,
        };
        self.now().duration_since(since)
    }
}

/// Whether the next booking would fail in the same way.
fn stops_everything(error: &BookingError) -> bool {
    error
        .emis()
        .is_none_or(|error| error.kind().is_about_the_connection())
}
