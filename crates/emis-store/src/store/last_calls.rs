//! The last calls of each practice that worked or failed, and the calls that EMIS refuses.

use async_trait::async_trait;
use emis_client::Operation;
use emis_diagnostics::{CallVerdict, Capability, LastCalls, LastCallsStore};
use emis_settings::StoreError;
use emis_types::OdsCode;

use jiff::{SignedDuration, Timestamp};

use super::handle::Store;
use crate::sql::tables::{CALL_VERDICTS, LAST_CALLS};
use crate::sql::{Fault, Row, Write, values};

const NOTE: (&str, &str) = ("note_calls", "the last calls can't be recorded");
const READ: (&str, &str) = ("read_calls", "the last calls can't be read");

/// The most that the clock of a machine may be ahead of the store's. A call of a later time was
/// recorded under a wrong clock, and does not count.
const LEAD: SignedDuration = SignedDuration::from_mins(5);

#[async_trait]
impl<D> LastCallsStore for Store<D> {
    async fn note_calls(&self, practice: &OdsCode, calls: &[LastCalls]) -> Result<(), StoreError> {
        // Always in the same order, so that two writers never wait for each other.
        let mut calls = calls.to_vec();
        calls.sort_by_key(|it| it.capability);
        let now = self.clock.now();
        let noting = async {
            let mut write = self.database.write().await?;
            let latest = latest(write.now(now).await?);
            for call in &calls {
                note_call(&mut write, practice, call, latest).await?;
            }
            write.commit().await
        };
        self.note(practice, noting).await
    }

    async fn last_calls(&self, practice: &OdsCode) -> Result<Vec<LastCalls>, StoreError> {
        self.run(READ, practice.as_str(), async {
            let latest = latest(self.clock.now());
            let rows = self
                .database
                .records(&LAST_CALLS, "practice = $1", values![practice]);
            let mut all = Vec::new();
            for row in rows.await? {
                // A newer release may know more of them.
                if let Some(capability) = Capability::named(&row.text(1)?) {
                    all.push(last_calls(capability, &row, latest)?);
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
        let mut verdicts = verdicts.to_vec();
        verdicts.sort_by_key(|it| it.operation);
        let now = self.clock.now();
        let noting = async {
            let mut write = self.database.write().await?;
            let latest = latest(write.now(now).await?);
            for verdict in &verdicts {
                note_verdict(&mut write, practice, verdict, latest).await?;
            }
            write.commit().await
        };
        self.note(practice, noting).await
    }

    async fn verdicts(&self, practice: &OdsCode) -> Result<Vec<CallVerdict>, StoreError> {
        self.run(READ, practice.as_str(), async {
            let latest = latest(self.clock.now());
            let rows = self
                .database
                .records(&CALL_VERDICTS, "practice = $1", values![practice]);
            let mut all = Vec::new();
            for row in rows.await? {
                let name = row.text(1)?;
                // A newer release may know more of them.
                if let Some(&operation) = Operation::ALL.iter().find(|it| it.name() == name) {
                    all.push(verdict(operation, &row)?);
                }
            }
            all.retain(|it| it.at <= latest);
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
        noting: impl Future<Output = Result<(), Fault>>,
    ) -> Result<(), StoreError> {
        let noted = self.run(NOTE, practice.as_str(), noting);
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

fn latest(now: Timestamp) -> Timestamp {
    now.checked_add(LEAD).unwrap_or(Timestamp::MAX)
}

/// Keeps the later of two times, unless it is later than any can be.
async fn note_call(
    write: &mut Write,
    practice: &OdsCode,
    call: &LastCalls,
    latest: Timestamp,
) -> Result<(), Fault> {
    const FIND: &str = "practice = $1 AND capability = $2";
    let (name, none) = (call.capability.as_str(), None::<Timestamp>);
    // A row that does not exist can't be locked.
    let empty = LAST_CALLS.insert_new(values![practice, name, none, none]);
    write.execute_all(vec![empty]).await?;
    let found = write.record(&LAST_CALLS, FIND, values![practice, name]);
    let row = found.await?.ok_or(Fault::Stopped)?;
    let both = last_calls(call.capability, &row, latest)?.and(*call);
    let changes = vec![
        ("worked_at", both.worked_at.into()),
        ("failed_at", both.failed_at.into()),
    ];
    let update = LAST_CALLS.update(&row, changes)?;
    write.execute_all(vec![update]).await.map(drop)
}

fn last_calls(capability: Capability, row: &Row, latest: Timestamp) -> Result<LastCalls, Fault> {
    let known = |at: Option<Timestamp>| at.filter(|at| *at <= latest);
    Ok(LastCalls {
        capability,
        worked_at: known(row.optional(2)?),
        failed_at: known(row.optional(3)?),
    })
}

async fn note_verdict(
    write: &mut Write,
    practice: &OdsCode,
    new: &CallVerdict,
    latest: Timestamp,
) -> Result<(), Fault> {
    const FIND: &str = "practice = $1 AND operation = $2";
    let refusal = new.refusal.map(|refusal| serde_json::to_string(&refusal));
    let refusal = refusal.transpose().map_err(|_| Fault::Unstorable)?;
    let name = new.operation.name();
    let first = CALL_VERDICTS.insert_new(values![practice, name, new.at, &refusal]);
    if write.execute_all(vec![first]).await? > 0 {
        return Ok(());
    }
    let found = write.record(&CALL_VERDICTS, FIND, values![practice, name]);
    let row = found.await?.ok_or(Fault::Stopped)?;
    let known = verdict(new.operation, &row)?;
    if known.at <= new.at || known.at > latest {
        let changes = vec![("at", new.at.into()), ("refusal", refusal.into())];
        let update = CALL_VERDICTS.update(&row, changes)?;
        write.execute_all(vec![update]).await?;
    }
    Ok(())
}

fn verdict(operation: Operation, row: &Row) -> Result<CallVerdict, Fault> {
    let refusal = row.optional_text(3)?;
    let refusal = refusal.map(|json| serde_json::from_str(&json)).transpose();
    Ok(CallVerdict {
        operation,
        at: row.parsed(2)?,
        refusal: refusal.map_err(|_| Fault::Damaged("a verdict on calls can't be read"))?,
    })
}
