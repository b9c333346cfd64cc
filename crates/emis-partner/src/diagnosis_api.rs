//! Checks of a practice's EMIS connection.

use std::sync::Arc;

use emis_audit::{AuditEventKind, Provenance};
use emis_diagnostics::heartbeat::{self, Pulse};
use emis_diagnostics::{
    ActivityLog, Capability, Cause, Diagnosis, DiagnosisInput, DiagnosisRecord, Finding, Report,
};
use emis_settings::SettingsProblem;
use emis_types::Clock;

use crate::{Action, Error, ErrorKind, Practice};

/// Checks of a practice's EMIS connection: [`Practice::diagnosis`].
#[derive(Debug, Clone, Copy)]
pub struct DiagnosisApi<'a>(pub(crate) &'a Practice);

impl Practice {
    /// Returns the checks of the practice's EMIS connection.
    pub fn diagnosis(&self) -> DiagnosisApi<'_> {
        DiagnosisApi(self)
    }
}

impl<'a> DiagnosisApi<'a> {
    /// Checks the connection step by step, by reading only. The report says what is wrong, who
    /// must act and which clicks put it right.
    ///
    /// ```
    /// # use emis_partner::{Error, Practice};
    /// # async fn example(practice: Practice) -> Result<(), Error> {
    /// let report = practice.diagnosis().run().await?;
    /// println!("{report}");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the check could not be made: the store fails, or the product is configured wrongly. A
    /// connection that is broken or not set up is a finding.
    ///
    /// # Cancel safety
    /// Safe to drop: only the event in the audit trail may be missing.
    pub fn run(self) -> Action<'a, Report> {
        self.explain(&[])
    }

    /// Checks the connection of a practice that was just told that its entries are wrong: the
    /// [problems](Error::problems) of that refusal are explained as well.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    ///
    /// # Cancel safety
    /// As [`run`](Self::run).
    pub fn explain(self, refused: &'a [SettingsProblem]) -> Action<'a, Report> {
        Action::new(async move |author| self.0.diagnose(refused, &author).await)
    }

    /// Checks the connection again, for a person who has put right what a finding named.
    ///
    /// Forgets the failures that the finding explains. A cause in the API user also lets a refused
    /// user be tried once more, at most twice for one password.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    ///
    /// # Examples
    /// ```
    /// # use emis_partner::{Error, Practice};
    /// # async fn example(practice: Practice) -> Result<(), Error> {
    /// let report = practice.diagnosis().run().await?;
    /// if let Some(finding) = report.findings.first() {
    ///     println!("{finding}"); // the practice follows the steps, and selects "Check again"
    ///     println!("{}", practice.diagnosis().check_again(finding.cause).await?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    /// Safe to drop: a release of the password counts before it takes effect. Only the events in the
    /// audit trail may be missing.
    pub fn check_again(self, put_right: Cause) -> Action<'a, Report> {
        Action::new(async move |author| {
            self.0.known_activity().await?.put_right(put_right);
            if put_right.concerns_user() {
                match self.0.release_api_user(&author).await {
                    // Nothing is stored that could be tried; the diagnosis says so.
                    Err(error) if error.kind() == ErrorKind::Sealed => {}
                    tried => drop(tried?),
                }
            }
            self.0.diagnose(&[], &author).await
        })
    }

    /// Returns the results of earlier diagnoses, the latest first: those in a row with one result
    /// as one record.
    ///
    /// # Errors
    /// If the store can't be read.
    ///
    /// # Examples
    /// ```
    /// # use emis_partner::{Error, Practice};
    /// # async fn example(practice: Practice) -> Result<(), Error> {
    /// if let Some(latest) = practice.diagnosis().history().await?.first() {
    ///     println!("{:?} since {}", latest.causes, latest.since);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn history(self) -> Result<Vec<DiagnosisRecord>, Error> {
        let diagnoses = self.0.parts.diagnoses.as_ref();
        Ok(diagnoses.diagnoses(&self.0.ods_code).await?)
    }

    /// Checks that the product's own work goes on: reminders that should have been sent by now,
    /// or whose outcome is unknown, and bookings that are not being settled.
    ///
    /// Run it every hour of the day: reminders that stop in the morning are found the same morning,
    /// however many were sent the day before. It sends nothing. Returns no finding if all is well.
    ///
    /// A [diagnosis](Self::run) in this process names what it has found, until it runs again or
    /// reminders are sent. One in another process knows that sending fails.
    ///
    /// # Errors
    /// If it can't be told: the practice is not set up, EMIS can't be read, or the store fails.
    ///
    /// # Examples
    /// ```
    /// # use emis_partner::{Error, Practice};
    /// # async fn example(practice: Practice) -> Result<(), Error> {
    /// for finding in practice.diagnosis().heartbeat().await? {
    ///     eprintln!("{}: {finding}", practice.ods_code()); // page the people on call
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn heartbeat(self) -> Result<Vec<Finding>, Error> {
        let pulse = self.0.noting_failed_sending(self.0.pulse().await);
        let found = pulse.map(|pulse| {
            let parts = &self.0.parts;
            let found = heartbeat::check(&pulse, parts.clock.now(), &parts.product);
            if found.iter().any(|it| it.cause == Cause::NoReminders) {
                self.0.activity().note_failed(Capability::Sending);
            }
            found
        });
        // So that a diagnosis in any process knows it.
        self.0.share_activity().await;
        found
    }
}

