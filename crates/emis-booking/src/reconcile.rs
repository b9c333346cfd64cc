//! Settling what is unknown, by reading back and nothing else.

use emis_client::ErrorKind;
use jiff::SignedDuration;

use crate::booking::Booking;
use crate::error::BookingError;
use crate::record::{BookingRecord, BookingState};
use crate::sighting::{later, look};

/// How long after a booking was begun, or a cancellation sent, nothing of it can be on its way
/// to EMIS any more: what is not in the appointment book by then was not done.
///
/// Ten minutes: the three in which a worker may still send it, the time-out of the call itself,
/// and what EMIS may take to finish a call whose caller has gone. The last is an assumption.
pub const SETTLES_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// What [`Booking::reconcile`] found out.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Reconciliation {
    /// Bookings that are settled now: tell their patients. None of them is reported twice.
    pub settled: Vec<BookingRecord>,
    /// Bookings that are still not settled. One that waits for long needs a person at the
    /// practice to look at its slot; until then its patient can't book another.
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
    /// A slot without our patient settles a booking only after [`SETTLES_AFTER`].
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
                Ok(Some(settled)) => found.settled.push(settled),
                Ok(None) => found.waiting.push(record),
                Err(error) => {
                    if stops_everything(&error) {
                        found.stopped_by = Some(error);
                    } else {
                        let (id, error) = (record.id, error.chain());
                        tracing::warn!(booking = %id, %error, "booking not read back");
                    }
                    found.waiting.push(record);
                }
            }
        }
        Ok(found)
    }

    /// Settles one booking if it can be. `None` where it can't yet, or another worker was first.
    async fn settle_later(
        &self,
        record: &BookingRecord,
    ) -> Result<Option<BookingRecord>, BookingError> {
        let now = self.now();
        let since = match record.state {
            BookingState::Cancelling => record.changed_at,
            _ => record.begun_at,
        };
        let overdue = now.duration_since(since) >= SETTLES_AFTER;
        let seen = look(self.emis().await?, &record.appointment()).await?;
        let Some(state) = later(record.state, seen, overdue) else {
            return Ok(None);
        };
        let settlement = self.ledger.settle(&record.id, state, now).await?;
        tracing::info!(booking = %record.id, %state, "booking settled by reading back");
        Ok(settlement
            .filter(|settlement| settlement.changed)
            .map(|settlement| settlement.record))
    }
}

/// Whether the next booking would fail in the same way.
fn stops_everything(error: &BookingError) -> bool {
    error
        .emis()
        .is_none_or(|error| is_connection_wide(error.kind()))
}

/// Whether a read failed for a reason that has nothing to do with what was read.
pub(crate) fn is_connection_wide(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Credentials
            | ErrorKind::Unreachable
            | ErrorKind::Unauthenticated
            | ErrorKind::Forbidden
            | ErrorKind::RateLimited
            | ErrorKind::Busy
            | ErrorKind::Suspended
    )
}
