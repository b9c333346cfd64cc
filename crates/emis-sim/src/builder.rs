//! How a simulator is set up.

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZero;
use std::sync::{Arc, Mutex};
use std::thread;

use emis_types::{Clock, ManualClock, SystemClock};
use jiff::SignedDuration;
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::net::TcpListener;

use crate::conditions::Conditions;
use crate::fault::Faults;
use crate::identity::{Consents, Keys, Tokens};
use crate::ids::Ids;
use crate::journal::Journal;
use crate::sim::Sim;
use crate::world::{Application, PracticeState, World};
use crate::{Scenario, StartError, StartErrorKind};

/// Beyond that a process would need more memory than it is worth.
const MOST_PATIENTS: usize = 100_000;
/// As many as there are codes for.
const MOST_PRACTICES: u32 = 1_000;

/// Settings of a simulator, each with a default that suits most tests.
#[derive(Debug, Clone)]
#[must_use]
pub struct SimBuilder {
    seed: u64,
    clock: Arc<dyn Clock>,
    hands: Option<ManualClock>,
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
            hands: None,
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
    /// What practices, secrets and passwords are drawn from. Default 7.
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Where the time comes from. Default: the machine's clock.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self.hands = None;
        self
    }

    /// A clock that stands still until it is moved: by whoever has a clone of it, or through
    /// `POST /sim/clock` with `now=2026-06-02T10:00` or `advance=PT90M` as a form.
    pub fn manual_clock(mut self, clock: ManualClock) -> Self {
        self.clock = Arc::new(clock.clone());
        self.hands = Some(clock);
        self
    }

    /// How many calls the journal keeps: the latest. Default all of them.
    pub const fn keep_calls(mut self, calls: usize) -> Self {
        self.keep_calls = calls;
        self
    }

    /// How many practices there are, 1 to 1,000. Default 1. They are drawn on all cores, and
    /// take about a MiB of memory each.
    ///
    /// Each has an organisation, staff, patients, diary, API user and password of its own. CDB
    /// numbers go up from 50002, ODS codes from Z90001 after the first practice's A20047. DBIDs
    /// are a practice's own, as in EMIS: patient 2001 is somebody else in every practice. So are
    /// mobile numbers, since only a thousand belong to nobody. NHS numbers differ as long as the
    /// range lasts: up to 425 practices of 2,000 patients, or 88 of 10,000.
    pub const fn practices(mut self, practices: u32) -> Self {
        self.practices = practices;
        self
    }

    /// How many patients each practice has, up to 100,000. Default 2,000; 200 start faster.
    ///
    /// Only a thousand mobile numbers belong to nobody: from about 1,200 patients on, adults
    /// without a number ([`PatientKind::NoMobile`](crate::PatientKind::NoMobile)) make up the
    /// rest.
    pub const fn patients(mut self, patients: usize) -> Self {
        self.patients = patients;
        self
    }

    /// Where to listen. Default: any free port of 127.0.0.1.
    pub const fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// How long access tokens live. Default one hour.
    pub const fn token_lifetime(mut self, lifetime: SignedDuration) -> Self {
        self.token_lifetime = lifetime;
        self
    }

    /// One more address at which the product may be sent a code: whatever it is, letter by letter.
    /// Addresses of this machine need not be named.
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uris.push(uri.into());
        self
    }

    /// The state that the first practice, the identity service and the API start in. Default:
    /// all is well, as in [`Scenario::default`]. Other practices are not concerned.
    pub fn scenario(mut self, scenario: Scenario) -> Self {
        self.scenario = Some(Box::new(scenario));
        self
    }

    /// How many receptionists are at work in each practice. Default none.
    ///
    /// Each does one thing a minute by the simulator's clock: books somebody, cancels, blocks a
    /// slot or releases one. What is due is done when the practice is next called, 1,000 things at
    /// most, so that everything depends on the seed, the clock and the calls. With a clock that
    /// stands still they wait; see [`Receptionists`](crate::Receptionists) for having them work
    /// when a test says so.
    pub const fn receptionists(mut self, receptionists: u32) -> Self {
        self.receptionists = receptionists;
        self
    }

    /// Draws the practices and starts to listen. The thread is busy meanwhile: about 20 ms for
    /// each practice of 2,000 patients and core in a release build.
    ///
    /// # Errors
    ///
    /// If the address is taken, the sizes are out of bounds, or the scenario cannot be used.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn start(self) -> Result<Sim, StartError> {
        if !(1..=MOST_PRACTICES).contains(&self.practices) || self.patients > MOST_PATIENTS {
            return Err(StartError::new(StartErrorKind::Size));
        }
        if let Some(scenario) = &self.scenario {
            scenario.check().map_err(StartError::scenario)?;
        }
        let listener = TcpListener::bind(self.listen)
            .await
            .map_err(StartError::listen)?;
        let address = listener.local_addr().map_err(StartError::listen)?;
        let draw = |index| {
            let clock = Arc::clone(&self.clock);
            let mut practice = PracticeState::draw(self.seed, index, self.patients, clock);
            if let (0, Some(scenario)) = (index, &self.scenario) {
                scenario.name(&mut practice);
            }
            Arc::new(practice)
        };
        let ids = Ids::new(self.seed);
        let world = World {
            issuer: format!("http://{address}/identity"),
            application: Application::draw(&mut StdRng::seed_from_u64(self.seed)),
            practices: on_all_cores(self.practices, draw),
            keys: Keys::new()?,
            consents: Consents::new(ids.clone()),
            ids,
            redirect_uris: self.redirect_uris,
            tokens: Tokens::new(self.token_lifetime),
            faults: Faults::new(self.seed),
            journal: Journal::keeping(self.keep_calls),
            conditions: Conditions::fair(),
            receptionists: self.receptionists,
            password_attempts: Mutex::default(),
            clock: self.clock,
            hands: self.hands,
        };
        if !world.tells_practices_apart() {
            return Err(StartError::new(StartErrorKind::SamePractice));
        }
        let world = Arc::new(world);
        if let Some(scenario) = &self.scenario {
            scenario.apply(&world);
        }
        Ok(Sim::run(world, listener, address))
    }
}

/// What is made for each number below `count`, in their order, on as many threads as there are
/// cores.
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
