//! Cancels: checked, stored, sent once, read back.

use emis_messaging::PracticeTask;
use jiff::{SignedDuration, Timestamp};

use crate::booking::Booking;
use crate::error::BookingError;
use crate::id::BookingId;
use crate::outcome::{CancelOutcome, CancelRefusal};
use crate::proof::{WriteAnswer, after_cancelling};
use crate::read_back::{Sighting, look, look_for};
use crate::record::{BookingChange, BookingDraft, BookingRecord};
use crate::slot::AppointmentKey;
use crate::state::{BookingState, CancelCause};
use crate::store::BeginOutcome;
use crate::telemetry::{Action, Observation};

impl Booking {
    /// Cancels a booking that was made here.
    ///
    /// It is cancelled only if the patient is seen in the slot, at the time that was booked and with
    /// the booking's reference, and the cut-off has not passed. `CancelAppointment` is sent
    /// **once**. `Cancelled` means that EMIS answered so and the patient was seen to be out of the
    /// slot. If that can't be told, the outcome is `Unknown` and [`reconcile`](Self::reconcile)
    /// settles it.
    ///
    /// Cancelling works while self-booking is switched off.
    ///
    /// # Errors
    /// If nothing was cancelled because EMIS or the store prevented it, or if the booking is
    /// [unknown](crate::BookingErrorKind::UnknownBooking).
    ///
    /// # Examples
    /// ```
    /// use emis_booking::{Booking, BookingError, BookingId};
    ///
    /// async fn cancel(booking: &Booking, id: &BookingId) -> Result<String, BookingError> {
    ///     Ok(booking.cancel(id).await?.to_string()) // a sentence for the patient
    /// }
    /// ```
    ///
    /// # Cancel safety
    /// Safe to drop at any point: `reconcile` settles what was begun, and a
    /// [notice](Self::notices) tells the patient.
    pub async fn cancel(&self, id: &BookingId) -> Result<CancelOutcome, BookingError> {
        let observed = Observation::begin(self, Action::Cancel, Some(id));
        observed.of(self.cancel_booking(id)).await
    }

    /// Cancels an appointment that was not booked here, such as one that reception made.
    ///
    /// It is stored before it is sent, as in [`cancel`](Self::cancel). An appointment that was
    /// booked here is cancelled as that booking.
    ///
    /// # Errors
    /// If nothing was cancelled because EMIS or the store prevented it.
    ///
    /// # Cancel safety
    /// As [`cancel`](Self::cancel).
    pub async fn cancel_appointment(
        &self,
        appointment: &AppointmentKey,
    ) -> Result<CancelOutcome, BookingError> {
        let observed = Observation::begin(self, Action::Cancel, None);
        observed.of(self.cancel_other(appointment)).await
    }

    async fn cancel_booking(&self, id: &BookingId) -> Result<CancelOutcome, BookingError> {
        let record = self.record(id).await?;
        let record = record.ok_or_else(BookingError::unknown_booking)?;
        match record.state {
            BookingState::Confirmed => {}
            BookingState::Cancelled => return Ok(CancelOutcome::Cancelled),
            BookingState::Cancelling => return self.cancelled_by_another(record).await,
            BookingState::Rejected(_) => return Ok(refused(CancelRefusal::NotBooked)),
            BookingState::Intended | BookingState::Sending | BookingState::Unknown => {
                return Ok(refused(CancelRefusal::BookingInProgress));
            }
            BookingState::Unresolved => return Ok(refused(CancelRefusal::Unclear)),
        }
        if self.is_too_late(&record.appointment) {
            return Ok(refused(CancelRefusal::TooLate));
        }
        if let Some(refusal) = self.against_cancelling(&record).await? {
            return Ok(refused(refusal));
        }
        self.cancel_confirmed(&record, CancelCause::Requested).await
    }

    /// Cancels a booking that was seen to stand.
    pub(crate) async fn cancel_confirmed(
        &self,
        record: &BookingRecord,
        cause: CancelCause,
    ) -> Result<CancelOutcome, BookingError> {
        self.cancel_asking(record, cause, None).await
    }

    /// Cancels a booking that was seen to stand, and opens a task with it.
    pub(crate) async fn cancel_asking(
        &self,
        record: &BookingRecord,
        cause: CancelCause,
        task: Option<PracticeTask>,
    ) -> Result<CancelOutcome, BookingError> {
        let since = self.now();
        let mut change = Self::cancelling(cause);
        change.tasks.extend(task);
        let begun = self.change(record, change).await?;
        match begun.record.state {
            _ if begun.changed => self.send_cancellation(&begun.record, since).await,
            // The slot is being booked at this moment.
            BookingState::Confirmed => Ok(refused(CancelRefusal::BookingInProgress)),
            _ => self.cancelled_by_another(begun.record).await,
        }
    }

    /// Waits for the outcome of a cancellation that another worker is sending.
    async fn cancelled_by_another(
        &self,
        record: BookingRecord,
    ) -> Result<CancelOutcome, BookingError> {
        let is_settled = |record: &BookingRecord| record.state != BookingState::Cancelling;
        let waited = record.unchanged_for(self.store.now().await?);
        let is_recent = waited.unsigned_abs() < self.twin_wait;
        let record = match is_recent {
            true => self.wait_until(record, is_settled).await?,
            false => record,
        };
        Ok(match record.state {
            BookingState::Cancelled => CancelOutcome::Cancelled,
            BookingState::Confirmed => refused(CancelRefusal::Refused),
            _ => CancelOutcome::Unknown,
        })
    }

