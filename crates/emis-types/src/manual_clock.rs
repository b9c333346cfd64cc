//! A clock that is set by hand.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp, civil};

use crate::clock::Clock;
use crate::uk;

/// A clock that changes only when it is set or advanced. Clones share the time.
///
/// # Examples
/// ```
/// use emis_types::{Clock, ManualClock, uk};
/// use jiff::{SignedDuration, civil::date};
///
/// let clock = ManualClock::at_uk(date(2026, 6, 2).at(10, 0, 0, 0));
/// clock.advance(SignedDuration::from_hours(1));
/// assert_eq!(uk::now(&clock).to_string(), "2026-06-02T11:00:00+01:00[Europe/London]");
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<Mutex<Timestamp>>);

impl ManualClock {
    /// Creates a clock that shows `now`.
    pub fn new(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    /// Creates a clock that shows a UK local date and time.
    pub fn at_uk(now: civil::DateTime) -> Self {
        Self::new(uk::zoned(now).timestamp())
    }

    /// Moves the clock to `now`, forwards or backwards.
    pub fn set(&self, now: Timestamp) {
        *self.time() = now;
    }

    /// Moves the clock to a UK local date and time.
    pub fn set_uk(&self, now: civil::DateTime) {
        self.set(uk::zoned(now).timestamp());
    }

    /// Moves the clock forward, or back for a negative duration. Stops at the ends of the
    /// representable range.
    pub fn advance(&self, by: SignedDuration) {
        let end = if by.is_negative() {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        };
        let mut time = self.time();
        *time = time.checked_add(by).unwrap_or(end);
    }

    fn time(&self) -> MutexGuard<'_, Timestamp> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.time()
    }
}
