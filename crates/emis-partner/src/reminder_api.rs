//! Appointment reminders at a practice.

use std::sync::Arc;

use emis_audit::Provenance;
use emis_diagnostics::Capability;
use emis_messaging::{PartPrice, TemplateReport};
use emis_reminders::{DryRun, Reminders, RunReport};
use emis_settings::{Exclusion, ExclusionKind, PracticeSettings, Template};
use emis_types::{Clock, PatientNumber};
use jiff::Timestamp;

use crate::builder::template_check;
use crate::reminder_links::ReminderLinks;
use crate::{Action, Error, ErrorKind, Practice};

/// Reminders of a practice, and patients' opt-outs: [`Practice::reminders`].
#[derive(Debug, Clone, Copy)]
pub struct ReminderApi<'a>(pub(crate) &'a Practice);

impl Practice {
    /// Returns the operations of appointment reminders, and of patients' opt-outs.
    pub fn reminders(&self) -> ReminderApi<'_> {
        ReminderApi(self)
    }
}

impl<'a> ReminderApi<'a> {
    /// Sends the reminders that are due now.
    ///
    /// Run it every quarter of an hour. Nothing is sent twice, however often it runs and from
    /// however many workers.
    ///
    /// ```
    /// # use emis_partner::{Error, Practice};
    /// # async fn example(practice: Practice) -> Result<(), Error> {
    /// let run = practice.reminders().send_due().await?;
    /// if !run.is_clean() {
    ///     eprintln!("{run}"); // for a person to read
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If no reminder could be sent: the practice is not set up, or EMIS can't be read. What
    /// failed for one patient is in the report.
    ///
    /// # Cancel safety
    /// Safe to drop: a message that was being sent is then in doubt, and is not sent again.
    pub async fn send_due(self) -> Result<RunReport, Error> {
        Box::pin(self.0.at_work(self.run())).await
    }

    async fn run(self) -> Result<RunReport, Error> {
        let run = async {
            let settings = self.0.load().await?;
            Ok(self.0.reminders_of(&settings)?.run().await?)
        };
        let run = self.0.noting_failed_sending(run.await)?;
        let (activity, work) = (self.0.activity(), &self.0.parts.connections.work);
        // A run that did not ask EMIS shows nothing.
        let asked = run.window.is_some();
        let failed_before = asked && work.note_reminders_failed(&self.0.ods_code, false);
        // One patient's wrong number does not show that sending fails.
        if run.failed.len() * 5 > run.sent.len() + run.failed.len() {
            activity.note_failed(Capability::Sending);
        } else if !run.sent.is_empty() {
            activity.note_worked(Capability::Sending);
            work.forget_waiting(&self.0.ods_code);
        } else if failed_before && run.is_clean() {
            // It had nothing to send, and so shows only that the failure is over.
            activity.note_worked(Capability::Sending);
        }
        Ok(run)
    }

