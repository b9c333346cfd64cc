//! The store of a run: it fails where it is told to, and has the planted faults.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use emis_audit::Provenance;
use emis_booking::{
    AppointmentKey, BeginOutcome, BookingChange, BookingDraft, BookingId, BookingMove,
    BookingNotice, BookingNoticeId, BookingRecord, BookingSettlement, BookingState, BookingStore,
    MoveEnd, Rejection,
};
use emis_messaging::PracticeTask;
use emis_settings::{StoreError, StoreErrorKind};
use emis_types::{OdsCode, PatientNumber};
use jiff::Timestamp;

use super::interleave::yield_once;
use super::plant::Plant;

/// A store around another. Each call lets others go first, before it and after it.
#[derive(Debug)]
pub(super) struct PlantedStore {
    inner: Arc<dyn BookingStore>,
    plant: Plant,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// The failures to come: the number of calls before each, and `true` if it comes after the call
    /// was done.
    failures: VecDeque<(u8, bool)>,
    /// The bookings that seem confirmed beside another.
    twice: HashMap<BookingId, BookingRecord>,
    /// The bookings that were confirmed, as if they had been rejected before.
    standing: Vec<BookingRecord>,
    /// The tasks that were opened.
    tasks: Vec<PracticeTask>,
    /// The bookings that were concluded not to be made, at any time.
    rejected: HashSet<BookingId>,
    /// The bookings that were seen to be gone without a cancellation of ours, at any time.
    taken_away: HashSet<BookingId>,
}

impl PlantedStore {
    pub(super) fn new(inner: Arc<dyn BookingStore>, plant: Plant) -> Self {
        Self {
            inner,
            plant,
            kept: Mutex::default(),
        }
    }

    /// Lets a call fail after so many others.
    pub(super) fn fail(&self, calls: u8, after: bool) {
        self.kept().failures.push_back((calls, after));
    }

    pub(super) fn fail_no_more(&self) {
        self.kept().failures.clear();
    }

    pub(super) fn rejected(&self) -> HashSet<BookingId> {
        self.kept().rejected.clone()
    }

    pub(super) fn taken_away(&self) -> HashSet<BookingId> {
        self.kept().taken_away.clone()
    }

    pub(super) fn tasks(&self) -> Vec<PracticeTask> {
        self.kept().tasks.clone()
    }

    /// Returns a move as it is stored, although it may seem forgotten.
    pub(super) async fn stored_move(&self, id: &BookingId) -> Option<BookingMove> {
        let found = self.inner.find_move(id).await;
        found.expect("the store answers")
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns `Some` if this call fails: `true` after it is done.
    fn next_failure(&self) -> Option<bool> {
        let mut kept = self.kept();
        let (calls, after) = kept.failures.front_mut()?;
        if *calls > 0 {
            *calls -= 1;
            return None;
        }
        let after = *after;
        kept.failures.pop_front();
        Some(after)
    }

    async fn call<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let failure = self.next_failure();
        let failed = || StoreError::new(StoreErrorKind::Unavailable, "the store fails as planned");
        yield_once().await;
        if failure == Some(false) {
            return Err(failed());
        }
        let done = work.await;
        yield_once().await;
        match failure {
            Some(_) => Err(failed()),
            None => done,
        }
    }

    async fn confirm_twice(&self, record: &BookingRecord) -> Result<(), StoreError> {
        let rejected = matches!(record.state, BookingState::Rejected(_));
        if self.plant != Plant::ConfirmedTwice || !rejected {
            return Ok(());
        }
        let other = self.inner.confirmed(&record.practice, &record.appointment);
        if other.await?.is_some() {
            let mut record = record.clone();
            record.state = BookingState::Confirmed;
            self.kept().twice.insert(record.id, record);
        }
        Ok(())
    }

    async fn begin_planted(
        &self,
        booking: &BookingDraft,
        author: &Provenance,
    ) -> Result<BeginOutcome, StoreError> {
        let rejected = matches!(booking.state, BookingState::Rejected(_));
        if self.plant == Plant::RejectionsForgotten && rejected {
            let record = BookingRecord::begun(booking.clone(), self.inner.now().await?);
            return Ok(BeginOutcome::Started(record));
        }
        let begun = self.inner.begin(booking, author).await?;
        if let BeginOutcome::Started(record) = &begun {
            self.confirm_twice(record).await?;
        }
        Ok(begun)
    }

