//! Time as a thing handed in: the only place in the workspace that reads a clock.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp, civil};

use crate::uk;

/// Where the time comes from.
///
/// Expiry, reminders and cut-offs are decided against a clock that the caller hands in, so that
/// tests and stories can say what time it is.
pub trait Clock: Debug + Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

/// The machine's clock.
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

/// A clock that stands still until it is moved. Clones share the hands.
///
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
    /// A clock standing at `now`.
    pub fn new(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    /// A clock standing at a date and time as a clock on a wall in England shows it.
    pub fn at_uk(now: civil::DateTime) -> Self {
        Self::new(uk::zoned(now).timestamp())
    }

    /// Moves the clock to `now`, forwards or backwards.
    pub fn set(&self, now: Timestamp) {
        *self.hands() = now;
    }

    /// Moves the clock to a UK wall-clock time.
    pub fn set_uk(&self, now: civil::DateTime) {
        self.set(uk::zoned(now).timestamp());
    }

    /// Moves the clock on (or back, for a negative duration), as far as time reaches.
    pub fn advance(&self, by: SignedDuration) {
        let end = if by.is_negative() {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        };
        let mut hands = self.hands();
        *hands = hands.checked_add(by).unwrap_or(end);
    }

    fn hands(&self) -> MutexGuard<'_, Timestamp> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.hands()
    }
}
