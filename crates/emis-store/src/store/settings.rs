//! Settings: one JSON document for each practice, with its version beside it.

use async_trait::async_trait;
use emis_settings::{
    CommandRecord, IdempotencyKey, PracticeSettings, RevisionFn, SaveOutcome, SettingsRevision,
    SettingsStore, StoreError,
};
use emis_types::OdsCode;
use jiff::Timestamp;

use super::chain_lock::{ChainLock, LockQuery, lock_query, signed};
use super::handle::Store;
use crate::sql::{Fault, Row, Statement, Value, Write, values};

const SAVE: (&str, &str) = ("save_settings", "the settings can't be saved");
const LOAD: (&str, &str) = ("load_settings", "the settings can't be read");
const COMMAND: (&str, &str) = ("read_command", "the commands can't be read");
const FORGET: (&str, &str) = ("forget_commands", "the commands can't be forgotten");
const LIST: (&str, &str) = ("list_practices", "the practices can't be listed");

/// Reads everything that a save depends on at once: the end of the log, the settings, and the record
/// of the command.
const KEPT: LockQuery = lock_query!(
    ", kept.version, kept.document, done.request, done.version, done.outcome",
    " LEFT JOIN practice_settings AS kept ON kept.ods_code = audit_chains.chain \
      LEFT JOIN commands AS done ON done.practice = audit_chains.chain AND done.key = $2"
);
/// The first column of the settings, and of the command, in [`KEPT`].
const SETTINGS_AT: usize = 2;
const COMMAND_AT: usize = 4;

#[async_trait]
impl<D> SettingsStore for Store<D> {
    async fn load(&self, practice: &OdsCode) -> Result<Option<PracticeSettings>, StoreError> {
        const DOCUMENT: &str =
            "SELECT version, document FROM practice_settings WHERE ods_code = $1";
        self.run(LOAD, practice.as_str(), async {
            let row = self.database.row(DOCUMENT, values![practice]).await?;
            row.map(|row| document(practice, &row, 0)).transpose()
        })
        .await
    }

    async fn save(&self, revision: &SettingsRevision) -> Result<SaveOutcome, StoreError> {
        let key = revision.key.as_ref().map(|(key, _)| key);
        let loaded = revision.settings.version();
        let mut change =
            |kept: &PracticeSettings| (kept.version() == loaded).then(|| revision.clone());
        let practice = revision.settings.ods_code();
        let saved = self.update(practice, key, &mut change).await?;
        saved.ok_or_else(|| Fault::Conflict.during(SAVE.1))
    }

    async fn update(
        &self,
        practice: &OdsCode,
        key: Option<&IdempotencyKey>,
        change: &mut RevisionFn<'_>,
    ) -> Result<Option<SaveOutcome>, StoreError> {
        self.run(SAVE, practice.as_str(), async {
            let mut write = self.database.write().await?;
            let mut updated = Box::pin(update(&mut write, practice, key, change)).await?;
            if matches!(updated, Updated::Stale) {
                drop(write);
                write = self.database.write().await?;
                // Locked first and read then, it is current.
                ChainLock::acquire(&mut write, practice.clone()).await?;
                updated = Box::pin(update(&mut write, practice, key, change)).await?;
            }
            match updated {
                Updated::Saved(saved) => {
                    write.commit().await?;
                    Ok(Some(SaveOutcome::Saved(saved)))
                }
                Updated::Known(record) => Ok(Some(SaveOutcome::Repeated(record))),
                Updated::Unchanged => Ok(None),
                Updated::Stale => Err(Fault::Conflict),
            }
        })
        .await
    }

    async fn command(
        &self,
        practice: &OdsCode,
        key: &IdempotencyKey,
    ) -> Result<Option<CommandRecord>, StoreError> {
        const FIND: &str =
            "SELECT request, version, outcome FROM commands WHERE practice = $1 AND key = $2";
        self.run(COMMAND, practice.as_str(), async {
            let row = self
                .database
                .row(FIND, values![practice, key.as_str()])
                .await?;
            row.map(|row| command(&row, 0)).transpose()
        })
        .await
    }

    async fn forget_commands(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.run(FORGET, "product", async {
            let mut write = self.database.write().await?;
            let delete = "DELETE FROM commands WHERE at < $1";
            let forgotten = write.execute(delete, values![before]).await?;
            write.commit().await?;
            Ok(forgotten)
        })
        .await
    }

