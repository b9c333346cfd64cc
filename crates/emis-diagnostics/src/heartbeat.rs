//! Silent failure is the worst failure: nothing complains, and nobody is reminded. These checks
//! look at what our own ledgers say, not at what EMIS says of itself.

use jiff::{SignedDuration, Timestamp};

use crate::catalogue::Cause;
use crate::certainty::Certainty::Likely;
use crate::finding::Finding;
use crate::product::Product;
use crate::render::uk_time;

/// How long a run of reminders may be late before somebody is told. Longer than the longest quiet
/// hours are not: within those nothing is due.
pub const REMINDERS_MAY_WAIT: SignedDuration = SignedDuration::from_hours(2);
/// How long a booking may wait to be settled: reconciling runs every few minutes, and gives EMIS
/// ten minutes to finish.
pub const BOOKINGS_MAY_WAIT: SignedDuration = SignedDuration::from_mins(60);

/// What our ledgers say of a practice's work at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Pulse {
    /// When each reminder fell due that is still to be sent before its appointment, and of which
    /// the ledger knows nothing.
    pub reminders_waiting: Vec<Timestamp>,
    /// How many of the appointments that should have been reminded of by now were.
    pub reminders_sent: usize,
    /// Since when each reminder is in doubt.
    pub reminders_in_doubt: Vec<Timestamp>,
    /// When each booking or cancellation was begun or last changed that is not settled.
    pub bookings_unsettled: Vec<Timestamp>,
}

/// Names what has fallen silent at `now`; nothing where all is well. Pure.
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
    // A few that wait are appointments that were made just now, or that a run has looked at and
    // passed over.
    let late = Late::of(&pulse.reminders_waiting, now, REMINDERS_MAY_WAIT);
    if let Some(late) = late.filter(|late| late.count > pulse.reminders_sent) {
        let cause = match pulse.reminders_sent {
            0 => Cause::NoReminders,
            _ => Cause::RemindersMissing,
        };
        find(
            cause,
            format!(
                "Of {} appointments that should have been reminded of by now {} were, and {} wait, \
                 the oldest since {} UK time.",
                pulse.reminders_sent + pulse.reminders_waiting.len(),
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
    findings
}

/// Those that wait for too long.
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
