//! The calls that the simulator received, in the order in which it decided them.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use jiff::Timestamp;

use crate::sync::lock;
use crate::{SimFault, SimOperation};

/// The end of a call, as the caller sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallEnd {
    /// A complete answer with this HTTP status.
    Answered(u16),
    /// An answer with this HTTP status that was cut off half-way.
    Truncated(u16),
    /// The connection was closed without an answer.
    Dropped,
    /// No answer was ever sent.
    Stalled,
}

/// A call that reached the simulator. It is recorded before the answer is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedCall {
    /// The operation.
    pub operation: SimOperation,
    /// CDB number of the practice that the caller's token is for, if the token is valid.
    pub practice: Option<String>,
    /// The `slotId` parameter, if it is a number.
    pub slot: Option<i32>,
    /// The `patientNumber` parameter, if it is a number.
    pub patient: Option<i32>,
    /// The end of the call.
    pub end: CallEnd,
    /// `true` if the call changed the practice, even if its answer does not say so. After
    /// [`SimFault::CommitLater`] it becomes `true` with the commit.
    pub committed: bool,
    /// The faults that the call met.
    pub faults: Vec<SimFault>,
    /// The time of the call by the simulator's clock.
    pub at: Timestamp,
}

impl RecordedCall {
    /// Returns the HTTP status that was sent, completely or cut off.
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
    /// Number of calls that are kept.
    capacity: usize,
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    latest: VecDeque<RecordedCall>,
    /// Number of calls that were removed from the front of `latest`.
    removed: usize,
    /// Number of calls by operation, removed ones included.
    counts: HashMap<SimOperation, usize>,
}

impl Journal {
    pub(crate) fn keeping(capacity: usize) -> Self {
        Self {
            capacity,
            entries: Mutex::default(),
        }
    }

    /// Records a call and returns its number.
    pub(crate) fn record(&self, call: RecordedCall) -> usize {
        let mut entries = lock(&self.entries);
        *entries.counts.entry(call.operation).or_default() += 1;
        entries.latest.push_back(call);
        if entries.latest.len() > self.capacity {
            entries.latest.pop_front();
            entries.removed += 1;
        }
        entries.removed + entries.latest.len() - 1
    }

    /// Marks a recorded call as committed.
    pub(crate) fn mark_committed(&self, number: usize) {
        let mut entries = lock(&self.entries);
        let index = number.checked_sub(entries.removed);
        if let Some(call) = index.and_then(|index| entries.latest.get_mut(index)) {
            call.committed = true;
        }
    }

    pub(crate) fn calls(&self) -> Vec<RecordedCall> {
        lock(&self.entries).latest.iter().cloned().collect()
    }

    pub(crate) fn count(&self, operation: SimOperation) -> usize {
        let entries = lock(&self.entries);
        entries.counts.get(&operation).copied().unwrap_or_default()
    }
}
