//! The dry run: who would be reminded at a time, without sending anything.

use std::collections::BTreeMap;

use emis_client::model::MinutesWindow;
use emis_settings::{Channel, Offset};
use emis_types::uk;
use jiff::civil::DateTime;
use jiff::{Timestamp, Zoned};
use serde::Serialize;

use crate::appointment::RemindedAppointment;
use crate::claim::ReminderStanding;
use crate::entry::ReminderEntry;
use crate::error::ReminderError;
use crate::group::{Group, groups};
use crate::plan::{Plan, SuppressedReminder};
use crate::planner::Planner;
use crate::reminders::Reminders;
use crate::schedule::{LONGEST_WINDOW, minutes};
use crate::store::PollKind;
use crate::suppression::SuppressionReason;

/// The plan of a run that sends nothing. It holds EMIS's IDs and nothing personal.
///
/// `Display` is a summary of a few lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DryRun {
    /// The time for which it is planned.
    pub at: Timestamp,
    /// The reason why EMIS was not asked: reminders are off, these are the quiet hours at that time,
    /// or EMIS was asked a few minutes ago.
    pub idle: Option<SuppressionReason>,
    /// The window that was read.
    pub window: Option<MinutesWindow>,
    /// The number of appointments that EMIS listed.
    pub listed: usize,
    /// The messages that would be sent, each with its appointments.
    pub due: Vec<PlannedMessage>,
    /// The reminders that were sent before, or are being sent.
    pub kept: Vec<RemindedAppointment>,
    /// The reminders that may or may not have been sent.
    pub unknown: Vec<RemindedAppointment>,
    /// The appointments that would get no reminder, with the reason, and the time until which they
    /// wait.
    pub suppressed: Vec<SuppressedReminder>,
}

/// A message that would be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PlannedMessage {
    /// The appointments that it tells. Never empty.
    pub appointments: Vec<RemindedAppointment>,
    /// The time before the start of the first.
    pub offset: Offset,
    /// The channel; `None` if the patient is read only before sending.
    pub channel: Option<Channel>,
    /// The time at which it falls due, UK wall clock.
    pub due_at: DateTime,
}

impl DryRun {
    /// Returns the number of appointments without a reminder, by the code of the reason; those that
    /// wait are left out.
    pub fn suppressed_by_reason(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        let not_waiting = self.suppressed.iter().filter(|it| it.waits_until.is_none());
        for one in not_waiting {
            *counts.entry(one.reason.code()).or_default() += 1;
        }
        counts
    }
}

/// The appointments of a window with their plan, or the reason why EMIS was not asked.
pub(crate) enum Foresight {
    Idle(SuppressionReason),
    Seen(Seen),
}

pub(crate) struct Seen {
    pub(crate) window: MinutesWindow,
    pub(crate) listed: usize,
    pub(crate) plan: Plan,
    pub(crate) entries: Vec<ReminderEntry>,
}

impl Reminders {
    /// Returns who would be reminded at `at`, who would not and why, as EMIS lists the appointments
    /// now. It sends and claims nothing, and sees appointments of the next 72 hours.
    ///
    /// It is a poll as every run's: if the practice was polled a few minutes ago EMIS is not asked,
    /// and the next run waits as long. The last look at each patient's record, right before
    /// sending, is not made: what it finds is not in the plan.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    ///
    /// # Examples
    /// ```no_run
    /// use emis_reminders::{ReminderError, Reminders};
    /// use emis_types::Clock;
    ///
    /// async fn show(reminders: &Reminders, clock: &dyn Clock) -> Result<(), ReminderError> {
    ///     let plan = reminders.plan(clock.now()).await?;
    ///     println!("{} messages, {:?}", plan.due.len(), plan.suppressed_by_reason());
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Cancel safety
    /// Safe to drop: only the time of the poll may have been noted.
    pub async fn plan(&self, at: Timestamp) -> Result<DryRun, ReminderError> {
        self.check_settings()?;
        let mut dry = DryRun {
            at,
            idle: None,
            window: None,
            listed: 0,
            due: Vec::new(),
            kept: Vec::new(),
            unknown: Vec::new(),
            suppressed: Vec::new(),
        };
        let mut seen = match self.foresee(&uk::at(at)).await? {
            Foresight::Idle(reason) => {
                dry.idle = Some(reason);
                return Ok(dry);
            }
            Foresight::Seen(seen) => seen,
        };
        dry.window = Some(seen.window);
        dry.listed = seen.listed;
        let groups = groups(&mut seen.plan, Vec::new());
        dry.due = groups.iter().filter_map(planned).collect();
        for (appointment, standing) in seen.plan.standing {
            match standing {
                ReminderStanding::InDoubt { .. } => dry.unknown.push(appointment),
                _ => dry.kept.push(appointment),
            }
        }
        dry.suppressed = seen.plan.suppressed;
        for soon in seen.plan.soon {
            let waits = SuppressedReminder::new(soon.appointment(), SuppressionReason::NotYetDue);
            dry.suppressed.push(waits.until(soon.due_at));
        }
        Ok(dry)
    }

    /// Plans the reminders of a time from the appointments that EMIS lists now.
    pub(crate) async fn foresee(&self, at: &Zoned) -> Result<Foresight, ReminderError> {
        let now = uk::now(&*self.clock);
        let Some(window) = self.window(at) else {
            return Ok(Foresight::Idle(match self.settings.enabled {
                true => SuppressionReason::QuietHours,
                false => SuppressionReason::RemindersOff,
            }));
        };
        let practice = &self.identity.ods_code;
        let too_soon = self.poll_too_soon(PollKind::Sending, now.timestamp());
        if too_soon.await?.is_some() {
            return Ok(Foresight::Idle(SuppressionReason::PolledRecently));
        }
        let ahead = at.timestamp().duration_since(now.timestamp());
        let longer = i64::from(window.within()).saturating_mul(60);
        let longer = ahead.saturating_add(jiff::SignedDuration::from_secs(longer));
        let window = match ahead.is_positive() {
            true => minutes(longer.min(LONGEST_WINDOW)).unwrap_or(window),
            false => window,
        };
        self.identity.confirm(&self.client).await?;
        let exclusions = self.register.active(practice).await?;
        let entries = self
            .store
            .reminders(practice, now.datetime(), DateTime::MAX);
        let entries = entries.await?;
        let mut planner = Planner::new(at, &self.settings, &self.calendar)
            .with_modes(self.modes.clone())
            .with_exclusions(exclusions)
            .with_sender(self.sender().clone())
            .with_entries(practice, entries.iter().cloned());
        let listed = self.read(window, &entries, &mut planner).await?;
        for booked in &listed.returning {
            planner.note(booked);
        }
        Ok(Foresight::Seen(Seen {
            window,
            listed: listed.count,
            plan: planner.finish(),
            entries,
        }))
    }
}

fn planned(group: &Group) -> Option<PlannedMessage> {
    let first = group.members.first()?;
    let addressee = first.addressees.first();
    Some(PlannedMessage {
        appointments: group.members.iter().map(|it| it.appointment()).collect(),
        offset: first.offset,
        channel: addressee.map(|it| it.channel()),
        due_at: first.due_at,
    })
}
