//! When what the product does for a practice last worked, and which calls EMIS refuses.

use async_trait::async_trait;
use emis_client::Operation;
use emis_diagnostics::{Capability, LastCalls, LastCallsStore, Verdict};
use emis_settings::StoreError;
use emis_types::OdsCode;
use jiff::Timestamp;

use crate::moment;
use crate::sql::{Fault, Row, Value};
use crate::store::Store;

/// The later moment stays. A comparison with what is not known is not true.
const NOTE: &str = "INSERT INTO last_calls (practice, capability, worked_at, failed_at) \
     VALUES ($1, $2, $3, $4) ON CONFLICT (practice, capability) DO UPDATE SET \
     worked_at = CASE \
         WHEN excluded.worked_at IS NULL OR last_calls.worked_at > excluded.worked_at \
         THEN last_calls.worked_at ELSE excluded.worked_at END, \
     failed_at = CASE \
         WHEN excluded.failed_at IS NULL OR last_calls.failed_at > excluded.failed_at \
         THEN last_calls.failed_at ELSE excluded.failed_at END";

const NOTE_VERDICT: &str = "INSERT INTO call_verdicts (practice, operation, at, refusal) \
     VALUES ($1, $2, $3, $4) ON CONFLICT (practice, operation) DO UPDATE SET \
     at = excluded.at, refusal = excluded.refusal WHERE call_verdicts.at <= excluded.at";

#[async_trait]
impl<D> LastCallsStore for Store<D> {
    async fn note_calls(&self, practice: &OdsCode, calls: &[LastCalls]) -> Result<(), StoreError> {
        // Always in the same order, so that of two who write none waits for the other.
        let mut calls = calls.to_vec();
        calls.sort_by_key(|it| it.capability);
        let noted = async {
            let mut write = self.database.write().await?;
            for it in &calls {
                let text = |at: Option<Timestamp>| at.map(moment::to_text);
                let (worked, failed) = (text(it.worked_at), text(it.failed_at));
                let values = [
                    Value::Text(practice.as_str()),
                    Value::Text(it.capability.as_str()),
                    Value::MaybeText(worked.as_deref()),
                    Value::MaybeText(failed.as_deref()),
                ];
                write.execute(NOTE, &values).await?;
            }
            write.commit().await
        };
        noted.await.map_err(not_noted)
    }

    async fn last_calls(&self, practice: &OdsCode) -> Result<Vec<LastCalls>, StoreError> {
        let read = async {
            let statement = "SELECT capability, worked_at, failed_at FROM last_calls \
                             WHERE practice = $1";
            let values = [Value::Text(practice.as_str())];
            let mut all = Vec::new();
            for row in self.database.rows(statement, &values).await? {
                // A newer release may know more of them.
                if let Some(capability) = Capability::named(&row.text(0)?) {
                    all.push(last_calls(capability, &row)?);
                }
            }
            all.sort_by_key(|it| it.capability);
            Ok(all)
        };
        read.await.map_err(unreadable)
    }

    async fn note_verdicts(
        &self,
        practice: &OdsCode,
        verdicts: &[Verdict],
    ) -> Result<(), StoreError> {
        let mut verdicts = verdicts.to_vec();
        verdicts.sort_by_key(|it| it.operation);
        let noted = async {
            let mut write = self.database.write().await?;
            for it in &verdicts {
                let at = moment::to_text(it.at);
                let refusal = it.refusal.map(|refusal| serde_json::to_string(&refusal));
                let refusal = refusal.transpose().map_err(|_| Fault::Unstorable)?;
                let values = [
                    Value::Text(practice.as_str()),
                    Value::Text(it.operation.name()),
                    Value::Text(&at),
                    Value::MaybeText(refusal.as_deref()),
                ];
                write.execute(NOTE_VERDICT, &values).await?;
            }
            write.commit().await
        };
        noted.await.map_err(not_noted)
    }

    async fn verdicts(&self, practice: &OdsCode) -> Result<Vec<Verdict>, StoreError> {
        let read = async {
            let statement = "SELECT operation, at, refusal FROM call_verdicts WHERE practice = $1";
            let values = [Value::Text(practice.as_str())];
            let mut all = Vec::new();
            for row in self.database.rows(statement, &values).await? {
                let name = row.text(0)?;
                // A newer release may know more of them.
                if let Some(&operation) = Operation::ALL.iter().find(|it| it.name() == name) {
                    all.push(verdict(operation, &row)?);
                }
            }
            all.sort_by_key(|it| it.operation);
            Ok(all)
        };
        read.await.map_err(unreadable)
    }
}

fn not_noted(fault: Fault) -> StoreError {
    let error = fault.during("it can't be noted when calls last worked");
    // Whoever is at work goes on all the same, and tells nobody.
    tracing::warn!(error = %emis_types::report(&error), "last calls");
    error
}

fn unreadable(fault: Fault) -> StoreError {
    fault.during("it can't be read when calls last worked")
}

fn verdict(operation: Operation, row: &Row) -> Result<Verdict, Fault> {
    let refusal = row.maybe_text(2)?;
    let refusal = refusal.map(|json| serde_json::from_str(&json)).transpose();
    Ok(Verdict {
        operation,
        at: row.parsed(1)?,
        refusal: refusal.map_err(|_| Fault::Damaged("a verdict on calls can't be read"))?,
    })
}

fn last_calls(capability: Capability, row: &Row) -> Result<LastCalls, Fault> {
    let moment = |column| match row.maybe_text(column)? {
        Some(_) => row.parsed(column).map(Some),
        None => Ok(None),
    };
    Ok(LastCalls {
        capability,
        worked_at: moment(1)?,
        failed_at: moment(2)?,
    })
}
