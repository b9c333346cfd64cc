//! The guard that never locks a practice's account: one try of a password, by one process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use emis_types::Clock;
use jiff::{SignedDuration, Timestamp};

use crate::{
    AccessToken, MemoryUnavailable, PasswordFingerprint, RefusedPasswords, TokenError,
    TokenErrorKind as Kind,
};

/// The shortest time for which a password is claimed. A try whose end nobody hears of keeps every
/// process from the next for as long.
const SHORTEST_CLAIM: Duration = Duration::from_secs(60);
/// How long to wait before the next look whether another process has come to its end.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// How many tries of one password may be in vain within [`COUNTS_FOR`], in all processes together,
/// whoever asks for them: nobody knows how many EMIS allows.
const TRIES: u8 = 3;
/// How long a try counts that may have done harm: it was refused, or nobody heard its end.
const COUNTS_FOR: SignedDuration = SignedDuration::from_mins(15);
/// How long to wait before the next look whether another try may be made.
const LOOK_AGAIN_FOR_A_TRY: Duration = Duration::from_secs(60);

/// Where the refusal of a password is remembered.
#[derive(Clone)]
pub(super) struct LockoutGuard {
    memory: Arc<dyn RefusedPasswords>,
    /// Of one password, by every key in use; sorted, so that all processes claim them in one order.
    fingerprints: Vec<PasswordFingerprint>,
    /// How long one request may take.
    timeout: Duration,
    /// Whether there is a refusal that could not be written down yet.
    unwritten: Arc<AtomicBool>,
}

impl LockoutGuard {
    pub(super) fn new(
        memory: Arc<dyn RefusedPasswords>,
        fingerprints: impl IntoIterator<Item = PasswordFingerprint>,
        timeout: Duration,
    ) -> Self {
        let mut fingerprints: Vec<_> = fingerprints.into_iter().collect();
        fingerprints.sort_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
        fingerprints.dedup();
        Self {
            memory,
            fingerprints,
            timeout,
            unwritten: Arc::default(),
        }
    }

    /// Lets a request go out unless its password was refused before, and remembers a refusal.
    pub(super) async fn send_once(
        &self,
        clock: &dyn Clock,
        request: impl Future<Output = Result<AccessToken, TokenError>>,
    ) -> Result<AccessToken, TokenError> {
        self.require_untainted().await?;
        let claim = self.claim(clock).await?;
        let counted = match self.count(clock).await {
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
        // What is not settled stays claimed until the claim runs out.
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

    /// Counts a try before it is made, so that one whose process dies counts, too. It is uncounted
    /// when it has turned out to be harmless.
    async fn count(&self, clock: &dyn Clock) -> Result<Counted, TokenError> {
        // Whoever had the claim before may have been refused.
        self.require_untainted().await?;
        let now = clock.now();
        let until = now.checked_add(COUNTS_FOR).unwrap_or(Timestamp::MAX);
        for number in 0..TRIES {
            let tally: Vec<_> = self.fingerprints.iter().map(|f| f.tally(number)).collect();
            if self.claim_all(&tally, now, until).await? {
                return Ok(Counted { tally, until });
            }
        }
        let message = "the Partner API password was tried several times in vain and is left alone \
                       for some minutes";
        Err(TokenError::with_message(Kind::Busy, message)
            .with_retry_after(Some(LOOK_AGAIN_FOR_A_TRY)))
    }

    /// Fails where the password was refused before, by whichever key that was written down, and
    /// writes it down by the others.
    async fn require_untainted(&self) -> Result<(), TokenError> {
        // A refusal is not forgotten because the memory could not be written.
        if self.unwritten.load(Ordering::Relaxed) {
            self.remember().await;
            return Err(TokenError::new(Kind::HeldBack));
        }
        for fingerprint in &self.fingerprints {
            if self.memory.contains(fingerprint).await? {
                if self.fingerprints.len() > 1 {
                    self.remember().await;
                }
                return Err(TokenError::new(Kind::HeldBack));
            }
        }
        Ok(())
    }

    /// Claims the password, once nobody else does. The claim is known by its end.
    async fn claim(&self, clock: &dyn Clock) -> Result<Timestamp, TokenError> {
        let length = SHORTEST_CLAIM.max(self.timeout.saturating_mul(3));
        let length = SignedDuration::try_from(length).unwrap_or(SignedDuration::MAX);
        let mut patience = self.timeout;
        loop {
            let now = clock.now();
            let until = now.checked_add(length).unwrap_or(Timestamp::MAX);
            if self.claim_all(&self.fingerprints, now, until).await? {
                return Ok(until);
            }
            patience = patience
                .checked_sub(LOOK_AGAIN)
                .ok_or_else(|| TokenError::new(Kind::Busy))?;
            tokio::time::sleep(LOOK_AGAIN).await;
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
            let claimed = self.memory.claim(fingerprint, now, until).await;
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
            if let Err(MemoryUnavailable) = self.memory.release(fingerprint, until).await {
                tracing::warn!("the claim of a password could not be given back and will run out");
            }
        }
    }

    /// Whether it could be written down everywhere.
    async fn remember(&self) -> bool {
        let mut remembered = true;
        for fingerprint in &self.fingerprints {
            if let Err(MemoryUnavailable) = self.memory.remember(fingerprint).await {
                tracing::error!("a refused password could not be remembered");
                remembered = false;
            }
        }
        self.unwritten.store(!remembered, Ordering::Relaxed);
        remembered
    }
}

/// A try that counts against the password until it is known to have done no harm.
struct Counted {
    tally: Vec<PasswordFingerprint>,
    until: Timestamp,
}

impl From<MemoryUnavailable> for TokenError {
    fn from(_: MemoryUnavailable) -> Self {
        Self::new(Kind::MemoryUnavailable)
    }
}
