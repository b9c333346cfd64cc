//! Moves appointments: neither leaves a patient with nothing, nor silently with two.

use emis_messaging::TaskKind;
use emis_settings::MoveOrder;
use jiff::SignedDuration;

use crate::booking::Booking;
use crate::checks::Stop;
use crate::error::BookingError;
use crate::id::BookingId;
use crate::move_request::MoveRequest;
use crate::moves::{BookingMove, MoveBookings, MoveEnd, MovePhase, MoveStep, next};
use crate::notice::BookingNotice;
use crate::notice_kind::BookingNoticeKind;
use crate::outcome::{BookingOutcome, CancelOutcome, Confirmation, MoveOutcome};
use crate::record::{BookingDraft, BookingRecord, is_ahead};
use crate::rejection::Rejection;
use crate::request::BookingRequest;
use crate::slot::AppointmentKey;
use crate::state::{BookingState, CancelCause};
use crate::store::BeginOutcome;
use crate::telemetry::{Action, Observation};

impl Booking {
    /// Moves an appointment that was booked here to another slot.
    ///
    /// The move is stored first, so that [`reconcile`](Self::reconcile) carries on what a worker
    /// left behind. The practice's [order](emis_settings::BookingSettings::move_order) decides:
    /// - **book first**: the new appointment is booked, and does not count against the patient's
    ///   limit together with the earlier one; then the earlier one is cancelled. If that is
    ///   provably not done, the new one is cancelled again.
    /// - **cancel first**: the new slot is checked and reserved in the store, the earlier
    ///   appointment is cancelled, and the new one is booked. If that fails, the earlier one is
    ///   booked again.
    ///
    /// If a step fails and can't be undone, the patient keeps both appointments or has none, and a
    /// task for the practice is opened. The patient is told every outcome by a [notice](Self::notices).
    ///
    /// # Errors
    /// If EMIS, the store or the settings prevented it before anything was stored, or the booking
    /// is [unknown](crate::BookingErrorKind::UnknownBooking).
    ///
    /// # Examples
    /// ```
    /// use emis_booking::{Booking, BookingError, MoveRequest};
    ///
    /// async fn reschedule(booking: &Booking, request: &MoveRequest) -> Result<String, BookingError> {
    ///     Ok(booking.reschedule(request).await?.to_string()) // a sentence for the patient
    /// }
    /// ```
    ///
    /// # Cancel safety
    /// Safe to drop at any point: `reconcile` carries the move on.
    pub async fn reschedule(&self, request: &MoveRequest) -> Result<MoveOutcome, BookingError> {
        let observed = Observation::begin(self, Action::Move, Some(&request.id));
        let acting = self.by_proxy(request.proxy.as_ref());
        Box::pin(observed.of(acting.move_once(request))).await
    }

