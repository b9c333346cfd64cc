//! Injected time. The only module in the workspace that reads the machine's clock.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp, civil};

use crate::uk;

/// A source of the present time.
///
/// Expiry, reminders and cut-offs are decided by a clock that the caller passes in, so that tests
/// can set the time.
pub trait Clock: Debug + Send + Sync {
    /// Returns the present time.
    fn now(&self) -> Timestamp;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

/// The system clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place that reads the machine's clock"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that stands still until it is moved. Clones share the time.
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