impl Practice {
    async fn diagnose(
        &self,
        refused: &[SettingsProblem],
        author: &Provenance,
    ) -> Result<Report, Error> {
        let settings = self.load().await?;
        let client = match self.parts.connections.client(&settings) {
            Ok(client) => Some(client),
            Err(error) if matches!(error.kind(), ErrorKind::NotSetUp | ErrorKind::Sealed) => None,
            Err(error) => return Err(error),
        };
        let activity = self.known_activity().await?;
        let releases = self.parts.connections.releases(&settings).await;
        let pulse = self.known_pulse().await?;
        let history = self.parts.diagnoses.diagnoses(&self.ods_code).await?;
        let input = DiagnosisInput {
            settings: &settings,
            refused,
            client: client.as_ref(),
            product: &self.parts.product,
            activity: Some(&activity),
            releases,
            history: &history,
            pulse: Some(&pulse),
            clock: self.parts.clock.as_ref(),
        };
        let report = Diagnosis::run(&input).await;
        let record = report.record();
        let diagnoses = self.parts.diagnoses.as_ref();
        diagnoses.note_diagnosis(&self.ods_code, &record).await?;
        self.share_activity().await;
        let causes: Vec<_> = report.findings.iter().map(|f| f.cause.code()).collect();
        self.record(AuditEventKind::DIAGNOSIS_MADE, author, |event| {
            let event = event.detail("healthy", report.healthy);
            event.detail("causes", causes)
        })
        .await?;
        Ok(report)
    }

    /// Reads the practice's work at this moment, and keeps what EMIS was asked for, for diagnoses.
    async fn pulse(&self) -> Result<Pulse, Error> {
        let parts = &self.parts;
        let settings = self.load().await?;
        let mut pulse = self.unsettled_bookings().await?;
        let now = parts.clock.now();
        if !settings.reminders().enabled {
            parts.connections.work.keep_pulse(&self.ods_code, now, None);
            return Ok(pulse);
        }
        let outstanding = self.reminders_of(&settings)?.outstanding().await?;
        pulse.reminders_silent_since = outstanding.silent_since(now);
        pulse.reminders_suppressed = outstanding
            .dominant_suppression
            .map(|dominant| dominant.to_string());
        pulse.reminders_sent = outstanding.sent;
        pulse.reminders_waiting = outstanding.waiting;
        pulse.reminders_in_doubt = outstanding.in_doubt;
        // If EMIS was not asked, what was known before still holds.
        if outstanding.polled {
            let work = &parts.connections.work;
            work.keep_pulse(&self.ods_code, now, Some(pulse.clone()));
        }
        Ok(pulse)
    }

    /// Returns what the product's records show without asking EMIS: the unsettled bookings now, and
    /// the reminders as the last heartbeat in this process has seen them.
    async fn known_pulse(&self) -> Result<Pulse, Error> {
        let now = self.parts.clock.now();
        let mut pulse = self.parts.connections.work.pulse(&self.ods_code, now);
        pulse.bookings_unsettled = self.unsettled_bookings().await?.bookings_unsettled;
        Ok(pulse)
    }

    /// Returns the part of the product's records that can be read without EMIS.
    async fn unsettled_bookings(&self) -> Result<Pulse, Error> {
        let mut pulse = Pulse::default();
        let unsettled = self.parts.bookings.unsettled(&self.ods_code).await?;
        pulse.bookings_unsettled = unsettled.iter().map(|it| it.changed_at).collect();
        Ok(pulse)
    }

    /// Returns how recent calls ended, including those of the product's other processes.
    async fn known_activity(&self) -> Result<Arc<ActivityLog>, Error> {
        let activity = self.activity();
        let last_calls = self.parts.last_calls.as_ref();
        activity.learn(last_calls, &self.ods_code).await?;
        Ok(activity)
    }
}
