//! How a simulator is set up.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use emis_types::{Clock, SystemClock};
use jiff::SignedDuration;
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::net::TcpListener;

use crate::conditions::Conditions;
use crate::fault::Faults;
use crate::identity::{SigningKey, Tokens};
use crate::journal::Journal;
use crate::sim::Sim;
use crate::world::{Application, PracticeState, World};
use crate::{Scenario, StartError, StartErrorKind};

/// As many as there are NHS numbers for: each practice has a stretch of its own.
const MOST_PATIENTS: usize = 9_000;

/// Settings of a simulator, each with a default that suits most tests.
#[derive(Debug, Clone)]
#[must_use]
pub struct SimBuilder {
    seed: u64,
    clock: Arc<dyn Clock>,
    practices: u32,
    patients: usize,
    listen: SocketAddr,
    token_lifetime: SignedDuration,
    scenario: Option<Box<Scenario>>,
}

impl Default for SimBuilder {
    fn default() -> Self {
        Self {
            seed: 7,
            clock: Arc::new(SystemClock),
            practices: 1,
            patients: 2_000,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            token_lifetime: SignedDuration::from_hours(1),
            scenario: None,
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
        self
    }

    /// How many practices there are, 1 to 99. Default 1.
    pub const fn practices(mut self, practices: u32) -> Self {
        self.practices = practices;
        self
    }

    /// How many patients each practice has, up to 9,000. Default 2,000; 200 start faster.
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

    /// The state that the first practice, the identity service and the API start in. Default:
    /// all is well, as in [`Scenario::default`]. Other practices are not concerned.
    pub fn scenario(mut self, scenario: Scenario) -> Self {
        self.scenario = Some(Box::new(scenario));
        self
    }

    /// Draws the practices and starts to listen.
    ///
    /// # Errors
    ///
    /// If the address is taken, the sizes are out of bounds, or the scenario cannot be used.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn start(self) -> Result<Sim, StartError> {
        if !(1..=99).contains(&self.practices) || self.patients > MOST_PATIENTS {
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
        let world = World {
            issuer: format!("http://{address}/identity"),
            application: Application::draw(&mut StdRng::seed_from_u64(self.seed)),
            practices: (0..self.practices).map(draw).collect(),
            key: SigningKey::of_this_process()?,
            tokens: Tokens::new(self.token_lifetime),
            faults: Faults::new(self.seed),
            journal: Journal::default(),
            conditions: Conditions::fair(),
            password_attempts: Mutex::default(),
            clock: self.clock,
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
