//! What holds for the whole simulator, whichever practice is asked: the identity service's and
//! the API's own troubles.

use std::sync::{Arc, Mutex};

use http::header::HeaderValue;
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};

use crate::operation::Scope;
use crate::operation::UnknownScope;
use crate::world::{World, lock};

/// Wrong passwords in a row after which a user is locked: Azure AD B2C's own threshold. EMIS
/// publishes none.
pub(crate) const MOST_WRONG_PASSWORDS: u32 = 10;

/// How far into the future a token may begin to hold, in seconds: what Microsoft's libraries
/// allow for clocks that differ.
pub(crate) const CLOCK_TOLERANCE: i64 = 300;

/// The switches, as they are now.
#[derive(Debug)]
pub(crate) struct Conditions {
    identity_reachable: bool,
    client_secret_ok: bool,
    scopes: Vec<Scope>,
    clock_skew: SignedDuration,
    most_tries: Option<u32>,
    api_reachable: bool,
    application_id_ok: bool,
}

impl Conditions {
    pub(crate) fn fair() -> Mutex<Self> {
        Mutex::new(Self {
            identity_reachable: true,
            client_secret_ok: true,
            scopes: Scope::HELD.to_vec(),
            clock_skew: SignedDuration::ZERO,
            most_tries: Some(MOST_WRONG_PASSWORDS),
            api_reachable: true,
            application_id_ok: true,
        })
    }
}

fn is_api(path: &str) -> bool {
    path == "/partner" || path.starts_with("/partner/")
}

impl World {
    /// Whether a request for this path gets any answer.
    pub(crate) fn reaches(&self, path: &str) -> bool {
        let now = lock(&self.conditions);
        if path.starts_with("/identity") {
            now.identity_reachable
        } else {
            now.api_reachable || !is_api(path)
        }
    }

    /// Whether this is the application's party key, and EMIS knows it.
    pub(crate) fn knows_application(&self, party_key: &str) -> bool {
        party_key == self.application.id && lock(&self.conditions).application_id_ok
    }

    /// Whether this is the application's secret, and the identity service knows it.
    pub(crate) fn knows_client(&self, id: &str, secret: &str) -> bool {
        id == self.application.client_id
            && secret == self.application.client_secret
            && lock(&self.conditions).client_secret_ok
    }

    pub(crate) fn scopes_held(&self) -> Vec<Scope> {
        lock(&self.conditions).scopes.clone()
    }

    pub(crate) fn most_tries(&self) -> Option<u32> {
        lock(&self.conditions).most_tries
    }

    /// What the identity service takes for the present.
    pub(crate) fn identity_now(&self) -> Timestamp {
        let skew = lock(&self.conditions).clock_skew;
        let now = self.clock.now();
        now.checked_add(skew).unwrap_or(now)
    }

    /// The `Date` header of an answer.
    pub(crate) fn date(&self, path: &str) -> Option<HeaderValue> {
        let now = if path.starts_with("/identity") {
            self.identity_now()
        } else {
            self.clock.now()
        };
        let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&now);
        HeaderValue::from_str(&date.ok()?).ok()
    }
}

/// The identity service's switches. A cheap handle: clones act on the same simulator.
#[derive(Debug, Clone)]
pub struct Identity {
    world: Arc<World>,
}

impl Identity {
    pub(crate) const fn new(world: Arc<World>) -> Self {
        Self { world }
    }

    /// Whether it answers at all. Where it does not, connections are closed without an answer.
    pub fn set_reachable(&self, reachable: bool) {
        lock(&self.world.conditions).identity_reachable = reachable;
    }

    /// Whether [`Sim::client_secret`](crate::Sim::client_secret) is the secret that it knows.
    pub fn set_client_secret_ok(&self, ok: bool) {
        lock(&self.world.conditions).client_secret_ok = ok;
    }

    /// What the application may be given, by name: `papi-appt.read`. New tokens carry no more.
    ///
    /// # Errors
    ///
    /// If a name is none of the Partner API's scopes; then nothing changes.
    pub fn hold_scopes(&self, scopes: &[&str]) -> Result<(), UnknownScope> {
        let scopes = scopes
            .iter()
            .map(|scope| scope.parse())
            .collect::<Result<_, _>>()?;
        self.hold(scopes);
        Ok(())
    }

    pub(crate) fn hold(&self, scopes: Vec<Scope>) {
        lock(&self.world.conditions).scopes = scopes;
    }

    /// How far its clock is ahead of everybody else's, or behind where negative. It shows in the
    /// tokens and in the `Date` header. The API refuses tokens that begin to hold in more than
    /// five minutes, or have ended.
    pub fn set_clock_skew(&self, skew: SignedDuration) {
        lock(&self.world.conditions).clock_skew = skew;
    }

    /// From here on a new key signs. The old ones stay published, and what they signed stays good.
    /// Gives the new key's id; `None` if the crypto library makes no key.
    pub fn rotate_keys(&self) -> Option<String> {
        self.world.keys.rotate()
    }

    /// Only the key that signs now stays published: the API refuses what older ones signed.
    pub fn retire_old_keys(&self) {
        self.world.keys.retire();
    }

    /// Takes back every code and refresh token. Access tokens are taken back by
    /// [`Sim::expire_tokens`](crate::Sim::expire_tokens).
    pub fn revoke_consents(&self) {
        self.world.consents.revoke_all();
    }

    /// After how many wrong passwords in a row a user is locked; never for `None`. Ten unless
    /// set, as Azure AD B2C has it. A locked user stays so until
    /// [`Emas::unlock_user`](crate::Emas::unlock_user).
    pub fn lock_users_after(&self, tries: Option<u32>) {
        lock(&self.world.conditions).most_tries = tries;
    }
}

/// The API's switches for the whole simulator. A cheap handle, like [`Identity`]. Calls that fail
/// or take their time are [`Faults`](crate::Faults).
#[derive(Debug, Clone)]
pub struct Api {
    world: Arc<World>,
}

impl Api {
    pub(crate) const fn new(world: Arc<World>) -> Self {
        Self { world }
    }

    /// Whether it answers at all. One port serves API and identity service, so that connections
    /// are not refused: they are closed without an answer.
    pub fn set_reachable(&self, reachable: bool) {
        lock(&self.world.conditions).api_reachable = reachable;
    }

    /// Whether EMIS knows [`Sim::application_id`](crate::Sim::application_id), the party key.
    pub fn set_application_id_ok(&self, ok: bool) {
        lock(&self.world.conditions).application_id_ok = ok;
    }
}
