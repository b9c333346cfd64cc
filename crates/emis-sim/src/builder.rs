//! Settings of a simulator.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZero;
use std::sync::{Arc, Mutex};
use std::thread;

use emis_types::{Clock, ManualClock, SystemClock};
use jiff::SignedDuration;
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::net::TcpListener;

use crate::error::{StartError, StartErrorKind};
use crate::fault::FaultInjector;
use crate::scenario::Scenario;
use crate::sim::Sim;
use crate::world::{
    Application, Conditions, Consents, Ids, Journal, Keys, PracticeState, Tokens, World,
};

/// More patients would need too much memory.
const MOST_PATIENTS: usize = 100_000;
/// More practices would have no codes.
const MOST_PRACTICES: u32 = 1_000;

/// A builder for a [`Sim`]. The defaults suit most tests.
///
/// # Examples
///
/// ```
/// use emis_sim::Sim;
/// use emis_types::ManualClock;
/// use jiff::civil::date;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let clock = ManualClock::at_uk(date(2026, 6, 2).at(10, 0, 0, 0));
/// let builder = Sim::builder().seed(11).patients(200).practices(3);
/// let sim = builder.manual_clock(clock).start().await?;
/// assert_eq!(sim.practices().len(), 3);
/// # Ok(())
/// # })
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct SimBuilder {
    seed: u64,
    clock: Arc<dyn Clock>,
    manual_clock: Option<ManualClock>,
    practices: u32,
    patients: usize,
    listen: SocketAddr,
    token_lifetime: SignedDuration,
    scenario: Option<Box<Scenario>>,
    receptionists: u32,
    redirect_uris: Vec<String>,
    keep_calls: usize,
}

impl Default for SimBuilder {
    fn default() -> Self {
        Self {
            seed: 7,
            clock: Arc::new(SystemClock),
            manual_clock: None,
            practices: 1,
            patients: 2_000,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            token_lifetime: SignedDuration::from_hours(1),
            scenario: None,
            receptionists: 0,
            redirect_uris: Vec::new(),
            keep_calls: usize::MAX,
        }
    }
}