    async fn cancel_other(
        &self,
        appointment: &AppointmentKey,
    ) -> Result<CancelOutcome, BookingError> {
        if self.is_too_late(appointment) {
            return Ok(refused(CancelRefusal::TooLate));
        }
        let draft = BookingDraft::cancelling(self.practice.clone(), *appointment);
        let ours = self.confirmed(appointment).await?;
        let reference = ours.as_ref().map_or(draft.id, |ours| ours.id).reference();
        let seen = look_for(self.emis().await?, appointment, reference).await?;
        match (seen, &ours) {
            (Sighting::Ours, Some(ours)) => {
                return self.cancel_confirmed(ours, CancelCause::Requested).await;
            }
            (Sighting::Unreferenced, Some(ours)) => {
                if self.notes_proof(ours).stands(seen) == Some(true) {
                    return self.cancel_confirmed(ours, CancelCause::Requested).await;
                }
                // The practice cancelled ours and booked the patient again.
                self.change(ours, BookingChange::to(BookingState::Cancelled))
                    .await?;
            }
            (Sighting::Unreferenced | Sighting::Ours, None) => {}
            (Sighting::OtherPatient | Sighting::Empty, ours) => {
                if let Some(ours) = ours {
                    self.change(ours, BookingChange::to(BookingState::Cancelled))
                        .await?;
                }
                return Ok(refused(CancelRefusal::NotBooked));
            }
            (Sighting::Unclear, _) => return Ok(refused(CancelRefusal::Unclear)),
        }
        let since = self.now();
        match self.store.begin(&draft, &self.author).await? {
            BeginOutcome::Started(record) => self.send_cancellation(&record, since).await,
            BeginOutcome::SlotBusy(other)
                if other.state == BookingState::Cancelling && other.appointment == *appointment =>
            {
                self.cancelled_by_another(other).await
            }
            _ => Ok(refused(CancelRefusal::BookingInProgress)),
        }
    }

    /// Returns whether the cut-off of an appointment has passed, or it has begun.
    pub(crate) fn is_too_late(&self, appointment: &AppointmentKey) -> bool {
        self.is_within(appointment, self.settings.cancel_cut_off_minutes)
    }

    /// Returns whether an appointment starts within this time, or has begun.
    pub(crate) fn is_within(&self, appointment: &AppointmentKey, minutes: u32) -> bool {
        let cut_off = SignedDuration::from_mins(i64::from(minutes));
        let notice = appointment.start.duration_since(self.now());
        notice < cut_off || !notice.is_positive()
    }

    /// Returns what speaks against cancelling: that the booking is not seen to stand. One whose
    /// patient is out of the slot is settled.
    pub(crate) async fn against_cancelling(
        &self,
        record: &BookingRecord,
    ) -> Result<Option<CancelRefusal>, BookingError> {
        let seen = look(self.emis().await?, record).await?;
        Ok(match self.notes_proof(record).stands(seen) {
            Some(true) => None,
            // The patient is there without the reference: booked again, or the note was rewritten.
            Some(false) if seen == Sighting::Unreferenced => Some(CancelRefusal::Unclear),
            Some(false) => {
                self.change(record, BookingChange::to(BookingState::Cancelled))
                    .await?;
                Some(CancelRefusal::NotBooked)
            }
            None => Some(CancelRefusal::Unclear),
        })
    }

    /// Sends a cancellation that is stored, once, and settles it as far as it can be told. An error
    /// means that nothing was sent. `since` is the worker's time from before it was stored.
    pub(crate) async fn send_cancellation(
        &self,
        record: &BookingRecord,
        since: Timestamp,
    ) -> Result<CancelOutcome, BookingError> {
        let appointment = &record.appointment;
        // Told although it is answered: the answer may be lost.
        let not_sent = self.told(record, BookingState::Confirmed);
        let emis = match self.emis().await {
            Ok(emis) => emis,
            Err(error) => {
                self.change(record, not_sent).await?;
                return Err(error);
            }
        };
        if self.is_held_up(since) {
            self.change(record, not_sent).await?;
            return Ok(refused(CancelRefusal::Refused));
        }
        let sent = emis
            .appointments()
            .cancel_appointment(appointment.slot, appointment.patient)
            .await;
        let answer = match WriteAnswer::of(sent) {
            WriteAnswer::NotSent(error) => {
                self.change(record, not_sent).await?;
                return Err(error.into());
            }
            answer => answer,
        };
        if let WriteAnswer::Unclear(error) = &answer {
            let (practice, error) = (&self.practice, error.report());
            tracing::warn!(%practice, booking = %record.id, error, "cancellation in doubt");
        }
        let seen = self.look_or_unclear(record).await;
        let state = after_cancelling(answer.is_done(), seen, self.notes_proof(record));
        if state == BookingState::Cancelled {
            // What is known counts more than the store, in which it stays unsettled for now.
            let _ = self.change(record, self.told(record, state)).await;
            return Ok(CancelOutcome::Cancelled);
        }
        Ok(CancelOutcome::Unknown)
    }
}

pub(crate) fn refused(refusal: CancelRefusal) -> CancelOutcome {
    CancelOutcome::Refused(refusal)
}
