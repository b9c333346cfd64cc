//! The ledger of bookings, written before anything is sent.

use std::fmt::Debug;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use emis_audit::Provenance;
use emis_settings::StoreError;
use emis_types::OdsCode;
use jiff::Timestamp;

use crate::record::{BookingId, BookingRecord, BookingState};
use crate::slot::AppointmentKey;

/// Keeps bookings from before they are sent until long after they are settled.
///
/// It is what makes "never twice" hold across workers, crashes and restarts: a booking is in the
/// ledger, durably, before it is sent. One ledger serves every worker and every practice; it
/// holds EMIS ids and times and no personal detail.
#[async_trait]
pub trait BookingStore: Debug + Send + Sync {
    /// Writes a new record, unless something is in the way; `by` is who asked for it, for the audit
    /// trail of a ledger that keeps one. The check and the write are one
    /// atomic step, durable when this returns.
    ///
    /// In the way are, looked for in this order:
    /// 1. a record with the same id: [`BeginOutcome::AlreadyBegun`];
    /// 2. a record of the same practice and slot that [is in hand](BookingState::is_in_hand):
    ///    [`BeginOutcome::SlotInHand`];
    /// 3. where the new one is to be booked, a record of the same practice and patient that [is
    ///    being booked](BookingState::is_being_booked): [`BeginOutcome::PatientInHand`].
    ///
    /// # Errors
    /// Where the record could not be written: nothing must be sent then.
    async fn begin(
        &self,
        booking: &BookingRecord,
        by: &Provenance,
    ) -> Result<BeginOutcome, StoreError>;

    /// Moves a booking to `state`, where its present state
    /// [may become](BookingState::may_become) that; leaves it as it is otherwise, time of change
    /// included. One atomic step: of two callers at once, one changes it. `None` where there is
    /// no such booking. `by` is who did it, or found it out.
    ///
    /// It is also left as it is where it would become [`Cancelling`](BookingState::Cancelling)
    /// while another record of the same practice and slot is in hand: a cancellation that is
    /// under way together with a booking could undo it after it was confirmed.
    ///
    /// # Errors
    /// Where the ledger could not be read or written.
    async fn settle(
        &self,
        id: &BookingId,
        state: BookingState,
        at: Timestamp,
        by: &Provenance,
    ) -> Result<Option<BookingSettlement>, StoreError>;

    /// One booking.
    ///
    /// # Errors
    /// Where the ledger could not be read.
    async fn get(&self, id: &BookingId) -> Result<Option<BookingRecord>, StoreError>;

    /// The practice's booking of this very appointment that is
    /// [`Confirmed`](BookingState::Confirmed); of several, the one begun last.
    ///
    /// # Errors
    /// Where the ledger could not be read.
    async fn confirmed(
        &self,
        practice: &OdsCode,
        appointment: &AppointmentKey,
    ) -> Result<Option<BookingRecord>, StoreError>;

    /// The practice's bookings that are [in hand](BookingState::is_in_hand), oldest begun first.
    ///
    /// # Errors
    /// Where the ledger could not be read.
    async fn unsettled(&self, practice: &OdsCode) -> Result<Vec<BookingRecord>, StoreError>;
}

/// Whether a booking could be begun, and if not, what was in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BeginOutcome {
    /// It is in the ledger, and may be sent.
    Started,
    /// A booking with this id was begun before: this is it.
    AlreadyBegun(BookingRecord),
    /// Another booking of the same slot, or its cancellation, may be on its way.
    SlotInHand(BookingRecord),
    /// Another booking of the same patient may be on its way.
    PatientInHand(BookingRecord),
}

/// What [`BookingStore::settle`] came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookingSettlement {
    /// The booking as it stands now.
    pub record: BookingRecord,
    /// Whether this call changed it.
    pub changed: bool,
}

/// A ledger in memory, for tests and trials: it forgets everything when the process ends, and
/// with it what was sent.
#[derive(Debug, Default)]
pub struct MemoryBookingStore {
    records: Mutex<Vec<BookingRecord>>,
}

impl MemoryBookingStore {
    /// An empty ledger.
    pub fn new() -> Self {
        Self::default()
    }

    fn records(&self) -> MutexGuard<'_, Vec<BookingRecord>> {
        // No code that holds the lock can leave a record half written.
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl BookingStore for MemoryBookingStore {
    async fn begin(
        &self,
        booking: &BookingRecord,
        _by: &Provenance,
    ) -> Result<BeginOutcome, StoreError> {
        let mut records = self.records();
        if let Some(same) = records.iter().find(|record| record.id == booking.id) {
            return Ok(BeginOutcome::AlreadyBegun(same.clone()));
        }
        if let Some(other) = records.iter().find(|record| holds_slot(record, booking)) {
            return Ok(BeginOutcome::SlotInHand(other.clone()));
        }
        let same_patient = |record: &&BookingRecord| {
            record.practice == booking.practice
                && record.appointment.patient == booking.appointment.patient
                && record.state.is_being_booked()
        };
        if booking.state.is_being_booked()
            && let Some(other) = records.iter().find(same_patient)
        {
            return Ok(BeginOutcome::PatientInHand(other.clone()));
        }
        records.push(booking.clone());
        Ok(BeginOutcome::Started)
    }

    async fn settle(
        &self,
        id: &BookingId,
        state: BookingState,
        at: Timestamp,
        _by: &Provenance,
    ) -> Result<Option<BookingSettlement>, StoreError> {
        let mut records = self.records();
        let Some(mut record) = records.iter().find(|record| record.id == *id).cloned() else {
            return Ok(None);
        };
        let in_the_way = |other: &BookingRecord| other.id != *id && holds_slot(other, &record);
        let changed = record.state.may_become(state)
            && !(state == BookingState::Cancelling && records.iter().any(in_the_way));
        if changed {
            record.state = state;
            record.changed_at = at;
            if let Some(kept) = records.iter_mut().find(|record| record.id == *id) {
                kept.clone_from(&record);
            }
        }
        Ok(Some(BookingSettlement { record, changed }))
    }

    async fn get(&self, id: &BookingId) -> Result<Option<BookingRecord>, StoreError> {
        Ok(self
            .records()
            .iter()
            .find(|record| record.id == *id)
            .cloned())
    }

    async fn confirmed(
        &self,
        practice: &OdsCode,
        appointment: &AppointmentKey,
    ) -> Result<Option<BookingRecord>, StoreError> {
        let records = self.records();
        let confirmed = records.iter().filter(|record| {
            record.practice == *practice
                && record.appointment == *appointment
                && record.state == BookingState::Confirmed
        });
        Ok(confirmed
            .max_by_key(|record| (record.begun_at, record.id))
            .cloned())
    }

    async fn unsettled(&self, practice: &OdsCode) -> Result<Vec<BookingRecord>, StoreError> {
        let records = self.records();
        let mut unsettled: Vec<_> = records
            .iter()
            .filter(|record| record.practice == *practice && record.state.is_in_hand())
            .cloned()
            .collect();
        unsettled.sort_by_key(|record| (record.begun_at, record.id));
        Ok(unsettled)
    }
}

/// Whether `other` keeps the slot of `booking` in hand.
fn holds_slot(other: &BookingRecord, booking: &BookingRecord) -> bool {
    other.practice == booking.practice
        && other.appointment.slot == booking.appointment.slot
        && other.state.is_in_hand()
}
