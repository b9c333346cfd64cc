//! The budget of retries, which keeps retries from overloading an EMIS that is down.

use std::sync::atomic::{AtomicU32, Ordering};

/// The number of successful calls that return one retry.
const CALLS_PER_RETRY: u32 = 5;

/// The budget of one client. Each retry takes one; each successful call returns a fifth of one, up
/// to the initial size.
#[derive(Debug)]
pub(crate) struct RetryBudget {
    /// In fifths of a retry.
    left: AtomicU32,
    most: u32,
}

impl RetryBudget {
    pub(crate) fn new(retries: u32) -> Self {
        let most = retries.saturating_mul(CALLS_PER_RETRY);
        Self {
            left: AtomicU32::new(most),
            most,
        }
    }

    /// Takes one retry. Returns whether one was left.
    pub(crate) fn take(&self) -> bool {
        self.change(|left| left.checked_sub(CALLS_PER_RETRY))
    }

    /// Returns a fifth of a retry for a successful call.
    pub(crate) fn give_back(&self) {
        self.change(|left| (left < self.most).then_some(left + 1));
    }

    fn change(&self, change: impl FnMut(u32) -> Option<u32>) -> bool {
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, change)
            .is_ok()
    }
}
