//! The memory of refused passwords.

use async_trait::async_trait;
use emis_audit::{AuditEvent, AuditEventKind, AuditEventOutcome, AuditLogId, Digest, Provenance};
use emis_credentials::{MemoryUnavailable, PasswordFingerprint, RefusedPasswords};
use emis_settings::StoreError;
use jiff::Timestamp;

use crate::moment;
use crate::sql::{Fault, Value};
use crate::store::Store;
use crate::trail;

#[async_trait]
impl<D> RefusedPasswords for Store<D> {
    async fn contains(&self, password: &PasswordFingerprint) -> Result<bool, MemoryUnavailable> {
        let statement = "SELECT fingerprint FROM refused_passwords WHERE fingerprint = $1";
        let values = [Value::Bytes(password.as_bytes())];
        match self.database.row(statement, &values).await {
            Ok(row) => Ok(row.is_some()),
            Err(fault) => Err(unavailable(fault.during("refused passwords can't be read"))),
        }
    }

    async fn remember(&self, password: &PasswordFingerprint) -> Result<(), MemoryUnavailable> {
        let statement =
            "INSERT INTO refused_passwords (fingerprint) VALUES ($1) ON CONFLICT DO NOTHING";
        let kind = AuditEventKind::CREDENTIALS_REFUSED;
        self.change_refused(statement, password, kind, AuditEventOutcome::Failure)
            .await
    }

    async fn forget(&self, password: &PasswordFingerprint) -> Result<(), MemoryUnavailable> {
        let statement = "DELETE FROM refused_passwords WHERE fingerprint = $1";
        let kind = AuditEventKind::CREDENTIALS_RELEASED;
        self.change_refused(statement, password, kind, AuditEventOutcome::Success)
            .await
    }

    async fn claim(
        &self,
        password: &PasswordFingerprint,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, MemoryUnavailable> {
        let statement = "INSERT INTO password_claims (fingerprint, until) VALUES ($1, $3) \
                         ON CONFLICT (fingerprint) DO UPDATE SET until = excluded.until \
                         WHERE password_claims.until <= $2";
        let (now, until) = (moment::to_text(now), moment::to_text(until));
        let fingerprint = Value::Bytes(password.as_bytes());
        let values = [fingerprint, Value::Text(&now), Value::Text(&until)];
        let claimed = self.change_claims(statement, &values).await?;
        Ok(claimed == 1)
    }

    async fn release(
        &self,
        password: &PasswordFingerprint,
        until: Timestamp,
    ) -> Result<(), MemoryUnavailable> {
        let statement = "DELETE FROM password_claims WHERE fingerprint = $1 AND until = $2";
        let until = moment::to_text(until);
        let values = [Value::Bytes(password.as_bytes()), Value::Text(&until)];
        self.change_claims(statement, &values).await.map(drop)
    }
}

impl<D> Store<D> {
    /// Claims come and go with every token, and are in no audit trail.
    async fn change_claims(
        &self,
        statement: &'static str,
        values: &[Value<'_>],
    ) -> Result<u64, MemoryUnavailable> {
        let changed = async {
            let mut write = self.database.write().await?;
            let changed = write.execute(statement, values).await?;
            write.commit().await?;
            Ok(changed)
        };
        changed.await.map_err(|fault: Fault| {
            unavailable(fault.during("a password can't be claimed or released"))
        })
    }

    async fn change_refused(
        &self,
        statement: &'static str,
        password: &PasswordFingerprint,
        kind: AuditEventKind,
        outcome: AuditEventOutcome,
    ) -> Result<(), MemoryUnavailable> {
        let changed = async {
            let mut write = self.database.write().await?;
            let mut held = trail::lock(&mut write, AuditLogId::Product).await?;
            let values = [Value::Bytes(password.as_bytes())];
            if write.execute(statement, &values).await? > 0 {
                let event = AuditEvent::new(kind, self.clock.now(), Provenance::product())
                    .with_outcome(outcome)
                    .detail("fingerprint", mark(password));
                trail::append(&mut write, &mut held, &event).await?;
                write.commit().await?;
            }
            Ok(())
        };
        changed
            .await
            .map_err(|fault: Fault| unavailable(fault.during("refused passwords can't be written")))
    }
}

/// Enough of a digest of the fingerprint to tell which it was, and nothing to be had from it.
pub(crate) fn mark(password: &PasswordFingerprint) -> String {
    Digest::of(password.as_bytes())
        .to_string()
        .chars()
        .take(16)
        .collect()
}

fn unavailable(error: StoreError) -> MemoryUnavailable {
    tracing::error!(error = %emis_types::report(&error), "refused passwords");
    MemoryUnavailable
}
