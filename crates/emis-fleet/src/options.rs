//! Concurrency and time limits of a sweep.

use std::num::NonZeroUsize;
use std::time::Duration;

/// Concurrency and time limits of a sweep.
///
/// # Examples
/// ```
/// use std::num::NonZeroUsize;
/// use emis_fleet::FleetOptions;
///
/// let one_by_one = FleetOptions::new().concurrency(NonZeroUsize::MIN);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct FleetOptions {
    pub(crate) concurrency: NonZeroUsize,
    pub(crate) timeout: Duration,
    pub(crate) shared_cause_after: NonZeroUsize,
}

impl FleetOptions {
    /// Returns the defaults: 16 practices at once, two minutes for each, a shared cause after 10.
    pub const fn new() -> Self {
        Self {
            concurrency: NonZeroUsize::MIN.saturating_add(15),
            timeout: Duration::from_secs(120),
            shared_cause_after: NonZeroUsize::MIN.saturating_add(9),
        }
    }

    /// Sets the number of practices that are diagnosed at once. Each makes one call at a time.
    pub const fn concurrency(mut self, practices: NonZeroUsize) -> Self {
        self.concurrency = practices;
        self
    }

    /// Sets the time limit for one practice.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the number of practices after which a cause that nearly all of them have ends the
    /// sweep. Diagnoses in flight are dropped then, so that at most this number and
    /// [`concurrency`](Self::concurrency) practices are asked.
    pub const fn shared_cause_after(mut self, practices: NonZeroUsize) -> Self {
        self.shared_cause_after = practices;
        self
    }
}

impl Default for FleetOptions {
    fn default() -> Self {
        Self::new()
    }
}
