//! What should have gone out by now, and what of it did: for whoever listens for a heartbeat.

use jiff::Timestamp;

use crate::ledger::ClaimOutcome;

/// The appointments ahead of which patients should have been reminded by now, by what the ledger
/// says of them.
///
/// Some of those that wait may never be sent: a run looks at each appointment once more, and an
/// appointment that was made just now waits for the next run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Outstanding {
    /// How many were sent.
    pub sent: usize,
    /// When each that was not even begun should have been sent.
    pub waiting: Vec<Timestamp>,
    /// Since when each of which it is not known is in doubt.
    pub in_doubt: Vec<Timestamp>,
}

impl Outstanding {
    /// Notes one reminder that fell due at `due`, by what the ledger says of each of its channels.
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