    async fn list(&self) -> Result<Vec<OdsCode>, StoreError> {
        self.run(LIST, "product", async {
            let select = "SELECT ods_code FROM practice_settings ORDER BY ods_code";
            let rows = self.database.rows(select, values![]).await?;
            rows.iter().map(|row| row.parsed(0)).collect()
        })
        .await
    }
}

/// The outcome of an update within its transaction.
enum Updated {
    Saved(Box<PracticeSettings>),
    /// The command was executed before.
    Known(CommandRecord),
    /// There was nothing to do.
    Unchanged,
    /// Another writer saved while this one waited for the lock, so that what was read is stale.
    /// Nothing may be committed.
    Stale,
}

async fn update(
    write: &mut Write,
    practice: &OdsCode,
    key: Option<&IdempotencyKey>,
    change: &mut RevisionFn<'_>,
) -> Result<Updated, Fault> {
    let key = values![key.map(IdempotencyKey::as_str)];
    let locked = ChainLock::acquire_reading(write, practice.clone(), &KEPT, key);
    let (mut lock, row) = locked.await?;
    if row.optional_text(COMMAND_AT)?.is_some() {
        return Ok(Updated::Known(command(&row, COMMAND_AT)?));
    }
    let before = match row.optional_int(SETTINGS_AT)? {
        Some(_) => Some(document(practice, &row, SETTINGS_AT)?),
        None => None,
    };
    let revision = match &before {
        Some(kept) => change(kept),
        None => change(&PracticeSettings::new(practice.clone())),
    };
    match revision {
        Some(revision) if revision.settings.ods_code() == practice => {
            save(write, &mut lock, &revision, before.as_ref()).await
        }
        Some(_) => Err(Fault::Unstorable),
        None => Ok(Updated::Unchanged),
    }
}

/// Writes a revision of `before`.
async fn save(
    write: &mut Write,
    lock: &mut ChainLock,
    revision: &SettingsRevision,
    before: Option<&PracticeSettings>,
) -> Result<Updated, Fault> {
    const FIRST: &str = "INSERT INTO practice_settings (ods_code, version, document) \
         VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    const NEXT: &str = "UPDATE practice_settings SET version = $2, document = $3 \
         WHERE ods_code = $1 AND version = $2 - 1";
    // If the key is there already, the settings are stale, too.
    const DONE: &str = "INSERT INTO commands (practice, key, request, version, outcome, at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    // A version that has no successor was never given out.
    let version = before.map_or(0, PracticeSettings::version);
    let next = version.checked_add(1).ok_or(Fault::Conflict)?;
    let saved = revision.settings.clone().at_version(next);
    if version != revision.settings.version() {
        return Err(Fault::Conflict);
    }
    let (practice, next) = (saved.ods_code(), signed(next)?);
    let mut statements = Vec::with_capacity(2);
    if let Some((key, request)) = &revision.key {
        let outcome = Value::json(&revision.outcome)?;
        let request = request.to_string();
        let done = values![practice, key.as_str(), request, next, outcome, revision.at];
        statements.push(Statement::new(DONE, done));
    }
    let document = Value::json(&saved)?;
    let sql = if before.is_some() { NEXT } else { FIRST };
    statements.push(Statement::new(sql, values![practice, next, document]));
    let event = revision.event(before);
    let changed = lock.append_with(write, &event, statements).await?;
    Ok(match changed {
        1 => Updated::Saved(Box::new(saved)),
        _ => Updated::Stale,
    })
}

/// Reads the columns from `at` on: the version and the document.
fn document(practice: &OdsCode, row: &Row, at: usize) -> Result<PracticeSettings, Fault> {
    // The reason would quote the document.
    let settings: PracticeSettings = serde_json::from_str(&row.text(at + 1)?).map_err(|_| {
        Fault::Damaged("the settings are damaged, or were written by a newer release")
    })?;
    if settings.ods_code() != practice {
        return Err(Fault::Damaged("the settings are those of another practice"));
    }
    Ok(settings.at_version(row.number(at)?))
}

/// Reads the columns from `at` on: the request, the version and the outcome.
fn command(row: &Row, at: usize) -> Result<CommandRecord, Fault> {
    let outcome = serde_json::from_str(&row.text(at + 2)?)
        .map_err(|_| Fault::Damaged("the outcome of a command can't be read"))?;
    let (request, version) = (row.parsed(at)?, row.number(at + 1)?);
    Ok(CommandRecord::new(request, version, outcome))
}
