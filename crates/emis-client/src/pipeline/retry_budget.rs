//! How much may be sent again in all, so that retries do not keep down an EMIS that is down.

use std::sync::atomic::{AtomicU32, Ordering};

/// A retry costs as much as this many answered calls give back.
const CALLS_PER_RETRY: u32 = 5;

/// The retries that a client has in hand. Each retry takes one; each call that is answered gives
/// a fifth of one back, up to as many as there were at first.
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

    /// Takes a retry, if one is left.
    pub(crate) fn take(&self) -> bool {
        self.change(|left| left.checked_sub(CALLS_PER_RETRY))
    }

    /// Notes a call that was answered well.
    pub(crate) fn give_back(&self) {
        self.change(|left| (left < self.most).then_some(left + 1));
    }

    fn change(&self, change: impl FnMut(u32) -> Option<u32>) -> bool {
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, change)
            .is_ok()
    }
}
