//! Kindness to the practice: how much is asked of EMIS at once.
//!
//! An attempt passes its client's gate first and the shared one after it. So what one practice
//! has waiting waits at its own gate, and takes no more of what all share than its own limits
//! allow.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter, clock};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// How many attempts at calls may be in flight at once, and how many may begin within any second.
///
/// The first few of a second begin at once, a tenth of them at most, and the others follow evenly.
/// What finds no room waits its turn.
///
/// The default, for one practice, is 8 in flight and 20 a second. EMIS publishes no quota; this is
/// ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How many may be in flight at once; 0 counts as 1.
    pub in_flight: u32,
    /// How many may begin within any second; 0 counts as 1.
    pub per_second: u32,
}

impl Limits {
    /// So many in flight at once, and so many a second.
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

/// Limits that clients share, for all that one process asks of EMIS: see
/// [`ClientBuilder::shared_limits`](crate::ClientBuilder::shared_limits). Clones are the same.
///
/// Of the places in flight one client takes at most half, whatever its own limits are: a practice
/// whose EMIS hangs leaves room for the others.
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
    /// Limits for all clients together that are given them.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            gate: Arc::new(Gate::new(limits)),
        }
    }
}

/// What one client's attempts pass before they are sent.
#[derive(Debug)]
pub(crate) struct Limiter {
    own: Gate,
    shared: Option<Arc<Gate>>,
}

/// Leave to be in flight, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
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

    /// Waits for leave to send one attempt. `None` where there was none before the deadline.
    pub(crate) async fn enter(&self, deadline: Instant) -> Option<Place> {
        let entering = async {
            let own = self.own.enter().await?;
            let shared = match &self.shared {
                Some(gate) => Some(gate.enter().await?),
                None => None,
            };
            Some(Place {
                _own: own,
                _shared: shared,
            })
        };
        let place = tokio::time::timeout_at(deadline, entering).await.ok()?;
        // Room that is found too late is none.
        place.filter(|_| Instant::now() < deadline)
    }
}

/// So many in flight, so many a second, first come first served.
#[derive(Debug)]
struct Gate {
    places: Arc<Semaphore>,
    pace: Pace,
}

impl Gate {
    fn new(limits: Limits) -> Self {
        let places = usize::try_from(limits.in_flight.max(1)).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            places: Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS))),
            pace: Pace::new(limits.per_second),
        }
    }

    async fn enter(&self) -> Option<OwnedSemaphorePermit> {
        // It is never closed, so there is always a place in the end.
        let place = Arc::clone(&self.places).acquire_owned().await.ok()?;
        self.pace.turn().await;
        Some(place)
    }
}

/// At most so many turns within any second.
struct Pace {
    limiter: RateLimiter<NotKeyed, InMemoryState, RunningTime, NoOpMiddleware<Duration>>,
    time: RunningTime,
    /// Whoever has to wait holds this, so that nobody else is faster.
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
        let _first_in_line = self.queue.lock().await;
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

/// The runtime's clock, by which waits are timed too; counted from a moment of its own.
#[derive(Debug, Clone, Copy)]
struct RunningTime(Instant);

impl clock::Clock for RunningTime {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}
