//! Receptionists at work: what they do follows from the seed, their step and the diary alone.

use std::fmt;
use std::sync::Arc;

use emis_types::uk;
use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::model::{self, Deed};
use crate::world::{PracticeState, lock, write};

/// How often a receptionist does something.
const PACE: SignedDuration = SignedDuration::from_mins(1);
/// What is done at most when the clock has moved on a long way.
const MOST_AT_ONCE: u64 = 1_000;

/// How far the receptionists of one practice have come.
#[derive(Debug)]
pub(crate) struct Reception {
    luck: StdRng,
    /// When they came in.
    since: Timestamp,
    /// What each of them has done, or let be, since then.
    done: u64,
}

impl Reception {
    pub(crate) fn new(seed: u64, since: Timestamp) -> Self {
        Self {
            luck: StdRng::seed_from_u64(seed),
            since,
            done: 0,
        }
    }

    /// What each of them has to do by now. What is too much is let be.
    fn take_due(&mut self, now: Timestamp) -> u64 {
        let minutes = now.duration_since(self.since).as_secs() / PACE.as_secs();
        let by_now = u64::try_from(minutes).unwrap_or_default();
        let due = by_now.saturating_sub(self.done);
        self.done = self.done.max(by_now);
        due
    }
}

impl PracticeState {
    /// Has so many receptionists do what is due.
    pub(crate) fn catch_up(&self, receptionists: u32, now: Timestamp) {
        if receptionists == 0 {
            return;
        }
        let due = lock(&self.reception).take_due(now);
        let due = due.saturating_mul(receptionists.into()).min(MOST_AT_ONCE);
        self.receive(due);
    }

    fn receive(&self, steps: u64) -> Vec<Deed> {
        let now = uk::now(&self.clock).datetime();
        let mut reception = lock(&self.reception);
        (0..steps)
            // A turn each, so that calls get in between.
            .filter_map(|_| model::work(&mut reception.luck, &mut write(&self.model), now))
            .collect()
    }
}

/// The receptionists of a practice. A cheap handle: clones stand for the same people.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let sim = emis_sim::Sim::builder().patients(200).seed(11).start().await?;
///
/// // Twenty things happen at reception between one call and the next.
/// let deeds = sim.practice().receptionists().work(20);
/// assert!(!deeds.is_empty());
/// # Ok(())
/// # })
/// # }
/// ```
#[derive(Clone)]
pub struct Receptionists {
    practice: Arc<PracticeState>,
}

impl fmt::Debug for Receptionists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receptionists").finish_non_exhaustive()
    }
}

impl Receptionists {
    pub(crate) const fn new(practice: Arc<PracticeState>) -> Self {
        Self { practice }
    }

    /// Takes so many steps at once: books, cancels, blocks or releases slots that are still to
    /// come. Gives what was done, in order; a step for which there is no slot does nothing.
    ///
    /// The same practice in the same state, told the same, does the same.
    pub fn work(&self, steps: u64) -> Vec<Deed> {
        self.practice.receive(steps)
    }
}
