//! One run of a practice's reminders.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use emis_audit::Provenance;
use emis_client::Client;
use emis_messaging::{Delivery, Message, MessageKind, Notifier, NotifyError, NotifyErrorKind};
use emis_settings::{
    ActiveExclusions, BankHolidays, Channel, ExclusionStore, PracticeSettings, ReminderSettings,
    WorkingCalendar,
};
use emis_types::{Clock, SiteId, uk};
use jiff::Timestamp;
use tokio::time::timeout;
use tracing::{Instrument, info, warn};

use crate::contact::ContactBook;
use crate::dominant::DominantSuppression;
use crate::error::{ReminderError, ReminderErrorKind};
use crate::failure::FailureCause;
use crate::outstanding::Outstanding;
use crate::plan::{DueReminder, plan};
use crate::practice::PracticeIdentity;
use crate::recheck::recheck;
use crate::report::{RunReport, SentReminder};
use crate::schedule;
use crate::setback::Setback;
use crate::store::{ClaimOutcome, ReminderKey, ReminderSettlement, ReminderStore};
use crate::suppression::SuppressionReason;
use crate::telemetry;
use crate::wording::Wording;

/// The reminders of a practice.
///
/// Call [`run`](Self::run) every quarter of an hour; it sends what is due. The
/// [store](ReminderStore) guarantees that each reminder is sent once, however often and in however
/// many processes it is called.
#[derive(Clone)]
pub struct Reminders {
    client: Client,
    settings: ReminderSettings,
    calendar: WorkingCalendar,
    sites: Vec<(SiteId, String)>,
    identity: PracticeIdentity,
    register: Arc<dyn ExclusionStore>,
    store: Arc<dyn ReminderStore>,
    notifier: Arc<dyn Notifier>,
    clock: Arc<dyn Clock>,
    send_timeout: Duration,
}

impl Reminders {
    /// The default timeout for handing over a message: 30 seconds.
    pub const SEND_TIMEOUT: Duration = Duration::from_secs(30);

