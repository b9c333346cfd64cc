//! One run of a practice's reminders.

use std::collections::{BTreeSet, VecDeque};

use emis_client::model::{BookedPatient, MinutesWindow, SkippedRecord};
use emis_messaging::{NotifyErrorKind, PracticeTask, SendingHours, TaskKind, TaskSubject};
use emis_types::uk;
use jiff::civil::{DateTime, Time};
use jiff::{SignedDuration, Timestamp, Zoned};
use tracing::{Instrument, info, warn};

use crate::appointment::RemindedAppointment;
use crate::changes::{MANY_GONE, changes};
use crate::dominant::DominantSuppression;
use crate::entry::ReminderEntry;
use crate::error::{ReminderError, ReminderErrorKind};
use crate::failure::FailureCause;
use crate::finding::ReminderFinding;
use crate::group::{Group, groups};
use crate::key::ClaimOwner;
use crate::outstanding::Outstanding;
use crate::plan::{Plan, Planner, SuppressedReminder};
use crate::reminders::Reminders;
use crate::report::RunReport;
use crate::rule_book::hours_of;
use crate::schedule;
use crate::send::Batch;
use crate::setback::Setback;
use crate::store::{DayCounts, PollKind, ToldChanges};
use crate::suppression::SuppressionReason;
use crate::telemetry;

/// The failures in a row after which it is asked whether EMIS fails for all: fewer than open the
/// client's circuit breaker.
const TROUBLES_IN_A_ROW: usize = 3;

/// The least time between two reads of the planned list.
const PLANNING_EVERY: SignedDuration = SignedDuration::from_hours(6);

