//! Appointment reminders at a practice.

use std::sync::Arc;

use emis_diagnostics::Capability;
use emis_messaging::MessageReference;
use emis_reminders::{OpenClaim, ReminderSettlement, Reminders, RunReport};
use emis_settings::{Exclusion, ExclusionKind, PracticeSettings};
use emis_types::{Clock, PatientNumber};

use crate::{Action, Error, Practice};

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
        let run = async {
            let settings = self.0.load().await?;
            let run = self.0.reminders_of(&settings)?.run().await?;
            let activity = self.0.activity();
            if !run.sent.is_empty() {
                activity.note_worked(Capability::Sending);
            }
            if !run.failed.is_empty() {
                activity.note_failed(Capability::Sending);
            }
            Ok(run)
        };
        Box::pin(self.0.at_work(run)).await
    }

    /// Returns the messages that were claimed and whose outcome is unknown, oldest first. Those
    /// whose lease runs are being sent. The others are settled by the next run if the message
    /// service can be asked, or gets a message once however often it is sent.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn in_doubt(self) -> Result<Vec<OpenClaim>, Error> {
        let Practice { parts, ods_code } = self.0;
        Ok(parts.reminders.open_claims(ods_code).await?)
    }

    /// Settles a message in doubt as a person found out with the message service. Returns
    /// whether it was settled. See [`settle_by_hand`](emis_reminders::settle_by_hand).
    ///
    /// # Errors
    /// If the store fails.
    ///
    /// # Cancel safety
    /// Safe to drop: the claim is settled in one step.
    pub fn settle_by_hand(
        self,
        message: MessageReference,
        found: ReminderSettlement,
    ) -> Action<'a, bool> {
        let Practice { parts, ods_code } = self.0;
        Action::new(async move |author| {
            let (store, now) = (&*parts.reminders, parts.clock.now());
            let settled =
                emis_reminders::settle_by_hand(store, ods_code, message, found, now, &author);
            Ok(settled.await?)
        })
    }

    /// Stops reminding a patient, through every channel or one. Takes effect from the next
    /// message on. Returns `false` if that exclusion stands already.
    ///
    /// # Errors
    /// If the store fails.
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
    pub(crate) fn reminders_of(&self, settings: &PracticeSettings) -> Result<Reminders, Error> {
        let parts = &self.parts;
        Ok(Reminders::new(
            parts.connections.client(settings)?,
            settings,
            Arc::clone(&parts.exclusions),
            Arc::clone(&parts.reminders),
            Arc::clone(&parts.notifier),
            Arc::clone(&parts.clock),
        )
        .least_between_polls(parts.least_between_polls)
        .with_bank_holidays(parts.bank_holidays.get()))
    }
}
