//! The results of diagnoses.

use async_trait::async_trait;
use emis_diagnostics::{Cause, DiagnosisRecord, DiagnosisStore, MOST_DIAGNOSIS_RECORDS};
use emis_settings::StoreError;
use emis_types::OdsCode;

use super::chain_lock::ChainLock;
use super::handle::Store;
use crate::sql::tables::DIAGNOSES;
use crate::sql::{Fault, Row, Value, values};

const NOTE: (&str, &str) = (
    "note_diagnosis",
    "the result of a diagnosis can't be recorded",
);
const READ: (&str, &str) = ("read_diagnoses", "the results of diagnoses can't be read");

const NEWEST_FIRST: &str = "practice = $1 ORDER BY since DESC";

#[async_trait]
impl<D> DiagnosisStore for Store<D> {
    async fn note_diagnosis(
        &self,
        practice: &OdsCode,
        record: &DiagnosisRecord,
    ) -> Result<(), StoreError> {
        self.run(NOTE, practice.as_str(), async {
            let mut write = self.database.write().await?;
            // One process at a time extends the latest record.
            let _lock = ChainLock::acquire(&mut write, practice.clone()).await?;
            let rows = write.records(&DIAGNOSES, NEWEST_FIRST, values![practice]);
            let rows = rows.await?;
            let most = usize::try_from(MOST_DIAGNOSIS_RECORDS).unwrap_or(usize::MAX);
            let mut room = most.saturating_sub(1);
            let mut record = record.clone();
            if let Some(latest) = rows.first().map(diagnosis).transpose()?
                && record.continues(&latest)
            {
                let values = values![practice, latest.since];
                let old = write.delete(&DIAGNOSES, "practice = $1 AND since = $2", values);
                old.await?;
                record = latest.extend(record);
                room = most;
            }
            // The oldest make room.
            for row in rows.iter().skip(room) {
                let values = values![practice, diagnosis(row)?.since];
                let old = write.delete(&DIAGNOSES, "practice = $1 AND since = $2", values);
                old.await?;
            }
            let row = DIAGNOSES.put(vec![
                practice.into(),
                record.since.into(),
                record.until.into(),
                i64::from(record.healthy).into(),
                Value::json(&record.causes)?,
                Value::json(&record.evidence)?,
            ]);
            write.execute_all(vec![row]).await?;
            write.commit().await
        })
        .await
    }

    async fn diagnoses(&self, practice: &OdsCode) -> Result<Vec<DiagnosisRecord>, StoreError> {
        self.run(READ, practice.as_str(), async {
            let rows = self
                .database
                .records(&DIAGNOSES, NEWEST_FIRST, values![practice]);
            rows.await?.iter().map(diagnosis).collect()
        })
        .await
    }
}

fn diagnosis(row: &Row) -> Result<DiagnosisRecord, Fault> {
    const UNREADABLE: Fault = Fault::Damaged("the result of a diagnosis can't be read");
    // A newer release may know more causes.
    let codes: Vec<String> = serde_json::from_str(&row.text(4)?).map_err(|_| UNREADABLE)?;
    let causes = codes.iter().filter_map(|code| code.parse::<Cause>().ok());
    let evidence = serde_json::from_str(&row.text(5)?).map_err(|_| UNREADABLE)?;
    let mut record =
        DiagnosisRecord::new(row.parsed(1)?, row.int(3)? != 0, causes.collect(), evidence);
    record.until = row.parsed(2)?;
    Ok(record)
}
