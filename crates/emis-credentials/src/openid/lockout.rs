//! The guard against locking a practice's account: one attempt of a password, by one process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use emis_types::{Clock, ResponsibleParty};
use jiff::{SignedDuration, Timestamp};

use crate::access_token::AccessToken;
use crate::error::{TokenError, TokenErrorKind as Kind};
use crate::password_releases::{PasswordReleases, forget_unheard, note_unheard};
use crate::refused_passwords::{
    ATTEMPTS, LONGEST_CLAIM, PasswordFingerprint, RefusedPasswordStore, RefusedPasswordStoreError,
};

/// The shortest time for which a password is claimed. An attempt without a known outcome keeps every
/// process from the next for as long.
const SHORTEST_CLAIM: Duration = Duration::from_secs(60);
/// The time between two checks whether another process has finished.
const RECHECK: Duration = Duration::from_millis(100);
/// The time before the next check whether another attempt may be made.
const NEXT_ATTEMPT: Duration = Duration::from_secs(60);

/// The purpose of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Work,
    /// To find out whether the password is accepted now.
    Diagnosis,
}

/// Sends one password under the rules of a store of refused passwords.
#[derive(Clone)]
pub(super) struct LockoutGuard {
    store: Arc<dyn RefusedPasswordStore>,
    /// Those of one password by every key in use; sorted, so that all processes claim them in one
    /// order.
    fingerprints: Vec<PasswordFingerprint>,
    /// The timeout of one request.
    timeout: Duration,
    /// `true` while a refusal could not be recorded.
    unwritten: Arc<AtomicBool>,
}

impl LockoutGuard {
    pub(super) fn new(
        store: Arc<dyn RefusedPasswordStore>,
        fingerprints: impl IntoIterator<Item = PasswordFingerprint>,
        timeout: Duration,
    ) -> Self {
        let mut fingerprints: Vec<_> = fingerprints.into_iter().collect();
        fingerprints.sort_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
        fingerprints.dedup();
        Self {
            store,
            fingerprints,
            timeout,
            unwritten: Arc::default(),
        }
    }

    /// Sends a request unless its password was refused before, and records a refusal.
    ///
    /// For a diagnosis, which people repeat as often as they like, also an attempt counts that decided
    /// nothing, because no answer came or the user was not let in: three in all, until EMIS accepts
    /// the password.
    pub(super) async fn send_once(
        &self,
        clock: &dyn Clock,
        purpose: Purpose,
        request: impl Future<Output = Result<AccessToken, TokenError>>,
    ) -> Result<AccessToken, TokenError> {
        self.require_untainted().await?;
        let claim = self.claim(clock).await?;
        let counted = match self.permit(clock, purpose).await {
            Ok(counted) => counted,
            Err(error) => {
                self.release(&self.fingerprints, claim).await;
                return Err(error);
            }
        };
        let outcome = request.await;
        let settled = match &outcome {
            Err(error) if error.kind() == Kind::InvalidUserCredentials => self.remember().await,
            Err(error) => !error.leaves_the_password_in_doubt(),
            Ok(_) => true,
        };
        self.note_diagnosis(purpose, &outcome).await;
        // A password in doubt stays claimed until the claim expires.
        if settled {
            self.release(&self.fingerprints, claim).await;
        }
        let refused = matches!(
            &outcome,
            Err(error) if matches!(error.kind(), Kind::InvalidUserCredentials | Kind::UserRefused)
        );
        if settled && !refused {
            self.release(&counted.tally, counted.until).await;
        }
        outcome
    }

    async fn permit(&self, clock: &dyn Clock, purpose: Purpose) -> Result<Counted, TokenError> {
        if purpose == Purpose::Diagnosis {
            let store = self.store.as_ref();
            let releases = PasswordReleases::of(store, &self.fingerprints).await?;
            if releases.sent >= ATTEMPTS {
                return Err(sent_enough(releases));
            }
        }
        self.count(clock).await
    }

    /// Records the attempt of a diagnosis that decided nothing, until EMIS accepts the password.
    async fn note_diagnosis(&self, purpose: Purpose, outcome: &Result<AccessToken, TokenError>) {
        let store = self.store.as_ref();
        let noted = match outcome {
            Ok(_) => forget_unheard(store, &self.fingerprints).await,
            Err(error)
                if purpose == Purpose::Diagnosis && error.leaves_the_password_undecided() =>
            {
                note_unheard(store, &self.fingerprints).await
            }
            Err(_) => Ok(()),
        };
        if let Err(RefusedPasswordStoreError) = noted {
            tracing::warn!("the attempts of a password could not be recorded");
        }
    }

