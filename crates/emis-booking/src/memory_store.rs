//! A store in memory.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use emis_audit::Provenance;
use emis_messaging::PracticeTask;
use emis_settings::StoreError;
use emis_types::{Clock, OdsCode, PatientNumber, SystemClock};
use jiff::Timestamp;

use crate::id::BookingId;
use crate::moves::{BookingMove, MoveEnd};
use crate::notice::{BookingNotice, BookingNoticeId};
use crate::record::{BookingChange, BookingDraft, BookingRecord};
use crate::slot::AppointmentKey;
use crate::state::BookingState;
use crate::store::{BeginOutcome, BookingSettlement, BookingStore};

/// A store in memory, for tests and trials: when the process ends, it forgets what was sent.
#[derive(Debug)]
pub struct MemoryBookingStore {
    kept: Mutex<Kept>,
    clock: Arc<dyn Clock>,
}

#[derive(Debug, Default)]
struct Kept {
    records: Vec<BookingRecord>,
    notices: Vec<BookingNotice>,
    moves: Vec<BookingMove>,
    tasks: Vec<PracticeTask>,
}

impl Default for MemoryBookingStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryBookingStore {
    /// Creates an empty store whose clock is the machine's.
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// Creates an empty store with a clock of its own.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        let kept = Mutex::default();
        Self { kept, clock }
    }

    /// Returns the tasks that were opened for practices, the oldest coming first.
    pub fn tasks(&self) -> Vec<PracticeTask> {
        self.kept().tasks.clone()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // No code that holds the lock can leave a record half written.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listed(&self, wanted: impl Fn(&BookingRecord) -> bool) -> Vec<BookingRecord> {
        let kept = self.kept();
        let wanted = kept.records.iter().filter(|record| wanted(record));
        let mut listed: Vec<_> = wanted.cloned().collect();
        listed.sort_by_key(|record| (record.begun_at, record.id));
        listed
    }
}

impl Kept {
    fn find(&self, wanted: impl Fn(&BookingRecord) -> bool) -> Option<BookingRecord> {
        self.records.iter().find(|record| wanted(record)).cloned()
    }

    /// Finds a record that is in the way, once an expired intent was settled.
    fn in_the_way(
        &mut self,
        now: Timestamp,
        wanted: impl Fn(&BookingRecord) -> bool,
    ) -> Option<BookingRecord> {
        let found = self.find(&wanted)?;
        if !found.has_expired(now) {
            return Some(found);
        }
        self.change(&found, &BookingChange::expiry(&found), now);
        self.find(wanted)
    }

    fn change(
        &mut self,
        record: &BookingRecord,
        change: &BookingChange,
        now: Timestamp,
    ) -> BookingRecord {
        let watched = self
            .records
            .iter()
            .filter(|other| other.id != record.id && same_slot_and_patient(other, record))
            .filter_map(|other| other.watched_until)
            .max();
        let changed = record.changed(change, now, watched);
        if let Some(kept) = self.records.iter_mut().find(|kept| kept.id == record.id) {
            kept.clone_from(&changed);
        }
        let notice = change.notice.map(|kind| BookingNotice::of(&changed, kind));
        self.notices.extend(notice);
        self.open(&change.tasks);
        changed
    }

    fn open(&mut self, tasks: &[PracticeTask]) {
        for task in tasks {
            if self.tasks.iter().all(|open| open.id != task.id) {
                self.tasks.push(task.clone());
            }
        }
    }
}

#[async_trait]
impl BookingStore for MemoryBookingStore {
    async fn now(&self) -> Result<Timestamp, StoreError> {
        Ok(self.clock.now())
    }

    async fn begin(
        &self,
        booking: &BookingDraft,
        _by: &Provenance,
    ) -> Result<BeginOutcome, StoreError> {
        let now = self.clock.now();
        let mut kept = self.kept();
        if let Some(same) = kept.find(|record| record.id == booking.id) {
            return Ok(BeginOutcome::AlreadyBegun(same));
        }
        let new = BookingRecord::begun(booking.clone(), now);
        let in_slot = |other: &BookingRecord| other.state.is_in_flight() && same_slot(other, &new);
        if new.state.is_in_flight()
            && let Some(other) = kept.in_the_way(now, in_slot)
        {
            return Ok(BeginOutcome::SlotBusy(other));
        }
        let of_patient =
            |other: &BookingRecord| other.state.is_being_booked() && same_patient(other, &new);
        if new.state.is_being_booked()
            && let Some(other) = kept.in_the_way(now, of_patient)
        {
            return Ok(BeginOutcome::PatientBusy(other));
        }
        if new.state.holds_appointment()
            && let Some(other) = kept.find(|other| holds_same(other, &new))
        {
            return Ok(BeginOutcome::SlotBusy(other));
        }
        kept.records.push(new.clone());
        Ok(BeginOutcome::Started(new))
    }

