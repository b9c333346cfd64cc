//! Cancels: checked, stored, sent once, read back.

use jiff::SignedDuration;

use crate::booking::{Booking, SEND_WITHIN};
use crate::error::BookingError;
use crate::outcome::{CancelOutcome, CancelRefusal};
use crate::read_back::{Sighting, WriteAnswer, after_cancelling, look};
use crate::record::{BookingId, BookingRecord, BookingState};
use crate::slot::AppointmentKey;
use crate::store::BeginOutcome;
use crate::telemetry::{Action, Observation};

impl Booking {
    /// Cancels a booking that was made here.
    ///
    /// It is cancelled only if the patient is seen in the slot, at the time that was booked, and
    /// the cut-off has not passed. `CancelAppointment` is sent **once**. `Cancelled` means that
    /// the patient was seen to be out of the slot. If that can't be told, the outcome is
    /// `Unknown` and [`reconcile`](Self::reconcile) settles it.
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
    /// Safe to drop at any point: `reconcile` settles what was begun.
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

        let (state, author) = (BookingState::Cancelling, &self.author);
        let begun = self.store.settle(id, state, self.now(), author).await?;
        match begun {
            Some(begun) if begun.changed => self.cancel_begun(&begun.record).await,
            // The slot is being booked at this moment.
            Some(begun) if begun.record.state == BookingState::Confirmed => {
                Ok(refused(CancelRefusal::BookingInProgress))
            }
            // Another worker is cancelling it at this moment.
            _ => Ok(CancelOutcome::Unknown),
        }
    }

    async fn cancel_other(
        &self,
        appointment: &AppointmentKey,
    ) -> Result<CancelOutcome, BookingError> {
        if let Some(ours) = self.confirmed(appointment).await? {
            return self.cancel_booking(&ours.id).await;
        }
        if let Some(refusal) = self.against_cancelling(appointment).await? {
            return Ok(refused(refusal));
        }
        let record = BookingRecord::cancelling(self.practice.clone(), *appointment, self.now());
        match self.store.begin(&record, &self.author).await? {
            BeginOutcome::Started => self.cancel_begun(&record).await,
            BeginOutcome::SlotBusy(other)
                if other.state == BookingState::Cancelling && other.appointment == *appointment =>
            {
                Ok(CancelOutcome::Unknown)
            }
            _ => Ok(refused(CancelRefusal::BookingInProgress)),
        }
    }

    /// Sends a cancellation that is stored, and settles it.
    async fn cancel_begun(&self, record: &BookingRecord) -> Result<CancelOutcome, BookingError> {
        match self.send_cancellation(record).await {
            Ok(state) => Ok(match self.settle(&record.id, state).await {
                BookingState::Cancelled => CancelOutcome::Cancelled,
                BookingState::Confirmed => refused(CancelRefusal::Refused),
                _ => CancelOutcome::Unknown,
            }),
            Err(error) => {
                self.settle(&record.id, BookingState::Confirmed).await;
                Err(error)
            }
        }
    }

    /// Returns what speaks against cancelling: the cut-off, or that the patient is not seen in
    /// the slot at that time.
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
        let (appointment, practice) = (&record.appointment, &self.practice);
        if self.now().duration_since(record.changed_at) > SEND_WITHIN {
            tracing::warn!(%practice, booking = %record.id, "cancellation given up: it was held up");
            return Ok(BookingState::Confirmed);
        }
        let sent = emis
            .appointments()
            .cancel_appointment(appointment.slot, appointment.patient)
            .await;
        let answer = WriteAnswer::of(sent)?;
        let seen = look(emis, appointment).await.unwrap_or_else(|error| {
            let error = error.report();
            tracing::warn!(%practice, booking = %record.id, error, "cancellation not read back");
            Sighting::Unclear
        });
        let state = after_cancelling(&answer, seen);
        tracing::info!(%practice, booking = %record.id, %state, "cancellation attempted");
        match answer.into_failure() {
            Some(error) if state == BookingState::Confirmed => Err(error.into()),
            _ => Ok(state),
        }
    }
}

fn refused(refusal: CancelRefusal) -> CancelOutcome {
    CancelOutcome::Refused(refusal)
}
