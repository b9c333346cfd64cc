//! The memory of refused passwords.

use async_trait::async_trait;
use emis_credentials::{MemoryUnavailable, PasswordFingerprint, RefusedPasswords};
use emis_settings::StoreError;

use super::SqliteStore;

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
