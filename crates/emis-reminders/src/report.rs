//! The report of a run, down to each appointment.

use std::collections::BTreeMap;

use emis_client::model::{MinutesWindow, SkippedRecord};
use emis_messaging::{MessageReference, NotifyErrorKind};
use emis_settings::{Channel, Offset};
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, Serializer};

use crate::appointment::RemindedAppointment;
use crate::claim::{ReminderSettlement, ReminderStanding};
use crate::dominant::DominantSuppression;
use crate::error::ReminderError;
use crate::failure::{FailedReminder, FailureCause};
use crate::finding::ReminderFinding;
use crate::plan::SuppressedReminder;
use crate::setback::{SLOW, Setback};
use crate::suppression::SuppressionReason;

/// The time for which a reminder in doubt is news: the runs of a day suffice to tell a person.
const NEWS: SignedDuration = SignedDuration::from_hours(24);

/// The report of a run. Every appointment that EMIS listed is in exactly one of the lists. It
/// holds EMIS's IDs and nothing personal.
///
/// `Display` is a summary of a few lines. `Serialize` writes all of it: IDs, times, and stable
/// codes.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct RunReport {
    /// The begin of the run.
    pub at: Timestamp,
    /// The reason why EMIS was not called at all: reminders are off, or these are the quiet hours.
    pub idle: Option<SuppressionReason>,
    /// The window that was read.
    pub window: Option<MinutesWindow>,
    /// The reminders that were handed over for delivery.
    pub sent: Vec<SentReminder>,
    /// The reminders that an earlier run, or another at the same time, had sent.
    pub already_sent: Vec<RemindedAppointment>,
    /// The reminders that another worker is sending at this moment.
    pub in_flight: Vec<RemindedAppointment>,
    /// The reminders that may or may not have been sent. They are not sent again, and are listed
    /// in every run in which they are due, until the message service tells what became of them, or
    /// else a person settles them.
    pub in_doubt: Vec<DoubtfulReminder>,
    /// The messages of earlier runs that were in doubt and are settled now.
    pub settled: Vec<SettledDoubt>,
    /// The reminders that were certainly not sent because something failed. A later run tries
    /// again, unless the message was refused permanently.
    pub failed: Vec<FailedReminder>,
    /// The appointments that get no reminder now, with the reason, and the time until which they
    /// wait.
    pub suppressed: Vec<SuppressedReminder>,
    /// The appointments that patients were told of and that are gone since the last run.
    pub gone: Vec<RemindedAppointment>,
    /// The number of appointments that EMIS listed.
    pub listed: usize,
    /// The findings for a person.
    pub findings: Vec<ReminderFinding>,
    /// The reason that suppressed nearly all reminders, if there is one: a finding for a person.
    pub dominant_suppression: Option<DominantSuppression>,
    /// The records of the appointment list that could not be decoded. Each may be an appointment
    /// whose patient gets no reminder: tell a person.
    pub skipped_records: Vec<SkippedRecord>,
    /// The error that stopped the run early, if one did, as its report. What was left is among the
    /// [`failed`](Self::failed), as [`FailureCause::NotAttempted`].
    #[serde(serialize_with = "halted")]
    pub halted: Option<ReminderError>,
}

/// A reminder that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SentReminder {
    /// The appointment.
    pub appointment: RemindedAppointment,
    /// The time before the start.
    pub offset: Offset,
    /// The channel.
    pub channel: Channel,
    /// The product's reference of the message.
    pub reference: MessageReference,
    /// The message service's ID of the message, if it returned one.
    pub delivery_id: Option<String>,
}

/// A reminder with an unknown outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DoubtfulReminder {
    /// The appointment.
    pub appointment: RemindedAppointment,
    /// The time of its claim. A recent one is most likely being sent by another run; an old one
    /// was left behind by a run that was cut off.
    pub since: Timestamp,
}

/// A message that was in doubt, and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SettledDoubt {
    /// The product's reference of the message.
    pub reference: MessageReference,
    /// The time of its claim.
    pub since: Timestamp,
    /// The outcome.
    pub outcome: ReminderSettlement,
}

impl SettledDoubt {
    pub(crate) const fn new(
        reference: MessageReference,
        since: Timestamp,
        outcome: ReminderSettlement,
    ) -> Self {
        Self {
            reference,
            since,
            outcome,
        }
    }
}

/// The counts of a run, of appointments each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RunCounts {
    /// Those that EMIS listed.
    pub listed: usize,
    /// Those whose reminder was due: the sum of sent, kept, in flight, unknown and failed.
    pub due: usize,
    /// Those whose reminder was sent.
    pub sent: usize,
    /// Those whose reminder had been sent before.
    pub kept: usize,
    /// Those whose reminder another worker is sending.
    pub in_flight: usize,
    /// Those that get no reminder, by the code of the reason.
    pub suppressed: BTreeMap<&'static str, usize>,
    /// Those that wait for their time.
    pub waiting: usize,
    /// The earliest time until which one of them waits, UK wall clock.
    pub waiting_until: Option<DateTime>,
    /// Those whose reminder may or may not have been sent.
    pub unknown: usize,
    /// Those whose reminder failed.
    pub failed: usize,
}

