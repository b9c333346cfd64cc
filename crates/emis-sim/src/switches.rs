//! Handles to the settings of the whole simulator.

use std::sync::{Arc, MutexGuard};

use jiff::SignedDuration;

use crate::operation::{Scope, UnknownScopeError};
use crate::sync::lock;
use crate::world::{Conditions, World};

/// A handle to the identity service's settings. Clones share the state.
#[derive(Debug, Clone)]
pub struct IdentitySwitches {
    world: Arc<World>,
}

impl IdentitySwitches {
    pub(crate) const fn new(world: Arc<World>) -> Self {
        Self { world }
    }

    fn conditions(&self) -> MutexGuard<'_, Conditions> {
        lock(&self.world.conditions)
    }

    /// Sets whether the identity service answers. If not, connections are closed without an answer.
    pub fn set_reachable(&self, reachable: bool) {
        self.conditions().identity_reachable = reachable;
    }

    /// Sets whether [`Sim::client_secret`](crate::Sim::client_secret) is accepted.
    pub fn set_client_secret_ok(&self, ok: bool) {
        self.conditions().client_secret_ok = ok;
    }

    /// Sets the scopes that the application holds, by name: `papi-appt.read`. New tokens carry at
    /// most these.
    ///
    /// # Errors
    ///
    /// If a name is not a scope of the Partner API. Then nothing changes.
    pub fn hold_scopes(&self, scopes: &[&str]) -> Result<(), UnknownScopeError> {
        let scopes = scopes
            .iter()
            .map(|scope| scope.parse())
            .collect::<Result<_, _>>()?;
        self.hold(scopes);
        Ok(())
    }

    pub(crate) fn hold(&self, scopes: Vec<Scope>) {
        self.conditions().scopes = scopes;
    }

    /// Sets how far the identity service's clock is ahead of the simulator's; negative is behind.
    ///
    /// The skew shows in tokens and in the `Date` header. The API refuses tokens that become valid
    /// more than five minutes ahead, or have expired.
    pub fn set_clock_skew(&self, skew: SignedDuration) {
        self.conditions().clock_skew = skew;
    }

    /// Signs new tokens with a new key. Old keys stay published, and their tokens stay valid.
    ///
    /// Returns the new key's id, or `None` if the crypto library fails to generate a key.
    pub fn rotate_keys(&self) -> Option<String> {
        self.world.keys.rotate()
    }

    /// Unpublishes all keys but the signing key. The API refuses tokens signed by older ones.
    pub fn retire_old_keys(&self) {
        self.world.keys.retire();
    }

    /// Revokes every code and refresh token. Access tokens are revoked by
    /// [`Sim::expire_tokens`](crate::Sim::expire_tokens).
    pub fn revoke_consents(&self) {
        self.world.consents.revoke_all();
    }

    /// Sets how many failed password attempts in a row lock a user; `None` is no limit. The default
    /// is ten, as in Azure AD B2C. [`Emas::unlock_user`](crate::Emas::unlock_user) unlocks the user.
    pub fn lock_users_after(&self, attempts: Option<u32>) {
        self.conditions().most_failed_attempts = attempts;
    }
}

/// A handle to the API's settings for all practices. Clones share the state. Failing and slow calls
/// are set up with a [`FaultInjector`](crate::FaultInjector).
#[derive(Debug, Clone)]
pub struct ApiSwitches {
    world: Arc<World>,
}

impl ApiSwitches {
    pub(crate) const fn new(world: Arc<World>) -> Self {
        Self { world }
    }

    /// Sets whether the API answers. API and identity service share a port, so that connections are
    /// accepted and then closed without an answer.
    pub fn set_reachable(&self, reachable: bool) {
        lock(&self.world.conditions).api_reachable = reachable;
    }

    /// Sets whether EMIS accepts [`Sim::application_id`](crate::Sim::application_id), the party key.
    pub fn set_application_id_ok(&self, ok: bool) {
        lock(&self.world.conditions).application_id_ok = ok;
    }

    /// Sets whether slots, appointments and the answers to bookings carry the notes of the slot, among
    /// them a booking's `bookingNote`. The default is `true`; EMIS does not publish whether it does.
    pub fn set_returns_notes(&self, returns: bool) {
        lock(&self.world.conditions).returns_notes = returns;
    }
}
