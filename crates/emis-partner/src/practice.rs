//! One practice, and everything that the product does for it.

use std::sync::Arc;

use emis_audit::{AuditEvent, AuditEventKind, Provenance};
use emis_booking::{
    Appointment, Booking, BookingId, BookingOutcome, BookingRecord, BookingRequest, BookingState,
    CancelOutcome, FreeSlots, Reconciliation, SlotSearch,
};
use emis_client::Client;
use emis_diagnostics::heartbeat::{self, Pulse};
use emis_diagnostics::{
    ActivityLog, Capability, Cause, Diagnosis, DiagnosisInput, Finding, Report,
};
use emis_reminders::{OpenClaim, ReminderKey, Reminders, RunReport, Settlement};
use emis_settings::{IdempotencyKey, PracticeSettings, SettingsProblem};
use emis_types::{Clock, OdsCode};

use crate::{Error, ErrorKind, Parts};

/// A practice. Cheap to make and to clone; it holds no settings of its own, so what one worker
/// changes every other one sees.
#[derive(Debug, Clone)]
pub struct Practice {
    pub(crate) parts: Arc<Parts>,
    pub(crate) ods_code: OdsCode,
    pub(crate) by: Provenance,
    pub(crate) expected_version: Option<u64>,
    pub(crate) key: Option<IdempotencyKey>,
}

impl Practice {
    pub(crate) fn new(parts: Arc<Parts>, ods_code: OdsCode) -> Self {
        Self {
            parts,
            ods_code,
            by: Provenance::unknown(),
            expected_version: None,
            key: None,
        }
    }

