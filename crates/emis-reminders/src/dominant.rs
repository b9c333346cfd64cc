//! Finds a reason that suppresses nearly all reminders at once.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::suppression::SuppressionReason;

/// The number of appointments below which nothing is concluded.
const ENOUGH: usize = 10;

/// One reason that suppressed at least nine in ten reminders: more likely a fault of the data or
/// of their decoding than the state of the patients. Tell a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DominantSuppression {
    /// The reason.
    pub reason: SuppressionReason,
    /// The number of appointments that it suppressed.
    pub count: usize,
    /// The number of appointments that were considered.
    pub of: usize,
}

impl DominantSuppression {
    /// Returns the reason that suppressed nearly all of `of` appointments, if there is one.
    pub(crate) fn among(
        reasons: impl Iterator<Item = SuppressionReason>,
        of: usize,
    ) -> Option<Self> {
        let mut counts = BTreeMap::<_, usize>::new();
        for reason in reasons.filter(|reason| !reason.is_ordinary()) {
            *counts.entry(reason).or_default() += 1;
        }
        let (reason, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
        let nearly_all = of >= ENOUGH && count.saturating_mul(10) >= of.saturating_mul(9);
        nearly_all.then_some(Self { reason, count, of })
    }
}

impl fmt::Display for DominantSuppression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reason, count, of } = self;
        write!(f, "{count} of {of} appointments: {reason}")
    }
}
