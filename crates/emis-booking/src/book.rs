//! Books: checked, stored, sent once, read back.

use emis_client::model::NewBooking;
use emis_types::Sensitive;

use crate::booking::{Booking, SEND_WITHIN};
use crate::checks::{LimitCheck, Stop, check_limit, check_patient};
use crate::error::{BookingError, BookingErrorKind};
use crate::outcome::BookingOutcome;
use crate::read_back::{Sighting, WriteAnswer, after_booking, look};
use crate::record::{BookingRecord, BookingState};
use crate::rejection::Rejection;
use crate::request::BookingRequest;
use crate::rules::BookingWindow;
use crate::slot::AppointmentKey;
use crate::store::BeginOutcome;
use crate::telemetry::{Action, Observation};

impl Booking {
    /// Books a slot for a patient.
    ///
    /// 1. The intent is stored, durably.
    /// 2. Patient, limit and slot are read afresh and checked against the practice's rules.
    /// 3. `BookAppointment` is sent, **once**.
    /// 4. The slot and the patient's appointments are read back.
    ///
    /// `Confirmed` means that the patient was seen in the slot. Any answer of EMIS, and no
    /// answer, is only believed after step 4. If that does not tell, the outcome is `Unknown` until
    /// [`reconcile`](Self::reconcile) has looked again: a slot that reads free right after a call
    /// was cut off proves nothing, because the call may still be in flight.
    ///
    /// # Errors
    /// If nothing was booked because EMIS, the store or the settings prevented it.
    ///
    /// # Examples
    /// ```
    /// use emis_booking::{Booking, BookingError, BookingOutcome, BookingRequest};
    ///
    /// async fn book(booking: &Booking, request: &BookingRequest) -> Result<String, BookingError> {
    ///     let outcome = booking.book(request).await?;
    ///     if let BookingOutcome::Confirmed(confirmation) = &outcome {
    ///         println!("booked as {}", confirmation.id);
    ///     }
    ///     Ok(outcome.to_string()) // a sentence for the patient
    /// }
    /// ```
    ///
    /// # Cancel safety
    /// Safe to drop at any point: `reconcile` settles what was begun.
    pub async fn book(&self, request: &BookingRequest) -> Result<BookingOutcome, BookingError> {
        let observed = Observation::begin(self, Action::Book, Some(&request.id));
        let booked = observed.of(self.book_once(request));
        booked.await
    }

    async fn book_once(&self, request: &BookingRequest) -> Result<BookingOutcome, BookingError> {
        if !self.settings.enabled {
            return Ok(BookingOutcome::Rejected(Rejection::NotOffered));
        }
        self.check_settings()?;

        let (practice, appointment) = (self.practice.clone(), request.appointment());
        let record = BookingRecord::begun(request.id, practice, appointment, self.now());
        match self.store.begin(&record, &self.author).await? {
            BeginOutcome::Started => {}
            BeginOutcome::AlreadyBegun(earlier) => {
                return self.answer_again(&record, &earlier).await;
            }
            BeginOutcome::SlotBusy(other) if other.appointment.patient != request.patient => {
                return Ok(BookingOutcome::Rejected(Rejection::SlotTaken));
            }
            BeginOutcome::SlotBusy(_) | BeginOutcome::PatientBusy(_) => {
                return Ok(BookingOutcome::Rejected(Rejection::BookingInProgress));
            }
        }

        let (state, failure) = match self.attempt(request, &record).await {
            Ok(state) => (state, None),
            Err(Stop::Rejected(rejection)) => (BookingState::Rejected(rejection), None),
            Err(Stop::Failed(error)) => (BookingState::Rejected(Rejection::NotBooked), Some(error)),
        };
        let state = self.settle(&record.id, state).await;
        let practice = &self.practice;
        tracing::info!(%practice, booking = %record.id, %state, "booking attempted");
        match failure {
            Some(error) => Err(error),
            None => self.outcome(&BookingRecord { state, ..record }).await,
        }
    }

    /// Answers a repeated request with the outcome of the first.
    async fn answer_again(
        &self,
        asked: &BookingRecord,
        earlier: &BookingRecord,
    ) -> Result<BookingOutcome, BookingError> {
        if (&asked.practice, asked.appointment) != (&earlier.practice, earlier.appointment) {
            return Err(BookingError::id_reused());
        }
        self.outcome(earlier).await
    }

    /// Returns the outcome that a record states; that of the earlier booking of the same
    /// appointment, if there was one.
    async fn outcome(&self, record: &BookingRecord) -> Result<BookingOutcome, BookingError> {
        let mut outcome = BookingOutcome::of(record);
        if record.state == BookingState::Rejected(Rejection::AlreadyBooked)
            && let Some(earlier) = self.confirmed(&record.appointment).await?
        {
            outcome = BookingOutcome::of(&earlier);
        }
        outcome.ok_or_else(BookingError::id_reused)
    }

    /// Does what lies between the two writes to the store. If it stops, nothing was booked.
    async fn attempt(
        &self,
        request: &BookingRequest,
        record: &BookingRecord,
    ) -> Result<BookingState, Stop> {
        let appointment = record.appointment;
        if self.shows_taken(&request.slot) {
            return Err(Rejection::SlotTaken.into());
        }
        BookingWindow::open(&self.settings, self.now())
            .check(appointment.start)
            .map_err(|reason| reason.rejection())?;
        let emis = self.emis().await?;
        check_patient(emis, request).await?;
        let limit = check_limit(emis, &self.settings, self.now(), &appointment).await?;
        if limit == LimitCheck::HasThisOne {
            return match look(emis, &appointment).await? {
                Sighting::Booked => self.booked_before(&appointment).await,
                _ => Err(Rejection::SlotChanged.into()),
            };
        }
        self.check_slot(&request.slot).await?;
        let booking = self.new_booking(request)?;
        let practice = &self.practice;
        if self.now().duration_since(record.begun_at) > SEND_WITHIN {
            tracing::warn!(%practice, booking = %record.id, "booking given up: the checks took too long");
            return Err(Rejection::NotBooked.into());
        }

        let sent = emis.appointments().book_appointment(&booking).await;
        let answer = WriteAnswer::of(sent)?;
        // From here on a failure no longer means that nothing was booked.
        let seen = look(emis, &appointment).await.unwrap_or_else(|error| {
            let error = error.report();
            tracing::warn!(%practice, booking = %record.id, error, "booking not read back");
            Sighting::Unclear
        });
        let state = after_booking(&answer, seen);
        match answer.into_failure() {
            Some(error) if matches!(state, BookingState::Rejected(Rejection::Refused)) => {
                Err(error.into())
            }
            _ => Ok(state),
        }
    }

    /// Returns the state of a request whose appointment exists already. One that reception made
    /// becomes the request's; one that was booked here stays that booking, so that it can be
    /// cancelled under one ID only.
    async fn booked_before(&self, appointment: &AppointmentKey) -> Result<BookingState, Stop> {
        Ok(match self.confirmed(appointment).await? {
            Some(_) => BookingState::Rejected(Rejection::AlreadyBooked),
            None => BookingState::Confirmed,
        })
    }

    fn new_booking(&self, request: &BookingRequest) -> Result<NewBooking, BookingError> {
        let booked_by = self.settings.booked_by.ok_or_else(|| {
            let message = "the booking settings name no member of staff to book as";
            BookingError::new(BookingErrorKind::Settings, message)
        })?;
        let reason = self.settings.reason.clone();
        let mut booking = NewBooking::new(request.slot.slot, request.patient, booked_by, reason);
        booking.note = Some(Sensitive::new(request.id.to_string()));
        Ok(booking)
    }
}
