//! What the simulator was asked, in the order in which it decided.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use jiff::Timestamp;

use crate::world::lock;
use crate::{Fault, Operation};

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallEnd {
    /// An answer with this HTTP status was sent, whole.
    Answered(u16),
    /// An answer with this HTTP status was cut off half-way.
    Truncated(u16),
    /// The connection was closed without an answer.
    Dropped,
    /// No answer was ever sent.
    Stalled,
}

/// One call that reached the simulator. Noted before the caller hears anything.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// What was asked.
    pub operation: Operation,
    /// CDB number of the practice that the caller's token is for, where it is known.
    pub practice: Option<String>,
    /// The `slotId` parameter, where it is a number.
    pub slot: Option<i32>,
    /// The `patientNumber` parameter, where it is a number.
    pub patient: Option<i32>,
    /// How it ended.
    pub end: CallEnd,
    /// Whether it changed the practice, whatever the caller was told of that.
    pub committed: bool,
    /// The faults that it met.
    pub faults: Vec<Fault>,
    /// When, by the simulator's clock.
    pub at: Timestamp,
}

impl Call {
    /// The HTTP status that was sent, whole or cut off.
    pub const fn status(&self) -> Option<u16> {
        match self.end {
            CallEnd::Answered(status) | CallEnd::Truncated(status) => Some(status),
            CallEnd::Dropped | CallEnd::Stalled => None,
        }
    }
}

/// The calls so far.
#[derive(Debug)]
pub(crate) struct Journal {
    /// How many are kept.
    keeping: usize,
    pages: Mutex<Pages>,
}

#[derive(Debug, Default)]
struct Pages {
    latest: VecDeque<Call>,
    /// All that there ever were.
    counts: HashMap<Operation, usize>,
}

impl Journal {
    pub(crate) fn keeping(calls: usize) -> Self {
        Self {
            keeping: calls,
            pages: Mutex::default(),
        }
    }

    pub(crate) fn note(&self, call: Call) {
        let mut pages = lock(&self.pages);
        *pages.counts.entry(call.operation).or_default() += 1;
        pages.latest.push_back(call);
        if pages.latest.len() > self.keeping {
            pages.latest.pop_front();
        }
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        lock(&self.pages).latest.iter().cloned().collect()
    }

    pub(crate) fn count(&self, operation: Operation) -> usize {
        let pages = lock(&self.pages);
        pages.counts.get(&operation).copied().unwrap_or_default()
    }
}
