//! The register of opt-outs and exclusions.

use async_trait::async_trait;
use emis_audit::{AuditEvent, AuditEventKind, Provenance};
use emis_settings::{
    ActiveExclusions, Exclusion, ExclusionEnd, ExclusionKind, ExclusionStore, StoreError,
};
use emis_types::{OdsCode, PatientNumber};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::moment;
use crate::sql::{Fault, Row, Value};
use crate::store::Store;
use crate::trail;

const BEGIN: &str = "INSERT INTO exclusions \
     (practice, patient, number, kind, since, since_by) \
     SELECT $1, $2, count(*) + 1, $3, $4, $5 FROM exclusions \
     WHERE practice = $1 AND patient = $2 \
     HAVING NOT EXISTS (SELECT 1 FROM exclusions WHERE practice = $1 AND patient = $2 \
                        AND kind = $3 AND ended_at IS NULL)";

const END: &str = "UPDATE exclusions SET ended_at = $4, ended_by = $5 \
     WHERE practice = $1 AND patient = $2 AND kind = $3 AND ended_at IS NULL";

#[async_trait]
impl<D> ExclusionStore for Store<D> {
    async fn exclude(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
        kind: ExclusionKind,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let event = AuditEvent::new(AuditEventKind::EXCLUSION_BEGUN, at, by.clone());
        self.change_register(BEGIN, practice, patient, kind, event)
            .await
    }

    async fn readmit(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
        kind: ExclusionKind,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let event = AuditEvent::new(AuditEventKind::EXCLUSION_ENDED, at, by.clone());
        self.change_register(END, practice, patient, kind, event)
            .await
    }

    async fn active(&self, practice: &OdsCode) -> Result<ActiveExclusions, StoreError> {
        let read = async {
            let statement = "SELECT patient, kind FROM exclusions \
                             WHERE practice = $1 AND ended_at IS NULL";
            let values = [Value::Text(practice.as_str())];
            let rows = self.database.rows(statement, &values).await?;
            let standing = rows.iter().map(|row| Ok((row.number(0)?, row.parsed(1)?)));
            standing.collect::<Result<_, Fault>>()
        };
        read.await.map_err(unreadable)
    }

    async fn history(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
    ) -> Result<Vec<Exclusion>, StoreError> {
        let read = async {
            let statement = "SELECT kind, since, since_by, ended_at, ended_by FROM exclusions \
                             WHERE practice = $1 AND patient = $2 ORDER BY number";
            let values = [
                Value::Text(practice.as_str()),
                Value::Int(patient.get().into()),
            ];
            let rows = self.database.rows(statement, &values).await?;
            let history = rows.iter().map(|row| exclusion(patient, row));
            history.collect::<Result<_, Fault>>()
        };
        read.await.map_err(unreadable)
    }
}

impl<D> Store<D> {
    async fn change_register(
        &self,
        statement: &'static str,
        practice: &OdsCode,
        patient: PatientNumber,
        kind: ExclusionKind,
        event: AuditEvent,
    ) -> Result<bool, StoreError> {
        let changed = async {
            let mut write = self.database.write().await?;
            let mut held = trail::lock(&mut write, practice.clone().into()).await?;
            let (at, by) = (moment::to_text(event.at()), json(event.by())?);
            let values = [
                Value::Text(practice.as_str()),
                Value::Int(patient.get().into()),
                Value::Text(kind.as_str()),
                Value::Text(&at),
                Value::Text(&by),
            ];
            let changed = write.execute(statement, &values).await? > 0;
            if changed {
                let event = telling(event, patient, kind);
                trail::append(&mut write, &mut held, &event).await?;
                write.commit().await?;
            }
            Ok(changed)
        };
        changed
            .await
            .map_err(|fault: Fault| fault.during("the register of exclusions can't be changed"))
    }
}

/// The ids of an exclusion, for the audit trail.
pub(crate) fn telling(
    event: AuditEvent,
    patient: PatientNumber,
    kind: ExclusionKind,
) -> AuditEvent {
    event
        .detail("patient", patient.get())
        .detail("exclusion", kind.as_str())
}

fn exclusion(patient: PatientNumber, row: &Row) -> Result<Exclusion, Fault> {
    let since_by = parsed(&row.text(2)?)?;
    let mut exclusion = Exclusion::since(patient, row.parsed(0)?, row.parsed(1)?, since_by);
    exclusion.ended = match (row.maybe_text(3)?, row.maybe_text(4)?) {
        (None, _) => None,
        (Some(_), by) => {
            let by = parsed(by.as_deref().unwrap_or_default())?;
            Some(ExclusionEnd::new(row.parsed(3)?, by))
        }
    };
    Ok(exclusion)
}

/// What somebody is written down as.
pub(crate) fn json(value: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|_| Fault::Damaged("it has no JSON form"))
}

fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|_| Fault::Damaged("an exclusion can't be read"))
}

fn unreadable(fault: Fault) -> StoreError {
    fault.during("the register of exclusions can't be read")
}
