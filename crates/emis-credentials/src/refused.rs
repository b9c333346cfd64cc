//! The memory of refused passwords, which outlives the process.

use std::collections::{HashMap, HashSet};
use std::fmt::{self, Debug};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// A keyed fingerprint of one practice's API user and password: the same for the same three, and
/// of no use to whoever does not hold the key. Made by
/// [`SealingIdentity::fingerprint`](crate::SealingIdentity::fingerprint).
///
/// 32 bytes, which `Debug` does not show.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PasswordFingerprint([u8; 32]);

impl PasswordFingerprint {
    pub(crate) const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// What stands for one of the tries of this password that were, or may have been, in vain. It is
    /// claimed like a password, and tells as little.
    pub(crate) fn tally(&self, number: u8) -> Self {
        let hash = Sha256::new()
            .chain_update(b"emis-partner unheard try")
            .chain_update([number])
            .chain_update(self.0);
        Self(hash.finalize().into())
    }

    /// Returns the fingerprint that stands for one release of this password.
    pub(crate) fn release(&self, number: u8) -> Self {
        let hash = Sha256::new()
            .chain_update(b"emis-partner password release")
            .chain_update([number])
            .chain_update(self.0);
        Self(hash.finalize().into())
    }

    /// The bytes, to store.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Debug for PasswordFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordFingerprint([redacted])")
    }
}

/// Remembers passwords that EMIS refused, for every process of the product and over restarts, so
/// that none is tried again until it changes or somebody who has mended it in EMIS says so.
///
/// A password is also *claimed* while it is tried, so that of several processes that start at the
/// same moment one finds out that it is wrong, and the others learn it from the memory.
///
/// It holds fingerprints and no passwords. See
/// [`OpenIdTokenSource::remembering`](crate::OpenIdTokenSource::remembering).
#[async_trait]
pub trait RefusedPasswords: Debug + Send + Sync {
    /// Whether a password was refused.
    ///
    /// # Errors
    /// Where the memory can't be asked. The password is not sent then.
    async fn contains(&self, password: &PasswordFingerprint) -> Result<bool, MemoryUnavailable>;

    /// Remembers a refusal. Twice is once.
    ///
    /// # Errors
    /// Where the memory can't be written.
    async fn remember(&self, password: &PasswordFingerprint) -> Result<(), MemoryUnavailable>;

    /// Forgets a refusal: the password may be tried once more.
    ///
    /// # Errors
    /// Where the memory can't be written.
    async fn forget(&self, password: &PasswordFingerprint) -> Result<(), MemoryUnavailable>;

    /// Claims a password for a try that is over by `until`: true where nobody else holds a claim
    /// at `now`. Whoever dies in the middle of a try keeps the claim until it runs out.
    ///
    /// # Errors
    /// Where the memory can't be written. The password is not sent then.
    async fn claim(
        &self,
        password: &PasswordFingerprint,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, MemoryUnavailable>;

    /// Gives back the claim that was to end at `until`; one that has passed on to somebody else is
    /// left alone.
    ///
    /// # Errors
    /// Where the memory can't be written.
    async fn release(
        &self,
        password: &PasswordFingerprint,
        until: Timestamp,
    ) -> Result<(), MemoryUnavailable>;
}

/// The memory of refused passwords could not be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MemoryUnavailable;

impl fmt::Display for MemoryUnavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the memory of refused passwords could not be read or written")
    }
}

impl std::error::Error for MemoryUnavailable {}

/// A memory that ends with the process: for tests, and for products of a single process that
/// never restarts itself.
#[derive(Debug, Default)]
pub struct RefusedInMemory(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    refused: HashSet<PasswordFingerprint>,
    claimed_until: HashMap<PasswordFingerprint, Timestamp>,
}

impl RefusedInMemory {
    /// An empty memory.
    pub fn new() -> Self {
        Self::default()
    }

    fn with<T>(&self, act: impl FnOnce(&mut Memory) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl RefusedPasswords for RefusedInMemory {
    async fn contains(&self, password: &PasswordFingerprint) -> Result<bool, MemoryUnavailable> {
        Ok(self.with(|memory| memory.refused.contains(password)))
    }

    async fn remember(&self, password: &PasswordFingerprint) -> Result<(), MemoryUnavailable> {
        self.with(|memory| memory.refused.insert(*password));
        Ok(())
    }

    async fn forget(&self, password: &PasswordFingerprint) -> Result<(), MemoryUnavailable> {
        self.with(|memory| memory.refused.remove(password));
        Ok(())
    }

    async fn claim(
        &self,
        password: &PasswordFingerprint,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, MemoryUnavailable> {
        Ok(self.with(|memory| {
            let held = memory.claimed_until.get(password);
            let free = held.is_none_or(|until| *until <= now);
            if free {
                memory.claimed_until.insert(*password, until);
            }
            free
        }))
    }

    async fn release(
        &self,
        password: &PasswordFingerprint,
        until: Timestamp,
    ) -> Result<(), MemoryUnavailable> {
        self.with(|memory| {
            if memory.claimed_until.get(password) == Some(&until) {
                memory.claimed_until.remove(password);
            }
        });
        Ok(())
    }
}
