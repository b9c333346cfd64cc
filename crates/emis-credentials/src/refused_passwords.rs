//! The record of refused passwords, which outlives the process.

use std::collections::{HashMap, HashSet};
use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use aws_lc_rs::digest::{Context, SHA256};
use emis_types::Sensitive;
use jiff::{SignedDuration, Timestamp};

/// The longest time for which a password or an attempt is claimed.
pub(crate) const LONGEST_CLAIM: SignedDuration = SignedDuration::from_mins(15);
/// The difference between the clocks of two processes up to which they respect each other's claims.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(15);

/// The number of attempts of one password that may fail within [`LONGEST_CLAIM`], in all processes
/// together: EMIS does not publish how many it allows.
pub(crate) const ATTEMPTS: u8 = 3;

/// A keyed fingerprint of one practice's API user and password: equal for the same three, and of no
/// use without the key. Made by
/// [`SealingIdentity::fingerprint`](crate::SealingIdentity::fingerprint).
///
/// 32 bytes, which `Debug` does not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PasswordFingerprint(Sensitive<[u8; 32]>);

impl PasswordFingerprint {
    pub(crate) const fn new(bytes: [u8; 32]) -> Self {
        Self(Sensitive::new(bytes))
    }

    /// Returns the fingerprint of one attempt of this password that failed, or may have. It is
    /// claimed like a password and reveals as little.
    pub(crate) fn attempt(&self, number: u8) -> Self {
        self.derived(b"emis-partner unheard try", number)
    }

    /// Returns the fingerprint of one release of this password.
    pub(crate) fn release(&self, number: u8) -> Self {
        self.derived(b"emis-partner password release", number)
    }

    /// Returns the fingerprint of one attempt of a diagnosis that was neither accepted nor refused. It
    /// is recorded like a refusal and reveals as little.
    pub(crate) fn unheard(&self, number: u8) -> Self {
        self.derived(b"emis-partner unheard diagnosis", number)
    }

    fn derived(&self, purpose: &[u8], number: u8) -> Self {
        let mut hash = Context::new(&SHA256);
        hash.update(purpose);
        hash.update(&[number]);
        hash.update(self.as_bytes());
        Self::new(hash.finish().as_ref().try_into().unwrap_or_default())
    }

    /// Returns the bytes, for storage.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        self.0.expose()
    }
}

/// A store of passwords that EMIS refused, shared by all processes of the product and kept over
/// restarts, so that none is sent again until it changes or the practice says that it was corrected
/// in EMIS.
///
/// A password is also *claimed* while it is tried: of several processes that start at the same
/// moment, one finds out that it is wrong and the others learn it from the store.
///
/// It holds fingerprints and no passwords. See
/// [`OpenIdTokenSource::remembering`](crate::OpenIdTokenSource::remembering).
#[async_trait]
pub trait RefusedPasswordStore: Debug + Send + Sync {
    /// Returns `true` if the password was refused.
    ///
    /// # Errors
    /// If the store can't be read. The password is not sent then.
    async fn contains(
        &self,
        password: &PasswordFingerprint,
    ) -> Result<bool, RefusedPasswordStoreError>;

    /// Records a refusal. Idempotent.
    ///
    /// # Errors
    /// If the store can't be written.
    ///
    /// # Cancel safety
    /// An implementation must leave the refusal either recorded or not.
    async fn remember(
        &self,
        password: &PasswordFingerprint,
    ) -> Result<(), RefusedPasswordStoreError>;

    /// Deletes a refusal: the password may be tried once more. Idempotent.
    ///
    /// # Errors
    /// If the store can't be written.
    ///
    /// # Cancel safety
    /// An implementation must leave the refusal either deleted or not.
    async fn forget(&self, password: &PasswordFingerprint)
    -> Result<(), RefusedPasswordStoreError>;

    /// Claims a password for an attempt that is over by `until`. Returns `false` if another claim
    /// [counts](claim_counts) at `now`; otherwise this claim replaces it. The claim of a process
    /// that dies lasts until its end.
    ///
    /// # Errors
    /// If the store can't be written. The password is not sent then.
    ///
    /// # Cancel safety
    /// An implementation must leave the password either claimed or not. A claim whose caller was dropped
    /// lasts until its end.
    async fn claim(
        &self,
        password: &PasswordFingerprint,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, RefusedPasswordStoreError>;

    /// Ends the claim that was to end at `until`. A claim with another end is another process's and
    /// stays.
    ///
    /// # Errors
    /// If the store can't be written.
    ///
    /// # Cancel safety
    /// An implementation must leave the claim either ended or not.
    async fn release(
        &self,
        password: &PasswordFingerprint,
        until: Timestamp,
    ) -> Result<(), RefusedPasswordStoreError>;
}

/// Returns `true` if a claim that ends at `until` keeps others from an attempt at `now`: if it has
/// not ended, and ends within 30 minutes. No claim is made for longer than 15 minutes, so one that
/// ends later than that was made under a clock that was wrong.
///
/// # Examples
/// ```
/// use emis_credentials::claim_counts;
/// use jiff::{SignedDuration, Timestamp};
///
/// let now = Timestamp::UNIX_EPOCH;
/// assert!(claim_counts(now + SignedDuration::from_secs(60), now));
/// assert!(!claim_counts(now, now));
/// // This one was made while a clock was a year fast.
/// assert!(!claim_counts(now + SignedDuration::from_hours(365 * 24), now));
/// ```
pub fn claim_counts(until: Timestamp, now: Timestamp) -> bool {
    let left = until.duration_since(now);
    left > SignedDuration::ZERO && left <= LONGEST_CLAIM + CLOCK_TOLERANCE
}

/// The error of a [`RefusedPasswordStore`] that could not be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, thiserror::Error)]
#[error("the store of refused passwords could not be read or written")]
pub struct RefusedPasswordStoreError;

/// A store that ends with the process: for tests, and for products of a single process that never
/// restarts itself.
#[derive(Debug, Default)]
pub struct MemoryRefusedPasswordStore(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    refused: HashSet<PasswordFingerprint>,
    claimed_until: HashMap<PasswordFingerprint, Timestamp>,
}

impl MemoryRefusedPasswordStore {
    /// Creates an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn with<T>(&self, act: impl FnOnce(&mut Memory) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl RefusedPasswordStore for MemoryRefusedPasswordStore {
    async fn contains(
        &self,
        password: &PasswordFingerprint,
    ) -> Result<bool, RefusedPasswordStoreError> {
        Ok(self.with(|memory| memory.refused.contains(password)))
    }

    async fn remember(
        &self,
        password: &PasswordFingerprint,
    ) -> Result<(), RefusedPasswordStoreError> {
        self.with(|memory| memory.refused.insert(*password));
        Ok(())
    }

    async fn forget(
        &self,
        password: &PasswordFingerprint,
    ) -> Result<(), RefusedPasswordStoreError> {
        self.with(|memory| memory.refused.remove(password));
        Ok(())
    }

    async fn claim(
        &self,
        password: &PasswordFingerprint,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, RefusedPasswordStoreError> {
        Ok(self.with(|memory| {
            let held = memory.claimed_until.get(password);
            let free = !held.is_some_and(|held| claim_counts(*held, now));
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
    ) -> Result<(), RefusedPasswordStoreError> {
        self.with(|memory| {
            if memory.claimed_until.get(password) == Some(&until) {
                memory.claimed_until.remove(password);
            }
        });
        Ok(())
    }
}
