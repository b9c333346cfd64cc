//! Faults planted into the code under test, to show that each invariant can fail.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use emis_audit::Provenance;
use emis_booking::{
    AppointmentKey, BeginOutcome, BookingChange, BookingDraft, BookingId, BookingMove,
    BookingNotice, BookingNoticeId, BookingRecord, BookingSettlement, BookingState, BookingStore,
    MoveEnd, Rejection,
};
use emis_settings::StoreError;
use emis_types::{OdsCode, PatientNumber};
use jiff::Timestamp;

use super::interleave::yield_once;

/// A planted fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Plant {
    /// None.
    Nothing,
    /// The unknown is taken for booked.
    UnknownIsConfirmed,
    /// The unknown is taken for not booked, and never looked at again.
    UnknownIsRejected,
    /// A second booking of the same appointment is confirmed as well.
    ConfirmedTwice,
    /// Rejections that were decided before anything was begun are forgotten.
    RejectionsForgotten,
    /// `BookAppointment` is sent twice by our own side.
    BookingRepeated,
    /// Another appointment than the one that was meant is cancelled, where there is one.
    NeighbourCancelled,
    /// Nothing is ever reconciled.
    NothingUnsettled,
    /// Notices are lost.
    NoticesLost,
}

impl Plant {
    /// Wraps the store: each call lets others go first, before and after it.
    pub(super) fn around(self, store: Arc<dyn BookingStore>) -> Arc<dyn BookingStore> {
        Arc::new(PlantedStore {
            inner: store,
            plant: self,
            twice: Mutex::default(),
        })
    }
}

#[derive(Debug)]
struct PlantedStore {
    inner: Arc<dyn BookingStore>,
    plant: Plant,
    /// The bookings that seem confirmed beside another.
    twice: Mutex<HashMap<BookingId, BookingRecord>>,
}

impl PlantedStore {
    fn changed(&self, change: &BookingChange) -> BookingChange {
        let unknown = change.to == BookingState::Unknown;
        match self.plant {
            Plant::UnknownIsConfirmed if unknown => BookingChange::to(BookingState::Confirmed),
            Plant::UnknownIsRejected if unknown => {
                BookingChange::to(BookingState::Rejected(Rejection::NotBooked))
            }
            Plant::NoticesLost => {
                let mut quiet = change.clone();
                quiet.notice = None;
                quiet
            }
            _ => change.clone(),
        }
    }

    async fn confirm_twice(&self, record: &BookingRecord) -> Result<(), StoreError> {
        let rejected = matches!(record.state, BookingState::Rejected(_));
        let other = self.inner.confirmed(&record.practice, &record.appointment);
        if self.plant == Plant::ConfirmedTwice && rejected && other.await?.is_some() {
            let mut record = record.clone();
            record.state = BookingState::Confirmed;
            let mut twice = self.twice.lock().unwrap_or_else(PoisonError::into_inner);
            twice.insert(record.id, record);
        }
        Ok(())
    }
}

#[async_trait]
impl BookingStore for PlantedStore {
    async fn now(&self) -> Result<Timestamp, StoreError> {
        yield_once().await;
        self.inner.now().await
    }

    async fn begin(
        &self,
        booking: &BookingDraft,
        author: &Provenance,
    ) -> Result<BeginOutcome, StoreError> {
        yield_once().await;
        let rejected = matches!(booking.state, BookingState::Rejected(_));
        if self.plant == Plant::RejectionsForgotten && rejected {
            let now = self.inner.now().await?;
            return Ok(BeginOutcome::Started(BookingRecord::begun(
                booking.clone(),
                now,
            )));
        }
        let begun = self.inner.begin(booking, author).await;
        if let Ok(BeginOutcome::Started(record)) = &begun {
            self.confirm_twice(record).await?;
        }
        yield_once().await;
        begun
    }

    async fn settle(
        &self,
        observed: &BookingRecord,
        change: &BookingChange,
        author: &Provenance,
    ) -> Result<Option<BookingSettlement>, StoreError> {
        yield_once().await;
        let change = self.changed(change);
        let settled = self.inner.settle(observed, &change, author).await;
        if let Ok(Some(settlement)) = &settled {
            self.confirm_twice(&settlement.record).await?;
        }
        yield_once().await;
        settled
    }

    async fn get(&self, id: &BookingId) -> Result<Option<BookingRecord>, StoreError> {
        yield_once().await;
        let twice = self
            .twice
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .cloned();
        match twice {
            Some(record) => Ok(Some(record)),
            None => self.inner.get(id).await,
        }
    }

    async fn confirmed(
        &self,
        practice: &OdsCode,
        appointment: &AppointmentKey,
    ) -> Result<Option<BookingRecord>, StoreError> {
        yield_once().await;
        self.inner.confirmed(practice, appointment).await
    }

    async fn unsettled(&self, practice: &OdsCode) -> Result<Vec<BookingRecord>, StoreError> {
        yield_once().await;
        match self.plant {
            Plant::NothingUnsettled => Ok(Vec::new()),
            _ => self.inner.unsettled(practice).await,
        }
    }

    async fn watched(&self, practice: &OdsCode) -> Result<Vec<BookingRecord>, StoreError> {
        yield_once().await;
        let mut watched = self.inner.watched(practice).await?;
        if self.plant == Plant::UnknownIsRejected {
            watched.retain(|record| !matches!(record.state, BookingState::Rejected(_)));
        }
        Ok(watched)
    }

    async fn of_patient(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
    ) -> Result<Vec<BookingRecord>, StoreError> {
        yield_once().await;
        self.inner.of_patient(practice, patient).await
    }

    async fn notices(&self, practice: &OdsCode) -> Result<Vec<BookingNotice>, StoreError> {
        yield_once().await;
        self.inner.notices(practice).await
    }

    async fn begin_move(&self, new: &BookingMove, author: &Provenance) -> Result<bool, StoreError> {
        yield_once().await;
        let begun = self.inner.begin_move(new, author).await;
        yield_once().await;
        begun
    }

    async fn end_move(
        &self,
        moving: &BookingMove,
        end: &MoveEnd,
        author: &Provenance,
    ) -> Result<bool, StoreError> {
        yield_once().await;
        let ended = self.inner.end_move(moving, end, author).await;
        yield_once().await;
        ended
    }

    async fn find_move(&self, id: &BookingId) -> Result<Option<BookingMove>, StoreError> {
        yield_once().await;
        self.inner.find_move(id).await
    }

    async fn open_moves(&self, practice: &OdsCode) -> Result<Vec<BookingMove>, StoreError> {
        yield_once().await;
        self.inner.open_moves(practice).await
    }

    async fn acknowledge_notice(
        &self,
        practice: &OdsCode,
        notice: &BookingNoticeId,
        author: &Provenance,
    ) -> Result<bool, StoreError> {
        yield_once().await;
        self.inner
            .acknowledge_notice(practice, notice, author)
            .await
    }
}
