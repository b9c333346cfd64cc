//! When what the product does for a practice last worked.

use async_trait::async_trait;
use emis_diagnostics::{Capability, LastCalls, LastCallsStore};
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
        noted.await.map_err(|fault: Fault| {
            let error = fault.during("it can't be noted when calls last worked");
            // Whoever is at work goes on all the same, and tells nobody.
            tracing::warn!(error = %emis_types::chain(&error), "last calls");
            error
        })
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
        read.await
            .map_err(|fault: Fault| fault.during("it can't be read when calls last worked"))
    }
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