    /// Counts an attempt before it is made, so that one whose process dies counts, too. An attempt
    /// that proved harmless is uncounted.
    async fn count(&self, clock: &dyn Clock) -> Result<Counted, TokenError> {
        // The process that had the claim before may have been refused.
        self.require_untainted().await?;
        let now = clock.now();
        let until = now.checked_add(LONGEST_CLAIM).unwrap_or(Timestamp::MAX);
        for number in 0..ATTEMPTS {
            let tally: Vec<_> = self
                .fingerprints
                .iter()
                .map(|f| f.attempt(number))
                .collect();
            if self.claim_all(&tally, now, until).await? {
                return Ok(Counted { tally, until });
            }
        }
        let message = "several attempts of the Partner API password failed, and the next waits some \
                       minutes: no one has to act, it ends within 30 minutes";
        Err(TokenError::with_message(Kind::Busy, message).with_retry_after(Some(NEXT_ATTEMPT)))
    }

    /// Fails if the password was refused before, recorded under any of the keys, and records it under
    /// the others.
    async fn require_untainted(&self) -> Result<(), TokenError> {
        // A refusal is not forgotten because the store could not be written.
        if self.unwritten.load(Ordering::Relaxed) {
            self.remember().await;
            return Err(TokenError::new(Kind::HeldBack));
        }
        for fingerprint in &self.fingerprints {
            if self.store.contains(fingerprint).await? {
                if self.fingerprints.len() > 1 {
                    self.remember().await;
                }
                return Err(TokenError::new(Kind::HeldBack));
            }
        }
        Ok(())
    }

    /// Claims the password as soon as no other process does. The claim is identified by its end.
    async fn claim(&self, clock: &dyn Clock) -> Result<Timestamp, TokenError> {
        let length = SHORTEST_CLAIM.max(self.timeout.saturating_mul(3));
        let length = SignedDuration::try_from(length).unwrap_or(LONGEST_CLAIM);
        let length = length.min(LONGEST_CLAIM);
        let mut patience = self.timeout;
        loop {
            let now = clock.now();
            let until = now.checked_add(length).unwrap_or(Timestamp::MAX);
            if self.claim_all(&self.fingerprints, now, until).await? {
                return Ok(until);
            }
            patience = patience
                .checked_sub(RECHECK)
                .ok_or_else(|| TokenError::new(Kind::Busy))?;
            tokio::time::sleep(RECHECK).await;
        }
    }

    /// Claims all of them or none.
    async fn claim_all(
        &self,
        fingerprints: &[PasswordFingerprint],
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, TokenError> {
        for (place, fingerprint) in fingerprints.iter().enumerate() {
            let claimed = self.store.claim(fingerprint, now, until).await;
            if claimed != Ok(true) {
                let before = fingerprints.get(..place).unwrap_or_default();
                self.release(before, until).await;
                return Ok(claimed?);
            }
        }
        Ok(true)
    }

    async fn release(&self, fingerprints: &[PasswordFingerprint], until: Timestamp) {
        for fingerprint in fingerprints {
            if let Err(RefusedPasswordStoreError) = self.store.release(fingerprint, until).await {
                tracing::warn!("the claim of a password could not be released and will expire");
            }
        }
    }

    /// Records the refusal. Returns `true` if it was recorded under every key.
    async fn remember(&self) -> bool {
        let mut remembered = true;
        for fingerprint in &self.fingerprints {
            if let Err(RefusedPasswordStoreError) = self.store.remember(fingerprint).await {
                tracing::error!("a refused password could not be recorded");
                remembered = false;
            }
        }
        self.unwritten.store(!remembered, Ordering::Relaxed);
        remembered
    }
}

/// Returns the error of a diagnosis that may not send the password again.
fn sent_enough(releases: PasswordReleases) -> TokenError {
    let (party, message) = match releases.used {
        0 => (
            ResponsibleParty::Emis,
            "attempts of the Partner API password did not succeed, and a diagnosis does not send it \
             again: EMIS has to answer the product's work",
        ),
        _ => (
            ResponsibleParty::Practice,
            "the Partner API password was refused or not answered as often as a diagnosis may send \
             it: the practice has to enter another one",
        ),
    };
    TokenError::with_message(Kind::Busy, message).for_party(party)
}

/// An attempt that counts against the password until it is known to have been harmless.
struct Counted {
    tally: Vec<PasswordFingerprint>,
    until: Timestamp,
}

impl From<RefusedPasswordStoreError> for TokenError {
    fn from(_: RefusedPasswordStoreError) -> Self {
        Self::new(Kind::StoreUnavailable)
    }
}
