//! Refused passwords, and the claims of processes that try one.

use async_trait::async_trait;
use emis_audit::{AuditEvent, AuditEventKind, AuditEventOutcome, AuditLogId, Digest, Provenance};
use emis_credentials::{PasswordFingerprint, RefusedPasswordStore, RefusedPasswordStoreError};
use emis_settings::StoreError;
use jiff::{SignedDuration, Timestamp};

use super::chain_lock::ChainLock;
use super::handle::Store;
use crate::sql::values;

const READ: (&str, &str) = ("read_refused_passwords", "refused passwords can't be read");
const CHANGE: (&str, &str) = (
    "change_refused_passwords",
    "refused passwords can't be changed",
);
const CLAIM: (&str, &str) = ("claim_password", "a password can't be claimed or released");

/// The longest lease that a claim can have. One that ends later was written under a wrong clock.
const LONGEST_CLAIM: SignedDuration = SignedDuration::from_hours(1);

/// The operations belong to no practice: a fingerprint does not tell its practice.
const PRODUCT: &str = "product";

#[async_trait]
impl<D> RefusedPasswordStore for Store<D> {
    async fn contains(
        &self,
        password: &PasswordFingerprint,
    ) -> Result<bool, RefusedPasswordStoreError> {
        const FIND: &str = "SELECT fingerprint FROM refused_passwords WHERE fingerprint = $1";
        let found = self.run(READ, PRODUCT, async {
            let row = self
                .database
                .row(FIND, values![password.as_bytes()])
                .await?;
            Ok(row.is_some())
        });
        found.await.map_err(unavailable)
    }

    async fn remember(
        &self,
        password: &PasswordFingerprint,
    ) -> Result<(), RefusedPasswordStoreError> {
        const INSERT: &str =
            "INSERT INTO refused_passwords (fingerprint) VALUES ($1) ON CONFLICT DO NOTHING";
        let kind = AuditEventKind::CREDENTIALS_REFUSED;
        self.change_refused(INSERT, password, kind, AuditEventOutcome::Failure)
            .await
    }

    async fn forget(
        &self,
        password: &PasswordFingerprint,
    ) -> Result<(), RefusedPasswordStoreError> {
        const DELETE: &str = "DELETE FROM refused_passwords WHERE fingerprint = $1";
        let kind = AuditEventKind::CREDENTIALS_RELEASED;
        self.change_refused(DELETE, password, kind, AuditEventOutcome::Success)
            .await
    }

    /// A lease: `until` names it, and it ends when as much time has passed by the database's clock.
    async fn claim(
        &self,
        password: &PasswordFingerprint,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, RefusedPasswordStoreError> {
        const UPSERT: &str = "INSERT INTO password_claims (fingerprint, until, expires_at) \
             VALUES ($1, $2, $3) ON CONFLICT (fingerprint) DO UPDATE \
             SET until = excluded.until, expires_at = excluded.expires_at \
             WHERE password_claims.expires_at <= $4 OR password_claims.expires_at > $5";
        let claimed = self.run(CLAIM, PRODUCT, async {
            let mut write = self.database.write().await?;
            let length = until.duration_since(now);
            let now = write.now(now).await?;
            let expires_at = now.checked_add(length).unwrap_or(Timestamp::MAX);
            let latest = now.checked_add(length.max(LONGEST_CLAIM));
            let latest = latest.unwrap_or(Timestamp::MAX);
            let values = values![password.as_bytes(), until, expires_at, now, latest];
            let claimed = write.execute(UPSERT, values).await?;
            write.commit().await?;
            Ok(claimed == 1)
        });
        claimed.await.map_err(unavailable)
    }

    async fn release(
        &self,
        password: &PasswordFingerprint,
        until: Timestamp,
    ) -> Result<(), RefusedPasswordStoreError> {
        const DELETE: &str = "DELETE FROM password_claims WHERE fingerprint = $1 AND until = $2";
        let released = self.run(CLAIM, PRODUCT, async {
            let mut write = self.database.write().await?;
            let values = values![password.as_bytes(), until];
            write.execute(DELETE, values).await?;
            write.commit().await
        });
        released.await.map_err(unavailable)
    }
}

impl<D> Store<D> {
    async fn change_refused(
        &self,
        sql: &'static str,
        password: &PasswordFingerprint,
        kind: AuditEventKind,
        outcome: AuditEventOutcome,
    ) -> Result<(), RefusedPasswordStoreError> {
        let changed = self.run(CHANGE, PRODUCT, async {
            let mut write = self.database.write().await?;
            let mut lock = ChainLock::acquire(&mut write, AuditLogId::Product).await?;
            if write.execute(sql, values![password.as_bytes()]).await? > 0 {
                let event = AuditEvent::new(kind, self.clock.now(), Provenance::product())
                    .with_outcome(outcome)
                    .detail("fingerprint", mark(password));
                lock.append(&mut write, &event).await?;
                write.commit().await?;
            }
            Ok(())
        });
        changed.await.map_err(unavailable)
    }
}

/// Returns enough of a digest of the fingerprint to tell it from others, and none of itself.
fn mark(password: &PasswordFingerprint) -> String {
    let digest = Digest::of(password.as_bytes()).to_string();
    digest.chars().take(16).collect()
}

fn unavailable(error: StoreError) -> RefusedPasswordStoreError {
    let error = emis_types::report(&error);
    tracing::error!(error, "refused passwords");
    RefusedPasswordStoreError
}
