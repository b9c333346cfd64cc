//! Finds work that has stopped without an error, from the product's own records.

use jiff::{SignedDuration, Timestamp};

use crate::cause::Cause;
use crate::certainty::Certainty::Likely;
use crate::evidence::uk_time;
use crate::finding::Finding;
use crate::product::Product;

/// The longest time for which a due reminder may wait. Quiet hours do not count: no reminder is due
/// in them.
pub const REMINDERS_MAY_WAIT: SignedDuration = SignedDuration::from_hours(2);
/// The number of due reminders from which silence is a finding: a run may look at one or two patients
/// and rightly send them nothing.
pub const SILENCE_FROM: usize = 3;
/// The longest time for which a booking may stay unsettled. Reconciling runs every few minutes and
/// gives EMIS ten minutes to finish.
pub const BOOKINGS_MAY_WAIT: SignedDuration = SignedDuration::from_mins(60);

/// A practice's work at one moment, from the product's records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Pulse {
    /// The due times of reminders that the product has no record of and whose appointment is still
    /// ahead.
    pub reminders_waiting: Vec<Timestamp>,
    /// The time since which no reminder was sent although some are due, if that is so.
    pub reminders_silent_since: Option<Timestamp>,
    /// The number of appointments whose reminder was due and sent.
    pub reminders_sent: usize,
    /// The times since which reminders are in doubt.
    pub reminders_in_doubt: Vec<Timestamp>,
    /// The times at which unsettled bookings and cancellations last changed.
    pub bookings_unsettled: Vec<Timestamp>,
    /// The reason that suppresses nearly all reminders, in a sentence such as `104 of 104
    /// appointments: the patient has died`.
    pub reminders_suppressed: Option<String>,
}

/// Returns a finding for each kind of work that has stopped by `now`; empty if all is well. Pure.
///
/// ```
/// use emis_diagnostics::heartbeat::{self, Pulse};
/// use emis_diagnostics::{Cause, Product};
/// use jiff::Timestamp;
///
/// let product = Product::new("Patchs", "patchs")?;
/// let now: Timestamp = "2026-06-02T09:00:00Z".parse()?;
/// assert!(heartbeat::check(&Pulse::default(), now, &product).is_empty());
///
/// let mut silent = Pulse::default();
/// silent.reminders_waiting = vec!["2026-06-01T15:00:00Z".parse()?];
/// let findings = heartbeat::check(&silent, now, &product);
/// assert_eq!(findings[0].cause, Cause::NoReminders);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn check(pulse: &Pulse, now: Timestamp, product: &Product) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |cause, evidence: String| {
        findings.push(Finding::new(
            cause,
            Likely,
            vec![evidence],
            Vec::new(),
            product,
        ));
    };
    let waiting = pulse.reminders_waiting.len();
    let silent = pulse.reminders_silent_since;
    // A few that wait are appointments that were made just now, or that a run has looked at and
    // passed over.
    let late = Late::of(&pulse.reminders_waiting, now, REMINDERS_MAY_WAIT);
    if let Some(since) = silent.filter(|_| waiting >= SILENCE_FROM) {
        // However many were sent the day before.
        find(
            Cause::NoReminders,
            format!(
                "{waiting} reminders are due, and none was sent since {} UK time.",
                uk_time(since)
            ),
        );
    } else if let Some(late) = late.filter(|late| late.count > pulse.reminders_sent) {
        let cause = match pulse.reminders_sent {
            0 => Cause::NoReminders,
            _ => Cause::RemindersMissing,
        };
        find(
            cause,
            format!(
                "Of {} appointments that should have been reminded of by now {} were, and {} wait, \
                 the oldest since {} UK time.",
                pulse.reminders_sent + waiting,
                pulse.reminders_sent,
                late.count,
                uk_time(late.oldest),
            ),
        );
    }
    if let Some(late) = Late::of(&pulse.reminders_in_doubt, now, REMINDERS_MAY_WAIT) {
        find(
            Cause::RemindersInDoubt,
            format!(
                "{} reminders are in doubt, the oldest since {} UK time.",
                late.count,
                uk_time(late.oldest)
            ),
        );
    }
    if let Some(late) = Late::of(&pulse.bookings_unsettled, now, BOOKINGS_MAY_WAIT) {
        find(
            Cause::BookingsUnsettled,
            format!(
                "{} bookings or cancellations wait to be settled, the oldest since {} UK time.",
                late.count,
                uk_time(late.oldest)
            ),
        );
    }
    if let Some(evidence) = &pulse.reminders_suppressed {
        find(
            Cause::RemindersSuppressed,
            format!("Suppressed: {evidence}."),
        );
    }
    findings
}

/// Items that have waited too long.
struct Late {
    count: usize,
    oldest: Timestamp,
}

impl Late {
    fn of(since: &[Timestamp], now: Timestamp, allowed: SignedDuration) -> Option<Self> {
        let late = since.iter().filter(|at| now.duration_since(**at) > allowed);
        let oldest = *late.clone().min()?;
        Some(Self {
            count: late.count(),
            oldest,
        })
    }
}
