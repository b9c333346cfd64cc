//! One run of a practice's reminders.

use std::collections::BTreeSet;

use emis_client::model::MinutesWindow;
use emis_messaging::{PracticeTask, SenderCapabilities, SendingHours, TaskKind, TaskSubject};
use emis_types::uk;
use jiff::civil::{DateTime, Time};
use jiff::{SignedDuration, Zoned};
use tracing::{Instrument, info};

use crate::batch::Batch;
use crate::changes::MANY_GONE;
use crate::dominant::Tally;
use crate::error::{ReminderError, ReminderErrorKind};
use crate::finding::ReminderFinding;
use crate::group::groups;
use crate::key::ClaimOwner;
use crate::plan::{Plan, SuppressedReminder};
use crate::planner::Planner;
use crate::poll::end_of;
use crate::reminders::Reminders;
use crate::report::RunReport;
use crate::rule_book::hours_of;
use crate::schedule;
use crate::store::{DayCounts, PollKind, ToldChanges};
use crate::suppression::SuppressionReason;
use crate::telemetry;

/// The time for which the counts of days are compared.
const WEEKS: SignedDuration = SignedDuration::from_hours(24 * 28);

impl Reminders {
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
        self.check_settings()?;
        let owner = ClaimOwner::random();
        let held = self.settle_doubts(owner, &mut report).await?;
        let Some(window) = self.window(&now) else {
            report.idle = Some(if self.settings.enabled {
                SuppressionReason::QuietHours
            } else {
                SuppressionReason::RemindersOff
            });
            return Ok(report);
        };
        if self
            .poll_too_soon(PollKind::Sending, now.timestamp())
            .await?
            .is_some()
        {
            report.idle = Some(SuppressionReason::PolledRecently);
            return Ok(report);
        }
        let name = self.identity.confirm(&self.client).await?;
        let exclusions = self.register.active(&self.identity.ods_code).await?;
        self.plan_ahead(&now).await;

        let (from, until) = (now.datetime(), end_of(&now, window));
        let ahead = self
            .store
            .reminders(&self.identity.ods_code, from, DateTime::MAX);
        let held_references: BTreeSet<_> = held.iter().map(|it| it.reference).collect();
        let entries: Vec<_> = ahead
            .await?
            .into_iter()
            .filter(|entry| !held_references.contains(&entry.reference))
            .collect();
        let mut planner = Planner::new(&now, &self.settings, &self.calendar)
            .with_modes(self.modes.clone())
            .with_exclusions(exclusions)
            .with_sender(self.sender().clone())
            .with_entries(&self.identity.ods_code, entries.iter().cloned());
        let listed = self.read(window, &entries, &mut planner).await?;
        report.window = Some(window);
        report.listed = listed.count;
        report.skipped_records = listed.skipped;

