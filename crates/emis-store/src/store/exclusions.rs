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
use crate::sql::tables::EXCLUSIONS;
use crate::sql::{Fault, Row, Statement, Value, Write, values};

const CHANGE: (&str, &str) = ("change_exclusions", "the exclusions can't be changed");
const READ: (&str, &str) = ("read_exclusions", "the exclusions can't be read");

const OF_PATIENT: &str = "practice = $1 AND patient = $2 ORDER BY number";

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
        self.change_exclusion(practice, patient, kind, event).await
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
        self.change_exclusion(practice, patient, kind, event).await
    }

    async fn active(&self, practice: &OdsCode) -> Result<ActiveExclusions, StoreError> {
        self.run(READ, practice.as_str(), async {
            // All are read, so that an end that was not recorded by the store is found.
            let rows = self
                .database
                .records(&EXCLUSIONS, "practice = $1", values![practice]);
            let mut active = Vec::new();
            for row in rows.await? {
                if !has_ended(&row)? {
                    active.push((row.number(1)?, row.parsed(3)?));
                }
            }
            Ok(active.into_iter().collect())
        })
        .await
    }

    async fn history(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
    ) -> Result<Vec<Exclusion>, StoreError> {
        self.run(READ, practice.as_str(), async {
            let values = values![practice, patient.get()];
            let rows = self.database.records(&EXCLUSIONS, OF_PATIENT, values);
            rows.await?
                .iter()
                .map(|row| exclusion(patient, row))
                .collect()
        })
        .await
    }
}

impl<D> Store<D> {
    async fn change_exclusion(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
        kind: ExclusionKind,
        event: AuditEvent,
    ) -> Result<bool, StoreError> {
        self.run(CHANGE, practice.as_str(), async {
            let mut write = self.database.write().await?;
            let mut lock = ChainLock::acquire(&mut write, practice.clone()).await?;
            let change = change(&mut write, practice, patient, kind, &event).await?;
            let Some(change) = change else {
                return Ok(false);
            };
            let event = event
                .detail("patient", patient.get())
                .detail("exclusion", kind.as_str());
            lock.append_with(&mut write, &event, vec![change]).await?;
            write.commit().await?;
            Ok(true)
        })
        .await
    }
}

/// Returns the statement that begins or ends an exclusion, or `None` if that is done already.
async fn change(
    write: &mut Write,
    practice: &OdsCode,
    patient: PatientNumber,
    kind: ExclusionKind,
    event: &AuditEvent,
) -> Result<Option<Statement>, Fault> {
    let values = values![practice, patient.get()];
    let rows = write.records(&EXCLUSIONS, OF_PATIENT, values).await?;
    let (mut active, mut number) = (None, 0);
    for row in &rows {
        number = row.int(2)?;
        if row.text(3)? == kind.as_str() && !has_ended(row)? {
            active = Some(row);
        }
    }
    let by = Value::json(event.by())?;
    let begins = *event.kind() == AuditEventKind::EXCLUSION_BEGUN;
    Ok(match active {
        None if begins => {
            let (kind, none) = (kind.as_str(), None::<&str>);
            let number = number + 1;
            let (patient, at) = (patient.get(), event.at());
            let row = values![practice, patient, number, kind, at, by, none, none];
            Some(EXCLUSIONS.insert(row))
        }
        Some(row) if !begins => {
            let changes = vec![("ended_at", event.at().into()), ("ended_by", by)];
            Some(EXCLUSIONS.update(row, changes)?)
        }
        _ => None,
    })
}

fn has_ended(row: &Row) -> Result<bool, Fault> {
    Ok(row.optional_text(6)?.is_some())
}

fn exclusion(patient: PatientNumber, row: &Row) -> Result<Exclusion, Fault> {
    let since_by = parsed(&row.text(5)?)?;
    let mut exclusion = Exclusion::since(patient, row.parsed(3)?, row.parsed(4)?, since_by);
    if let Some(ended_at) = row.optional(6)? {
        let by = row.optional_text(7)?.unwrap_or_default();
        exclusion.ended = Some(ExclusionEnd::new(ended_at, parsed(&by)?));
    }
    Ok(exclusion)
}

fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|_| Fault::Damaged("an exclusion can't be read"))
}
