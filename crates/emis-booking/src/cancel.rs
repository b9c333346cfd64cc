//! Cancelling: checked, sent once, read back.

use jiff::SignedDuration;

use crate::book::SEND_WITHIN;
use crate::booking::Booking;
use crate::error::{BookingError, unknown_booking};
use crate::ledger::BeginOutcome;
use crate::outcome::{CancelOutcome, CancelRefusal};
use crate::record::{BookingId, BookingRecord, BookingState};
use crate::sighting::{Answer, Sighting, after_cancelling, look};
use crate::slot::AppointmentKey;

impl Booking {
    /// Cancels a booking that was made here.
    ///
    /// It is cancelled only if the patient is seen in the slot, at the time that was booked, and
    /// the cut-off has not passed. `CancelAppointment` is sent once, and `Cancelled` means that
    /// the patient was seen to be out of the slot. Where that can't be told the outcome is
    /// `Unknown` and [`reconcile`](Self::reconcile) finds out.
    ///
    /// Cancelling works while self-booking is switched off.
    ///
    /// # Errors
    /// Where nothing was cancelled because EMIS or the ledger were in the way, or the booking is
    /// unknown.
    pub async fn cancel(&self, id: &BookingId) -> Result<CancelOutcome, BookingError> {
        let record = self.record(id).await?.ok_or_else(unknown_booking)?;
        match record.state {
            BookingState::Confirmed => {}
            BookingState::Cancelled => return Ok(CancelOutcome::Cancelled),
            BookingState::Cancelling => return Ok(CancelOutcome::Unknown),
            BookingState::Rejected(_) => return Ok(refused(CancelRefusal::NotBooked)),
            BookingState::Intended | BookingState::Unknown | BookingState::Unresolved => {
                return Ok(refused(CancelRefusal::Unclear));
            }
        }
        if let Some(refusal) = self.against_cancelling(&record.appointment).await? {
            if refusal == CancelRefusal::NotBooked {
                // The practice took the patient out of the slot.
                self.settle(id, BookingState::Cancelled).await;
            }
            return Ok(refused(refusal));
        }

        let begun = self
            .ledger
            .settle(id, BookingState::Cancelling, self.now(), &self.by)
            .await?;
        match begun {
            Some(begun) if begun.changed => self.cancel_begun(&begun.record).await,
            // Somebody is booking the slot at this moment.
            Some(begun) if begun.record.state == BookingState::Confirmed => {
                Ok(refused(CancelRefusal::BookingInHand))
            }
            // Another worker is cancelling it at this moment.
            _ => Ok(CancelOutcome::Unknown),
        }
    }

    /// Cancels an appointment that was not booked here, such as one that reception made.
    ///
    /// As [`cancel`](Self::cancel): the cancellation is in the ledger before it is sent, and where
    /// its outcome is `Unknown`, [`reconcile`](Self::reconcile) finds out. An appointment that
    /// was booked here is cancelled as that booking.
    ///
    /// # Errors
    /// Where nothing was cancelled because EMIS or the ledger were in the way.
    pub async fn cancel_appointment(
        &self,
        appointment: &AppointmentKey,
    ) -> Result<CancelOutcome, BookingError> {
        if let Some(ours) = self.confirmed(appointment).await? {
            return self.cancel(&ours.id).await;
        }
        if let Some(refusal) = self.against_cancelling(appointment).await? {
            return Ok(refused(refusal));
        }
        let record = BookingRecord::cancelling(self.practice.clone(), *appointment, self.now());
        match self.ledger.begin(&record, &self.by).await? {
            BeginOutcome::Started => self.cancel_begun(&record).await,
            BeginOutcome::SlotInHand(other)
                if other.state == BookingState::Cancelling && other.appointment == *appointment =>
            {
                Ok(CancelOutcome::Unknown)
            }
            _ => Ok(refused(CancelRefusal::BookingInHand)),
        }
    }

    /// Sends a cancellation that the ledger has, and settles it there.
    async fn cancel_begun(&self, record: &BookingRecord) -> Result<CancelOutcome, BookingError> {
        match self.send_cancellation(record).await {
            Ok(state) => Ok(outcome(self.settle(&record.id, state).await)),
            Err(error) => {
                self.settle(&record.id, BookingState::Confirmed).await;
                Err(error)
            }
        }
    }

    /// What speaks against cancelling: the cut-off, or that the patient is not seen in the slot at
    /// that time.
    async fn against_cancelling(
        &self,
        appointment: &AppointmentKey,
    ) -> Result<Option<CancelRefusal>, BookingError> {
        let emis = self.emis().await?;
        let cut_off = SignedDuration::from_mins(i64::from(self.settings.cancel_cut_off_minutes));
        let notice = appointment.start.duration_since(self.now());
        if notice < cut_off || !notice.is_positive() {
            return Ok(Some(CancelRefusal::TooLate));
        }
        Ok(match look(emis, appointment).await? {
            Sighting::Booked => None,
            Sighting::OtherPatient | Sighting::Empty => Some(CancelRefusal::NotBooked),
            Sighting::Unclear => Some(CancelRefusal::Unclear),
        })
    }

    /// Sends the cancellation, once, and reads back. An error means that nothing was cancelled.
    async fn send_cancellation(
        &self,
        record: &BookingRecord,
    ) -> Result<BookingState, BookingError> {
        let emis = self.emis().await?;
        let appointment = &record.appointment;
        if self.now().duration_since(record.changed_at) > SEND_WITHIN {
            tracing::warn!(booking = %record.id, "cancellation given up: it was held up");
            return Ok(BookingState::Confirmed);
        }
        let sent = emis
            .appointments()
            .cancel_appointment(appointment.slot, appointment.patient)
            .await;
        let answer = Answer::of(sent)?;
        let seen = look(emis, appointment).await.unwrap_or_else(|error| {
            tracing::warn!(error = %error.report(), "cancellation not read back");
            Sighting::Unclear
        });
        let state = after_cancelling(answer, seen);
        tracing::info!(booking = %record.id, %state, "cancellation attempted");
        Ok(state)
    }
}

fn refused(refusal: CancelRefusal) -> CancelOutcome {
    CancelOutcome::Refused(refusal)
}

fn outcome(state: BookingState) -> CancelOutcome {
    match state {
        BookingState::Cancelled => CancelOutcome::Cancelled,
        BookingState::Confirmed => refused(CancelRefusal::Refused),
        _ => CancelOutcome::Unknown,
    }
}
