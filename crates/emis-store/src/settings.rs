//! Settings: one JSON document for each practice, with its version beside it.

use async_trait::async_trait;
use emis_settings::{
    CommandRecord, IdempotencyKey, PracticeSettings, SaveOutcome, SettingsChange, SettingsRevision,
    SettingsStore, StoreError,
};
use emis_types::OdsCode;
use jiff::Timestamp;

use crate::moment;
use crate::sql::{Fault, Row, Value, Write};
use crate::store::Store;
use crate::trail::{self, ChainLock, LockQuery, signed};

const DOCUMENT: &str = "SELECT version, document FROM practice_settings WHERE ods_code = $1";
const COMMAND: &str =
    "SELECT request, version, outcome FROM commands WHERE practice = $1 AND key = $2";

const UNSAVED: &str = "the settings can't be saved";

/// Everything that saving goes by, in one look: the practice's chain, the settings that are kept,
/// and what is known of the command.
const KEPT: LockQuery = trail::lock_query!(
    ", kept.version, kept.document, done.request, done.version, done.outcome",
    " LEFT JOIN practice_settings AS kept ON kept.ods_code = audit_chains.chain \
      LEFT JOIN commands AS done ON done.practice = audit_chains.chain AND done.key = $2"
);

#[async_trait]
impl<D> SettingsStore for Store<D> {
    async fn load(&self, practice: &OdsCode) -> Result<Option<PracticeSettings>, StoreError> {
        let loaded = async {
            let values = [Value::Text(practice.as_str())];
            let row = self.database.row(DOCUMENT, &values).await?;
            row.map(|row| document(practice, &row, 0)).transpose()
        };
        loaded
            .await
            .map_err(|fault: Fault| fault.during("the settings can't be read"))
    }

    async fn save(&self, revision: &SettingsRevision) -> Result<SaveOutcome, StoreError> {
        let key = revision.key.as_ref().map(|(key, _)| key);
        let loaded = revision.settings.version();
        let mut change =
            |kept: &PracticeSettings| (kept.version() == loaded).then(|| revision.clone());
        let practice = revision.settings.ods_code();
        let saved = self.update(practice, key, &mut change).await?;
        saved.ok_or_else(|| Fault::Conflict.during(UNSAVED))
    }

    async fn update(
        &self,
        practice: &OdsCode,
        key: Option<&IdempotencyKey>,
        change: &mut SettingsChange<'_>,
    ) -> Result<Option<SaveOutcome>, StoreError> {
        let updated = async {
            let mut write = self.database.write().await?;
            let mut updated = update(&mut write, practice, key, change).await?;
            if matches!(updated, Updated::Overtaken) {
                drop(write);
                write = self.database.write().await?;
                // Locked first and read then, it is what is kept.
                trail::lock(&mut write, practice.clone().into()).await?;
                updated = update(&mut write, practice, key, change).await?;
            }
            match updated {
                Updated::Saved(saved) => {
                    write.commit().await?;
                    Ok(Some(SaveOutcome::Now(saved)))
                }
                Updated::Known(record) => Ok(Some(SaveOutcome::Before(record))),
                Updated::Unchanged => Ok(None),
                Updated::Overtaken => Err(Fault::Conflict),
            }
        };
        updated.await.map_err(|fault: Fault| fault.during(UNSAVED))
    }

    async fn command(
        &self,
        practice: &OdsCode,
        key: &IdempotencyKey,
    ) -> Result<Option<CommandRecord>, StoreError> {
        let read = async {
            let values = [Value::Text(practice.as_str()), Value::Text(key.as_str())];
            let row = self.database.row(COMMAND, &values).await?;
            row.map(|row| command(&row, 0)).transpose()
        };
        read.await
            .map_err(|fault: Fault| fault.during("the commands can't be read"))
    }

    async fn forget_commands(&self, before: Timestamp) -> Result<u64, StoreError> {
        let forgotten = async {
            let before = moment::to_text(before);
            let mut write = self.database.write().await?;
            let statement = "DELETE FROM commands WHERE at < $1";
            let forgotten = write.execute(statement, &[Value::Text(&before)]).await?;
            write.commit().await?;
            Ok(forgotten)
        };
        forgotten
            .await
            .map_err(|fault: Fault| fault.during("the commands can't be forgotten"))
    }

