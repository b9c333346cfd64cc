//! Booking: checked, written down, sent once, read back.

use emis_client::model::NewBooking;
use emis_types::{PatientNumber, Sensitive};
use jiff::SignedDuration;

use crate::booking::Booking;
use crate::checks::{Limit, Stop, check_limit, check_patient, check_slot};
use crate::error::{BookingError, BookingErrorKind as Kind};
use crate::ledger::BeginOutcome;
use crate::outcome::BookingOutcome;
use crate::patient::PatientIdentity;
use crate::record::{BookingId, BookingRecord, BookingState};
use crate::rejection::Rejection;
use crate::rules::BookingWindow;
use crate::sighting::{Answer, Sighting, after_booking, look};
use crate::slot::{AppointmentKey, SlotChoice};

/// How long after it was begun a booking, or a cancellation, may still be sent. A worker that
/// was held up longer gives it up: by then others may have concluded that it was never sent.
pub(crate) const SEND_WITHIN: SignedDuration = SignedDuration::from_mins(3);

/// Who wants which slot.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BookingRequest {
    /// Names this attempt. A request that comes again under the same id is answered with what
    /// became of it and is not sent again. A new attempt takes a new id.
    pub id: BookingId,
    /// The slot.
    pub slot: SlotChoice,
    /// The patient.
    pub patient: PatientNumber,
    /// What else is known about the patient, and must match EMIS's record.
    pub identity: PatientIdentity,
}

impl BookingRequest {
    /// A request under a new id.
    pub fn new(slot: SlotChoice, patient: PatientNumber, identity: PatientIdentity) -> Self {
        Self {
            id: BookingId::random(),
            slot,
            patient,
            identity,
        }
    }

    /// The same under an id that was handed out before, with the form say.
    #[must_use]
    pub fn with_id(mut self, id: BookingId) -> Self {
        self.id = id;
        self
    }

    pub(crate) fn appointment(&self) -> AppointmentKey {
        AppointmentKey {
            session: self.slot.session,
            slot: self.slot.slot,
            patient: self.patient,
            start: self.slot.start,
        }
    }
}

impl Booking {
    /// Books a slot for a patient.
    ///
    /// The intent is written to the ledger; patient, limit and slot are read afresh and checked
    /// against the practice's rules; `BookAppointment` is sent, **once**; and the slot and the
    /// patient's appointments are read back. `Confirmed` means that the patient was seen in the
    /// slot. Where that can't be told the outcome is `Unknown`, and stays so until
    /// [`reconcile`](Self::reconcile) has looked again: a slot that reads free right after a
    /// call was cut off proves nothing, for the call may still be on its way.
    ///
    /// Dropping the future at any point is safe: what was begun is settled by `reconcile` too.
    ///
    /// # Errors
    /// Where nothing was booked because EMIS, the ledger or the settings were in the way.
    pub async fn book(&self, request: &BookingRequest) -> Result<BookingOutcome, BookingError> {
        if !self.settings.enabled {
            return Ok(BookingOutcome::Rejected(Rejection::NotOffered));
        }
        self.check_settings()?;

        let record = self.begun(request);
        match self.ledger.begin(&record, &self.by).await? {
            BeginOutcome::Started => {}
            BeginOutcome::AlreadyBegun(earlier) => {
                return self.answer_again(&record, &earlier).await;
            }
            BeginOutcome::SlotInHand(other) if other.appointment.patient != request.patient => {
                return Ok(BookingOutcome::Rejected(Rejection::SlotTaken));
            }
            BeginOutcome::SlotInHand(_) | BeginOutcome::PatientInHand(_) => {
                return Ok(BookingOutcome::Rejected(Rejection::BookingInHand));
            }
        }

        let (state, failure) = match self.attempt(request, &record).await {
            Ok(state) => (state, None),
            Err(Stop::Rejected(rejection)) => (BookingState::Rejected(rejection), None),
            Err(Stop::Failed(error)) => (BookingState::Rejected(Rejection::NotBooked), Some(error)),
        };
        let state = self.settle(&record.id, state).await;
        tracing::info!(booking = %record.id, %state, "booking attempted");
        match failure {
            Some(error) => Err(error),
            None => self.outcome(&BookingRecord { state, ..record }).await,
        }
    }