impl RunReport {
    pub(crate) fn new(at: Timestamp) -> Self {
        Self {
            at,
            idle: None,
            window: None,
            sent: Vec::new(),
            already_sent: Vec::new(),
            in_flight: Vec::new(),
            in_doubt: Vec::new(),
            settled: Vec::new(),
            failed: Vec::new(),
            suppressed: Vec::new(),
            gone: Vec::new(),
            listed: 0,
            findings: Vec::new(),
            dominant_suppression: None,
            skipped_records: Vec::new(),
            halted: None,
        }
    }

    /// Returns whether nothing in it is news for a person: nothing failed, no reminder came to be in
    /// doubt during the last 24 hours, every record was decoded, and no reason suppressed nearly
    /// all reminders. A reminder that is in doubt for longer was news in earlier reports.
    pub fn is_clean(&self) -> bool {
        let is_news = |doubt: &DoubtfulReminder| self.at.duration_since(doubt.since) < NEWS;
        self.failed.is_empty()
            && !self.in_doubt.iter().any(is_news)
            && self.skipped_records.is_empty()
            && self.halted.is_none()
            && self.dominant_suppression.is_none()
            && self.findings.is_empty()
    }

    /// Returns its counts.
    pub fn counts(&self) -> RunCounts {
        let mut suppressed = BTreeMap::<_, usize>::new();
        let (waiting, not): (Vec<&SuppressedReminder>, Vec<_>) = self
            .suppressed
            .iter()
            .partition(|it| it.waits_until.is_some());
        for one in not {
            *suppressed.entry(one.reason.code()).or_default() += 1;
        }
        RunCounts {
            listed: self.listed,
            due: self.tried(),
            sent: self.sent.len(),
            kept: self.already_sent.len(),
            in_flight: self.in_flight.len(),
            suppressed,
            waiting: waiting.len(),
            waiting_until: waiting.iter().filter_map(|it| it.waits_until).min(),
            unknown: self.in_doubt.len(),
            failed: self.failed.len(),
        }
    }

    /// Returns the number of reminders that were sent or tried, in this run or before.
    pub(crate) fn tried(&self) -> usize {
        let told = self.sent.len() + self.already_sent.len() + self.in_flight.len();
        told + self.in_doubt.len() + self.failed.len()
    }

    pub(crate) fn note(
        &mut self,
        appointment: RemindedAppointment,
        setback: &Setback,
        now: Timestamp,
    ) {
        let doubt = |since| DoubtfulReminder { appointment, since };
        let cause = match setback {
            Setback::Suppressed(reason) => {
                self.suppressed
                    .push(SuppressedReminder::new(appointment, *reason));
                return;
            }
            Setback::Waits(reason, until) => {
                let waits = SuppressedReminder::new(appointment, *reason).until(*until);
                return self.suppressed.push(waits);
            }
            Setback::Standing(standing) => return self.stand(appointment, *standing),
            Setback::Unsettled(_) => return self.in_doubt.push(doubt(now)),
            Setback::Notifier(error) if error.kind() == NotifyErrorKind::Unknown => {
                return self.in_doubt.push(doubt(now));
            }
            Setback::Notifier(error) => FailureCause::Notifier(error.kind()),
            Setback::Emis(error) => FailureCause::Emis(error.kind()),
            Setback::Slow => FailureCause::Emis(SLOW),
            Setback::WithAnother => FailureCause::NotAttempted,
            Setback::Unreadable(_) => FailureCause::Unreadable,
            Setback::Unwritable(_) => FailureCause::Unwritable,
            Setback::Store(_) => FailureCause::Store,
        };
        self.fail(appointment, cause);
    }

    /// Notes a reminder that is not sent because of its entry in the store.
    pub(crate) fn stand(&mut self, appointment: RemindedAppointment, standing: ReminderStanding) {
        match standing {
            ReminderStanding::InFlight { .. } => self.in_flight.push(appointment),
            ReminderStanding::InDoubt { since } => {
                self.in_doubt.push(DoubtfulReminder { appointment, since });
            }
            ReminderStanding::Refused => {
                let reason = SuppressionReason::ContactRefused;
                self.suppressed
                    .push(SuppressedReminder::new(appointment, reason));
            }
            _ => self.already_sent.push(appointment),
        }
    }

    pub(crate) fn fail(&mut self, appointment: RemindedAppointment, cause: FailureCause) {
        self.failed.push(FailedReminder { appointment, cause });
    }
}

fn halted<S: Serializer>(error: &Option<ReminderError>, serializer: S) -> Result<S::Ok, S::Error> {
    let report = error.as_ref().map(ReminderError::report);
    report.serialize(serializer)
}
