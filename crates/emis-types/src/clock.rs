//! Time as a thing handed in: the only place in the workspace that reads a clock.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

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
/// Millisecond resolution.
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
pub struct ManualClock {
    millis: Arc<AtomicI64>,
}

impl ManualClock {
    /// A clock standing at `now`.
    pub fn new(now: Timestamp) -> Self {
        Self {
            millis: Arc::new(AtomicI64::new(now.as_millisecond())),
        }
    }

    /// A clock standing at a date and time as a clock on a wall in England shows it.
    pub fn at_uk(now: civil::DateTime) -> Self {
        Self::new(uk::zoned(now).timestamp())
    }

    /// Moves the clock to `now`, forwards or backwards.
    pub fn set(&self, now: Timestamp) {
        self.millis.store(now.as_millisecond(), Ordering::SeqCst);
    }

    /// Moves the clock to a UK wall-clock time.
    pub fn set_uk(&self, now: civil::DateTime) {
        self.set(uk::zoned(now).timestamp());
    }

    /// Moves the clock on (or back, for a negative duration), as far as time reaches.
    pub fn advance(&self, by: SignedDuration) {
        let now = self.now();
        let bound = if by.is_negative() {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        };
        self.set(now.checked_add(by).unwrap_or(bound));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.millis.load(Ordering::SeqCst))
            .unwrap_or(Timestamp::UNIX_EPOCH)
    }
}