    async fn settle_planted(
        &self,
        observed: &BookingRecord,
        change: &BookingChange,
        author: &Provenance,
    ) -> Result<Option<BookingSettlement>, StoreError> {
        let change = self.plant.changed(change);
        let kept = match self.plant {
            Plant::StandingTakenForLate => self.inner.get(&observed.id).await?,
            _ => None,
        };
        let observed = kept.as_ref().unwrap_or(observed);
        let settled = self.inner.settle(observed, &change, author).await?;
        if let Some(settlement) = &settled {
            if settlement.changed {
                let mut kept = self.kept();
                kept.tasks.extend(change.tasks);
                match change.to {
                    BookingState::Rejected(_) => kept.rejected.insert(observed.id),
                    BookingState::Cancelled if observed.state == BookingState::Confirmed => {
                        kept.taken_away.insert(observed.id)
                    }
                    BookingState::Confirmed => {
                        let mut record = settlement.record.clone();
                        record.state = BookingState::Rejected(Rejection::NotBooked);
                        kept.standing.push(record);
                        false
                    }
                    _ => false,
                };
            }
            self.confirm_twice(&settlement.record).await?;
        }
        Ok(settled)
    }
}

#[async_trait]
impl BookingStore for PlantedStore {
    async fn now(&self) -> Result<Timestamp, StoreError> {
        self.call(self.inner.now()).await
    }

    async fn begin(
        &self,
        booking: &BookingDraft,
        author: &Provenance,
    ) -> Result<BeginOutcome, StoreError> {
        self.call(self.begin_planted(booking, author)).await
    }

    async fn settle(
        &self,
        observed: &BookingRecord,
        change: &BookingChange,
        author: &Provenance,
    ) -> Result<Option<BookingSettlement>, StoreError> {
        self.call(self.settle_planted(observed, change, author))
            .await
    }

    async fn get(&self, id: &BookingId) -> Result<Option<BookingRecord>, StoreError> {
        let found = self.call(self.inner.get(id)).await?;
        Ok(self.kept().twice.get(id).cloned().or(found))
    }

    async fn confirmed(
        &self,
        practice: &OdsCode,
        appointment: &AppointmentKey,
    ) -> Result<Option<BookingRecord>, StoreError> {
        self.call(self.inner.confirmed(practice, appointment)).await
    }

    async fn unsettled(&self, practice: &OdsCode) -> Result<Vec<BookingRecord>, StoreError> {
        let mut unsettled = self.call(self.inner.unsettled(practice)).await?;
        if self.plant == Plant::NothingUnsettled {
            unsettled.clear();
        }
        Ok(unsettled)
    }

    async fn watched(&self, practice: &OdsCode) -> Result<Vec<BookingRecord>, StoreError> {
        let mut watched = self.call(self.inner.watched(practice)).await?;
        if self.plant == Plant::UnknownIsRejected {
            watched.retain(|record| !matches!(record.state, BookingState::Rejected(_)));
        }
        if self.plant == Plant::StandingTakenForLate {
            watched.clone_from(&self.kept().standing);
        }
        Ok(watched)
    }

    async fn of_patient(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
    ) -> Result<Vec<BookingRecord>, StoreError> {
        self.call(self.inner.of_patient(practice, patient)).await
    }

    async fn notices(&self, practice: &OdsCode) -> Result<Vec<BookingNotice>, StoreError> {
        self.call(self.inner.notices(practice)).await
    }

    async fn begin_move(&self, new: &BookingMove, author: &Provenance) -> Result<bool, StoreError> {
        self.call(self.inner.begin_move(new, author)).await
    }

    async fn end_move(
        &self,
        moving: &BookingMove,
        end: &MoveEnd,
        author: &Provenance,
    ) -> Result<bool, StoreError> {
        let end = self.plant.ended(end);
        let ending = async {
            let ended = self.inner.end_move(moving, &end, author).await?;
            if ended {
                self.kept().tasks.extend(end.tasks.clone());
            }
            Ok(ended)
        };
        self.call(ending).await
    }

    async fn find_move(&self, id: &BookingId) -> Result<Option<BookingMove>, StoreError> {
        let found = self.call(self.inner.find_move(id)).await?;
        Ok(found.filter(|_| self.plant != Plant::MovesForgotten))
    }

    async fn open_moves(&self, practice: &OdsCode) -> Result<Vec<BookingMove>, StoreError> {
        let mut open = self.call(self.inner.open_moves(practice)).await?;
        if self.plant == Plant::MovesForgotten {
            open.clear();
        }
        Ok(open)
    }

    async fn acknowledge_notice(
        &self,
        practice: &OdsCode,
        notice: &BookingNoticeId,
        author: &Provenance,
    ) -> Result<bool, StoreError> {
        let acknowledged = self.inner.acknowledge_notice(practice, notice, author);
        self.call(acknowledged).await
    }
}
