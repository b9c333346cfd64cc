//! The last calls of each practice that worked or failed, and the calls that EMIS refuses.

use async_trait::async_trait;
use emis_client::Operation;
use emis_diagnostics::{CallVerdict, Capability, LastCalls, LastCallsStore};
use emis_settings::StoreError;
use emis_types::OdsCode;

use super::handle::Store;
use crate::sql::{Fault, Row, Statement, values};

const NOTE: (&str, &str) = ("note_calls", "the last calls can't be recorded");
const READ: (&str, &str) = ("read_calls", "the last calls can't be read");

#[async_trait]
impl<D> LastCallsStore for Store<D> {
    async fn note_calls(&self, practice: &OdsCode, calls: &[LastCalls]) -> Result<(), StoreError> {
        // The later time stays. A comparison with null is not true.
        const UPSERT: &str = "INSERT INTO last_calls (practice, capability, worked_at, failed_at) \
             VALUES ($1, $2, $3, $4) ON CONFLICT (practice, capability) DO UPDATE SET \
             worked_at = CASE \
                 WHEN excluded.worked_at IS NULL OR last_calls.worked_at > excluded.worked_at \
                 THEN last_calls.worked_at ELSE excluded.worked_at END, \
             failed_at = CASE \
                 WHEN excluded.failed_at IS NULL OR last_calls.failed_at > excluded.failed_at \
                 THEN last_calls.failed_at ELSE excluded.failed_at END";
        // Always in the same order, so that two writers never wait for each other.
        let mut calls = calls.to_vec();
        calls.sort_by_key(|it| it.capability);
        let notes = calls.iter().map(|it| {
            let name = it.capability.as_str();
            let values = values![practice, name, it.worked_at, it.failed_at];
            Ok(Statement::new(UPSERT, values))
        });
        self.note(practice, notes.collect()).await
    }

    async fn last_calls(&self, practice: &OdsCode) -> Result<Vec<LastCalls>, StoreError> {
        const CALLS: &str =
            "SELECT capability, worked_at, failed_at FROM last_calls WHERE practice = $1";
        self.run(READ, practice.as_str(), async {
            let mut all = Vec::new();
            for row in self.database.rows(CALLS, values![practice]).await? {
                // A newer release may know more of them.
                if let Some(capability) = Capability::named(&row.text(0)?) {
                    all.push(LastCalls {
                        capability,
                        worked_at: row.optional(1)?,
                        failed_at: row.optional(2)?,
                    });
                }
            }
            all.sort_by_key(|it| it.capability);
            Ok(all)
        })
        .await
    }

    async fn note_verdicts(
        &self,
        practice: &OdsCode,
        verdicts: &[CallVerdict],
    ) -> Result<(), StoreError> {
        const UPSERT: &str = "INSERT INTO call_verdicts (practice, operation, at, refusal) \
             VALUES ($1, $2, $3, $4) ON CONFLICT (practice, operation) DO UPDATE SET \
             at = excluded.at, refusal = excluded.refusal WHERE call_verdicts.at <= excluded.at";
        let mut verdicts = verdicts.to_vec();
        verdicts.sort_by_key(|it| it.operation);
        let notes = verdicts.iter().map(|it| {
            let refusal = it.refusal.map(|refusal| serde_json::to_string(&refusal));
            let refusal = refusal.transpose().map_err(|_| Fault::Unstorable)?;
            let values = values![practice, it.operation.name(), it.at, refusal];
            Ok(Statement::new(UPSERT, values))
        });
        self.note(practice, notes.collect()).await
    }

    async fn verdicts(&self, practice: &OdsCode) -> Result<Vec<CallVerdict>, StoreError> {
        const VERDICTS: &str =
            "SELECT operation, at, refusal FROM call_verdicts WHERE practice = $1";
        self.run(READ, practice.as_str(), async {
            let mut all = Vec::new();
            for row in self.database.rows(VERDICTS, values![practice]).await? {
                let name = row.text(0)?;
                // A newer release may know more of them.
                if let Some(&operation) = Operation::ALL.iter().find(|it| it.name() == name) {
                    all.push(verdict(operation, &row)?);
                }
            }
            all.sort_by_key(|it| it.operation);
            Ok(all)
        })
        .await
    }
}

impl<D> Store<D> {
    async fn note(
        &self,
        practice: &OdsCode,
        notes: Result<Vec<Statement>, Fault>,
    ) -> Result<(), StoreError> {
        let noted = self.run(NOTE, practice.as_str(), async {
            let mut write = self.database.write().await?;
            for Statement { sql, values } in notes? {
                write.execute(sql, values).await?;
            }
            write.commit().await
        });
        // The caller goes on with its own work.
        noted.await.inspect_err(|error| {
            let error = emis_types::report(error);
            tracing::warn!(
                practice = practice.as_str(),
                error,
                "the last calls were not recorded"
            );
        })
    }
}

fn verdict(operation: Operation, row: &Row) -> Result<CallVerdict, Fault> {
    let refusal = row.optional_text(2)?;
    let refusal = refusal.map(|json| serde_json::from_str(&json)).transpose();
    Ok(CallVerdict {
        operation,
        at: row.parsed(1)?,
        refusal: refusal.map_err(|_| Fault::Damaged("a verdict on calls can't be read"))?,
    })
}
