//! The ledger: each request is answered once, and its answer is kept.

use std::time::Duration;

use emis_audit::{Digest, Provenance};
use emis_messaging::{PracticeTask, TaskKind, TaskSubject};

use crate::booking::Booking;
use crate::error::BookingError;
use crate::outcome::BookingOutcome;
use crate::proof::{notice, task};
use crate::record::{BookingChange, BookingDraft, BookingRecord};
use crate::rejection::Rejection;
use crate::state::{BookingState, CancelCause};
use crate::store::{BeginOutcome, BookingSettlement};

/// The time between two looks at a request whose first copy is being answered.
const POLL: Duration = Duration::from_millis(100);

impl Booking {
    /// Returns the answer to a request that was begun before. A copy that comes while the first is
    /// being answered waits for that answer.
    pub(crate) async fn answer_again(
        &self,
        earlier: BookingRecord,
        asked: &BookingDraft,
    ) -> Result<BookingOutcome, BookingError> {
        let same_request = match earlier.request {
            Some(request) => Some(request) == asked.request,
            None => earlier.appointment == asked.appointment,
        };
        if earlier.practice != self.practice || !same_request {
            return Err(BookingError::id_reused());
        }
        let is_answered = |record: &BookingRecord| {
            !matches!(record.state, BookingState::Intended | BookingState::Sending)
        };
        let record = self.settle_if_expired(earlier).await?;
        let record = self.wait_until(record, is_answered).await?;
        let details = match record.state {
            BookingState::Confirmed => self.details_if_read(&record.appointment).await,
            _ => None,
        };
        Ok(BookingOutcome::of(&record).with_details(details))
    }

    /// Waits for another worker to bring a booking to some state, and returns the booking as it
    /// stands then, or when the [wait](Self::wait_for_twin) is over.
    pub(crate) async fn wait_until(
        &self,
        mut record: BookingRecord,
        is_there: impl Fn(&BookingRecord) -> bool,
    ) -> Result<BookingRecord, BookingError> {
        let mut waited = Duration::ZERO;
        while !is_there(&record) && waited < self.twin_wait {
            tokio::time::sleep(POLL).await;
            waited = waited.saturating_add(POLL);
            let found = self.store.get(&record.id).await?;
            record = found.ok_or_else(BookingError::unknown_booking)?;
        }
        Ok(record)
    }

    /// Settles an intent whose worker died.
    async fn settle_if_expired(
        &self,
        record: BookingRecord,
    ) -> Result<BookingRecord, BookingError> {
        if record.state != BookingState::Intended || !record.has_expired(self.store.now().await?) {
            return Ok(record);
        }
        let settlement = self.change(&record, BookingChange::expiry(&record)).await?;
        Ok(settlement.record)
    }

    /// Records and returns a rejection that was decided before the booking was begun.
    pub(crate) async fn reject(
        &self,
        draft: &BookingDraft,
        rejection: Rejection,
    ) -> Result<BookingOutcome, BookingError> {
        let rejected = draft.clone().in_state(BookingState::Rejected(rejection));
        match self.store.begin(&rejected, &self.author).await? {
            BeginOutcome::AlreadyBegun(earlier) => self.answer_again(earlier, draft).await,
            _ => Ok(BookingOutcome::Rejected(rejection)),
        }
    }

    /// Changes a booking as it was observed.
    pub(crate) async fn change(
        &self,
        observed: &BookingRecord,
        change: BookingChange,
    ) -> Result<BookingSettlement, BookingError> {
        self.change_by(observed, change, &self.author).await
    }

    pub(crate) async fn change_by(
        &self,
        observed: &BookingRecord,
        change: BookingChange,
        author: &Provenance,
    ) -> Result<BookingSettlement, BookingError> {
        let (practice, booking) = (&self.practice, observed.id);
        let settlement = self.store.settle(observed, &change, author).await?;
        let settlement = settlement.ok_or_else(BookingError::unknown_booking)?;
        self.note_in_cache(&settlement.record);
        if settlement.changed {
            Box::pin(self.follow_change(&settlement.record)).await;
        }
        let (state, changed) = (settlement.record.state, settlement.changed);
        tracing::info!(%practice, %booking, %state, changed, "booking settled");
        Ok(settlement)
    }

    /// Returns the place in the limits of a booking that was not made, and notes at the patient's
    /// links what became of it. A failure is logged: the change is made.
    async fn follow_change(&self, record: &BookingRecord) {
        let followed = async {
            if matches!(record.state, BookingState::Rejected(_)) {
                let returned = self.admissions.return_place(&self.practice, &record.id);
                returned.await?;
            }
            self.note_at_links(record).await
        };
        if let Err(error) = followed.await {
            let (practice, error) = (&self.practice, error.report());
            tracing::warn!(%practice, booking = %record.id, error, "change of a booking not followed");
        }
    }

    /// Changes a booking that was proved to be in the appointment book. Another that holds the same
    /// appointment in the store is gone from it: an appointment has one reference.
    pub(crate) async fn confirm(
        &self,
        observed: &BookingRecord,
        change: BookingChange,
        is_proved: bool,
        author: &Provenance,
    ) -> Result<BookingSettlement, BookingError> {
        let settlement = self.change_by(observed, change.clone(), author).await?;
        let Some(other) = settlement.blocked_by else {
            return Ok(settlement);
        };
        if !is_proved {
            let rejected = BookingState::Rejected(Rejection::AlreadyBooked);
            return self
                .change_by(observed, BookingChange::to(rejected), author)
                .await;
        }
        if let Some(other) = self.store.get(&other).await? {
            let gone = BookingChange::to(BookingState::Cancelled);
            self.change_by(&other, gone, author).await?;
        }
        self.change_by(observed, change, author).await
    }

    /// Returns a change together with the notice that tells the patient of it, and the task that it
    /// opens for the practice.
    pub(crate) fn told(&self, observed: &BookingRecord, to: BookingState) -> BookingChange {
        let mut change = BookingChange::to(to);
        if let Some(notice) = notice(observed, to) {
            change = change.telling(notice);
        }
        match task(observed, to) {
            Some(kind) => change.asking(self.task(kind, observed)),
            None => change,
        }
    }

    /// Returns a task about a booking.
    pub(crate) fn task(&self, kind: TaskKind, record: &BookingRecord) -> PracticeTask {
        let appointment = &record.appointment;
        let (patient, slot) = (appointment.patient, appointment.slot);
        let start = appointment.starts().datetime();
        let mut subject = TaskSubject::appointment(patient, slot, start);
        subject.session = Some(appointment.session);
        subject.booking = Some(record.id.to_string());
        // Each occurrence has a task of its own.
        subject.cause = Some(format!("{}/{}", record.state, record.revision));
        PracticeTask::new(self.practice.clone(), kind, subject, self.now())
    }

    /// Returns the change that begins a cancellation.
    pub(crate) fn cancelling(cause: CancelCause) -> BookingChange {
        BookingChange::to(BookingState::Cancelling).because(cause)
    }

    /// Returns a draft of a request at this practice.
    pub(crate) fn draft(&self, request: &crate::request::BookingRequest) -> BookingDraft {
        let digest: Digest = request.digest(&self.practice);
        BookingDraft::intended(request.id, self.practice.clone(), request.appointment())
            .of_request(digest)
    }
}