    async fn settle(
        &self,
        observed: &BookingRecord,
        change: &BookingChange,
        _by: &Provenance,
    ) -> Result<Option<BookingSettlement>, StoreError> {
        let now = self.clock.now();
        let mut kept = self.kept();
        let Some(record) = kept.find(|record| record.id == observed.id) else {
            return Ok(None);
        };
        let as_observed = (record.state, record.revision) == (observed.state, observed.revision);
        let allowed = as_observed && record.state.may_become(change.to);
        let blocks = |other: &BookingRecord| {
            let in_flight = change.to == BookingState::Cancelling
                && other.state.is_in_flight()
                && same_slot(other, &record);
            let holds = change.to.holds_appointment() && holds_same(other, &record);
            other.id != record.id && (in_flight || holds)
        };
        let blocked_by = kept.find(blocks).filter(|_| allowed).map(|other| other.id);
        let changed = allowed && blocked_by.is_none();
        let record = match changed {
            true => kept.change(&record, change, now),
            false => record,
        };
        Ok(Some(BookingSettlement {
            record,
            changed,
            blocked_by,
        }))
    }

    async fn get(&self, id: &BookingId) -> Result<Option<BookingRecord>, StoreError> {
        Ok(self.kept().find(|record| record.id == *id))
    }

    async fn confirmed(
        &self,
        practice: &OdsCode,
        appointment: &AppointmentKey,
    ) -> Result<Option<BookingRecord>, StoreError> {
        Ok(self.kept().find(|record| {
            record.state == BookingState::Confirmed
                && record.practice == *practice
                && record.appointment == *appointment
        }))
    }

    async fn unsettled(&self, practice: &OdsCode) -> Result<Vec<BookingRecord>, StoreError> {
        Ok(self.listed(|record| record.practice == *practice && record.state.is_in_flight()))
    }

    async fn watched(&self, practice: &OdsCode) -> Result<Vec<BookingRecord>, StoreError> {
        let now = self.clock.now();
        Ok(self.listed(|record| {
            record.practice == *practice
                && !record.state.is_in_flight()
                && record.watched_until.is_some_and(|until| until > now)
        }))
    }

    async fn of_patient(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
    ) -> Result<Vec<BookingRecord>, StoreError> {
        Ok(self
            .listed(|record| record.practice == *practice && record.appointment.patient == patient))
    }

    async fn notices(&self, practice: &OdsCode) -> Result<Vec<BookingNotice>, StoreError> {
        let kept = self.kept();
        let mut notices: Vec<_> = kept
            .notices
            .iter()
            .filter(|notice| notice.practice == *practice)
            .cloned()
            .collect();
        // Stable: notices of the same time stay in the order in which they were written.
        notices.sort_by_key(|notice| notice.at);
        Ok(notices)
    }

    async fn begin_move(&self, new: &BookingMove, _by: &Provenance) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let mut kept = self.kept();
        let is_free = kept
            .moves
            .iter()
            .all(|other| other.id != new.id && (other.from != new.from || !other.phase.is_open()));
        if is_free {
            kept.moves.push(new.clone().begun(now));
        }
        Ok(is_free)
    }

    async fn end_move(
        &self,
        moving: &BookingMove,
        end: &MoveEnd,
        _by: &Provenance,
    ) -> Result<bool, StoreError> {
        let at = self.clock.now();
        let mut kept = self.kept();
        let mut open = kept.moves.iter_mut().filter(|kept| kept.phase.is_open());
        let Some(open) = open.find(|open| open.id == moving.id) else {
            return Ok(false);
        };
        open.phase = end.phase;
        let notice = end.notice.clone();
        kept.notices
            .extend(notice.map(|notice| BookingNotice { at, ..notice }));
        kept.open(&end.tasks);
        Ok(true)
    }

    async fn find_move(&self, id: &BookingId) -> Result<Option<BookingMove>, StoreError> {
        let kept = self.kept();
        Ok(kept.moves.iter().find(|kept| kept.id == *id).cloned())
    }

    async fn open_moves(&self, practice: &OdsCode) -> Result<Vec<BookingMove>, StoreError> {
        let kept = self.kept();
        let open = kept.moves.iter();
        let open = open.filter(|kept| kept.practice == *practice && kept.phase.is_open());
        let mut open: Vec<_> = open.cloned().collect();
        open.sort_by_key(|moving| (moving.begun_at, moving.id));
        Ok(open)
    }

    async fn acknowledge_notice(
        &self,
        practice: &OdsCode,
        notice: &BookingNoticeId,
        _by: &Provenance,
    ) -> Result<bool, StoreError> {
        let mut kept = self.kept();
        let before = kept.notices.len();
        kept.notices
            .retain(|it| it.practice != *practice || it.id != *notice);
        Ok(kept.notices.len() < before)
    }
}

fn same_slot(one: &BookingRecord, other: &BookingRecord) -> bool {
    one.practice == other.practice && one.appointment.slot == other.appointment.slot
}

fn same_patient(one: &BookingRecord, other: &BookingRecord) -> bool {
    one.practice == other.practice && one.appointment.patient == other.appointment.patient
}

fn same_slot_and_patient(one: &BookingRecord, other: &BookingRecord) -> bool {
    same_slot(one, other) && same_patient(one, other)
}

/// Returns whether `other` holds the appointment of `record`. The session does not count.
fn holds_same(other: &BookingRecord, record: &BookingRecord) -> bool {
    other.state.holds_appointment()
        && same_slot_and_patient(other, record)
        && other.appointment.start == record.appointment.start
}
