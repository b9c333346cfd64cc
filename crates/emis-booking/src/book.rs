//! Books: checked, stored, sent once, read back.

use emis_client::model::NewBooking;
use emis_types::Sensitive;

use crate::booking::Booking;
use crate::checks::{Stop, check_limit};
use crate::error::{BookingError, BookingErrorKind};
use crate::invitation::allowance::LinkAllowance;
use crate::outcome::BookingOutcome;
use crate::proof::{NotesProof, WriteAnswer, after_booking};
use crate::read_back::{Sighting, look};
use crate::record::{BookingChange, BookingDraft, BookingRecord};
use crate::rejection::Rejection;
use crate::request::BookingRequest;
use crate::rules::BookingWindow;
use crate::search::details::AppointmentDetails;
use crate::slot::{AppointmentKey, FreeSlot};
use crate::state::BookingState;
use crate::store::BeginOutcome;
use crate::telemetry::{Action, Observation};

impl Booking {
    /// Books a slot for a patient.
    ///
    /// 1. A request that was begun before is answered as it was then, even if the settings have
    ///    changed. A copy that comes while the first is being answered waits for its answer.
    /// 2. The practice's rules and the patient's identity are checked. Nothing is in flight before
    ///    the identity matched.
    /// 3. The intent is stored, durably, and limit and slot are read afresh and checked.
    /// 4. That it is being sent is stored, and `BookAppointment` is sent, **once**, with the
    ///    booking's [reference](crate::BookingId::reference) as its note.
    /// 5. The slot and the patient's appointments are read back.
    ///
    /// `Confirmed` means that the patient was seen in the slot, with the reference. An error status
    /// of EMIS proves nothing: if step 5 does not tell, the outcome is `Unknown` until
    /// [`reconcile`](Self::reconcile) has looked again. Every answer is stored, rejections included.
    ///
    /// Where EMIS [does not return notes](emis_settings::BookingSettings::emis_returns_notes), an
    /// appointment counts as ours if EMIS answered that it booked it, or if it is there when no call
    /// can be in flight any more.
    ///
    /// # Errors
    /// If EMIS, the store or the settings prevented it before anything was stored: an error is no
    /// answer, and the same request may come again. [`IdReused`](BookingErrorKind::IdReused) if the
    /// ID belongs to a request of another slot, patient or identity.
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
    /// Safe to drop at any point: `reconcile` settles what was begun, and a
    /// [notice](Self::notices) tells the patient.
    pub async fn book(&self, request: &BookingRequest) -> Result<BookingOutcome, BookingError> {
        let observed = Observation::begin(self, Action::Book, Some(&request.id));
        let acting = self.by_proxy(request.proxy.as_ref());
        Box::pin(observed.of(acting.book_once(request))).await
    }

    async fn book_once(&self, request: &BookingRequest) -> Result<BookingOutcome, BookingError> {
        let draft = self.draft(request);
        let (slot, wait) = (request.slot.slot, self.twin_wait);
        let _turn = self.cache().turns.wait(&self.practice, slot, wait).await;
        if let Some(earlier) = self.store.get(&request.id).await? {
            return self.answer_again(earlier, &draft).await;
        }
        match self.admit(request).await {
            Ok(()) => {}
            Err(Stop::Rejected(rejection)) => return self.reject(&draft, rejection).await,
            Err(Stop::Failed(error)) => return Err(error),
        }
        self.begin_and_send(request, &draft).await
    }

    /// Checks what must hold before a booking is begun: the practice's rules and the patient.
    pub(crate) async fn admit(&self, request: &BookingRequest) -> Result<(), Stop> {
        if !self.settings.enabled {
            return Err(Rejection::NotOffered.into());
        }
        self.check_settings()?;
        if self.is_taken_here(request).await? {
            return Err(Rejection::SlotTaken.into());
        }
        BookingWindow::open(&self.settings, self.now())
            .check(request.slot.start)
            .map_err(|reason| reason.rejection())?;
        self.check_patient(request).await
    }

    /// Returns whether another patient is booking the slot, or was seen in it some seconds ago. It
    /// saves a crowd the checks.
    async fn is_taken_here(&self, request: &BookingRequest) -> Result<bool, BookingError> {
        let (slot, patient) = (request.slot.slot, request.patient);
        let unsettled = self.store.unsettled(&self.practice).await?;
        if self.shows_taken(&request.slot) {
            let ours = self.confirmed(&request.appointment()).await?;
            let is_own = |other: &BookingRecord| {
                (other.appointment.slot, other.appointment.patient) == (slot, patient)
            };
            // What the patient has or may have is found by the checks that follow.
            return Ok(ours.is_none() && !unsettled.iter().any(is_own) && !self.shows_own(request));
        }
        let is_taken = unsettled.iter().any(|other| {
            other.appointment.slot == slot
                && other.appointment.patient != patient
                && other.state != BookingState::Intended
        });
        if is_taken {
            self.note_taken(&request.slot);
        }
        Ok(is_taken)
    }

