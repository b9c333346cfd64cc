//! Cancelling: checked, sent once, read back.

use jiff::SignedDuration;

use crate::booking::Booking;
use crate::error::{BookingError, BookingErrorKind as Kind};
use crate::outcome::{CancelOutcome, CancelRefusal};
use crate::record::{BookingId, BookingState};
use crate::sighting::{Answer, Sighting, after_cancelling, look};
use crate::slot::Appointment;

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
        let record = self.record(id).await?.ok_or_else(|| {
            BookingError::new(Kind::UnknownBooking, "the ledger has no such booking")
        })?;
        match record.state {
            BookingState::Confirmed => {}
            BookingState::Cancelled => return Ok(CancelOutcome::Cancelled),
            BookingState::Cancelling => return Ok(CancelOutcome::Unknown),
            BookingState::Rejected(_) => return Ok(refused(CancelRefusal::NotBooked)),
            BookingState::Intended | BookingState::Unknown => {
                return Ok(refused(CancelRefusal::Unclear));
            }
        }
        let appointment = record.appointment();
        if let Some(refusal) = self.against_cancelling(&appointment).await? {
            if refusal == CancelRefusal::NotBooked {
                // The practice took the patient out of the slot.
                self.settle(id, BookingState::Cancelled).await;
            }
            return Ok(refused(refusal));
        }

        let begun = self
            .ledger
            .settle(id, BookingState::Cancelling, self.now())
            .await?;
        if !begun.is_some_and(|begun| begun.changed) {
            // Another worker is cancelling it at this moment.
            return Ok(CancelOutcome::Unknown);
        }
        match self.send_cancellation(&appointment).await {
            Ok(state) => Ok(outcome(self.settle(id, state).await)),
            Err(error) => {
                self.settle(id, BookingState::Confirmed).await;
                Err(error)
            }
        }
    }

    /// Cancels an appointment that the ledger does not know, such as one that reception booked.
    ///
    /// As [`cancel`](Self::cancel), but nothing keeps track of it: where the outcome is
    /// `Unknown`, asking again a few minutes later is the way to find out.
    ///
    /// # Errors
    /// Where nothing was cancelled because EMIS was in the way.
    pub async fn cancel_appointment(
        &self,
        appointment: &Appointment,
    ) -> Result<CancelOutcome, BookingError> {
        match self.against_cancelling(appointment).await? {
            Some(refusal) => Ok(refused(refusal)),
            None => self.send_cancellation(appointment).await.map(outcome),
        }
    }

    /// What speaks against cancelling: the cut-off, or that the patient is not seen in the slot at
    /// that time.
    async fn against_cancelling(
        &self,
        appointment: &Appointment,
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
        appointment: &Appointment,
    ) -> Result<BookingState, BookingError> {
        let emis = self.emis().await?;
        let sent = emis
            .appointments()
            .cancel_appointment(appointment.slot, appointment.patient)
            .await;
        let answer = Answer::of(sent)?;
        let seen = look(emis, appointment).await.unwrap_or_else(|error| {
            tracing::warn!(error = %error.chain(), "cancellation not read back");
            Sighting::Unclear
        });
        let state = after_cancelling(answer, seen);
        tracing::info!(slot = %appointment.slot, %state, "cancellation attempted");
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
