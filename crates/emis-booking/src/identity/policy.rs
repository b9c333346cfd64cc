//! The policy on wrong identities. Pure.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// The number of wrong identities that are borne, and the waits between them.
///
/// By default five may follow each other at once. From then on each makes the next wait, 30 seconds
/// at first and twice as long each time. Ten lock for a day, or until a member of staff
/// [unlocks](crate::Booking::unlock).
///
/// # Examples
/// ```
/// use emis_booking::IdentityPolicy;
/// use jiff::SignedDuration;
///
/// let policy = IdentityPolicy::default();
/// assert_eq!(policy.wait_after(4), SignedDuration::ZERO);
/// assert_eq!(policy.wait_after(5), SignedDuration::from_secs(30));
/// assert_eq!(policy.wait_after(7), SignedDuration::from_secs(120));
/// assert!(policy.locks_after(10));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IdentityPolicy {
    /// The number of attempts without a wait.
    pub free_attempts: u32,
    /// The first wait.
    pub first_wait: SignedDuration,
    /// The number of wrong attempts that locks.
    pub lock_after: u32,
    /// The time for which it locks.
    pub lock_for: SignedDuration,
}

impl Default for IdentityPolicy {
    fn default() -> Self {
        Self {
            free_attempts: 5,
            first_wait: SignedDuration::from_secs(30),
            lock_after: 10,
            lock_for: SignedDuration::from_hours(24),
        }
    }
}

impl IdentityPolicy {
    /// Returns the wait after so many wrong attempts.
    pub fn wait_after(&self, failures: u32) -> SignedDuration {
        match failures.checked_sub(self.free_attempts) {
            None => SignedDuration::ZERO,
            Some(doublings) => {
                let times = 1_i32.checked_shl(doublings.min(20)).unwrap_or(i32::MAX);
                let wait = self.first_wait.checked_mul(times);
                wait.unwrap_or(self.lock_for).min(self.lock_for)
            }
        }
    }

    /// Returns `true` if so many wrong attempts lock.
    pub const fn locks_after(&self, failures: u32) -> bool {
        failures >= self.lock_after
    }
}
