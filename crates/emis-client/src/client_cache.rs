//! One client for each practice, with what it was built from.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use emis_types::OdsCode;

use crate::client::Client;

/// Keeps one [`Client`] for each practice, with the settings `K` that it was built from.
///
/// A client holds the practice's tokens, limits and breaker, so a product that serves many
/// practices must not build a second one for the same settings.
///
/// ```
/// use emis_client::{Client, ClientCache, ClientError};
/// use emis_types::OdsCode;
///
/// fn client(
///     cache: &ClientCache<u64>,
///     practice: &OdsCode,
///     version: u64,
///     connect: impl FnOnce() -> Result<Client, ClientError>,
/// ) -> Result<Client, ClientError> {
///     cache.get_or_replace(practice, |held| match held {
///         Some((from, client)) if *from == version => Ok((version, client.clone())),
///         _ => Ok((version, connect()?)),
///     })
/// }
/// ```
#[derive(Debug, Default)]
pub struct ClientCache<K>(Mutex<HashMap<OdsCode, (K, Client)>>);

impl<K> ClientCache<K> {
    /// Returns an empty cache.
    pub fn new() -> Self {
        Self(Mutex::new(HashMap::new()))
    }

    /// Returns the practice's client, after `decide` has kept the held one or built another.
    ///
    /// `decide` runs under the cache's lock: of several callers at once, one builds the client.
    ///
    /// # Errors
    /// The error of `decide`. What was held is kept then.
    pub fn get_or_replace<E>(
        &self,
        practice: &OdsCode,
        decide: impl FnOnce(Option<&(K, Client)>) -> Result<(K, Client), E>,
    ) -> Result<Client, E> {
        let mut clients = self.lock();
        let (from, client) = decide(clients.get(practice))?;
        clients.insert(practice.clone(), (from, client.clone()));
        Ok(client)
    }

    /// Removes the practice's client, and with it the tokens that it holds.
    pub fn remove(&self, practice: &OdsCode) {
        self.lock().remove(practice);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<OdsCode, (K, Client)>> {
        // Entries are replaced in one step: a panic elsewhere can't leave one half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