    /// Creates the reminders of a practice from its settings and a client of its EMIS. `register` is
    /// read when a run begins, and again before each message.
    ///
    /// # Examples
    /// ```no_run
    /// use std::sync::Arc;
    ///
    /// use emis_client::Client;
    /// use emis_messaging::Notifier;
    /// use emis_reminders::{ReminderStore, Reminders};
    /// use emis_settings::{ExclusionStore, PracticeSettings};
    /// use emis_types::SystemClock;
    ///
    /// fn reminders(
    ///     client: Client,
    ///     settings: &PracticeSettings,
    ///     exclusions: Arc<dyn ExclusionStore>,
    ///     store: Arc<dyn ReminderStore>,
    ///     notifier: Arc<dyn Notifier>,
    /// ) -> Reminders {
    ///     let clock = Arc::new(SystemClock);
    ///     Reminders::new(client, settings, exclusions, store, notifier, clock)
    /// }
    /// ```
    pub fn new(
        client: Client,
        settings: &PracticeSettings,
        register: Arc<dyn ExclusionStore>,
        store: Arc<dyn ReminderStore>,
        notifier: Arc<dyn Notifier>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            client,
            settings: settings.reminders().clone(),
            calendar: settings.working_calendar(),
            sites: settings
                .sites()
                .iter()
                .map(|site| (site.id, site.name.clone()))
                .collect(),
            identity: PracticeIdentity {
                ods_code: settings.ods_code().clone(),
                organisation_id: settings.organisation_id().cloned(),
                name: settings.name_for_patients().map(str::to_owned),
            },
            register,
            store,
            notifier,
            clock,
            send_timeout: Self::SEND_TIMEOUT,
        }
    }

    /// Replaces the bank holidays by which the practice's working days are counted.
    #[must_use]
    pub fn with_bank_holidays(mut self, bank_holidays: BankHolidays) -> Self {
        self.calendar = self.calendar.with_bank_holidays(bank_holidays);
        self
    }

    /// Sets the timeout for handing over a message. After it the message is in doubt.
    #[must_use]
    pub fn send_timeout(mut self, timeout: Duration) -> Self {
        self.send_timeout = timeout;
        self
    }

    /// Sends every reminder that is due now.
    ///
    /// Each appointment is read again right before its reminder is sent, and the failure of one
    /// reminder does not affect the others. Needs a Tokio runtime with time.
    ///
    /// # Errors
    /// If the run could not begin: the settings have problems, the connection leads to another
    /// practice, or EMIS's list of appointments could not be read and decoded. Failures after that
    /// are in the report.
    ///
    /// # Examples
    /// ```no_run
    /// use emis_reminders::{ReminderError, Reminders};
    ///
    /// async fn every_quarter_of_an_hour(reminders: &Reminders) -> Result<(), ReminderError> {
    ///     let report = reminders.run().await?;
    ///     println!("{} sent, {} suppressed", report.sent.len(), report.suppressed.len());
    ///     if !report.is_clean() {
    ///         eprintln!("{report}"); // for a person to read
    ///     }
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Cancel safety
    /// Safe to drop at any point: a message that was being sent is then in doubt.
    pub async fn run(&self) -> Result<RunReport, ReminderError> {
        let practice = &self.identity.ods_code;
        let run = self.send_due().instrument(telemetry::span(practice)).await;
        telemetry::count(practice, &run);
        run
    }

    async fn send_due(&self) -> Result<RunReport, ReminderError> {
        let now = uk::now(&*self.clock);
        let mut report = RunReport::new(now.timestamp());
        if self.settings.enabled && !self.settings.problems().is_empty() {
            return Err(ReminderError::new(
                ReminderErrorKind::InvalidSettings,
                "the practice's reminder settings have problems",
            ));
        }
        let Some(window) = schedule::window(&now, &self.settings, &self.calendar) else {
            report.idle = Some(if self.settings.enabled {
                SuppressionReason::QuietHours
            } else {
                SuppressionReason::RemindersOff
            });
            return Ok(report);
        };
        let name = self.identity.confirm(&self.client).await?;
        let wording = Wording::new(name.as_deref(), self.settings.cancel_text.as_deref())
            .naming_the_patient(self.settings.name_the_patient)
            .showing(self.settings.time_shown)
            .naming_sites(self.sites.iter().cloned())
            .in_words_of(&self.settings.templates, &self.settings.language);
        let settings = self.with_exclusions().await?;

        let booked = self
            .client
            .appointments()
            .get_booked_patients(window)
            .await?;
        let batch = Batch {
            contacts: ContactBook::of(&booked.items),
            wording,
        };
        let plan = plan(&now, &settings, &self.calendar, &booked.items);
        report.window = Some(window);
        report.skipped_records = booked.skipped;
        report.dominant_suppression = plan.dominant_suppression();
        report.suppressed = plan.suppressed;
        let planned = report.suppressed.len();
        self.send_all(&batch, &plan.due, &mut report).await;
        if report.dominant_suppression.is_none() {
            let second_look = report.suppressed.iter().skip(planned).map(|it| it.reason);
            report.dominant_suppression = DominantSuppression::among(second_look, plan.due.len());
        }
        self.log(&report);
        Ok(report)
    }

    /// Returns the reminders that should have been sent by now, by the store. Sends and changes
    /// nothing.
    ///
    /// Nothing is outstanding if reminders are off, and in the quiet hours.
    ///
    /// # Errors
    /// As [`run`](Self::run), and if the store can't be read.
    ///
    /// # Examples
    /// ```no_run
    /// use emis_reminders::{ReminderError, Reminders};
    ///
    /// async fn is_behind(reminders: &Reminders) -> Result<bool, ReminderError> {
    ///     let outstanding = reminders.outstanding().await?;
    ///     Ok(outstanding.sent == 0 && !outstanding.waiting.is_empty())
    /// }
    /// ```
    pub async fn outstanding(&self) -> Result<Outstanding, ReminderError> {
        let now = uk::now(&*self.clock);
        let mut outstanding = Outstanding::default();
        let Some(window) = schedule::window(&now, &self.settings, &self.calendar) else {
            return Ok(outstanding);
        };
        self.identity.confirm(&self.client).await?;
        let booked = self
            .client
            .appointments()
            .get_booked_patients(window)
            .await?;
        let settings = self.with_exclusions().await?;
        let plan = plan(&now, &settings, &self.calendar, &booked.items);
        outstanding.dominant_suppression = plan.dominant_suppression();
        for due in plan.due {
            let quiet = settings.quiet_hours;
            let due_at = schedule::send_at(due.booked.start, due.offset, quiet, &self.calendar);
            let mut claims = Vec::new();
            for addressee in &due.addressees {
                let key = self.key(&due, addressee.contact.channel());
                claims.push(self.store.peek(&key, self.counts_from(&due)).await?);
            }
            outstanding.note(due_at.timestamp(), &claims);
        }
        Ok(outstanding)
    }

    /// Returns the settings with all patients who are excluded at this moment.
    async fn with_exclusions(&self) -> Result<ReminderSettings, ReminderError> {
        let mut settings = self.settings.clone();
        let standing = self.exclusions().await?;
        settings
            .opted_out
            .extend(standing.of_every_channel().iter());
        Ok(settings)
    }

    async fn exclusions(&self) -> Result<ActiveExclusions, emis_settings::StoreError> {
        self.register.active(&self.identity.ods_code).await
    }

    async fn send_all(&self, batch: &Batch, due: &[DueReminder], report: &mut RunReport) {
        let mut troubles_in_a_row = 0;
        for due in due {
            let appointment = due.appointment();
            if report.halted.is_some() {
                report.fail(appointment, FailureCause::NotAttempted);
                continue;
            }
            match self.remind(batch, due).await {
                Ok(sent) => {
                    report.sent.push(sent);
                    troubles_in_a_row = 0;
                }
                Err(setback) => {
                    report.note(appointment, &setback, self.clock.now());
                    if let Some(failure) = setback.failure() {
                        let (practice, slot) = (&self.identity.ods_code, appointment.slot);
                        warn!(%practice, %slot, "a reminder was not sent: {failure}");
                    }
                    troubles_in_a_row += usize::from(setback.is_trouble());
                    report.halted = setback.halts(troubles_in_a_row);
                }
            }
        }
    }

    /// Sends one reminder, unless something is against it.
    async fn remind(&self, batch: &Batch, due: &DueReminder) -> Result<SentReminder, Setback> {
        self.look_up(due).await?;
        let today = uk::today(&*self.clock);
        let mut booked = due.booked.clone();
        booked.patient = recheck(&self.client, &booked, today, &self.settings).await?;
        let channels = &self.settings.channels;
        let mut addressees = batch.contacts.addressees(&booked.patient, channels);
        if addressees.is_empty() {
            return Err(SuppressionReason::NoValidContact.into());
        }
        // An opt-out of a moment ago counts as well.
        let exclusions = self.exclusions().await?;
        let patient = booked.patient.number;
        addressees.retain(|addressee| exclusions.allow(patient, addressee.contact.channel()));
        if addressees.is_empty() {
            return Err(SuppressionReason::OptedOut.into());
        }
        // A run may take long, and EMIS longer.
        let now = uk::now(&*self.clock);
        schedule::due(&now, booked.start, &self.settings, &self.calendar)?;

        let mut refused = Setback::Suppressed(SuppressionReason::ContactRefused);
        for addressee in &addressees {
            let key = self.key(due, addressee.contact.channel());
            let claim = self
                .store
                .claim(&key, self.counts_from(due), self.clock.now())
                .await?;
            if Setback::check(claim)? == ClaimOutcome::Refused {
                continue;
            }
            let reference = key.reference();
            let message = Message::new(
                key.practice.clone(),
                MessageKind::Reminder,
                addressee.contact.clone(),
                batch.wording.body(&booked, addressee),
                reference,
            );
            match self.send(&key, &message).await {
                Ok(delivery) => {
                    return Ok(SentReminder {
                        appointment: due.appointment(),
                        offset: due.offset,
                        channel: message.channel(),
                        reference,
                        delivery_id: delivery.id,
                    });
                }
                Err(Setback::Notifier(error)) if error.kind() == NotifyErrorKind::Permanent => {
                    refused = Setback::Notifier(error);
                }
                Err(setback) => return Err(setback),
            }
        }
        Err(refused)
    }

    /// Asks the store first: most of what is due was sent by an earlier run, and needs no second
    /// look at EMIS.
    async fn look_up(&self, due: &DueReminder) -> Result<(), Setback> {
        for addressee in &due.addressees {
            let key = self.key(due, addressee.contact.channel());
            let claim = self.store.peek(&key, self.counts_from(due)).await?;
            if Setback::check(claim)? == ClaimOutcome::Ours {
                return Ok(());
            }
        }
        Err(SuppressionReason::ContactRefused.into())
    }

    /// Sends a claimed message, and settles the claim if its outcome is known.
    async fn send(&self, key: &ReminderKey, message: &Message) -> Result<Delivery, Setback> {
        let result = timeout(self.send_timeout, self.notifier.send(message))
            .await
            .unwrap_or_else(|_| {
                let kind = NotifyErrorKind::Unknown;
                Err(NotifyError::new(
                    kind,
                    "the message was not accepted in time",
                ))
            });
        let outcome = match result.as_ref().map_err(|error| error.kind()) {
            Ok(_) => ReminderSettlement::Sent,
            Err(NotifyErrorKind::Permanent) => ReminderSettlement::Refused,
            Err(kind) if kind.is_not_sent() => ReminderSettlement::NotSent,
            Err(_) => return result.map_err(Setback::Notifier),
        };
        self.store
            .settle(key, outcome, self.clock.now(), &Provenance::product())
            .await
            .map_err(Setback::Unsettled)?;
        result.map_err(Setback::Notifier)
    }

    fn key(&self, due: &DueReminder, channel: Channel) -> ReminderKey {
        ReminderKey {
            practice: self.identity.ods_code.clone(),
            slot: due.booked.slot,
            patient: due.booked.patient.number,
            start: due.booked.start,
            minutes_before: due.offset.nominal_minutes(),
            channel,
        }
    }

    fn counts_from(&self, due: &DueReminder) -> Timestamp {
        schedule::counts_from(due.booked.start, due.offset, &self.settings, &self.calendar)
    }

    fn log(&self, report: &RunReport) {
        info!(
            practice = %self.identity.ods_code,
            sent = report.sent.len(),
            already_sent = report.already_sent.len(),
            suppressed = report.suppressed.len(),
            failed = report.failed.len(),
            in_doubt = report.in_doubt.len(),
            skipped_records = report.skipped_records.len(),
            halted = report.halted.is_some(),
            "reminders run"
        );
    }
}

/// Values that the reminders of one run share.
struct Batch {
    contacts: ContactBook,
    wording: Wording,
}

impl fmt::Debug for Reminders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reminders")
            .field("practice", &self.identity.ods_code)
            .finish_non_exhaustive()
    }
}