    async fn begin_and_send(
        &self,
        request: &BookingRequest,
        draft: &BookingDraft,
    ) -> Result<BookingOutcome, BookingError> {
        let record = match self.store.begin(draft, &self.author).await? {
            BeginOutcome::Started(record) => record,
            BeginOutcome::AlreadyBegun(earlier) => return self.answer_again(earlier, draft).await,
            BeginOutcome::SlotBusy(other) if other.appointment.patient != request.patient => {
                self.note_taken(&request.slot);
                return self.reject(draft, Rejection::SlotTaken).await;
            }
            BeginOutcome::SlotBusy(_) | BeginOutcome::PatientBusy(_) => {
                return self.reject(draft, Rejection::BookingInProgress).await;
            }
        };
        let mut details = None;
        let record = match self.check(request, &record, None).await {
            Ok((booking, slot)) => {
                details = Some(AppointmentDetails::from(&slot));
                self.send(&record, &booking).await?
            }
            Err(Stop::Rejected(rejection)) => self.settle_rejected(&record, rejection).await?,
            Err(Stop::Failed(error)) => {
                let (practice, error) = (&self.practice, error.report());
                tracing::warn!(%practice, booking = %record.id, error, "booking not checked");
                self.settle_rejected(&record, Rejection::Unavailable)
                    .await?
            }
        };
        Ok(BookingOutcome::of(&record).with_details(details))
    }

    /// Checks a booking that was begun: no other of its slot or patient is in flight. An appointment
    /// that is moved does not count against the limit. Returns the booking and its slot.
    pub(crate) async fn check(
        &self,
        request: &BookingRequest,
        record: &BookingRecord,
        moved: Option<(&AppointmentKey, Option<&LinkAllowance>)>,
    ) -> Result<(NewBooking, FreeSlot), Stop> {
        let emis = self.emis().await?;
        let (earlier, allowance) = moved.unzip();
        let wanted = &record.appointment;
        check_limit(emis, &self.settings, self.now(), wanted, earlier).await?;
        let slot = self.check_slot(request).await?;
        if allowance.flatten().is_some_and(|it| !it.allows(&slot)) {
            return Err(Rejection::NotOffered.into());
        }
        // The slot is free: a booking of this appointment that the store has is gone.
        if let Some(gone) = self.confirmed(&record.appointment).await? {
            self.change(&gone, BookingChange::to(BookingState::Cancelled))
                .await?;
        }
        let booking = self.new_booking(record)?;
        self.take_place(request).await?;
        Ok((booking, slot))
    }

    /// Sends a booking, once, and settles it as far as it can be told. Returns it as it is stored.
    pub(crate) async fn send(
        &self,
        record: &BookingRecord,
        booking: &NewBooking,
    ) -> Result<BookingRecord, BookingError> {
        let since = self.now();
        // If this fails, the intent has expired, and must not be sent any more.
        let sending = BookingChange::to(BookingState::Sending);
        let sending = self.change(record, sending).await?;
        if !sending.changed {
            return Ok(sending.record);
        }
        let record = sending.record;
        if self.is_held_up(since) {
            return self.settle_rejected(&record, Rejection::NotBooked).await;
        }

        // This client was confirmed to be the practice's before the booking was begun.
        let sent = self.client.appointments().book_appointment(booking).await;
        let answer = WriteAnswer::of(sent);
        match &answer {
            WriteAnswer::NotSent(error) => {
                let (practice, error) = (&self.practice, error.report());
                tracing::warn!(%practice, booking = %record.id, error, "booking not sent");
                return self.settle_rejected(&record, Rejection::Unavailable).await;
            }
            WriteAnswer::Unclear(error) => {
                let (practice, error) = (&self.practice, error.report());
                tracing::warn!(%practice, booking = %record.id, error, "booking in doubt");
            }
            WriteAnswer::Done => {}
        }
        let seen = self.look_or_unclear(&record).await;
        let state = after_booking(answer.is_done(), seen, self.notes_proof(&record));
        let settled = match state {
            BookingState::Confirmed => {
                let change = self.told(&record, state);
                let proved = seen == Sighting::Ours;
                self.confirm(&record, change, proved, &self.author).await
            }
            state => self.change(&record, BookingChange::to(state)).await,
        };
        // What is known counts more than the store: it stays unsettled there until it is reconciled.
        Ok(match settled {
            Ok(settlement) => settlement.record,
            Err(_) => BookingRecord { state, ..record },
        })
    }

    /// Settles a booking that was provably not sent.
    pub(crate) async fn settle_rejected(
        &self,
        record: &BookingRecord,
        rejection: Rejection,
    ) -> Result<BookingRecord, BookingError> {
        let rejected = BookingChange::to(BookingState::Rejected(rejection));
        Ok(self.change(record, rejected).await?.record)
    }

    /// Looks a booking up. A failure to read tells nothing.
    pub(crate) async fn look_or_unclear(&self, record: &BookingRecord) -> Sighting {
        let seen = async { Ok::<_, BookingError>(look(self.emis().await?, record).await?) };
        seen.await.unwrap_or_else(|error| {
            let (practice, error) = (&self.practice, error.report());
            tracing::warn!(%practice, booking = %record.id, error, "booking not read back");
            Sighting::Unclear
        })
    }

    pub(crate) fn notes_proof(&self, record: &BookingRecord) -> NotesProof {
        NotesProof::of(self.settings.emis_returns_notes, record)
    }

    pub(crate) fn new_booking(&self, record: &BookingRecord) -> Result<NewBooking, BookingError> {
        let booked_by = self.settings.booked_by.ok_or_else(|| {
            let message = "the booking settings name no member of staff to book as";
            BookingError::new(BookingErrorKind::Settings, message)
        })?;
        let (slot, patient) = (record.appointment.slot, record.appointment.patient);
        let reason = self.settings.reason.clone();
        let mut booking = NewBooking::new(slot, patient, booked_by, reason);
        booking.note = Some(Sensitive::new(record.id.reference().to_string()));
        Ok(booking)
    }
}
