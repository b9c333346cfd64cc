//! How many at once, and for how long.

use std::num::NonZeroUsize;
use std::time::Duration;

/// How a fleet is gone through.
///
/// ```
/// use std::num::NonZeroUsize;
/// use emis_diagnostics::fleet::FleetOptions;
///
/// let gently = FleetOptions::new().at_once(NonZeroUsize::MIN);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct FleetOptions {
    pub(super) at_once: NonZeroUsize,
    pub(super) patience: Duration,
    pub(super) outage_after: NonZeroUsize,
}

impl FleetOptions {
    /// Sixteen at once, two minutes for each, and an outage after ten in a row.
    pub const fn new() -> Self {
        Self {
            at_once: NonZeroUsize::MIN.saturating_add(15),
            patience: Duration::from_secs(120),
            outage_after: NonZeroUsize::MIN.saturating_add(9),
        }
    }

    /// How many practices are diagnosed at once. Each makes one call at a time.
    pub const fn at_once(mut self, practices: NonZeroUsize) -> Self {
        self.at_once = practices;
        self
    }

    /// How long one practice may take before it is given up as not checked.
    pub const fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// After how many practices in a row that failed by what no practice can mend (EMIS or its
    /// identity service is down, or refuses the product itself) the others are left alone. Those
    /// that are under way then are dropped, so that no more than this and
    /// [`at_once`](Self::at_once) ask in vain.
    pub const fn outage_after(mut self, practices: NonZeroUsize) -> Self {
        self.outage_after = practices;
        self
    }
}

impl Default for FleetOptions {
    fn default() -> Self {
        Self::new()
    }
}
