//! Finds a reason that suppresses nearly all reminders at once.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::suppression::SuppressionReason;

/// The number of appointments below which nothing is concluded.
const ENOUGH: usize = 10;

/// One reason that suppressed at least nine in ten of the reminders that could have been sent: more
/// likely a fault of the data or of their decoding than the state of the patients. Tell a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DominantSuppression {
    /// The reason.
    pub reason: SuppressionReason,
    /// The number of appointments that it suppressed.
    pub count: usize,
    /// The number of appointments whose patients could have been reminded, now or later: without
    /// those that no rule reminds of, that have begun, or whose patients were reminded already.
    pub of: usize,
}

/// Appointments, counted by what speaks against their reminders.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Those that are suppressed, by reason.
    against: BTreeMap<SuppressionReason, usize>,
    /// Those with a reminder that is sent, tried, or waits for its time.
    open: usize,
    /// Those whose patients were reminded before.
    reminded: usize,
}

impl Tally {
    /// Begins with `open` appointments against whose reminders nothing speaks, and `reminded` whose
    /// patients were reminded before.
    pub(crate) fn new(open: usize, reminded: usize) -> Self {
        Self {
            against: BTreeMap::new(),
            open,
            reminded,
        }
    }

    /// Adds an appointment whose reminder is suppressed.
    pub(crate) fn suppressed(&mut self, reason: SuppressionReason) {
        if reason.is_of_the_hour() {
            self.open += 1;
        } else if !reason.is_ordinary() {
            *self.against.entry(reason).or_default() += 1;
        }
    }

    /// Returns the reason that suppressed nearly all, if there is one. Where more were reminded
    /// before, those that it suppressed are what is left over.
    pub(crate) fn dominant(&self) -> Option<DominantSuppression> {
        let of = self.open + self.against.values().sum::<usize>();
        let (reason, count) = self.against.iter().max_by_key(|(_, count)| **count)?;
        let (reason, count) = (*reason, *count);
        let nearly_all = of >= ENOUGH && count.saturating_mul(10) >= of.saturating_mul(9);
        let found = nearly_all && count >= self.reminded;
        found.then_some(DominantSuppression { reason, count, of })
    }
}

impl fmt::Display for DominantSuppression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reason, count, of } = self;
        write!(f, "{count} of {of} appointments: {reason}")
    }
}
