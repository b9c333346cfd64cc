//! Reminders that should have been sent by now, by the store.

use emis_types::uk;
use jiff::{SignedDuration, Timestamp};

use crate::claim::{ReminderSettlement, ReminderStanding};
use crate::dominant::DominantSuppression;
use crate::dry_run::Foresight;
use crate::entry::ReminderEntry;
use crate::error::ReminderError;
use crate::plan::Plan;
use crate::reminders::Reminders;

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

impl Reminders {
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
        let Foresight::Seen(seen) = self.foresee(&now).await? else {
            return Ok(outstanding);
        };
        outstanding.polled = true;
        outstanding.dominant_suppression = seen.plan.dominant_suppression();
        outstanding.note(&seen.plan, &seen.entries);
        Ok(outstanding)
    }
}
