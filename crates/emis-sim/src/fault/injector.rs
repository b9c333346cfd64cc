//! The queued faults and the active rules.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::kinds::SimFault;
use super::rule::{FaultRule, FaultRuleError, Target};
use crate::operation::SimOperation;
use crate::sync::lock;

/// A handle to the faults of a simulator. Clones share the state.
///
/// Faults that are queued for an operation come before those of rules. Delays add up. Of the other
/// faults a call meets one: that of the oldest rule that applies.
///
/// # Examples
///
/// ```
/// use emis_sim::{FalseAnswer, FaultRule, Sim, SimFault, SimOperation};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let sim = Sim::start().await?;
///
/// // The next booking is made, but the caller receives an error object under HTTP 200.
/// let fault = SimFault::InsteadAfterCommit(FalseAnswer::ErrorObject);
/// sim.faults().next(SimOperation::BookAppointment, fault);
///
/// // One call in ten fails with HTTP 503.
/// let rule = FaultRule::new(SimFault::Status(503)).on_the_api().probability(0.1);
/// sim.faults().rule(rule)?;
/// # Ok(())
/// # })
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct FaultInjector {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    seed: u64,
    queued: HashMap<SimOperation, VecDeque<SimFault>>,
    rules: Vec<Active>,
    /// Number of rules added so far.
    rules_so_far: u64,
    hang_ups: usize,
}

#[derive(Debug)]
struct Active {
    rule: FaultRule,
    rng: StdRng,
    left: usize,
}

/// The faults of one call.
#[derive(Debug, Default)]
pub(crate) struct Struck {
    pub(crate) delay_before: Duration,
    pub(crate) delay_after: Duration,
    /// The fault that is not a delay.
    pub(crate) fault: Option<SimFault>,
    /// All faults, for the journal.
    pub(crate) all: Vec<SimFault>,
}

impl Struck {
    fn add(&mut self, fault: SimFault) {
        match fault {
            SimFault::DelayBeforeCommit(delay) => {
                self.delay_before = self.delay_before.saturating_add(delay);
            }
            SimFault::DelayAfterCommit(delay) => {
                self.delay_after = self.delay_after.saturating_add(delay);
            }
            fault => self.fault = Some(fault),
        }
        self.all.push(fault);
    }
}

impl Active {
    /// Returns `true` if the rule applies to a call. A call that has a fault meets only delays.
    fn applies_to(&mut self, call: &Target<'_>, has_fault: bool) -> bool {
        let excluded = has_fault && !self.rule.fault.is_delay();
        if self.left == 0 || !self.rule.matches(call) || excluded {
            return false;
        }
        let applies = self.rng.random_bool(self.rule.probability);
        self.left -= usize::from(applies);
        applies
    }
}

impl FaultInjector {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            state: Arc::new(Mutex::new(State {
                seed,
                queued: HashMap::new(),
                rules: Vec::new(),
                rules_so_far: 0,
                hang_ups: 0,
            })),
        }
    }

    /// Queues a fault for one call of `operation`.
    pub fn next(&self, operation: SimOperation, fault: SimFault) {
        self.times(operation, 1, fault);
    }

    /// Queues a fault for `times` calls of `operation`.
    pub fn times(&self, operation: SimOperation, times: usize, fault: SimFault) {
        lock(&self.state)
            .queued
            .entry(operation)
            .or_default()
            .extend(std::iter::repeat_n(fault, times));
    }

    /// Adds a rule. It stays active until it has applied as often as it may.
    ///
    /// # Errors
    ///
    /// If the probability is not from 0 to 1, or the window is empty.
    pub fn rule(&self, rule: FaultRule) -> Result<(), FaultRuleError> {
        rule.check()?;
        let mut state = lock(&self.state);
        // Each rule has its own generator, so that rules do not influence each other.
        let seed = state.seed.wrapping_mul(31).wrapping_add(state.rules_so_far);
        state.rules_so_far += 1;
        state.rules.push(Active {
            left: rule.times.unwrap_or(usize::MAX),
            rng: StdRng::seed_from_u64(seed),
            rule,
        });
        Ok(())
    }

    /// Closes the next `connections` connections on accept, before a request is read. Open connections
    /// stay open. The journal records no call.
    pub fn hang_up_on(&self, connections: usize) {
        lock(&self.state).hang_ups += connections;
    }

    /// Returns the number of faults queued for `operation`.
    pub fn queued(&self, operation: SimOperation) -> usize {
        lock(&self.state)
            .queued
            .get(&operation)
            .map_or(0, VecDeque::len)
    }

    /// Removes all rules and queued faults.
    pub fn clear(&self) {
        let mut state = lock(&self.state);
        state.queued.clear();
        state.rules.clear();
        state.hang_ups = 0;
    }

    /// Returns the faults of a call, and counts them off.
    pub(crate) fn strike(&self, call: &Target<'_>) -> Struck {
        let mut state = lock(&self.state);
        let mut struck = Struck::default();
        if let Some(fault) = state
            .queued
            .get_mut(&call.operation)
            .and_then(VecDeque::pop_front)
        {
            struck.add(fault);
        }
        for active in &mut state.rules {
            if active.applies_to(call, struck.fault.is_some()) {
                struck.add(active.rule.fault);
            }
        }
        state.rules.retain(|active| active.left > 0);
        struck
    }

    /// Returns `true` if a connection that was just accepted is to be closed, and counts it off.
    pub(crate) fn hangs_up(&self) -> bool {
        let mut state = lock(&self.state);
        let hangs_up = state.hang_ups > 0;
        state.hang_ups -= usize::from(hangs_up);
        hangs_up
    }
}
