//! What a run did, to the last appointment.

use emis_client::ErrorKind;
use emis_client::model::{MinutesWindow, SkippedRecord};
use emis_settings::Channel;
use jiff::Timestamp;

use crate::error::ReminderError;
use crate::message::Reference;
use crate::notifier::NotifyErrorKind;
use crate::plan::{Appointment, PassedOver};
use crate::reason::Reason;
use crate::setback::Setback;

/// What a run did. Every appointment that EMIS listed is in exactly one of the lists. Holds
/// EMIS's ids and nothing of a person.
#[derive(Debug)]
#[non_exhaustive]
pub struct RunReport {
    /// When the run began.
    pub at: Timestamp,
    /// Why EMIS was not asked at all: reminders are off, or these are the quiet hours.
    pub idle: Option<Reason>,
    /// The window that EMIS was asked for.
    pub window: Option<MinutesWindow>,
    /// The reminders that were handed over for delivery.
    pub sent: Vec<SentReminder>,
    /// The reminders that an earlier run, or another at the same time, had sent.
    pub already_sent: Vec<Appointment>,
    /// The reminders that may or may not have been sent. They are not sent again.
    pub in_doubt: Vec<DoubtfulReminder>,
    /// The reminders that were definitely not sent, because something failed. A later run tries
    /// again, unless the message was refused for good.
    pub failed: Vec<FailedReminder>,
    /// The appointments that get no reminder now, and why.
    pub passed_over: Vec<PassedOver>,
    /// The records of the appointment list that could not be read. Each may be an appointment
    /// whose patient gets no reminder: tell somebody.
    pub skipped_records: Vec<SkippedRecord>,
    /// Why the run stopped before its end, if it did. What was left is among the
    /// [`failed`](Self::failed), as [`FailureCause::NotAttempted`].
    pub halted: Option<ReminderError>,
}

/// A reminder that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SentReminder {
    /// The appointment.
    pub appointment: Appointment,
    /// So many hours before the start.
    pub hours_before: u16,
    /// How it was sent.
    pub channel: Channel,
    /// Our reference of the message.
    pub reference: Reference,
    /// The sender's id of the message, where it gave one.
    pub delivery_id: Option<String>,
}

/// A reminder of unknown fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DoubtfulReminder {
    /// The appointment.
    pub appointment: Appointment,
    /// When it was claimed. A moment ago, it is most likely in the hands of another run; long
    /// ago, that run was cut off.
    pub since: Timestamp,
}

/// A reminder that was not sent because something failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailedReminder {
    /// The appointment.
    pub appointment: Appointment,
    /// What failed.
    pub cause: FailureCause,
}

/// What failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureCause {
    /// The second look at the appointment failed.
    Emis(ErrorKind),
    /// The second look found a record that could not be read, and no other that would tell.
    Unreadable,
    /// The message was not taken.
    Notifier(NotifyErrorKind),
    /// The ledger could not be used.
    Ledger,
    /// The run had stopped before.
    NotAttempted,
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
            passed_over: Vec::new(),
            skipped_records: Vec::new(),
            halted: None,
        }
    }

    /// Whether nothing in it needs a person: nothing failed, nothing is in doubt, everything
    /// could be read.
    pub fn is_clean(&self) -> bool {
        self.failed.is_empty()
            && self.in_doubt.is_empty()
            && self.skipped_records.is_empty()
            && self.halted.is_none()
    }

    pub(crate) fn note(&mut self, appointment: Appointment, setback: &Setback, now: Timestamp) {
        let doubt = |since| DoubtfulReminder { appointment, since };
        let cause = match setback {
            Setback::PassedOver(reason) => {
                self.passed_over.push(PassedOver::new(appointment, *reason));
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
            Setback::Ledger(_) => FailureCause::Ledger,
        };
        self.fail(appointment, cause);
    }

    pub(crate) fn fail(&mut self, appointment: Appointment, cause: FailureCause) {
        self.failed.push(FailedReminder { appointment, cause });
    }
}