    /// Returns who would be reminded at `at`, who would not and why, and sends nothing. See
    /// [`Reminders::plan`].
    ///
    /// ```
    /// # use emis_partner::{Error, Practice};
    /// # use emis_partner::jiff::Timestamp;
    /// # async fn example(practice: Practice, tomorrow: Timestamp) -> Result<(), Error> {
    /// let plan = practice.reminders().plan(tomorrow).await?;
    /// println!("{plan}"); // counts and reasons
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`send_due`](Self::send_due).
    pub async fn plan(self, at: Timestamp) -> Result<DryRun, Error> {
        let plan = async {
            let settings = self.0.load().await?;
            Ok(self.0.reminders_of(&settings)?.plan(at).await?)
        };
        Box::pin(self.0.at_work(plan)).await
    }

    /// Returns the report of a template of the practice's own words before it is saved: its problems,
    /// and the shortest and the longest reminder that it makes, as the product's sender counts its
    /// parts. Saves and sends nothing.
    ///
    /// ```
    /// # use emis_partner::{Error, Practice};
    /// use emis_partner::messaging::PartPrice;
    /// use emis_partner::settings::{Channel, Template};
    ///
    /// # async fn example(practice: Practice) -> Result<(), Error> {
    /// let template = Template::new(Channel::Sms, "See you on {{ when }} at {{ practice }}.");
    /// let price = PartPrice::hundredths_of_a_penny(233);
    /// let report = practice.reminders().preview(&template, Some(price)).await?;
    /// for problem in &report.problems {
    ///     println!("{}", problem.sentence());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the store fails.
    pub async fn preview(
        self,
        template: &Template,
        price: Option<PartPrice>,
    ) -> Result<TemplateReport, Error> {
        let settings = self.0.load().await?;
        let parts = &self.0.parts;
        let check = template_check(&**parts.messenger.notifier(), parts.links_at.as_ref());
        Ok(check.preview(template, &settings, price))
    }

    /// Stops reminding a patient, through every channel or one. Takes effect from the next
    /// message on. Returns `false` if that exclusion stands already.
    ///
    /// # Errors
    /// If the store fails.
    ///
    /// # Examples
    /// ```
    /// use emis_partner::settings::{Channel, ExclusionKind};
    /// use emis_partner::types::PatientNumber;
    /// # use emis_partner::{Error, Practice};
    ///
    /// # async fn example(practice: Practice, patient: PatientNumber) -> Result<(), Error> {
    /// let no_texts = ExclusionKind::OptOutOf(Channel::Sms);
    /// practice.reminders().exclude(patient, no_texts).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    /// Safe to drop: the exclusion and its event are written together or not at all.
    pub fn exclude(self, patient: PatientNumber, kind: ExclusionKind) -> Action<'a, bool> {
        let Practice { parts, ods_code } = self.0;
        Action::new(async move |author| {
            let (register, now) = (&parts.exclusions, parts.clock.now());
            Ok(register
                .exclude(ods_code, patient, kind, &author, now)
                .await?)
        })
    }

    /// Ends an exclusion. Returns `false` if none stands.
    ///
    /// # Errors
    /// If the store fails.
    ///
    /// # Cancel safety
    /// As [`exclude`](Self::exclude).
    pub fn readmit(self, patient: PatientNumber, kind: ExclusionKind) -> Action<'a, bool> {
        let Practice { parts, ods_code } = self.0;
        Action::new(async move |author| {
            let (register, now) = (&parts.exclusions, parts.clock.now());
            Ok(register
                .readmit(ods_code, patient, kind, &author, now)
                .await?)
        })
    }

    /// Returns every exclusion that a patient ever had, with its author and its times: the
    /// answer to whether the patient had opted out when a message was sent.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn exclusions_of(self, patient: PatientNumber) -> Result<Vec<Exclusion>, Error> {
        let Practice { parts, ods_code } = self.0;
        Ok(parts.exclusions.history(ods_code, patient).await?)
    }
}

impl Practice {
    /// Notes that sending fails if the work on reminders fails as a whole, for the diagnosis. It
    /// finds by itself what the practice has not set up and why EMIS does not let the product in.
    pub(crate) fn noting_failed_sending<T>(&self, outcome: Result<T, Error>) -> Result<T, Error> {
        let found_by_diagnosis = |error: &Error| {
            use ErrorKind::{Connection, NotSetUp, Sealed};
            matches!(error.kind(), Connection | NotSetUp | Sealed)
        };
        if outcome.as_ref().is_err_and(|it| !found_by_diagnosis(it)) {
            self.activity().note_failed(Capability::Sending);
            let work = &self.parts.connections.work;
            work.note_reminders_failed(&self.ods_code, true);
        }
        outcome
    }

    pub(crate) fn reminders_of(&self, settings: &PracticeSettings) -> Result<Reminders, Error> {
        let parts = &self.parts;
        let mut reminders = Reminders::new(
            parts.connections.client(settings)?,
            settings,
            Arc::clone(&parts.exclusions),
            Arc::clone(&parts.reminders),
            parts.messenger.clone(),
            Arc::clone(&parts.clock),
        )
        .least_between_polls(parts.least_between_polls)
        .with_bank_holidays(parts.bank_holidays.get());
        if let Some(pattern) = &parts.links_at {
            let booking = self.booking_of(settings, Provenance::product())?;
            let pattern = pattern.clone();
            reminders = reminders.linking(Arc::new(ReminderLinks { booking, pattern }));
        }
        Ok(match &parts.replies {
            Some(rules) => reminders.taking_replies(rules.clone()),
            None => reminders,
        })
    }
}
