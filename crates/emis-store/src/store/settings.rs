//! Settings: one JSON document for each practice, with its version beside it.

use async_trait::async_trait;
use emis_settings::{
    CommandRecord, IdempotencyKey, PracticeSettings, RevisionFn, SaveOutcome, SettingsRevision,
    SettingsStore, StoreError,
};
use emis_types::OdsCode;
use jiff::Timestamp;

use super::chain_lock::{ChainLock, signed};
use super::handle::Store;
use crate::sql::tables::{COMMANDS, SETTINGS};
use crate::sql::{Fault, Row, Value, Write, values};

const SAVE: (&str, &str) = ("save_settings", "the settings can't be saved");
const LOAD: (&str, &str) = ("load_settings", "the settings can't be read");
const COMMAND: (&str, &str) = ("read_command", "the commands can't be read");
const FORGET: (&str, &str) = ("forget_commands", "the commands can't be forgotten");
const LIST: (&str, &str) = ("list_practices", "the practices can't be listed");

/// Joins of everything that a save depends on to the end of the log.
const JOINS: &str = " LEFT JOIN practice_settings AS kept ON kept.ods_code = audit_chains.chain \
     LEFT JOIN commands AS done ON done.practice = audit_chains.chain AND done.key = $2";
/// The first column of the settings, and of the command, in the joined row.
const SETTINGS_AT: usize = 2;
const COMMAND_AT: usize = SETTINGS_AT + SETTINGS.width();

#[async_trait]
impl<D> SettingsStore for Store<D> {
    async fn load(&self, practice: &OdsCode) -> Result<Option<PracticeSettings>, StoreError> {
        self.run(LOAD, practice.as_str(), async {
            let found = self
                .database
                .record(&SETTINGS, "ods_code = $1", values![practice]);
            found
                .await?
                .map(|row| document(practice, &row, 0))
                .transpose()
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
        const FIND: &str = "practice = $1 AND key = $2";
        self.run(COMMAND, practice.as_str(), async {
            let values = values![practice, key.as_str()];
            let found = self.database.record(&COMMANDS, FIND, values);
            found.await?.map(|row| command(&row, 0)).transpose()
        })
        .await
    }

    async fn forget_commands(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.run(FORGET, "product", async {
            let mut write = self.database.write().await?;
            let forgotten = write.delete(&COMMANDS, "at < $1", values![before]).await?;
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
    let columns = SETTINGS.joined("kept") + &COMMANDS.joined("done");
    let locked = ChainLock::acquire_reading(write, practice.clone(), &columns, JOINS, key);
    let (mut lock, row) = locked.await?;
    if row.optional_text(COMMAND_AT)?.is_some() {
        COMMANDS.check_at(&row, COMMAND_AT)?;
        return Ok(Updated::Known(command(&row, COMMAND_AT)?));
    }
    let before = match row.optional_text(SETTINGS_AT)? {
        Some(_) => {
            SETTINGS.check_at(&row, SETTINGS_AT)?;
            Some(document(practice, &row, SETTINGS_AT)?)
        }
        None => None,
    };
    let revision = match &before {
        Some(kept) => change(kept),
        None => change(&PracticeSettings::new(practice.clone())),
    };
    match revision {
        Some(revision) if revision.settings.ods_code() == practice => {
            let before = before.as_ref().map(|before| (before, &row));
            save(write, &mut lock, &revision, before).await
        }
        Some(_) => Err(Fault::Unstorable),
        None => Ok(Updated::Unchanged),
    }
}

/// Writes a revision of `before`, which was read with the lock.
async fn save(
    write: &mut Write,
    lock: &mut ChainLock,
    revision: &SettingsRevision,
    before: Option<(&PracticeSettings, &Row)>,
) -> Result<Updated, Fault> {
    // A version that has no successor was never given out.
    let version = before.map_or(0, |(before, _)| before.version());
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
        // If the key is there already, the settings are stale, too.
        statements.push(COMMANDS.insert_new(done));
    }
    let document = Value::json(&saved)?;
    statements.push(match before {
        Some((_, row)) => {
            let changes = vec![("version", next.into()), ("document", document)];
            SETTINGS.update_at(row, SETTINGS_AT, changes)?
        }
        None => SETTINGS.insert_new(values![practice, next, document]),
    });
    let event = revision.event(before.map(|(before, _)| before));
    let changed = lock.append_with(write, &event, statements).await?;
    Ok(match changed {
        1 => Updated::Saved(Box::new(saved)),
        _ => Updated::Stale,
    })
}

/// Reads settings whose columns begin at `at`.
fn document(practice: &OdsCode, row: &Row, at: usize) -> Result<PracticeSettings, Fault> {
    // The reason would quote the document.
    let settings: PracticeSettings = serde_json::from_str(&row.text(at + 2)?).map_err(|_| {
        Fault::Damaged("the settings are damaged, or were written by a newer release")
    })?;
    if settings.ods_code() != practice {
        return Err(Fault::Damaged("the settings are those of another practice"));
    }
    Ok(settings.at_version(row.number(at + 1)?))
}

/// Reads a command whose columns begin at `at`.
fn command(row: &Row, at: usize) -> Result<CommandRecord, Fault> {
    let outcome = serde_json::from_str(&row.text(at + 4)?)
        .map_err(|_| Fault::Damaged("the outcome of a command can't be read"))?;
    let (request, version) = (row.parsed(at + 2)?, row.number(at + 3)?);
    Ok(CommandRecord::new(request, version, outcome))
}
