//! Trouble on demand: faults are queued per operation and each strikes once.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use crate::Operation;
use crate::world::lock;

/// What goes wrong with one call.
///
/// *Commit* is the moment at which the practice changes. A fault before it leaves the practice
/// as it was; a fault after it hides from the caller that the change was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Answers with this HTTP status and does nothing.
    Status(u16),
    /// Does what was asked, then answers with this HTTP status.
    StatusAfterCommit(u16),
    /// Does nothing and never answers; holds the line until the caller hangs up.
    StallBeforeCommit,
    /// Does what was asked and never answers; holds the line until the caller hangs up.
    StallAfterCommit,
    /// Closes the connection without an answer and does nothing.
    DropBeforeCommit,
    /// Does what was asked and closes the connection without an answer.
    DropAfterCommit,
    /// Does what was asked and answers with one broken record: impossible dates, ids that are
    /// not numbers. Every other record of the answer is sound.
    MalformedRecord,
    /// Does nothing and answers 200 with an HTML page, as a proxy in the way does.
    NotJson,
    /// Does nothing and answers with this HTTP status and `Retry-After`.
    RetryAfter {
        /// The HTTP status, usually 429 or 503.
        status: u16,
        /// The header's value.
        seconds: u32,
    },
    /// Does what was asked and closes the connection half-way through the answer.
    TruncatedBody,
}

impl Fault {
    /// Whether the practice stays as it was.
    pub(crate) const fn strikes_before_commit(self) -> bool {
        matches!(
            self,
            Self::Status(_)
                | Self::StallBeforeCommit
                | Self::DropBeforeCommit
                | Self::NotJson
                | Self::RetryAfter { .. }
        )
    }
}

/// The faults waiting to strike. A cheap handle: clones share the queue.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    waiting: Arc<Mutex<HashMap<Operation, VecDeque<Fault>>>>,
}

impl Faults {
    /// Queues one fault: the next call of `operation` that finds no earlier one suffers it.
    pub fn next(&self, operation: Operation, fault: Fault) {
        self.times(operation, 1, fault);
    }

    /// Queues the same fault for `times` calls.
    pub fn times(&self, operation: Operation, times: usize, fault: Fault) {
        lock(&self.waiting)
            .entry(operation)
            .or_default()
            .extend(std::iter::repeat_n(fault, times));
    }

    /// How many faults still wait for calls of `operation`.
    pub fn waiting(&self, operation: Operation) -> usize {
        lock(&self.waiting).get(&operation).map_or(0, VecDeque::len)
    }

    /// Forgets every fault that has not struck.
    pub fn clear(&self) {
        lock(&self.waiting).clear();
    }

    pub(crate) fn take(&self, operation: Operation) -> Option<Fault> {
        lock(&self.waiting).get_mut(&operation)?.pop_front()
    }
}