    async fn list(&self) -> Result<Vec<OdsCode>, StoreError> {
        let listed = async {
            let statement = "SELECT ods_code FROM practice_settings ORDER BY ods_code";
            let rows = self.database.rows(statement, &[]).await?;
            rows.iter()
                .map(|row| row.parsed(0))
                .collect::<Result<_, Fault>>()
        };
        listed
            .await
            .map_err(|fault: Fault| fault.during("the practices can't be listed"))
    }
}

/// What came of an update within its transaction.
enum Updated {
    Saved(Box<PracticeSettings>),
    /// The command had been done.
    Known(CommandRecord),
    /// There was nothing to do.
    Unchanged,
    /// Somebody else saved while we waited for the practice, and what was read is no longer what
    /// is kept. Nothing may be committed.
    Overtaken,
}

async fn update(
    write: &mut Write,
    practice: &OdsCode,
    key: Option<&IdempotencyKey>,
    change: &mut SettingsChange<'_>,
) -> Result<Updated, Fault> {
    let key = Value::MaybeText(key.map(IdempotencyKey::as_str));
    let chain = practice.clone().into();
    let (mut held, row) = trail::lock_reading(write, chain, &KEPT, &[key]).await?;
    if row.maybe_text(4)?.is_some() {
        return Ok(Updated::Known(command(&row, 4)?));
    }
    let before = row.maybe_int(2)?.is_some();
    let before = before.then(|| document(practice, &row, 2)).transpose()?;
    let revision = match &before {
        Some(kept) => change(kept),
        None => change(&PracticeSettings::new(practice.clone())),
    };
    match revision {
        Some(revision) if revision.settings.ods_code() == practice => {
            save(write, &mut held, &revision, before.as_ref()).await
        }
        Some(_) => Err(Fault::Unstorable),
        None => Ok(Updated::Unchanged),
    }
}

/// Everything that a revision of `before` writes.
async fn save(
    write: &mut Write,
    held: &mut ChainLock,
    revision: &SettingsRevision,
    before: Option<&PracticeSettings>,
) -> Result<Updated, Fault> {
    const FIRST: &str = "INSERT INTO practice_settings (ods_code, version, document) \
         VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    const NEXT: &str = "UPDATE practice_settings SET version = $2, document = $3 \
         WHERE ods_code = $1 AND version = $2 - 1";
    // Where the key is there already, the settings were overtaken, too.
    const DONE: &str = "INSERT INTO commands (practice, key, request, version, outcome, at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    // A version that can't be counted on from was never given out.
    let version = before.map_or(0, PracticeSettings::version);
    let next = version.checked_add(1).ok_or(Fault::Conflict)?;
    let saved = revision.settings.clone().at_version(next);
    if version != revision.settings.version() {
        return Err(Fault::Conflict);
    }

    let text = serde_json::to_string(&saved)
        .map_err(|_| Fault::Damaged("the settings have no JSON form"))?;
    let outcome = serde_json::to_string(&revision.outcome)
        .map_err(|_| Fault::Damaged("the outcome has no JSON form"))?;
    let at = moment::to_text(revision.at);
    let (name, next) = (
        Value::Text(saved.ods_code().as_str()),
        Value::Int(signed(next)?),
    );
    let (outcome, at) = (Value::Text(&outcome), Value::Text(&at));
    let of_settings = [name, next, Value::Text(&text)];
    let settings = (
        if before.is_some() { NEXT } else { FIRST },
        &of_settings[..],
    );
    let event = revision.event(before);
    let touched = match &revision.key {
        Some((key, request)) => {
            let (key, request) = (Value::Text(key.as_str()), request.to_string());
            let of_done = [name, key, Value::Text(&request), next, outcome, at];
            let steps = [(DONE, &of_done[..]), settings];
            trail::append_with(write, held, &event, &steps).await?
        }
        None => trail::append_with(write, held, &event, &[settings]).await?,
    };
    Ok(match touched {
        1 => Updated::Saved(Box::new(saved)),
        _ => Updated::Overtaken,
    })
}

/// Of the columns from `at` on: the version and the document.
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

/// Of the columns from `at` on: what was asked for, the version and the outcome.
fn command(row: &Row, at: usize) -> Result<CommandRecord, Fault> {
    let outcome = serde_json::from_str(&row.text(at + 2)?)
        .map_err(|_| Fault::Damaged("the outcome of a command can't be read"))?;
    Ok(CommandRecord::new(
        row.parsed(at)?,
        row.number(at + 1)?,
        outcome,
    ))
}
