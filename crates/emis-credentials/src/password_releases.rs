//! Releases of a refused password, after a person has corrected the user in EMIS.

use emis_types::Clock;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::refused_passwords::{
    ATTEMPTS, PasswordFingerprint, RefusedPasswordStore, RefusedPasswordStoreError,
};

/// The number of times that one password may be released after a refusal, ever. With the first
/// attempt, EMIS sees a wrong password at most three times.
const RELEASES: u8 = 2;
/// The time for which one process holds the right to release a password.
const LOCK: SignedDuration = SignedDuration::from_secs(60);

/// The releases of one stored password, in all processes together.
///
/// The count belongs to the password: another password starts anew, and the same one typed again
/// does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PasswordReleases {
    /// The number of releases so far.
    pub used: u8,
    /// The number of releases that are left.
    pub left: u8,
    /// The number of times that the password was sent without being accepted: refused, or by a
    /// diagnosis that heard no answer or whose user was not let in.
    pub sent: u8,
}

/// The outcome of [`release_password`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReleaseOutcome {
    /// The password may be sent once more.
    Released,
    /// The password was not refused, so there is nothing to release.
    NotRefused,
    /// The password was released as often as it may be. It is not sent until another is typed.
    Exhausted,
    /// Another process is releasing the password just now.
    InProgress,
}

impl PasswordReleases {
    /// Returns the releases of a password, given its fingerprints by all keys in use.
    ///
    /// # Errors
    /// Fails if the store can't be read.
    pub async fn of(
        store: &dyn RefusedPasswordStore,
        fingerprints: &[PasswordFingerprint],
    ) -> Result<Self, RefusedPasswordStoreError> {
        let used = recorded(store, fingerprints, RELEASES, PasswordFingerprint::release).await?;
        let unheard = recorded(store, fingerprints, ATTEMPTS, PasswordFingerprint::unheard).await?;
        let mut refused = false;
        for fingerprint in fingerprints {
            refused |= store.contains(fingerprint).await?;
        }
        // A release that was used had a refusal before it.
        let sent = (used + unheard + u8::from(refused)).min(ATTEMPTS);
        Ok(Self {
            used,
            left: (RELEASES - used).min(ATTEMPTS - sent),
            sent,
        })
    }
}

/// Returns the number of numbered fingerprints that the store holds, under any key.
async fn recorded(
    store: &dyn RefusedPasswordStore,
    fingerprints: &[PasswordFingerprint],
    most: u8,
    numbered: impl Fn(&PasswordFingerprint, u8) -> PasswordFingerprint,
) -> Result<u8, RefusedPasswordStoreError> {
    let mut found = 0;
    for number in 0..most {
        for fingerprint in fingerprints {
            if store.contains(&numbered(fingerprint, number)).await? {
                found = number + 1;
            }
        }
    }
    Ok(found)
}

/// Records that a diagnosis sent the password and that it was neither accepted nor refused.
pub(crate) async fn note_unheard(
    store: &dyn RefusedPasswordStore,
    fingerprints: &[PasswordFingerprint],
) -> Result<(), RefusedPasswordStoreError> {
    let numbered = PasswordFingerprint::unheard;
    let number = recorded(store, fingerprints, ATTEMPTS, numbered).await?;
    for fingerprint in fingerprints {
        store.remember(&fingerprint.unheard(number)).await?;
    }
    Ok(())
}

/// Forgets the attempts of diagnoses, for a password that EMIS has accepted.
pub(crate) async fn forget_unheard(
    store: &dyn RefusedPasswordStore,
    fingerprints: &[PasswordFingerprint],
) -> Result<(), RefusedPasswordStoreError> {
    let numbered = PasswordFingerprint::unheard;
    let known = recorded(store, fingerprints, ATTEMPTS, numbered).await?;
    for number in 0..known {
        for fingerprint in fingerprints {
            store.forget(&fingerprint.unheard(number)).await?;
        }
    }
    Ok(())
}

