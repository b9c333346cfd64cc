//! Settings: one JSON document for each practice, with its version beside it.

use async_trait::async_trait;
use emis_settings::{
    CommandRecord, IdempotencyKey, PracticeSettings, Revision, Saved, SettingsStore, StoreError,
};
use emis_types::OdsCode;

use crate::moment;
use crate::sql::{Fault, Row, Value, Write};
use crate::store::Store;
use crate::trail::{self, signed};

const DOCUMENT: &str = "SELECT version, document FROM practice_settings WHERE ods_code = $1";
const COMMAND: &str =
    "SELECT request, version, outcome FROM commands WHERE practice = $1 AND key = $2";

#[async_trait]
impl<D> SettingsStore for Store<D> {
    async fn load(&self, practice: &OdsCode) -> Result<Option<PracticeSettings>, StoreError> {
        let loaded = async {
            let values = [Value::Text(practice.as_str())];
            let row = self.database.row(DOCUMENT, &values).await?;
            row.map(|row| document(practice, &row)).transpose()
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
            let mut write = self.database.write().await?;
            let saved = save(&mut write, revision, next).await?;
            if matches!(saved, Saved::Now(_)) {
                write.commit().await?;
            }
            Ok(saved)
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
            row.map(|row| command(&row)).transpose()
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

async fn save(write: &mut Write, revision: &Revision, next: i64) -> Result<Saved, Fault> {
    let practice = revision.settings.ods_code();
    let name = Value::Text(practice.as_str());
    let mut held = trail::hold(write, practice.clone().into()).await?;
    if let Some((key, _)) = &revision.key {
        let earlier = write
            .row(COMMAND, &[name, Value::Text(key.as_str())])
            .await?;
        if let Some(row) = earlier {
            return Ok(Saved::Before(command(&row)?));
        }
    }
    let before = write.row(DOCUMENT, &[name]).await?;
    let before = before.map(|row| document(practice, &row)).transpose()?;
    let version = before.as_ref().map_or(0, PracticeSettings::version);
    if version != revision.settings.version() {
        return Err(Fault::Conflict);
    }

    let saved = revision.settings.clone().at_version(version + 1);
    let text = serde_json::to_string(&saved)
        .map_err(|_| Fault::Damaged("the settings have no JSON form"))?;
    let statement = if before.is_none() {
        "INSERT INTO practice_settings (ods_code, version, document) VALUES ($1, $2, $3)"
    } else {
        "UPDATE practice_settings SET version = $2, document = $3 WHERE ods_code = $1"
    };
    let values = [name, Value::Int(next), Value::Text(&text)];
    write.execute(statement, &values).await?;
    trail::append(write, &mut held, &revision.event(before.as_ref())).await?;
    if let Some((key, request)) = &revision.key {
        let record = CommandRecord::new(*request, saved.version(), revision.outcome);
        remember(write, revision, key, &record).await?;
    }
    Ok(Saved::Now(Box::new(saved)))
}

async fn remember(
    write: &mut Write,
    revision: &Revision,
    key: &IdempotencyKey,
    record: &CommandRecord,
) -> Result<(), Fault> {
    let outcome = serde_json::to_string(&record.outcome)
        .map_err(|_| Fault::Damaged("the outcome has no JSON form"))?;
    let (request, at) = (record.request.to_string(), moment::to_text(revision.at));
    let values = [
        Value::Text(revision.settings.ods_code().as_str()),
        Value::Text(key.as_str()),
        Value::Text(&request),
        Value::Int(signed(record.version)?),
        Value::Text(&outcome),
        Value::Text(&at),
    ];
    let statement = "INSERT INTO commands (practice, key, request, version, outcome, at) \
                     VALUES ($1, $2, $3, $4, $5, $6)";
    write.execute(statement, &values).await?;
    Ok(())
}

fn document(practice: &OdsCode, row: &Row) -> Result<PracticeSettings, Fault> {
    // The reason would quote the document.
    let settings: PracticeSettings = serde_json::from_str(&row.text(1)?).map_err(|_| {
        Fault::Damaged("the settings are damaged, or were written by a newer release")
    })?;
    if settings.ods_code() != practice {
        return Err(Fault::Damaged("the settings are those of another practice"));
    }
    Ok(settings.at_version(row.number(0)?))
}

fn command(row: &Row) -> Result<CommandRecord, Fault> {
    let outcome = serde_json::from_str(&row.text(2)?)
        .map_err(|_| Fault::Damaged("the outcome of a command can't be read"))?;
    Ok(CommandRecord::new(row.parsed(0)?, row.number(1)?, outcome))
}
