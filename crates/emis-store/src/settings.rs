//! Settings: one JSON document for each practice, with its version beside it.

use async_trait::async_trait;
use emis_settings::{
    CommandRecord, IdempotencyKey, PracticeSettings, Revision, Saved, SettingsStore, StoreError,
};
use emis_types::OdsCode;

use crate::moment;
use crate::sql::{Fault, Row, Step, Value, Write};
use crate::store::Store;
use crate::trail::{self, Look, signed};

const DOCUMENT: &str = "SELECT version, document FROM practice_settings WHERE ods_code = $1";
const COMMAND: &str =
    "SELECT request, version, outcome FROM commands WHERE practice = $1 AND key = $2";

/// Everything that saving goes by, in one look: the practice's chain, the settings that are kept,
/// and what is known of the command.
const KEPT: Look = trail::look!(
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

    async fn save(&self, revision: &Revision) -> Result<Saved, StoreError> {
        let saved = async {
            // A version that can't be counted on from was never given out.
            let loaded = revision.settings.version();
            let next = loaded.checked_add(1).ok_or(Fault::Conflict)?;
            let next = signed(next).map_err(|_| Fault::Conflict)?;
            // Where somebody else saves while we wait, what was read is no longer so: the second
            // look is one at what they saved.
            for _ in 0..2 {
                let mut write = self.database.write().await?;
                let saved = save(&mut write, revision, next).await?;
                if matches!(saved, Some(Saved::Now(_))) {
                    write.commit().await?;
                }
                if let Some(saved) = saved {
                    return Ok(saved);
                }
            }
            Err(Fault::Conflict)
        };
        saved
            .await
            .map_err(|fault: Fault| fault.during("the settings can't be saved"))
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

/// None where the settings that were looked at were overtaken: nothing may be committed then.
async fn save(write: &mut Write, revision: &Revision, next: i64) -> Result<Option<Saved>, Fault> {
    const FIRST: &str = "INSERT INTO practice_settings (ods_code, version, document) \
         VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    const NEXT: &str = "UPDATE practice_settings SET version = $2, document = $3 \
         WHERE ods_code = $1 AND version = $2 - 1";
    // Of a key that is there already, the settings were overtaken, too.
    const DONE: &str = "INSERT INTO commands (practice, key, request, version, outcome, at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    let practice = revision.settings.ods_code();
    let key = revision.key.as_ref().map(|(key, _)| key.as_str());
    let chain = practice.clone().into();
    let (mut held, row) =
        trail::hold_reading(write, chain, &KEPT, &[Value::MaybeText(key)]).await?;
    if row.maybe_text(5)?.is_some() {
        return Ok(Some(Saved::Before(command(&row, 5)?)));
    }
    let before = row.maybe_int(3)?.is_some();
    let before = before.then(|| document(practice, &row, 3)).transpose()?;
    let version = before.as_ref().map_or(0, PracticeSettings::version);
    if version != revision.settings.version() {
        return Err(Fault::Conflict);
    }

    let saved = revision.settings.clone().at_version(version + 1);
    let text = serde_json::to_string(&saved)
        .map_err(|_| Fault::Damaged("the settings have no JSON form"))?;
    let outcome = serde_json::to_string(&revision.outcome)
        .map_err(|_| Fault::Damaged("the outcome has no JSON form"))?;
    let request = revision
        .key
        .as_ref()
        .map(|(_, request)| request.to_string());
    let at = moment::to_text(revision.at);
    let (name, next) = (Value::Text(practice.as_str()), Value::Int(next));
    let (request, outcome) = (Value::MaybeText(request.as_deref()), Value::Text(&outcome));
    let of_done = [
        name,
        Value::MaybeText(key),
        request,
        next,
        outcome,
        Value::Text(&at),
    ];
    let of_settings = [name, next, Value::Text(&text)];
    let mut steps: Vec<Step<'_>> = Vec::new();
    if key.is_some() {
        steps.push((DONE, &of_done));
    }
    steps.push((if before.is_some() { NEXT } else { FIRST }, &of_settings));
    let event = revision.event(before.as_ref());
    let touched = trail::append_with(write, &mut held, &event, &steps).await?;
    Ok((touched == 1).then(|| Saved::Now(Box::new(saved))))
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
