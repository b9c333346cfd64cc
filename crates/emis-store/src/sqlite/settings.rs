//! Settings: one JSON document for each practice, with its version beside it.

use async_trait::async_trait;
use emis_settings::{PracticeSettings, SettingsStore, StoreError};
use emis_types::OdsCode;
use rusqlite::{OptionalExtension, params};

use super::SqliteStore;
use super::fault::Fault;

#[async_trait]
impl SettingsStore for SqliteStore {
    async fn load(&self, practice: &OdsCode) -> Result<Option<PracticeSettings>, StoreError> {
        let practice = practice.clone();
        self.run("the settings can't be read", move |connection| {
            let kept: Option<(i64, String)> = connection
                .query_row(
                    "SELECT version, document FROM practice_settings WHERE ods_code = ?1",
                    [practice.as_str()],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()?;
            kept.map(|(version, document)| read(&practice, version, &document))
                .transpose()
        })
        .await
    }

    async fn save(&self, settings: &PracticeSettings) -> Result<PracticeSettings, StoreError> {
        let settings = settings.clone();
        self.run("the settings can't be saved", move |connection| {
            // A version that can't be counted on from was never given out.
            let loaded = i64::try_from(settings.version()).map_err(|_| Fault::Conflict)?;
            let next = settings.version().checked_add(1).ok_or(Fault::Conflict)?;
            let saved = settings.at_version(next);
            let document = serde_json::to_string(&saved)
                .map_err(|_| Fault::Damaged("the settings have no JSON form"))?;
            let statement = if loaded == 0 {
                "INSERT INTO practice_settings (ods_code, document, version)
                 VALUES (?1, ?2, ?3 + 1) ON CONFLICT DO NOTHING"
            } else {
                "UPDATE practice_settings SET document = ?2, version = version + 1
                 WHERE ods_code = ?1 AND version = ?3"
            };
            let changed = connection.execute(
                statement,
                params![saved.ods_code().as_str(), document, loaded],
            )?;
            if changed == 0 {
                return Err(Fault::Conflict);
            }
            Ok(saved)
        })
        .await
    }

    async fn list(&self) -> Result<Vec<OdsCode>, StoreError> {
        self.run("the practices can't be listed", |connection| {
            let mut statement =
                connection.prepare("SELECT ods_code FROM practice_settings ORDER BY ods_code")?;
            let codes = statement.query_map([], |row| row.get::<_, String>(0))?;
            codes
                .map(|code| {
                    code?
                        .parse()
                        .map_err(|_| Fault::Damaged("a practice's ODS code can't be read"))
                })
                .collect()
        })
        .await
    }
}

fn read(practice: &OdsCode, version: i64, document: &str) -> Result<PracticeSettings, Fault> {
    // The reason would quote the document.
    let settings: PracticeSettings = serde_json::from_str(document).map_err(|_| {
        Fault::Damaged("the settings are damaged, or were written by a newer release")
    })?;
    if settings.ods_code() != practice {
        return Err(Fault::Damaged("the settings are those of another practice"));
    }
    let version = u64::try_from(version)
        .map_err(|_| Fault::Damaged("the version of the settings is negative"))?;
    Ok(settings.at_version(version))
}