    async fn move_once(&self, request: &MoveRequest) -> Result<MoveOutcome, BookingError> {
        let earlier = self.record(&request.from).await?;
        let earlier = earlier.ok_or_else(BookingError::unknown_booking)?;
        let booking = request.booking(earlier.appointment.patient);
        let draft = self.draft(&booking);
        let digest = request.digest(draft.request.unwrap_or(emis_audit::Digest::ZERO));
        let draft = draft.of_request(digest).replacing(earlier.id);
        let (slot, wait) = (request.slot.slot, self.twin_wait);
        let _turn = self.cache().turns.wait(&self.practice, slot, wait).await;
        if let Some(kept) = self.store.get(&request.id).await? {
            self.answer_again(kept, &draft).await?;
            return self.outcome_of_move(&request.id).await;
        }
        let may_move = async {
            if earlier.state != BookingState::Confirmed || self.is_too_late_to_move(&earlier) {
                return Err(Stop::Rejected(Rejection::NotMovable));
            }
            // A move that is open may still cancel the booking that it made.
            if self.has_moved(&earlier.id).await? == Some(false) {
                return Err(Stop::Rejected(Rejection::BookingInProgress));
            }
            self.admit(&booking).await?;
            match self.against_cancelling(&earlier).await? {
                None => Ok(()),
                Some(_) => Err(Stop::Rejected(Rejection::NotMovable)),
            }
        };
        match may_move.await {
            Ok(()) => {}
            Err(Stop::Rejected(rejection)) => {
                self.reject(&draft, rejection).await?;
                return self.outcome_of_move(&request.id).await;
            }
            Err(Stop::Failed(error)) => return Err(error),
        }
        let phase = match self.settings.move_order {
            MoveOrder::CancelFirst => MovePhase::CancelFirst,
            _ => MovePhase::BookFirst,
        };
        let new = BookingMove::new(request.id, self.practice.clone(), earlier.id, phase);
        if !self.store.begin_move(&new, &self.author).await? {
            // Another move of this booking, or a copy of this request, was first.
            self.reject(&draft, Rejection::BookingInProgress).await?;
            return self.outcome_of_move(&request.id).await;
        }
        let record = match self.store.begin(&draft, &self.author).await? {
            BeginOutcome::Started(record) => Some(record),
            BeginOutcome::AlreadyBegun(kept) => {
                self.answer_again(kept, &draft).await?;
                None
            }
            BeginOutcome::SlotBusy(other)
                if other.appointment.patient != earlier.appointment.patient =>
            {
                self.note_taken(&request.slot);
                self.reject(&draft, Rejection::SlotTaken).await?;
                None
            }
            _ => {
                self.reject(&draft, Rejection::BookingInProgress).await?;
                None
            }
        };
        // From here on something may have been done, and an error would deny it.
        let moved = Box::pin(self.carry_out(request, &booking, record, &earlier, phase));
        moved.await.or_else(|error| {
            let (practice, error) = (&self.practice, error.report());
            tracing::warn!(%practice, booking = %request.id, error, "move interrupted");
            Ok(MoveOutcome::Unknown(request.id))
        })
    }

    /// Carries out a move that was begun, as far as it goes now.
    async fn carry_out(
        &self,
        request: &MoveRequest,
        booking: &BookingRequest,
        record: Option<BookingRecord>,
        earlier: &BookingRecord,
        phase: MovePhase,
    ) -> Result<MoveOutcome, BookingError> {
        if let Some(record) = record {
            let moved = (&earlier.appointment, request.allowance.as_ref());
            match (self.check(booking, &record, Some(moved)).await, phase) {
                (Ok((new, _)), MovePhase::BookFirst) => {
                    self.send(&record, &new).await?;
                }
                (Ok((new, _)), _) => {
                    // The checks of the new one took a while: only what is seen to stand is cancelled.
                    let stands = self.against_cancelling(earlier).await?.is_none();
                    if stands
                        && let Ok(CancelOutcome::Cancelled) =
                            self.cancel_confirmed(earlier, CancelCause::Moved).await
                    {
                        self.send(&record, &new).await?;
                    } else {
                        self.settle_rejected(&record, Rejection::NotMovable).await?;
                    }
                }
                (Err(Stop::Rejected(rejection)), _) => {
                    self.settle_rejected(&record, rejection).await?;
                }
                (Err(Stop::Failed(error)), _) => {
                    let (practice, error) = (&self.practice, error.report());
                    tracing::warn!(%practice, booking = %record.id, error, "move not checked");
                    self.settle_rejected(&record, Rejection::Unavailable)
                        .await?;
                }
            }
        }
        if let Some(open) = self.store.find_move(&request.id).await? {
            self.carry_on(&open).await?;
        }
        self.outcome_of_move(&request.id).await
    }

