//! The memory of refused passwords.

use async_trait::async_trait;
use emis_credentials::{MemoryUnavailable, PasswordFingerprint, RefusedPasswords};
use emis_settings::StoreError;
use jiff::Timestamp;

use super::{SqliteStore, moment};

#[async_trait]
impl RefusedPasswords for SqliteStore {
    async fn contains(&self, password: &PasswordFingerprint) -> Result<bool, MemoryUnavailable> {
        let fingerprint = *password.as_bytes();
        let found = self.run("refused passwords can't be read", move |connection| {
            let found: bool = connection.query_row(
                "SELECT EXISTS (SELECT 1 FROM refused_passwords WHERE fingerprint = ?1)",
                [&fingerprint[..]],
                |row| row.get(0),
            )?;
            Ok(found)
        });
        found.await.map_err(unavailable)
    }

    async fn remember(&self, password: &PasswordFingerprint) -> Result<(), MemoryUnavailable> {
        let sql = "INSERT INTO refused_passwords (fingerprint) VALUES (?1) ON CONFLICT DO NOTHING";
        self.change_refused(sql, password).await
    }

    async fn forget(&self, password: &PasswordFingerprint) -> Result<(), MemoryUnavailable> {
        let sql = "DELETE FROM refused_passwords WHERE fingerprint = ?1";
        self.change_refused(sql, password).await
    }

    async fn claim(
        &self,
        password: &PasswordFingerprint,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, MemoryUnavailable> {
        let fingerprint = *password.as_bytes();
        let (now, until) = (moment::to_text(now), moment::to_text(until));
        let claimed = self.run("a password can't be claimed", move |connection| {
            let changed = connection.execute(
                "INSERT INTO password_claims (fingerprint, until) VALUES (?1, ?3)
                 ON CONFLICT (fingerprint) DO UPDATE SET until = excluded.until
                 WHERE password_claims.until <= ?2",
                (&fingerprint[..], now, until),
            )?;
            Ok(changed == 1)
        });
        claimed.await.map_err(unavailable)
    }

    async fn release(
        &self,
        password: &PasswordFingerprint,
        until: Timestamp,
    ) -> Result<(), MemoryUnavailable> {
        let fingerprint = *password.as_bytes();
        let until = moment::to_text(until);
        let released = self.run("a password can't be released", move |connection| {
            connection.execute(
                "DELETE FROM password_claims WHERE fingerprint = ?1 AND until = ?2",
                (&fingerprint[..], until),
            )?;
            Ok(())
        });
        released.await.map_err(unavailable)
    }
}

impl SqliteStore {
    async fn change_refused(
        &self,
        sql: &'static str,
        password: &PasswordFingerprint,
    ) -> Result<(), MemoryUnavailable> {
        let fingerprint = *password.as_bytes();
        let changed = self.run("refused passwords can't be written", move |connection| {
            connection.execute(sql, [&fingerprint[..]])?;
            Ok(())
        });
        changed.await.map_err(unavailable)
    }
}

fn unavailable(error: StoreError) -> MemoryUnavailable {
    tracing::error!(error = %emis_types::chain(&error), "refused passwords");
    MemoryUnavailable
}
