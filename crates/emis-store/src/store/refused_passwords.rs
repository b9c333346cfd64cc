//! Refused passwords, and the claims of processes that try one.

use async_trait::async_trait;
use emis_audit::{AuditEvent, AuditEventKind, AuditEventOutcome, AuditLogId, Digest, Provenance};
use emis_credentials::{
    PasswordFingerprint, RefusedPasswordStore, RefusedPasswordStoreError, claim_counts,
};
use emis_settings::StoreError;
use jiff::Timestamp;

use super::chain_lock::ChainLock;
use super::handle::Store;
use crate::sql::tables::{PASSWORD_CLAIMS, REFUSED_PASSWORDS};
use crate::sql::{Statement, values};

const READ: (&str, &str) = ("read_refused_passwords", "refused passwords can't be read");
const CHANGE: (&str, &str) = (
    "change_refused_passwords",
    "refused passwords can't be changed",
);
const CLAIM: (&str, &str) = ("claim_password", "a password can't be claimed or released");

const BY_PASSWORD: &str = "fingerprint = $1";

/// The operations belong to no practice: a fingerprint does not tell its practice.
const PRODUCT: &str = "product";

#[async_trait]
impl<D> RefusedPasswordStore for Store<D> {
    async fn contains(
        &self,
        password: &PasswordFingerprint,
    ) -> Result<bool, RefusedPasswordStoreError> {
        let found = self.run(READ, PRODUCT, async {
            let values = values![password.as_bytes()];
            let found = self
                .database
                .record(&REFUSED_PASSWORDS, BY_PASSWORD, values);
            Ok(found.await?.is_some())
        });
        found.await.map_err(unavailable)
    }

    async fn remember(
        &self,
        password: &PasswordFingerprint,
    ) -> Result<(), RefusedPasswordStoreError> {
        let insert = REFUSED_PASSWORDS.insert_new(values![password.as_bytes()]);
        let kind = AuditEventKind::CREDENTIALS_REFUSED;
        self.change_refused(insert, password, kind, AuditEventOutcome::Failure)
            .await
    }

    async fn forget(
        &self,
        password: &PasswordFingerprint,
    ) -> Result<(), RefusedPasswordStoreError> {
        const DELETE: &str = "DELETE FROM refused_passwords WHERE fingerprint = $1";
        let delete = Statement::new(DELETE, values![password.as_bytes()]);
        let kind = AuditEventKind::CREDENTIALS_RELEASED;
        self.change_refused(delete, password, kind, AuditEventOutcome::Success)
            .await
    }

    /// A lease: `until` names it, and it ends when as much time has passed by the database's clock.
    async fn claim(
        &self,
        password: &PasswordFingerprint,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, RefusedPasswordStoreError> {
        let claimed = self.run(CLAIM, PRODUCT, async {
            let mut write = self.database.write().await?;
            let length = until.duration_since(now);
            let now = write.now(now).await?;
            let ends = now.checked_add(length).unwrap_or(Timestamp::MAX);
            let values = values![password.as_bytes(), until, ends];
            let first = PASSWORD_CLAIMS.insert_new(values.clone());
            if write.execute_all(vec![first]).await? == 0 {
                let key = values![password.as_bytes()];
                let found = write.record(&PASSWORD_CLAIMS, BY_PASSWORD, key).await?;
                // Its owner released it just now.
                let Some(found) = found else {
                    return Ok(false);
                };
                if claim_counts(found.parsed(2)?, now) {
                    return Ok(false);
                }
                let replace = PASSWORD_CLAIMS.put(values);
                write.execute_all(vec![replace]).await?;
            }
            write.commit().await?;
            Ok(true)
        });
        claimed.await.map_err(unavailable)
    }

    async fn release(
        &self,
        password: &PasswordFingerprint,
        until: Timestamp,
    ) -> Result<(), RefusedPasswordStoreError> {
        let released = self.run(CLAIM, PRODUCT, async {
            let mut write = self.database.write().await?;
            let values = values![password.as_bytes(), until];
            write
                .delete(&PASSWORD_CLAIMS, "fingerprint = $1 AND until = $2", values)
                .await?;
            write.commit().await
        });
        released.await.map_err(unavailable)
    }
}

impl<D> Store<D> {
    async fn change_refused(
        &self,
        change: Statement,
        password: &PasswordFingerprint,
        kind: AuditEventKind,
        outcome: AuditEventOutcome,
    ) -> Result<(), RefusedPasswordStoreError> {
        let changed = self.run(CHANGE, PRODUCT, async {
            let mut write = self.database.write().await?;
            let mut lock = ChainLock::acquire(&mut write, AuditLogId::Product).await?;
            if write.execute_all(vec![change]).await? > 0 {
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
