//! Limits on concurrency and request rate.
//!
//! An attempt acquires a permit of its client first and a shared one after it, so that the queue
//! of one practice takes no more of the shared limits than the limits of that practice allow.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter, clock};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// Limits on the attempts that are in flight at once and on those that begin within a second.
///
/// Up to a tenth of a second's attempts begin at once, and the others follow evenly. Permits are
/// granted in FIFO order.
///
/// The default, for one practice, is 8 in flight and 20 per second. EMIS publishes no quota; this
/// one is the crate's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The maximum in flight at once; 0 counts as 1.
    pub in_flight: u32,
    /// The maximum that begin within any second; 0 counts as 1.
    pub per_second: u32,
}

impl Limits {
    /// Creates limits of `in_flight` attempts at once and `per_second` attempts per second.
    pub const fn new(in_flight: u32, per_second: u32) -> Self {
        Self {
            in_flight,
            per_second,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new(8, 20)
    }
}

/// Limits that many clients share, such as all those of a process: see
/// [`ClientBuilder::shared_limits`](crate::ClientBuilder::shared_limits). Clones share one state.
///
/// One client holds at most half of the permits in flight, even if its own limits are higher, so that a
/// practice whose EMIS hangs leaves capacity to the others.
///
/// ```
/// use std::sync::Arc;
///
/// use emis_client::{Client, Limits, SharedLimits};
/// use emis_credentials::FixedToken;
///
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let process = SharedLimits::new(Limits::new(128, 200));
/// let practice = Client::builder(
///     "https://api.platform.emis-x.uk/partner".parse()?,
///     "the-application-id-that-emis-gave".parse()?,
///     Arc::new(FixedToken::new("of one practice")),
/// )
/// .limits(Limits::new(4, 10))
/// .shared_limits(process.clone())
/// .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct SharedLimits {
    limits: Limits,
    gate: Arc<Gate>,
}

impl SharedLimits {
    /// Creates limits for all clients that are built with them, taken together.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            gate: Arc::new(Gate::new(limits)),
        }
    }
}

/// Grants the permits of one client.
#[derive(Debug)]
pub(crate) struct Limiter {
    own: Gate,
    shared: Option<Arc<Gate>>,
}

/// A permit to be in flight, until it is dropped.
#[derive(Debug)]
pub(crate) struct LimiterPermit {
    _own: OwnedSemaphorePermit,
    _shared: Option<OwnedSemaphorePermit>,
}

impl Limiter {
    pub(crate) fn new(mut limits: Limits, shared: Option<SharedLimits>) -> Self {
        if let Some(shared) = &shared {
            limits.in_flight = limits.in_flight.min(shared.limits.in_flight / 2);
        }
        Self {
            own: Gate::new(limits),
            shared: shared.map(|shared| shared.gate),
        }
    }

    /// Acquires a permit for one attempt. Returns `None` if the deadline passes first.
    pub(crate) async fn acquire(&self, deadline: Instant) -> Option<LimiterPermit> {
        let acquiring = async {
            let own = self.own.acquire().await?;
            let shared = match &self.shared {
                Some(gate) => Some(gate.acquire().await?),
                None => None,
            };
            Some(LimiterPermit {
                _own: own,
                _shared: shared,
            })
        };
        let permit = tokio::time::timeout_at(deadline, acquiring).await.ok()?;
        // A permit that comes too late is of no use.
        permit.filter(|_| Instant::now() < deadline)
    }
}

/// Limits concurrency and request rate; permits are granted in FIFO order.
#[derive(Debug)]
struct Gate {
    permits: Arc<Semaphore>,
    pace: Pace,
}

impl Gate {
    fn new(limits: Limits) -> Self {
        let permits = usize::try_from(limits.in_flight.max(1)).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            permits: Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS))),
            pace: Pace::new(limits.per_second),
        }
    }

    async fn acquire(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed, so this never returns `None`.
        let permit = Arc::clone(&self.permits).acquire_owned().await.ok()?;
        self.pace.turn().await;
        Some(permit)
    }
}

/// Limits the request rate.
struct Pace {
    limiter: RateLimiter<NotKeyed, InMemoryState, RunningTime, NoOpMiddleware<Duration>>,
    time: RunningTime,
    /// Held by the task that waits for its turn, so that the order is FIFO.
    queue: Mutex<()>,
}

impl Pace {
    fn new(per_second: u32) -> Self {
        // With a burst of b and then r a second, b + r - 1 fit into a second.
        let per_second = at_least_one(per_second);
        let burst = at_least_one(per_second.get() / 10);
        let steady = at_least_one(per_second.get() - burst.get() + 1);
        let time = RunningTime(Instant::now());
        Self {
            limiter: RateLimiter::direct_with_clock(
                Quota::per_second(steady).allow_burst(burst),
                time,
            ),
            time,
            queue: Mutex::new(()),
        }
    }

    async fn turn(&self) {
        let _turn = self.queue.lock().await;
        while let Err(early) = self.limiter.check() {
            let now = clock::Clock::now(&self.time);
            tokio::time::sleep(early.wait_time_from(now)).await;
        }
    }
}

impl std::fmt::Debug for Pace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pace").finish_non_exhaustive()
    }
}

fn at_least_one(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

/// The clock of the runtime, which also times the waits, counted from a fixed moment.
#[derive(Debug, Clone, Copy)]
struct RunningTime(Instant);

impl clock::Clock for RunningTime {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}