/// The time before the start from which an appointment that is not listed is no news: the patient
/// has arrived.
const ARRIVING: SignedDuration = SignedDuration::from_hours(1);

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
            .with_sender(self.notifier.capabilities().clone())
            .with_entries(&self.identity.ods_code, entries.iter().cloned());
        let listed = self.read(window, &entries, &mut planner).await?;
        report.window = Some(window);
        report.listed = listed.count;
        report.skipped_records = listed.skipped;

        // A record that could not be read may be the very appointment that seems to be gone.
        let mut told = ToldChanges::default();
        if report.skipped_records.is_empty() {
            let span = (uk_later(from, ARRIVING), uk_earlier(until, MINUTE));
            let within = |it: &&ReminderEntry| span.0 < it.key.start && it.key.start < span.1;
            let entries: Vec<_> = entries.iter().filter(within).cloned().collect();
            told = changes(&entries, &listed.told);
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
        let (planned, due) = (report.suppressed.len(), groups.len());
        self.send_all(&batch, groups, &mut report).await;
        if report.dominant_suppression.is_none() {
            let second_look = report.suppressed.iter().skip(planned).map(|it| it.reason);
            report.dominant_suppression = DominantSuppression::among(second_look, due);
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

    /// Returns the hours in which the sender sends by the general rule.
    pub(crate) fn sending_hours(&self) -> SendingHours {
        hours_of(self.notifier.capabilities(), &self.settings.channels)
    }

    fn window(&self, now: &Zoned) -> Option<MinutesWindow> {
        schedule::window_for(now, &self.settings, &self.calendar, self.sending_hours())
    }

    /// Begins a poll. Returns the time from which one may begin, if this one may not.
    pub(crate) async fn poll_too_soon(
        &self,
        poll: PollKind,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, ReminderError> {
        let least = match poll {
            PollKind::Sending => self.least_between_polls,
            PollKind::Planning => PLANNING_EVERY,
        };
        let practice = &self.identity.ods_code;
        Ok(self.store.begin_poll(practice, poll, least, now).await?)
    }

    /// Reads the appointments of a window into a planner, one by one as they arrive.
    async fn read(
        &self,
        window: MinutesWindow,
        entries: &[ReminderEntry],
        planner: &mut Planner<'_>,
    ) -> Result<Listed, ReminderError> {
        let told: BTreeSet<_> = entries.iter().map(|it| it.key.appointment()).collect();
        let gone = entries.iter().filter(|entry| entry.gone_at.is_some());
        let gone: BTreeSet<_> = gone.map(|entry| entry.key.appointment()).collect();
        let by_clinician = self.settings.rules.iter().any(|it| !it.clinicians.is_all());
        let mut listed = Listed::default();
        let mut waiting = Vec::new();
        let appointments = self.client.appointments();
        let mut stream = appointments.stream_booked_patients(window).await?;
        while let Some(next) = stream.next().await? {
            let streamed = match next {
                Ok(streamed) => streamed,
                Err(skipped) => {
                    listed.skipped.push(skipped);
                    continue;
                }
            };
            listed.count += 1;
            let appointment = RemindedAppointment::from(&streamed.booking);
            if told.contains(&appointment) {
                listed.told.insert(appointment);
            }
            if gone.contains(&appointment) {
                listed.returning.push(streamed.booking);
            } else if by_clinician {
                waiting.push(streamed);
            } else {
                planner.note(&streamed.booking);
            }
        }
        // EMIS may list the clinicians after all appointments.
        for mut streamed in waiting {
            if let Some(holders) = stream.session_holders(&streamed) {
                streamed.booking.session_holders = holders;
            }
            planner.note(&streamed.booking);
        }
        Ok(listed)
    }

    /// Renews the planned list of appointments further ahead than runs look, a few times a day. A
    /// failure is logged: the list of before stands.
    async fn plan_ahead(&self, now: &Zoned) {
        let hours = self.sending_hours();
        let window = schedule::planning_window(now, &self.settings, &self.calendar, hours);
        let Some(window) = window else { return };
        if let Err(error) = self.try_plan_ahead(now, window).await {
            let practice = &self.identity.ods_code;
            warn!(%practice, "the appointments further ahead could not be read: {}", error.report());
        }
    }

    async fn try_plan_ahead(
        &self,
        now: &Zoned,
        window: MinutesWindow,
    ) -> Result<(), ReminderError> {
        if self
            .poll_too_soon(PollKind::Planning, now.timestamp())
            .await?
            .is_some()
        {
            return Ok(());
        }
        let practice = &self.identity.ods_code;
        let (from, until) = (now.datetime(), end_of(now, window));
        let entries = self.store.reminders(practice, from, until).await?;
        let told: BTreeSet<_> = entries.iter().map(|it| it.key.appointment()).collect();
        let planner = Planner::new(now, &self.settings, &self.calendar)
            .with_modes(self.modes.clone())
            .with_sender(self.notifier.capabilities().clone());
        let mut listed = BTreeSet::new();
        let (mut planned, mut complete) = (Vec::new(), true);
        let appointments = self.client.appointments();
        let mut stream = appointments.stream_booked_patients(window).await?;
        let mut waiting = Vec::new();
        while let Some(next) = stream.next().await? {
            match next {
                Ok(mut streamed) => {
                    let appointment = RemindedAppointment::from(&streamed.booking);
                    if told.contains(&appointment) {
                        listed.insert(appointment);
                    }
                    // The person is of no use here.
                    streamed.booking.patient =
                        emis_client::model::Patient::new(streamed.booking.patient.number);
                    waiting.push(streamed);
                }
                Err(_) => complete = false,
            }
        }
        for mut streamed in waiting {
            if let Some(holders) = stream.session_holders(&streamed) {
                streamed.booking.session_holders = holders;
            }
            planned.extend(planner.ahead(&streamed.booking));
        }
        self.store.replace_planned(practice, &planned).await?;
        if complete {
            let span = (uk_later(from, ARRIVING), uk_earlier(until, MINUTE));
            let within = |it: &&ReminderEntry| span.0 < it.key.start && it.key.start < span.1;
            let entries: Vec<_> = entries.iter().filter(within).cloned().collect();
            let mut told = changes(&entries, &listed);
            // What is gone is counted by the run that looks at it from near.
            told.gone
                .retain(|it| it.start > uk_later(from, schedule::LONGEST_WINDOW));
            if !told.is_empty() {
                let note = self
                    .store
                    .note_changes(practice, &told, &[], now.timestamp());
                note.await?;
            }
        }
        Ok(())
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

    async fn send_all(&self, batch: &Batch<'_>, groups: Vec<Group>, report: &mut RunReport) {
        let mut queue = VecDeque::from(groups);
        let mut last = Vec::new();
        let mut is_second = false;
        let (mut emis, mut notifier) = (0, 0);
        loop {
            let Some(group) = queue.pop_front() else {
                if is_second || last.is_empty() {
                    return;
                }
                // What failed comes back once, after all others.
                queue = std::mem::take(&mut last).into();
                is_second = true;
                continue;
            };
            if report.halted.is_some() {
                for reminder in &group.members {
                    report.fail(reminder.appointment(), FailureCause::NotAttempted);
                }
                continue;
            }
            let told = self.tell(batch, group).await;
            if told.looked {
                emis = 0;
            }
            if !told.sent.is_empty() {
                notifier = 0;
            }
            report.sent.extend(told.sent);
            for reminder in told.apart.into_iter().rev() {
                queue.push_front(reminder.into());
            }
            for (reminder, setback) in told.setbacks {
                let appointment = reminder.appointment();
                if let Some(failure) = setback.failure() {
                    let (practice, slot) = (&self.identity.ods_code, appointment.slot);
                    warn!(%practice, %slot, "a reminder was not sent: {failure}");
                }
                match &setback {
                    Setback::Emis(error) if setback.may_pass() => {
                        emis += 1;
                        if error.kind().is_about_the_connection() || emis >= TROUBLES_IN_A_ROW {
                            // Does EMIS fail for all, or for this patient?
                            let neutral = self.client.organisation().get_organisation().await;
                            emis = 0;
                            report.halted = neutral.err().map(ReminderError::from);
                        }
                    }
                    Setback::Notifier(error) if error.is_of_sender() => notifier = usize::MAX,
                    Setback::Notifier(error)
                        if matches!(
                            error.kind(),
                            NotifyErrorKind::Temporary | NotifyErrorKind::Unknown
                        ) =>
                    {
                        notifier = notifier.saturating_add(1);
                    }
                    _ => {}
                }
                if notifier >= TROUBLES_IN_A_ROW && report.halted.is_none() {
                    report.halted = Some(ReminderError::new(
                        ReminderErrorKind::TooManyFailures,
                        "several messages in a row failed",
                    ));
                }
                if setback.may_pass() && !is_second && report.halted.is_none() {
                    last.push(reminder.into());
                    continue;
                }
                report.note(appointment, &setback, self.clock.now());
                if let Setback::Store(error) | Setback::Unsettled(error) = setback {
                    report.halted = Some(error.into());
                }
            }
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
        let from = uk_earlier(now.datetime(), WEEKS).date();
        let days = self.store.days(practice, from).await?;
        self.store.note_run(practice, &today).await?;
        let findings = [
            report
                .dominant_suppression
                .map(ReminderFinding::EverybodySuppressed),
            ReminderFinding::suddenly_nothing(today.listed, today.day, &days, &self.calendar),
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

    /// Returns the reminders that should have been sent by now, by the store. Sends and changes
    /// nothing but the time of the poll: if the practice was polled a few minutes ago, by a run or
    /// by another call, EMIS is not asked again, and [`Outstanding::polled`] is false.
    ///
    /// Nothing is outstanding if reminders are off, and in the quiet hours.
    ///
    /// # Errors
    /// As [`run`](Self::run), and if the store can't be read.
    ///
    /// # Examples
    /// ```no_run
    /// use emis_reminders::{ReminderError, Reminders};
    /// use emis_types::Clock;
    ///
    /// async fn is_silent(reminders: &Reminders, clock: &dyn Clock) -> Result<bool, ReminderError> {
    ///     let outstanding = reminders.outstanding().await?;
    ///     Ok(outstanding.silent_since(clock.now()).is_some())
    /// }
    /// ```
    pub async fn outstanding(&self) -> Result<Outstanding, ReminderError> {
        let now = uk::now(&*self.clock);
        let mut outstanding = Outstanding::default();
        let Some(window) = self.window(&now) else {
            return Ok(outstanding);
        };
        if self
            .poll_too_soon(PollKind::Sending, now.timestamp())
            .await?
            .is_some()
        {
            return Ok(outstanding);
        }
        outstanding.polled = true;
        self.identity.confirm(&self.client).await?;
        let exclusions = self.register.active(&self.identity.ods_code).await?;
        let until = DateTime::MAX;
        let practice = &self.identity.ods_code;
        let entries = self
            .store
            .reminders(practice, now.datetime(), until)
            .await?;
        let mut planner = Planner::new(&now, &self.settings, &self.calendar)
            .with_modes(self.modes.clone())
            .with_exclusions(exclusions)
            .with_sender(self.notifier.capabilities().clone())
            .with_entries(practice, entries.iter().cloned());
        let listed = self.read(window, &entries, &mut planner).await?;
        for booked in &listed.returning {
            planner.note(booked);
        }
        let plan = planner.finish();
        outstanding.dominant_suppression = plan.dominant_suppression();
        outstanding.note(&plan, &entries);
        Ok(outstanding)
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

/// One minute: EMIS and this process may count the window from different moments.
const MINUTE: SignedDuration = SignedDuration::from_mins(2);

/// The appointments of a window, as far as they are kept.
#[derive(Debug, Default)]
struct Listed {
    count: usize,
    skipped: Vec<SkippedRecord>,
    /// Those that have entries in the store.
    told: BTreeSet<RemindedAppointment>,
    /// Those that were gone.
    returning: Vec<BookedPatient>,
}

/// Returns the end of a window by UK wall clock.
fn end_of(now: &Zoned, window: MinutesWindow) -> DateTime {
    let ahead = SignedDuration::from_mins(window.within().into());
    now.saturating_add(ahead).datetime()
}

fn uk_later(time: DateTime, by: SignedDuration) -> DateTime {
    time.saturating_add(by)
}

fn uk_earlier(time: DateTime, by: SignedDuration) -> DateTime {
    time.saturating_sub(by)
}
