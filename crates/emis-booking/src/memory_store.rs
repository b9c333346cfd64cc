//! A store in memory.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use emis_audit::Provenance;
use emis_settings::StoreError;
use emis_types::OdsCode;
use jiff::Timestamp;

use crate::record::{BookingId, BookingRecord, BookingState};
use crate::slot::AppointmentKey;
use crate::store::{BeginOutcome, BookingSettlement, BookingStore};

/// A store in memory, for tests and trials: when the process ends, it forgets what was sent.
#[derive(Debug, Default)]
pub struct MemoryBookingStore {
    records: Mutex<Vec<BookingRecord>>,
}

impl MemoryBookingStore {
    /// Creates an empty store.
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
        if let Some(other) = records.iter().find(|record| occupies_slot(record, booking)) {
            return Ok(BeginOutcome::SlotBusy(other.clone()));
        }
        let same_patient = |record: &&BookingRecord| {
            record.practice == booking.practice
                && record.appointment.patient == booking.appointment.patient
                && record.state.is_being_booked()
        };
        if booking.state.is_being_booked()
            && let Some(other) = records.iter().find(same_patient)
        {
            return Ok(BeginOutcome::PatientBusy(other.clone()));
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
        let in_the_way = |other: &BookingRecord| other.id != *id && occupies_slot(other, &record);
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
            .filter(|record| record.practice == *practice && record.state.is_in_flight())
            .cloned()
            .collect();
        unsettled.sort_by_key(|record| (record.begun_at, record.id));
        Ok(unsettled)
    }
}

/// Returns whether a call about the slot of `booking` may be in flight for `other`.
fn occupies_slot(other: &BookingRecord, booking: &BookingRecord) -> bool {
    other.practice == booking.practice
        && other.appointment.slot == booking.appointment.slot
        && other.state.is_in_flight()
}
