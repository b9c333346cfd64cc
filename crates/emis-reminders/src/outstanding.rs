//! Reminders that should have been sent by now, by the store.

use emis_types::uk;
use jiff::{SignedDuration, Timestamp};

use crate::claim::{ReminderSettlement, ReminderStanding};
use crate::dominant::DominantSuppression;
use crate::entry::ReminderEntry;
use crate::plan::Plan;

/// The time for which a due reminder may wait while others are sent: three runs.
const MAY_WAIT: SignedDuration = SignedDuration::from_mins(45);

/// The appointments ahead whose patients should have been reminded by now, by what the store has
/// of them.
///
/// Some of those that wait may never be sent: a run looks at each appointment once more, and an
/// appointment that was made just now waits for the next run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Outstanding {
    /// `true` if EMIS was asked. Nothing else is known if it was not: reminders are off, these are
    /// the quiet hours, or it was asked a few minutes ago.
    pub polled: bool,
    /// The number that were sent.
    pub sent: usize,
    /// The due times of those that were not begun.
    pub waiting: Vec<Timestamp>,
    /// The times since which others are in doubt.
    pub in_doubt: Vec<Timestamp>,
    /// The time at which the latest one was sent, of those whose appointment is ahead.
    pub last_sent: Option<Timestamp>,
    /// The reason that suppresses nearly all reminders, if there is one.
    pub dominant_suppression: Option<DominantSuppression>,
}

impl Outstanding {
    pub(crate) fn note(&mut self, plan: &Plan, entries: &[ReminderEntry]) {
        let due = plan.due.iter().map(|due| uk::zoned(due.due_at).timestamp());
        self.waiting.extend(due);
        for (_, standing) in &plan.standing {
            match standing {
                ReminderStanding::InDoubt { since } => self.in_doubt.push(*since),
                ReminderStanding::Sent => self.sent += 1,
                _ => {}
            }
        }
        let sent = entries
            .iter()
            .filter(|it| it.settled == Some(ReminderSettlement::Sent));
        self.last_sent = sent.map(|it| it.claimed_at).max();
    }

    /// Returns since when nothing is sent although reminders are due, if that is so: the silence is
    /// noticed within an hour, however many were sent the day before.
    pub fn silent_since(&self, now: Timestamp) -> Option<Timestamp> {
        let late = self.waiting.iter().copied();
        let oldest = late
            .filter(|due| now.duration_since(*due) > MAY_WAIT)
            .min()?;
        self.last_sent
            .is_none_or(|last| last < oldest)
            .then_some(oldest)
    }
}