    /// The same practice, for somebody and from somewhere: what is done through this handle is
    /// theirs in the audit trail. Without it nobody is known to have done it.
    ///
    /// ```
    /// # use emis_partner::Practice;
    /// use emis_partner::audit::{Actor, AuditParseError, Provenance};
    ///
    /// # fn example(practice: Practice) -> Result<(), AuditParseError> {
    /// let manager = Actor::user("u-117")?.in_role("practice manager")?;
    /// let practice = practice.acting_for(Provenance::of(manager).from("settings page")?);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn acting_for(mut self, by: Provenance) -> Self {
        self.by = by;
        self
    }

    /// The same practice, whose settings are changed only where they still stand at the version
    /// that the person had before their eyes
    /// ([`PracticeSettings::version`]). Otherwise the change is refused as an
    /// [`ErrorKind::SettingsConflict`] that says who changed what.
    #[must_use]
    pub fn expecting(mut self, version: u64) -> Self {
        self.expected_version = Some(version);
        self
    }

    /// The same practice, whose settings are changed once by this handle's next change, however
    /// often that is asked for under the same key: hand the key out with the form.
    #[must_use]
    pub fn once(mut self, key: IdempotencyKey) -> Self {
        self.key = Some(key);
        self
    }

    /// The practice's ODS code.
    pub fn ods_code(&self) -> &OdsCode {
        &self.ods_code
    }

    /// The practice's settings; those of a practice that has set nothing yet, where there are none.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn settings(&self) -> Result<PracticeSettings, Error> {
        let stored = self.parts.settings.load(&self.ods_code).await?;
        Ok(stored.unwrap_or_else(|| PracticeSettings::new(self.ods_code.clone())))
    }

    /// Lets the stored API user be tried once more after EMIS refused it: for a practice that
    /// has mended the user in EMIS rather than typed another password here.
    ///
    /// A password that was refused is otherwise never sent again, by any process that shares the
    /// store, until another is entered. Other processes follow within half a minute.
    ///
    /// # Errors
    /// Where the store fails, or the stored API user can't be opened.
    pub async fn try_api_user_again(&self) -> Result<(), Error> {
        let settings = self.settings().await?;
        self.parts.connections.try_again(&settings).await?;
        self.record(AuditEventKind::CREDENTIALS_RELEASED, |event| event)
            .await
    }

    /// Checks the connection, step by step, reading only, and says what is wrong, who must act
    /// and which clicks mend it.
    ///
    /// # Errors
    /// Where the check could not be made: the store fails, or the product is put together
    /// wrongly. A connection that is broken or not set up is no error but a finding.
    pub async fn diagnose(&self) -> Result<Report, Error> {
        self.diagnose_refused(&[]).await
    }

    /// The same, for a practice that has just been told that what it typed is wrong: the
    /// [problems](Error::problems) of that refusal are among what is explained.
    ///
    /// # Errors
    /// As [`diagnose`](Self::diagnose).
    pub async fn diagnose_refused(&self, refused: &[SettingsProblem]) -> Result<Report, Error> {
        let settings = self.settings().await?;
        let client = match self.parts.connections.client(&settings) {
            Ok(client) => Some(client),
            Err(error) if matches!(error.kind(), ErrorKind::NotSetUp | ErrorKind::Sealed) => None,
            Err(error) => return Err(error),
        };
        let activity = self.learnt_activity().await?;
        let input = DiagnosisInput {
            settings: &settings,
            refused,
            client: client.as_ref(),
            product: &self.parts.product,
            activity: Some(&activity),
            clock: self.parts.clock.as_ref(),
        };
        let report = Diagnosis::run(&input).await;
        self.share_activity().await;
        let causes: Vec<_> = report.findings.iter().map(|f| f.cause.code()).collect();
        self.record(AuditEventKind::DIAGNOSIS_MADE, |event| {
            let event = event.detail("healthy", report.healthy);
            event.detail("causes", causes)
        })
        .await?;
        Ok(report)
    }

    /// What calls came to of late, those of the product's other processes as well.
    async fn learnt_activity(&self) -> Result<Arc<ActivityLog>, Error> {
        let activity = self.parts.connections.activity(&self.ods_code);
        let last_calls = self.parts.last_calls.as_ref();
        activity.learn(last_calls, &self.ods_code).await?;
        Ok(activity)
    }

    /// Does a piece of work, and lets the product's other processes know what its calls came to.
    async fn at_work<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let outcome = work.await;
        self.share_activity().await;
        outcome
    }

    /// The work is done whether this can be written or not; the store has a log of its own.
    async fn share_activity(&self) {
        let activity = self.parts.connections.activity(&self.ods_code);
        let last_calls = self.parts.last_calls.as_ref();
        let _ = activity.share(last_calls, &self.ods_code).await;
    }

    /// Adds an event to the practice's audit trail.
    async fn record(
        &self,
        kind: AuditEventKind,
        details: impl FnOnce(AuditEvent) -> AuditEvent,
    ) -> Result<(), Error> {
        let event = AuditEvent::new(kind, self.parts.clock.now(), self.by.clone());
        let chain = self.ods_code.clone().into();
        self.parts.trail.record(&chain, &details(event)).await?;
        Ok(())
    }

    /// "Check again": for somebody who has put right what a finding named. Forgets the failures
    /// that this explains, lets the stored API user be tried once more where EMIS had refused it,
    /// and diagnoses.
    ///
    /// # Errors
    /// As [`diagnose`](Self::diagnose).
    pub async fn check_again(&self, mended: Cause) -> Result<Report, Error> {
        self.learnt_activity().await?.put_right(mended);
        match self.try_api_user_again().await {
            // Nothing is stored that could be tried; the diagnosis says so.
            Err(error) if error.kind() == ErrorKind::Sealed => {}
            tried => tried?,
        }
        self.diagnose().await
    }

    /// Whether the product's work goes on in silence: reminders that should have left by now, or
    /// of which it is not known, and bookings that nobody settles. Nothing where all is well. Run
    /// it once a day or so, some hours into the day; it sends nothing.
    ///
    /// # Errors
    /// Where it can't be told: the practice is not set up, EMIS can't be read, or a ledger fails.
    pub async fn heartbeat(&self) -> Result<Vec<Finding>, Error> {
        let settings = self.settings().await?;
        let mut pulse = Pulse::default();
        if settings.reminders().enabled {
            let outstanding = self.reminders(&settings)?.outstanding().await?;
            pulse.reminders_sent = outstanding.sent;
            pulse.reminders_waiting = outstanding.waiting;
            pulse.reminders_in_doubt = outstanding.in_doubt;
        }
        let unsettled = self.parts.bookings.unsettled(&self.ods_code).await?;
        pulse.bookings_unsettled = unsettled.iter().map(|it| it.changed_at).collect();
        let now = self.parts.clock.now();
        Ok(heartbeat::check(&pulse, now, &self.parts.product))
    }

    /// The slots that patients may book now.
    ///
    /// # Errors
    /// Where the practice is not set up, or EMIS can't be read. That self-booking is switched off
    /// is no error: nothing is offered then.
    pub async fn free_slots(&self, search: &SlotSearch) -> Result<FreeSlots, Error> {
        self.at_work(async { Ok(self.bookings().await?.free_slots(search).await?) })
            .await
    }

    /// Books a slot for a patient, once, and reads it back.
    ///
    /// # Errors
    /// Where nothing was booked because something failed. That the slot is taken or the patient
    /// may not book is no error but a [`BookingOutcome`].
    pub async fn book(&self, request: &BookingRequest) -> Result<BookingOutcome, Error> {
        self.at_work(async { Ok(self.bookings().await?.book(request).await?) })
            .await
    }

    /// A booking that was made here, as the ledger has it, without asking EMIS: what a patient who
    /// was told to come back later is told then. See
    /// [`BookingOutcome::of`](emis_booking::BookingOutcome::of).
    ///
    /// # Errors
    /// Where the practice is not set up, or the ledger fails.
    pub async fn booking(&self, id: &BookingId) -> Result<Option<BookingRecord>, Error> {
        Ok(self.bookings().await?.record(id).await?)
    }

    /// Cancels a booking that was made here, once, and reads back that the patient is out of the
    /// slot.
    ///
    /// # Errors
    /// Where nothing was cancelled because something failed.
    pub async fn cancel(&self, booking: &BookingId) -> Result<CancelOutcome, Error> {
        self.at_work(async { Ok(self.bookings().await?.cancel(booking).await?) })
            .await
    }

    /// Cancels an appointment that was not booked here, such as one that reception made.
    ///
    /// # Errors
    /// Where nothing was cancelled because something failed.
    pub async fn cancel_appointment(
        &self,
        appointment: &Appointment,
    ) -> Result<CancelOutcome, Error> {
        self.at_work(async {
            let bookings = self.bookings().await?;
            Ok(bookings.cancel_appointment(appointment).await?)
        })
        .await
    }

    /// Settles the bookings whose outcome was unknown, by reading only. Run it every few minutes.
    ///
    /// # Errors
    /// Where the ledger or EMIS can't be read.
    pub async fn reconcile(&self) -> Result<Reconciliation, Error> {
        self.at_work(async { Ok(self.bookings().await?.reconcile().await?) })
            .await
    }

    /// Settles a booking by hand that stayed unresolved: what somebody saw in EMIS. Gives the
    /// record as it then stands.
    ///
    /// # Errors
    /// Where there is no such booking, or the ledger fails.
    pub async fn settle_booking_by_hand(
        &self,
        booking: &BookingId,
        seen: BookingState,
    ) -> Result<BookingRecord, Error> {
        let settled = self.bookings().await?.settle_by_hand(booking, seen).await?;
        Ok(settled.record)
    }

    /// Sends the reminders that are due now. Run it every quarter of an hour or so; nothing is
    /// sent twice, however often and from however many workers.
    ///
    /// # Errors
    /// Where none could be sent: the practice is not set up, or EMIS can't be read. What failed
    /// for one patient is in the report.
    pub async fn send_reminders(&self) -> Result<RunReport, Error> {
        self.at_work(async {
            let settings = self.settings().await?;
            let run = self.reminders(&settings)?.run().await?;
            let activity = self.parts.connections.activity(&self.ods_code);
            if !run.sent.is_empty() {
                activity.note_worked(Capability::Sending);
            }
            if !run.failed.is_empty() {
                activity.note_failed(Capability::Sending);
            }
            Ok(run)
        })
        .await
    }

    /// The reminders that were claimed, and of which it is not known whether they were sent,
    /// oldest first. Those of the last minutes are most likely being sent.
    ///
    /// # Errors
    /// Where the ledger fails.
    pub async fn reminders_in_doubt(&self) -> Result<Vec<OpenClaim>, Error> {
        Ok(self.parts.reminders.in_doubt(&self.ods_code).await?)
    }

    /// Settles a reminder by hand that stayed in doubt: what somebody found out with whoever
    /// sends the messages. Gives whether it was settled; see
    /// [`settle_by_hand`](emis_reminders::settle_by_hand). Who did it is kept with it, and is in
    /// the audit trail: this handle [acts for](Self::acting_for) them.
    ///
    /// # Errors
    /// Where the ledger fails.
    pub async fn settle_reminder_by_hand(
        &self,
        reminder: &ReminderKey,
        found: Settlement,
    ) -> Result<bool, Error> {
        if reminder.practice != self.ods_code {
            return Ok(false);
        }
        let (ledger, now) = (&*self.parts.reminders, self.parts.clock.now());
        Ok(emis_reminders::settle_by_hand(ledger, reminder, found, now, &self.by).await?)
    }

    /// The client of the practice's EMIS, for whatever else a product reads there: a patient's
    /// number by the NHS number
    /// ([`get_matched_patients`](emis_client::PatientMatchingApi::get_matched_patients)), the slot
    /// types and staff to choose from in the settings
    /// ([`get_appointment_configuration`](emis_client::AppointmentsApi::get_appointment_configuration)).
    ///
    /// # Errors
    /// [`ErrorKind::NotSetUp`] where the practice has not entered its connection,
    /// [`ErrorKind::Sealed`] where the stored API user can't be opened, [`ErrorKind::Store`]
    /// where the store fails.
    pub async fn client(&self) -> Result<Client, Error> {
        self.parts.connections.client(&self.settings().await?)
    }

    fn reminders(&self, settings: &PracticeSettings) -> Result<Reminders, Error> {
        Ok(Reminders::new(
            self.parts.connections.client(settings)?,
            settings,
            Arc::clone(&self.parts.exclusions),
            Arc::clone(&self.parts.reminders),
            Arc::clone(&self.parts.notifier),
            Arc::clone(&self.parts.clock),
        ))
    }

    async fn bookings(&self) -> Result<Booking, Error> {
        let settings = self.settings().await?;
        let client = self.parts.connections.client(&settings)?;
        Ok(Booking::new(
            client,
            &settings,
            Arc::clone(&self.parts.bookings),
            Arc::clone(&self.parts.clock),
        )
        .acting_for(self.by.clone()))
    }
}
