//! The faults that wait, and what strikes a call.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{BadFaultRule, Fault, FaultRule};
use crate::Operation;
use crate::world::lock;

/// The faults waiting to strike. A cheap handle: clones share them.
///
/// Faults that are queued for an operation strike before those of rules. Delays add up; of
/// other faults a call suffers one, that of the oldest rule which strikes.
#[derive(Debug, Clone)]
pub struct Faults {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    seed: u64,
    queued: HashMap<Operation, VecDeque<Fault>>,
    rules: Vec<Active>,
    /// How many rules there ever were.
    rules_so_far: u64,
    hang_ups: usize,
}

#[derive(Debug)]
struct Active {
    rule: FaultRule,
    luck: StdRng,
    left: usize,
}

/// What faults are chosen by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) operation: Operation,
    /// CDB number.
    pub(crate) practice: Option<&'a str>,
    pub(crate) at: Timestamp,
}

/// What one call suffers.
#[derive(Debug, Default)]
pub(crate) struct Struck {
    pub(crate) delay_before: Duration,
    pub(crate) delay_after: Duration,
    /// What else goes wrong.
    pub(crate) fault: Option<Fault>,
    /// All of it, for the journal.
    pub(crate) all: Vec<Fault>,
}

impl Struck {
    fn add(&mut self, fault: Fault) {
        match fault {
            Fault::DelayBeforeCommit(delay) => {
                self.delay_before = self.delay_before.saturating_add(delay);
            }
            Fault::DelayAfterCommit(delay) => {
                self.delay_after = self.delay_after.saturating_add(delay);
            }
            fault => self.fault = Some(fault),
        }
        self.all.push(fault);
    }
}

impl Active {
    /// Whether it strikes a call; a call that has a fault has room for delays only.
    fn strikes(&mut self, call: &Target<'_>, has_fault: bool) -> bool {
        let is_delay = matches!(
            self.rule.fault,
            Fault::DelayBeforeCommit(_) | Fault::DelayAfterCommit(_)
        );
        if self.left == 0 || !self.rule.is_for(call) || (has_fault && !is_delay) {
            return false;
        }
        let strikes = self.luck.random_bool(self.rule.probability);
        self.left -= usize::from(strikes);
        strikes
    }
}

impl Faults {
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

    /// Queues one fault: the next call of `operation` that finds no earlier one suffers it.
    pub fn next(&self, operation: Operation, fault: Fault) {
        self.times(operation, 1, fault);
    }

    /// Queues the same fault for `times` calls.
    pub fn times(&self, operation: Operation, times: usize, fault: Fault) {
        lock(&self.state)
            .queued
            .entry(operation)
            .or_default()
            .extend(std::iter::repeat_n(fault, times));
    }

    /// Adds a rule, which stays until it has struck as often as it may.
    ///
    /// # Errors
    ///
    /// If its probability is not from 0 to 1, or its window has no length.
    pub fn rule(&self, rule: FaultRule) -> Result<(), BadFaultRule> {
        rule.check()?;
        let mut state = lock(&self.state);
        // Each rule has a luck of its own, so that one does not change the other's.
        let seed = state.seed.wrapping_mul(31).wrapping_add(state.rules_so_far);
        state.rules_so_far += 1;
        state.rules.push(Active {
            left: rule.times.unwrap_or(usize::MAX),
            luck: StdRng::seed_from_u64(seed),
            rule,
        });
        Ok(())
    }

    /// Closes the next `connections` as soon as they are opened, before a byte of a request is
    /// read. Connections that are open already stay so. No call is noted in the journal.
    pub fn hang_up_on(&self, connections: usize) {
        lock(&self.state).hang_ups += connections;
    }

    /// How many faults are still queued for calls of `operation`.
    pub fn waiting(&self, operation: Operation) -> usize {
        lock(&self.state)
            .queued
            .get(&operation)
            .map_or(0, VecDeque::len)
    }

    /// Forgets every rule, and every fault that has not struck.
    pub fn clear(&self) {
        let mut state = lock(&self.state);
        state.queued.clear();
        state.rules.clear();
        state.hang_ups = 0;
    }

    /// What strikes one call; what is counted is counted off.
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
            if active.strikes(call, struck.fault.is_some()) {
                struck.add(active.rule.fault);
            }
        }
        state.rules.retain(|active| active.left > 0);
        struck
    }

    /// Whether the connection that was just opened is closed at once.
    pub(crate) fn hangs_up(&self) -> bool {
        let mut state = lock(&self.state);
        let hangs_up = state.hang_ups > 0;
        state.hang_ups -= usize::from(hangs_up);
        hangs_up
    }
}
