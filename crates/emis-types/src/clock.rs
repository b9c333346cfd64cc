//! Injected time. The only module in the workspace that reads the machine's clock.

use std::fmt::Debug;
use std::sync::Arc;

use jiff::Timestamp;

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