    fn begun(&self, request: &BookingRequest) -> BookingRecord {
        let (practice, appointment) = (self.practice.clone(), request.appointment());
        BookingRecord::begun(request.id, practice, appointment, self.now())
    }

    /// Answers a request that came before with what became of it then.
    async fn answer_again(
        &self,
        asked: &BookingRecord,
        earlier: &BookingRecord,
    ) -> Result<BookingOutcome, BookingError> {
        if (&asked.practice, asked.appointment) != (&earlier.practice, earlier.appointment) {
            return Err(id_reused());
        }
        self.outcome(earlier).await
    }

    /// What a record says became of its request: maybe that another had booked before.
    async fn outcome(&self, record: &BookingRecord) -> Result<BookingOutcome, BookingError> {
        let mut outcome = BookingOutcome::of(record);
        if record.state == BookingState::Rejected(Rejection::AlreadyBooked)
            && let Some(earlier) = self.confirmed(&record.appointment).await?
        {
            outcome = BookingOutcome::of(&earlier);
        }
        outcome.ok_or_else(id_reused)
    }

    /// Everything between the ledger's two entries. Where it stops, nothing was booked.
    async fn attempt(
        &self,
        request: &BookingRequest,
        record: &BookingRecord,
    ) -> Result<BookingState, Stop> {
        let appointment = record.appointment;
        BookingWindow::open(&self.settings, self.now())
            .check(appointment.start)
            .map_err(|reason| reason.rejection())?;
        let emis = self.emis().await?;
        check_patient(emis, request).await?;
        if check_limit(emis, &self.settings, self.now(), &appointment).await? == Limit::HasThisOne {
            return match look(emis, &appointment).await? {
                Sighting::Booked => self.booked_before(&appointment).await,
                _ => Err(Rejection::SlotChanged.into()),
            };
        }
        check_slot(emis, &self.settings, self.now(), &request.slot).await?;
        let booking = self.new_booking(request)?;
        if self.now().duration_since(record.begun_at) > SEND_WITHIN {
            tracing::warn!(booking = %record.id, "booking given up: it took too long to check");
            return Err(Rejection::NotBooked.into());
        }

        let answer = Answer::of(emis.appointments().book_appointment(&booking).await)?;
        // From here on a failure no longer means that nothing was booked.
        let seen = look(emis, &appointment).await.unwrap_or_else(|error| {
            tracing::warn!(booking = %record.id, error = %error.report(), "booking not read back");
            Sighting::Unclear
        });
        Ok(after_booking(answer, seen))
    }

    /// Where a request stands whose appointment is in the book already. One that reception made
    /// becomes the request's; one that was booked here stays the booking that it is, so that it
    /// can be cancelled under one id alone.
    async fn booked_before(&self, appointment: &AppointmentKey) -> Result<BookingState, Stop> {
        Ok(match self.confirmed(appointment).await? {
            Some(_) => BookingState::Rejected(Rejection::AlreadyBooked),
            None => BookingState::Confirmed,
        })
    }

    fn new_booking(&self, request: &BookingRequest) -> Result<NewBooking, BookingError> {
        let booked_by = self.settings.booked_by.ok_or_else(|| {
            BookingError::new(
                Kind::Settings,
                "the settings do not say in whose name to book",
            )
        })?;
        let reason = self.settings.reason.clone();
        let mut booking = NewBooking::new(request.slot.slot, request.patient, booked_by, reason);
        booking.note = Some(Sensitive::new(request.id.to_string()));
        Ok(booking)
    }
}

fn id_reused() -> BookingError {
    BookingError::new(
        Kind::IdReused,
        "the booking id was used before: a new attempt takes a new id",
    )
}
