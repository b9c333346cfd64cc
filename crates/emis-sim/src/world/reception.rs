//! The progress of a practice's receptionists.

use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng;
use rand::rngs::StdRng;

/// Time between two actions of a receptionist.
const PACE: SignedDuration = SignedDuration::from_mins(1);
/// Largest number of steps that are caught up with after the clock has moved.
pub(super) const MOST_STEPS: u64 = 1_000;

/// The progress of the receptionists of one practice.
#[derive(Debug)]
pub(super) struct Reception {
    pub(super) rng: StdRng,
    since: Timestamp,
    /// Steps of each receptionist since then.
    done: u64,
}

impl Reception {
    pub(super) fn new(seed: u64, since: Timestamp) -> Self {
        Self {
            rng: StdRng::seed_from_u64(seed),
            since,
            done: 0,
        }
    }

    /// Returns the number of steps that are due for each receptionist, and counts them as done.
    pub(super) fn take_due(&mut self, now: Timestamp) -> u64 {
        let minutes = now.duration_since(self.since).as_secs() / PACE.as_secs();
        let by_now = u64::try_from(minutes).unwrap_or_default();
        let due = by_now.saturating_sub(self.done);
        self.done = self.done.max(by_now);
        due
    }
}