/// Releases a refused password for one more attempt, at most twice ever. Ends the claims that a wrong
/// clock left behind, also if there is nothing to release.
///
/// `user_refused` releases a password that was not refused itself, for a user that EMIS did not
/// let in: locked, expired or disabled. That counts as well.
///
/// # Errors
/// Fails if the store can't be read or written. The password is not released then.
///
/// # Cancel safety
/// Safe to cancel: the release is counted before the password is released.
pub async fn release_password(
    store: &dyn RefusedPasswordStore,
    fingerprints: &[PasswordFingerprint],
    user_refused: bool,
    clock: &dyn Clock,
) -> Result<ReleaseOutcome, RefusedPasswordStoreError> {
    let Some(first) = fingerprints.iter().min_by_key(|it| it.as_bytes()) else {
        return Ok(ReleaseOutcome::NotRefused);
    };
    let now = clock.now();
    let until = now.checked_add(LOCK).unwrap_or(Timestamp::MAX);
    let lock = first.release(RELEASES);
    if !store.claim(&lock, now, until).await? {
        return Ok(ReleaseOutcome::InProgress);
    }
    let outcome = release_locked(store, fingerprints, user_refused, now).await;
    let released = store.release(&lock, until).await;
    let outcome = outcome?;
    released?;
    Ok(outcome)
}

async fn release_locked(
    store: &dyn RefusedPasswordStore,
    fingerprints: &[PasswordFingerprint],
    user_refused: bool,
    now: Timestamp,
) -> Result<ReleaseOutcome, RefusedPasswordStoreError> {
    // Whatever the outcome: what a wrong clock left behind blocks a password that was never refused, too.
    let mut refused = false;
    for fingerprint in fingerprints {
        clear_stale_claims(store, fingerprint, now).await?;
        refused |= store.contains(fingerprint).await?;
    }
    if !(refused || user_refused) {
        return Ok(ReleaseOutcome::NotRefused);
    }
    let releases = PasswordReleases::of(store, fingerprints).await?;
    if releases.left == 0 {
        return Ok(ReleaseOutcome::Exhausted);
    }
    // Counted under every key first: an interrupted release is a release.
    for fingerprint in fingerprints {
        for number in 0..=releases.used {
            store.remember(&fingerprint.release(number)).await?;
        }
    }
    if !refused {
        forget_last_unheard(store, fingerprints).await?;
    }
    for fingerprint in fingerprints {
        store.forget(fingerprint).await?;
    }
    Ok(ReleaseOutcome::Released)
}

/// Forgets the last attempt of a diagnosis, for a release that counts in its place.
async fn forget_last_unheard(
    store: &dyn RefusedPasswordStore,
    fingerprints: &[PasswordFingerprint],
) -> Result<(), RefusedPasswordStoreError> {
    let numbered = PasswordFingerprint::unheard;
    let known = recorded(store, fingerprints, ATTEMPTS, numbered).await?;
    if let Some(last) = known.checked_sub(1) {
        for fingerprint in fingerprints {
            store.forget(&fingerprint.unheard(last)).await?;
        }
    }
    Ok(())
}

/// Ends the claims of a password that a wrong clock left behind. Failed attempts of the last minutes
/// still count.
async fn clear_stale_claims(
    store: &dyn RefusedPasswordStore,
    password: &PasswordFingerprint,
    now: Timestamp,
) -> Result<(), RefusedPasswordStoreError> {
    let attempts = (0..ATTEMPTS).map(|number| password.attempt(number));
    for claimed in std::iter::once(*password).chain(attempts) {
        // A claim that ends at once replaces one that does not count, and none that does.
        if store.claim(&claimed, now, now).await? {
            store.release(&claimed, now).await?;
        }
    }
    Ok(())
}

/// Copies the refusal and the releases of a password to all of its fingerprints, for a change of
/// keys.
///
/// # Errors
/// Fails if the store can't be read or written.
///
/// # Cancel safety
/// Safe to drop: some fingerprints may be recorded and others not. Repeat the call: it is idempotent.
pub async fn copy_refusals(
    store: &dyn RefusedPasswordStore,
    fingerprints: &[PasswordFingerprint],
) -> Result<(), RefusedPasswordStoreError> {
    let releases = PasswordReleases::of(store, fingerprints).await?;
    let unheard = recorded(store, fingerprints, ATTEMPTS, PasswordFingerprint::unheard).await?;
    let mut refused = false;
    for fingerprint in fingerprints {
        refused |= store.contains(fingerprint).await?;
    }
    for fingerprint in fingerprints {
        for number in 0..releases.used {
            store.remember(&fingerprint.release(number)).await?;
        }
        for number in 0..unheard {
            store.remember(&fingerprint.unheard(number)).await?;
        }
        if refused {
            store.remember(fingerprint).await?;
        }
    }
    Ok(())
}
