//! The ledger of bookings, written before anything is sent.

use std::fmt::Debug;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use emis_settings::StoreError;
use emis_types::OdsCode;
use jiff::Timestamp;

use crate::record::{BookingId, BookingRecord, BookingState};

/// Keeps bookings from before they are sent until long after they are settled.
///
/// It is what makes "never twice" hold across workers, crashes and restarts: a booking is in the
/// ledger, durably, before it is sent. One ledger serves every worker and every practice; it
/// holds EMIS ids and times and no personal detail.
#[async_trait]
pub trait BookingLedger: Debug + Send + Sync {
    /// Writes a new booking, in state [`Intended`](BookingState::Intended), unless something is
    /// in the way. The check and the write are one atomic step, durable when this returns.
    ///
    /// In the way are, looked for in this order:
    /// 1. a record with the same id: [`Begin::AlreadyBegun`];
    /// 2. a record of the same practice and slot that [is in hand](BookingState::is_in_hand):
    ///    [`Begin::SlotInHand`];
    /// 3. a record of the same practice and patient that is in hand: [`Begin::PatientInHand`].
    ///
    /// # Errors
    /// Where the record could not be written: nothing must be sent then.
    async fn begin(&self, booking: &BookingRecord) -> Result<Begin, StoreError>;

    /// Moves a booking to `state`, where its present state
    /// [may become](BookingState::may_become) that; leaves it as it is otherwise, time of change
    /// included. One atomic step: of two callers at once, one changes it. `None` where there is
    /// no such booking.
    ///
    /// # Errors
    /// Where the ledger could not be read or written.
    async fn settle(
        &self,
        id: &BookingId,
        state: BookingState,
        at: Timestamp,
    ) -> Result<Option<Settlement>, StoreError>;

    /// One booking.
    ///
    /// # Errors
    /// Where the ledger could not be read.
    async fn get(&self, id: &BookingId) -> Result<Option<BookingRecord>, StoreError>;

    /// The practice's bookings that are not [settled](BookingState::is_settled), oldest begun
    /// first.
    ///
    /// # Errors
    /// Where the ledger could not be read.
    async fn unsettled(&self, practice: &OdsCode) -> Result<Vec<BookingRecord>, StoreError>;
}

/// Whether a booking could be begun, and if not, what was in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begin {
    /// It is in the ledger, and may be sent.
    Started,
    /// A booking with this id was begun before: this is it.
    AlreadyBegun(BookingRecord),
    /// Another booking of the same slot may be on its way.
    SlotInHand(BookingRecord),
    /// Another booking of the same patient may be on its way.
    PatientInHand(BookingRecord),
}

/// What [`BookingLedger::settle`] came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The booking as it stands now.
    pub record: BookingRecord,
    /// Whether this call changed it.
    pub changed: bool,
}

/// A ledger in memory, for tests and trials: it forgets everything when the process ends, and
/// with it what was sent.
#[derive(Debug, Default)]
pub struct MemoryLedger {
    records: Mutex<Vec<BookingRecord>>,
}

impl MemoryLedger {
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
impl BookingLedger for MemoryLedger {
    async fn begin(&self, booking: &BookingRecord) -> Result<Begin, StoreError> {
        let mut records = self.records();
        let find = |wanted: &dyn Fn(&BookingRecord) -> bool| {
            records.iter().find(|record| wanted(record)).cloned()
        };
        let in_hand = |record: &BookingRecord| {
            record.practice == booking.practice && record.state.is_in_hand()
        };
        if let Some(same) = find(&|record| record.id == booking.id) {
            return Ok(Begin::AlreadyBegun(same));
        }
        if let Some(other) = find(&|record| in_hand(record) && record.slot == booking.slot) {
            return Ok(Begin::SlotInHand(other));
        }
        if let Some(other) = find(&|record| in_hand(record) && record.patient == booking.patient) {
            return Ok(Begin::PatientInHand(other));
        }
        records.push(booking.clone());
        Ok(Begin::Started)
    }

    async fn settle(
        &self,
        id: &BookingId,
        state: BookingState,
        at: Timestamp,
    ) -> Result<Option<Settlement>, StoreError> {
        let mut records = self.records();
        let record = records.iter_mut().find(|record| record.id == *id);
        Ok(record.map(|record| {
            let changed = record.state.may_become(state);
            if changed {
                record.state = state;
                record.changed_at = at;
            }
            Settlement {
                record: record.clone(),
                changed,
            }
        }))
    }

    async fn get(&self, id: &BookingId) -> Result<Option<BookingRecord>, StoreError> {
        Ok(self
            .records()
            .iter()
            .find(|record| record.id == *id)
            .cloned())
    }

    async fn unsettled(&self, practice: &OdsCode) -> Result<Vec<BookingRecord>, StoreError> {
        let records = self.records();
        let mut unsettled: Vec<_> = records
            .iter()
            .filter(|record| record.practice == *practice && !record.state.is_settled())
            .cloned()
            .collect();
        unsettled.sort_by_key(|record| record.begun_at);
        Ok(unsettled)
    }
}