    /// Returns the booking of an appointment that the practice booked, so that it can be moved. Returns
    /// `None` if its slot is being booked or cancelled.
    pub(crate) async fn adopt(
        &self,
        appointment: AppointmentKey,
    ) -> Result<Option<BookingId>, BookingError> {
        let draft = BookingDraft::elsewhere(self.practice.clone(), appointment);
        Ok(match self.store.begin(&draft, &self.author).await? {
            BeginOutcome::Started(record) => Some(record.id),
            // A copy of the request was faster.
            BeginOutcome::SlotBusy(other) if other.appointment == appointment => {
                (other.state == BookingState::Confirmed).then_some(other.id)
            }
            _ => None,
        })
    }

    /// Returns whether the move that makes this booking has ended; `None` if none does.
    pub(crate) async fn has_moved(&self, id: &BookingId) -> Result<Option<bool>, BookingError> {
        let moving = self.store.find_move(id).await?;
        Ok(moving.map(|moving| !moving.phase.is_open()))
    }

    fn is_too_late_to_move(&self, earlier: &BookingRecord) -> bool {
        self.is_within(&earlier.appointment, self.settings.move_cut_off_minutes())
    }

    /// Returns the outcome that the store states of a move.
    async fn outcome_of_move(&self, id: &BookingId) -> Result<MoveOutcome, BookingError> {
        let record = self.store.get(id).await?;
        let ended = self.store.find_move(id).await?;
        let confirmation = match &record {
            Some(record) if record.state == BookingState::Confirmed => Some(Confirmation {
                id: *id,
                appointment: record.appointment,
                details: self.details_if_read(&record.appointment).await,
            }),
            _ => None,
        };
        let rejection = match record.as_ref().map(BookingOutcome::of) {
            Some(BookingOutcome::Rejected(rejection)) => rejection,
            _ => Rejection::NotMovable,
        };
        let is_cancelled = record
            .as_ref()
            .is_some_and(|record| record.state == BookingState::Cancelled);
        Ok(match (ended.map(|it| it.phase), confirmation) {
            (Some(MovePhase::Moved), Some(confirmation)) => MoveOutcome::Moved(confirmation),
            (Some(MovePhase::BothBooked), Some(confirmation)) => {
                MoveOutcome::BothBooked(confirmation)
            }
            (Some(MovePhase::Lost), _) => MoveOutcome::Lost,
            // Without a move it was rejected before.
            (None | Some(MovePhase::NotMoved), _) => MoveOutcome::NotMoved(rejection),
            (Some(phase), _) if is_cancelled && !phase.is_open() => MoveOutcome::Cancelled(*id),
            _ => MoveOutcome::Unknown(*id),
        })
    }

    /// Carries a move on until it ends, or a call may be in flight. Returns whether it ended.
    pub(crate) async fn carry_on(&self, moving: &BookingMove) -> Result<bool, BookingError> {
        // Each step changes a state, and none comes back to an earlier one.
        const MOST_STEPS: usize = 8;
        for _ in 0..MOST_STEPS {
            let Some(earlier) = self.store.get(&moving.from).await? else {
                return self.end_move(moving, MovePhase::Abandoned, None).await;
            };
            let new = self.store.get(&moving.id).await?;
            let rebooked = self.store.get(&moving.rebooked()).await?;
            let now = self.store.now().await?;
            let age = match is_ahead(moving.begun_at, now) {
                // A wrong clock dated it: it has waited long enough.
                true => SignedDuration::MAX,
                false => now.duration_since(moving.begun_at),
            };
            let bookings = MoveBookings {
                earlier: &earlier,
                new: new.as_ref(),
                rebooked: rebooked.as_ref(),
            };
            match (next(bookings, age), &new) {
                // Nothing is cancelled once it has begun.
                (MoveStep::CancelEarlier, _) if self.has_begun(&earlier).await? => {
                    return self.end_move(moving, MovePhase::BothBooked, new).await;
                }
                (MoveStep::Undo, Some(begun)) if self.has_begun(begun).await? => {
                    return self.end_move(moving, MovePhase::BothBooked, new).await;
                }
                (MoveStep::CancelEarlier, _) => {
                    if self.against_cancelling(&earlier).await?.is_none() {
                        let _ = self.cancel_confirmed(&earlier, CancelCause::Moved).await;
                    } else if self.is_unchanged(&earlier).await? {
                        return self.end_move(moving, MovePhase::BothBooked, new).await;
                    }
                }
                (MoveStep::Undo, Some(new)) => {
                    if self.against_cancelling(new).await?.is_none() {
                        let _ = self.cancel_confirmed(new, CancelCause::Moved).await;
                    } else if self.is_unchanged(new).await? {
                        let new = Some(new.clone());
                        return self.end_move(moving, MovePhase::BothBooked, new).await;
                    }
                }
                (MoveStep::Rebook, _) => {
                    if !self.rebook(moving, &earlier).await? {
                        return Ok(false);
                    }
                }
                (MoveStep::End(phase), _) => {
                    let told = match phase {
                        MovePhase::Moved | MovePhase::BothBooked => new,
                        MovePhase::NotMoved => rebooked.or(Some(earlier)),
                        _ => Some(earlier),
                    };
                    return self.end_move(moving, phase, told).await;
                }
                _ => return Ok(false),
            }
        }
        Ok(false)
    }

