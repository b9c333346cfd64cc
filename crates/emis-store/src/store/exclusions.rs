//! Opt-outs and exclusions.

use async_trait::async_trait;
use emis_audit::{AuditEvent, AuditEventKind, Provenance};
use emis_settings::{
    ActiveExclusions, Exclusion, ExclusionEnd, ExclusionKind, ExclusionStore, StoreError,
};
use emis_types::{OdsCode, PatientNumber};
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::chain_lock::ChainLock;
use super::handle::Store;
use crate::sql::{Fault, Row, Value, values};

const CHANGE: (&str, &str) = ("change_exclusions", "the exclusions can't be changed");
const READ: (&str, &str) = ("read_exclusions", "the exclusions can't be read");

const BEGIN: &str = "INSERT INTO exclusions \
     (practice, patient, number, kind, since, since_by) \
     SELECT $1, $2, coalesce(max(number), 0) + 1, $3, $4, $5 FROM exclusions \
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
        self.change_exclusion(BEGIN, practice, patient, kind, event)
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
        self.change_exclusion(END, practice, patient, kind, event)
            .await
    }

    async fn active(&self, practice: &OdsCode) -> Result<ActiveExclusions, StoreError> {
        const ACTIVE: &str =
            "SELECT patient, kind FROM exclusions WHERE practice = $1 AND ended_at IS NULL";
        self.run(READ, practice.as_str(), async {
            let rows = self.database.rows(ACTIVE, values![practice]).await?;
            let active = rows.iter().map(|row| Ok((row.number(0)?, row.parsed(1)?)));
            active.collect()
        })
        .await
    }

    async fn history(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
    ) -> Result<Vec<Exclusion>, StoreError> {
        const HISTORY: &str = "SELECT kind, since, since_by, ended_at, ended_by FROM exclusions \
             WHERE practice = $1 AND patient = $2 ORDER BY number";
        self.run(READ, practice.as_str(), async {
            let values = values![practice, patient.get()];
            let rows = self.database.rows(HISTORY, values).await?;
            rows.iter().map(|row| exclusion(patient, row)).collect()
        })
        .await
    }
}

impl<D> Store<D> {
    async fn change_exclusion(
        &self,
        sql: &'static str,
        practice: &OdsCode,
        patient: PatientNumber,
        kind: ExclusionKind,
        event: AuditEvent,
    ) -> Result<bool, StoreError> {
        self.run(CHANGE, practice.as_str(), async {
            let mut write = self.database.write().await?;
            let mut lock = ChainLock::acquire(&mut write, practice.clone()).await?;
            let by = Value::json(event.by())?;
            let values = values![practice, patient.get(), kind.as_str(), event.at(), by];
            let changed = write.execute(sql, values).await? > 0;
            if changed {
                let event = event
                    .detail("patient", patient.get())
                    .detail("exclusion", kind.as_str());
                lock.append(&mut write, &event).await?;
                write.commit().await?;
            }
            Ok(changed)
        })
        .await
    }
}

fn exclusion(patient: PatientNumber, row: &Row) -> Result<Exclusion, Fault> {
    let since_by = parsed(&row.text(2)?)?;
    let mut exclusion = Exclusion::since(patient, row.parsed(0)?, row.parsed(1)?, since_by);
    if let Some(ended_at) = row.optional(3)? {
        let by = row.optional_text(4)?.unwrap_or_default();
        exclusion.ended = Some(ExclusionEnd::new(ended_at, parsed(&by)?));
    }
    Ok(exclusion)
}

fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|_| Fault::Damaged("an exclusion can't be read"))
}
