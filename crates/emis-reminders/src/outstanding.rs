//! Reminders that should have been sent by now, by the store.

use jiff::Timestamp;

use crate::dominant::DominantSuppression;
use crate::store::ClaimOutcome;

/// The appointments ahead whose patients should have been reminded by now, by what the store has
/// of them.
///
/// Some of those that wait may never be sent: a run looks at each appointment once more, and an
/// appointment that was made just now waits for the next run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Outstanding {
    /// The number that were sent.
    pub sent: usize,
    /// The due times of those that were not begun.
    pub waiting: Vec<Timestamp>,
    /// The times since which others are in doubt.
    pub in_doubt: Vec<Timestamp>,
    /// The reason that suppresses nearly all reminders, if there is one.
    pub dominant_suppression: Option<DominantSuppression>,
}

impl Outstanding {
    /// Notes one reminder that fell due at `due`, by the store's answers for its channels.
    pub(crate) fn note(&mut self, due: Timestamp, claims: &[ClaimOutcome]) {
        let doubt = claims.iter().find_map(|claim| match claim {
            ClaimOutcome::InDoubt { since } => Some(*since),
            _ => None,
        });
        if claims.contains(&ClaimOutcome::AlreadySent) {
            self.sent += 1;
        } else if let Some(since) = doubt {
            self.in_doubt.push(since);
        } else if claims.contains(&ClaimOutcome::Ours) {
            self.waiting.push(due);
        }
    }
}
