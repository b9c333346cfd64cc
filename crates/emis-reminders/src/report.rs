//! What a run did, to the last appointment.

use emis_client::model::{MinutesWindow, SkippedRecord};
use emis_settings::{Channel, Offset};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::error::ReminderError;
use crate::failure::{FailedReminder, FailureCause};
use crate::json;
use crate::message::Reference;
use crate::notifier::NotifyErrorKind;
use crate::plan::{RemindedAppointment, SuppressedReminder};
use crate::reason::SuppressionReason;
use crate::setback::Setback;

/// How long a reminder in doubt is news: a day has runs enough for somebody to be told.
const NEWS: SignedDuration = SignedDuration::from_hours(24);

/// What a run did. Every appointment that EMIS listed is in exactly one of the lists. Holds
/// EMIS's ids and nothing of a person.
///
/// `Display` is a summary of a few lines, and `Serialize` gives all of it: ids, times, and stable
/// codes where there are any.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct RunReport {
    /// When the run began.
    pub at: Timestamp,
    /// Why EMIS was not asked at all: reminders are off, or these are the quiet hours.
    pub idle: Option<SuppressionReason>,
    /// The window that EMIS was asked for.
    #[serde(serialize_with = "json::window")]
    pub window: Option<MinutesWindow>,
    /// The reminders that were handed over for delivery.
    pub sent: Vec<SentReminder>,
    /// The reminders that an earlier run, or another at the same time, had sent.
    pub already_sent: Vec<RemindedAppointment>,
    /// The reminders that may or may not have been sent. They are not sent again, and come
    /// up here in every run that they would be due in, until a person settles them.
    pub in_doubt: Vec<DoubtfulReminder>,
    /// The reminders that were definitely not sent, because something failed. A later run tries
    /// again, unless the message was refused for good.
    pub failed: Vec<FailedReminder>,
    /// The appointments that get no reminder now, and why.
    pub suppressed: Vec<SuppressedReminder>,
    /// The records of the appointment list that could not be read. Each may be an appointment
    /// whose patient gets no reminder: tell somebody.
    #[serde(serialize_with = "json::skipped_records")]
    pub skipped_records: Vec<SkippedRecord>,
    /// Why the run stopped before its end, if it did. What was left is among the
    /// [`failed`](Self::failed), as [`FailureCause::NotAttempted`].
    #[serde(serialize_with = "json::halted")]
    pub halted: Option<ReminderError>,
}

/// A reminder that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SentReminder {
    /// The appointment.
    pub appointment: RemindedAppointment,
    /// So long before the start.
    pub offset: Offset,
    /// How it was sent.
    pub channel: Channel,
    /// Our reference of the message.
    pub reference: Reference,
    /// The sender's id of the message, where it gave one.
    pub delivery_id: Option<String>,
}

/// A reminder of unknown fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DoubtfulReminder {
    /// The appointment.
    pub appointment: RemindedAppointment,
    /// When it was claimed. A moment ago, it is most likely in the hands of another run; long
    /// ago, that run was cut off.
    pub since: Timestamp,
}

impl RunReport {
    pub(crate) fn new(at: Timestamp) -> Self {
        Self {
            at,
            idle: None,
            window: None,
            sent: Vec::new(),
            already_sent: Vec::new(),
            in_doubt: Vec::new(),
            failed: Vec::new(),
            suppressed: Vec::new(),
            skipped_records: Vec::new(),
            halted: None,
        }
    }

    /// Whether nothing in it is news for a person: nothing failed, no reminder came to be in
    /// doubt during the last 24 hours, everything could be read. One that is in doubt for longer
    /// is in the list still, and was trouble in the reports of that day.
    pub fn is_clean(&self) -> bool {
        let is_news = |doubt: &DoubtfulReminder| self.at.duration_since(doubt.since) < NEWS;
        self.failed.is_empty()
            && !self.in_doubt.iter().any(is_news)
            && self.skipped_records.is_empty()
            && self.halted.is_none()
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
            Setback::AlreadySent => return self.already_sent.push(appointment),
            Setback::InDoubt { since } => return self.in_doubt.push(doubt(*since)),
            Setback::Unsettled(_) => return self.in_doubt.push(doubt(now)),
            Setback::Notifier(error) if error.kind() == NotifyErrorKind::Unknown => {
                return self.in_doubt.push(doubt(now));
            }
            Setback::Notifier(error) => FailureCause::Notifier(error.kind()),
            Setback::Emis(error) => FailureCause::Emis(error.kind()),
            Setback::Unreadable(_) => FailureCause::Unreadable,
            Setback::Ledger(_) => FailureCause::Store,
        };
        self.fail(appointment, cause);
    }

    pub(crate) fn fail(&mut self, appointment: RemindedAppointment, cause: FailureCause) {
        self.failed.push(FailedReminder { appointment, cause });
    }
}