    async fn is_unchanged(&self, record: &BookingRecord) -> Result<bool, BookingError> {
        let found = self.store.get(&record.id).await?;
        Ok(found.is_some_and(|found| found.revision == record.revision))
    }

    /// Books the earlier appointment again. Returns `false` if it has to be tried later.
    async fn rebook(
        &self,
        moving: &BookingMove,
        earlier: &BookingRecord,
    ) -> Result<bool, BookingError> {
        let appointment = earlier.appointment;
        let (session, slot, start) = (appointment.session, appointment.slot, appointment.start);
        let found = self.find_slot(session, slot, start, true).await?;
        let is_free = found.is_some_and(|(session, slot)| {
            slot.patient.is_none()
                && slot.status.is_free()
                && slot.starts_at(&session).timestamp() == start
        });
        let draft = BookingDraft::intended(moving.rebooked(), self.practice.clone(), appointment)
            .replacing(earlier.id);
        if !is_free || self.has_begun(earlier).await? {
            self.reject(&draft, Rejection::SlotTaken).await?;
            return Ok(true);
        }
        match self.store.begin(&draft, &self.author).await? {
            BeginOutcome::Started(record) => {
                let booking = self.new_booking(&record)?;
                self.send(&record, &booking).await?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Ends a move, with its notice and its task. Returns whether it ended.
    async fn end_move(
        &self,
        moving: &BookingMove,
        phase: MovePhase,
        told: Option<BookingRecord>,
    ) -> Result<bool, BookingError> {
        let (notice, task) = match phase {
            MovePhase::Moved => (Some(BookingNoticeKind::Moved), None),
            MovePhase::NotMoved => (Some(BookingNoticeKind::NotMoved), None),
            MovePhase::BothBooked => (
                Some(BookingNoticeKind::BothBooked),
                Some(TaskKind::MoveHalfDone),
            ),
            MovePhase::Lost => (Some(BookingNoticeKind::Lost), Some(TaskKind::MoveLost)),
            _ => (None, None),
        };
        let told = told.as_ref();
        let end = MoveEnd {
            phase,
            notice: notice
                .zip(told)
                .map(|(kind, record)| BookingNotice::of_move(&moving.id, record, kind)),
            tasks: task
                .zip(told)
                .map(|(kind, record)| self.task(kind, record))
                .into_iter()
                .collect(),
        };
        let practice = &self.practice;
        tracing::info!(%practice, booking = %moving.id, phase = phase.code(), "move ended");
        let has_ended = self.store.end_move(moving, &end, &self.author).await?;
        if has_ended && let Some(record) = told {
            let noted = Box::pin(self.note_at_links(record)).await;
            if let Err(error) = noted {
                let error = error.report();
                tracing::warn!(%practice, booking = %moving.id, error, "move not noted at its link");
            }
        }
        Ok(has_ended)
    }
}