        // A record that could not be read may be the very appointment that seems to be gone.
        let mut told = ToldChanges::default();
        if report.skipped_records.is_empty() {
            let span = (from, until);
            told = self.told_changes(&entries, span, &listed.told).await?;
        }
        report.gone.clone_from(&told.gone);
        let tasks = self.many_gone(&told, &mut report);
        if !told.is_empty() {
            let practice = &self.identity.ods_code;
            let note = self
                .store
                .note_changes(practice, &told, &tasks, now.timestamp());
            note.await?;
        }
        planner.reopen(&told.reopened);
        for booked in &listed.returning {
            planner.note(booked);
        }
        let planned = self.store.planned(&self.identity.ods_code, until, from);
        for planned in planned.await? {
            planner.note_planned(&planned);
        }
        let (mut plan, rules, contacts) = planner.into_parts();
        let batch = Batch::new(self, owner, name.as_deref(), rules, contacts);
        report.dominant_suppression = plan.dominant_suppression();
        let groups = groups(&mut plan, held);
        self.note_plan(plan, &mut report);
        let (planned, before) = (report.suppressed.len(), report.tried());
        self.send_all(&batch, groups, &mut report).await;
        if report.dominant_suppression.is_none() {
            let mut second_look = Tally::new(report.tried() - before, 0);
            for suppressed in report.suppressed.iter().skip(planned) {
                second_look.suppressed(suppressed.reason);
            }
            report.dominant_suppression = second_look.dominant();
        }
        self.conclude(&now, &mut report).await?;
        self.log(&report);
        Ok(report)
    }

    pub(crate) fn check_settings(&self) -> Result<(), ReminderError> {
        if self.settings.enabled && !self.settings.problems().is_empty() {
            return Err(ReminderError::new(
                ReminderErrorKind::InvalidSettings,
                "the practice's reminder settings have problems",
            ));
        }
        Ok(())
    }

    pub(crate) fn sender(&self) -> &SenderCapabilities {
        self.messenger.notifier().capabilities()
    }

    /// Returns the hours in which the sender sends by the general rule.
    pub(crate) fn sending_hours(&self) -> SendingHours {
        hours_of(self.sender(), &self.settings.channels)
    }

    pub(crate) fn window(&self, now: &Zoned) -> Option<MinutesWindow> {
        schedule::window_for(now, &self.settings, &self.calendar, self.sending_hours())
    }

    /// Returns the task for many appointments that are gone at once.
    fn many_gone(&self, told: &ToldChanges, report: &mut RunReport) -> Vec<PracticeTask> {
        if told.gone.len() < MANY_GONE {
            return Vec::new();
        }
        let appointments = told.gone.len();
        report
            .findings
            .push(ReminderFinding::ManyGone { appointments });
        let mut subject = TaskSubject::default();
        subject.start = told.gone.iter().map(|it| it.start).min();
        // The entries of these appointments are gone since this moment: it names them.
        subject.cause = Some(report.at.to_string());
        let practice = self.identity.ods_code.clone();
        vec![PracticeTask::new(
            practice,
            TaskKind::SessionGone,
            subject,
            report.at,
        )]
    }

    fn note_plan(&self, plan: Plan, report: &mut RunReport) {
        for (appointment, standing) in plan.standing {
            report.stand(appointment, standing);
        }
        report.suppressed = plan.suppressed;
        for soon in plan.soon {
            let reason = SuppressionReason::NotYetDue;
            let suppressed = SuppressedReminder::new(soon.appointment(), reason);
            report.suppressed.push(suppressed.until(soon.due_at));
        }
    }

    /// Notes the counts of the day, and what they show.
    async fn conclude(&self, now: &Zoned, report: &mut RunReport) -> Result<(), ReminderError> {
        let practice = &self.identity.ods_code;
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let mut today = DayCounts::none(now.date());
        today.runs = 1;
        today.listed = count(report.listed);
        today.sent = count(report.sent.len());
        today.failed = count(report.failed.len());
        let from = now.datetime().saturating_sub(WEEKS).date();
        let days = self.store.days(practice, from).await?;
        self.store.note_run(practice, &today).await?;
        let until = report.window.map(|window| end_of(now, window));
        let read = (now.datetime(), until.unwrap_or(now.datetime()));
        let findings = [
            report
                .dominant_suppression
                .map(ReminderFinding::EverybodySuppressed),
            ReminderFinding::suddenly_nothing(today.listed, read, &days, &self.calendar),
            ReminderFinding::many_failures(&today),
        ];
        report.findings.extend(findings.into_iter().flatten());
        let day = now.date().to_datetime(Time::midnight());
        let tasks: Vec<_> = report
            .findings
            .iter()
            .filter(|it| !matches!(it, ReminderFinding::ManyGone { .. }))
            .map(|finding| {
                let mut subject = TaskSubject::default();
                (subject.start, subject.cause) = (Some(day), Some(finding.code().to_owned()));
                let kind = TaskKind::ReminderFinding;
                PracticeTask::new(practice.clone(), kind, subject, report.at)
            })
            .collect();
        if !tasks.is_empty() {
            let none = ToldChanges::default();
            self.store
                .note_changes(practice, &none, &tasks, report.at)
                .await?;
        }
        Ok(())
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