impl SimBuilder {
    /// Sets the seed that practices, secrets and passwords are drawn from. The default is 7.
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets the source of time. The default is the machine's clock.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self.manual_clock = None;
        self
    }

    /// Sets a clock that stands still until it is set, by a clone or with `POST /sim/clock` and
    /// `now=2026-06-02T10:00` or `advance=PT90M` as a form.
    pub fn manual_clock(mut self, clock: ManualClock) -> Self {
        self.clock = Arc::new(clock.clone());
        self.manual_clock = Some(clock);
        self
    }

    /// Sets the number of calls that the journal keeps. The default is all.
    pub const fn keep_calls(mut self, calls: usize) -> Self {
        self.keep_calls = calls;
        self
    }

    /// Sets the number of practices, 1 to 1,000. The default is 1. Practices are drawn on all cores and
    /// take about a MiB of memory each.
    ///
    /// Each has its own organisation, staff, patients, diary, API user and password. CDB numbers begin
    /// at 50002, ODS codes at Z90001 after the first practice's A20047. As in EMIS, DBIDs are unique
    /// only within a practice: patient 2001 is another person in every practice. Mobile numbers repeat
    /// as well, because only a thousand are reserved for fiction. NHS numbers are unique for up to 425
    /// practices of 2,000 patients, or 88 of 10,000.
    pub const fn practices(mut self, practices: u32) -> Self {
        self.practices = practices;
        self
    }

    /// Sets the number of patients of each practice, up to 100,000. The default is 2,000; 200 start
    /// faster.
    ///
    /// Only a thousand mobile numbers are reserved for fiction: beyond about 1,200 patients all adults
    /// are [`PatientKind::NoMobile`](crate::PatientKind::NoMobile).
    pub const fn patients(mut self, patients: usize) -> Self {
        self.patients = patients;
        self
    }

    /// Sets the address to listen on. The default is any free port of 127.0.0.1.
    pub const fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Sets the lifetime of access tokens. The default is one hour.
    pub const fn token_lifetime(mut self, lifetime: SignedDuration) -> Self {
        self.token_lifetime = lifetime;
        self
    }

    /// Registers a redirect address for codes, which is compared exactly. Addresses of this machine are
    /// always allowed.
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uris.push(uri.into());
        self
    }

    /// Sets the initial state of the first practice, the identity service and the API. The default is
    /// healthy. Other practices are not changed.
    pub fn scenario(mut self, scenario: Scenario) -> Self {
        self.scenario = Some(Box::new(scenario));
        self
    }

    /// Sets the number of receptionists of each practice. The default is none.
    ///
    /// Each takes one action a minute by the simulator's clock: a booking, a cancellation, or a slot
    /// that is blocked or released. Actions that are due are taken at the next call to the practice, at
    /// most 1,000, so that they depend only on the seed, the clock and the calls. See
    /// [`Receptionists`](crate::Receptionists) for actions at a time that a test chooses.
    pub const fn receptionists(mut self, receptionists: u32) -> Self {
        self.receptionists = receptionists;
        self
    }

    /// Draws the practices and starts to listen. This blocks the thread, in a release build for about
    /// 20 ms for each practice of 2,000 patients and core.
    ///
    /// # Errors
    ///
    /// If the address is in use, the sizes are out of range, or the scenario cannot be used.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn start(self) -> Result<Sim, StartError> {
        if !(1..=MOST_PRACTICES).contains(&self.practices) || self.patients > MOST_PATIENTS {
            return Err(StartErrorKind::Size.into());
        }
        if let Some(scenario) = &self.scenario {
            scenario.check()?;
        }
        let failed = |error| StartError::with_source(StartErrorKind::Listen, error);
        let listener = TcpListener::bind(self.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let draw = |index| {
            let clock = Arc::clone(&self.clock);
            let mut practice = PracticeState::draw(self.seed, index, self.patients, clock);
            if let (0, Some(scenario)) = (index, &self.scenario) {
                scenario.set_codes(&mut practice);
            }
            Arc::new(practice)
        };
        let ids = Ids::new(self.seed);
        let world = World {
            issuer: format!("http://{address}/identity"),
            application: Application::draw(&mut StdRng::seed_from_u64(self.seed)),
            practices: on_all_cores(self.practices, draw),
            keys: Keys::new().ok_or(StartErrorKind::SigningKey)?,
            consents: Consents::new(ids.clone()),
            ids,
            redirect_uris: self.redirect_uris,
            tokens: Tokens::new(self.token_lifetime),
            faults: FaultInjector::new(self.seed),
            journal: Journal::keeping(self.keep_calls),
            conditions: Mutex::new(Conditions::healthy()),
            receptionists: self.receptionists,
            password_attempts: Mutex::new(HashMap::new()),
            late_commits: Mutex::default(),
            clock: self.clock,
            manual_clock: self.manual_clock,
        };
        if !world.has_distinct_codes() {
            return Err(StartErrorKind::SamePractice.into());
        }
        let world = Arc::new(world);
        if let Some(scenario) = &self.scenario {
            scenario.apply(&world);
        }
        Ok(Sim::run(world, listener, address))
    }
}

/// Calls `make` for each number below `count` on all cores, and returns the results in order.
fn on_all_cores<T: Send>(count: u32, make: impl Fn(u32) -> T + Sync) -> Vec<T> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let share = (count as usize).div_ceil(cores).max(1);
    let numbers: Vec<u32> = (0..count).collect();
    let make_share = |numbers: &[u32]| numbers.iter().copied().map(&make).collect::<Vec<T>>();
    let mut shares = numbers.chunks(share);
    let own = shares.next().unwrap_or_default();
    thread::scope(|scope| {
        let others: Vec<_> = shares
            .map(|share| scope.spawn(|| make_share(share)))
            .collect();
        let mut made = make_share(own);
        for other in others {
            match other.join() {
                Ok(share) => made.extend(share),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        made
    })
}

impl Sim {
    /// Starts a simulator with the defaults: one practice, seed 7, the machine's clock, a free port.
    ///
    /// # Errors
    ///
    /// If no port can be listened on.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// Returns a builder for other settings.
    pub fn builder() -> SimBuilder {
        SimBuilder::default()
    }
}
