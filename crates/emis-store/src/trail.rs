//! The audit trail: appended to in the transaction of whatever it tells of.

use async_trait::async_trait;
use emis_audit::{
    AuditEntry, AuditEvent, AuditLogId, AuditStore, ChainHead, ChainStart, Digest, LogChange,
};
use emis_settings::StoreError;

use crate::moment;
use crate::sql::{Fault, Row, Step, Value, Write};
use crate::store::Store;

/// The end of a chain, held by a transaction: nobody else appends to it until that is over.
///
/// A transaction that holds a practice's chain has the practice to itself, which is what makes
/// "look, then write" safe in it.
pub(crate) struct ChainLock {
    chain: AuditLogId,
    number: u64,
    digest: Digest,
}

impl ChainLock {
    /// The number and the digest of the last entry; 0 where there is none.
    pub(crate) fn end(&self) -> (u64, Digest) {
        (self.number, self.digest)
    }

    fn head(&self) -> ChainHead {
        ChainHead {
            number: self.number,
            digest: self.digest,
        }
    }
}

/// Statements that read the end of a chain: as it stands, and so that nobody else can have it.
///
/// The columns and joins that are given are read together with it. Where a statement has to wait
/// for the chain, those joined were read *before* the wait: PostgreSQL reads only what is locked
/// anew. Whoever goes by them must make what is written depend on them still being so.
macro_rules! lock_query {
    ($columns:literal, $joins:literal) => {
        $crate::trail::LockQuery {
            reading: concat!(
                "SELECT audit_chains.number, audit_chains.digest",
                $columns,
                " FROM audit_chains",
                $joins,
                " WHERE audit_chains.chain = $1"
            ),
            locking: concat!(
                "SELECT audit_chains.number, audit_chains.digest",
                $columns,
                " FROM audit_chains",
                $joins,
                " WHERE audit_chains.chain = $1 FOR UPDATE OF audit_chains"
            ),
        }
    };
}
pub(crate) use lock_query;

/// Made by [`lock_query!`].
pub(crate) struct LockQuery {
    pub(crate) reading: &'static str,
    pub(crate) locking: &'static str,
}

/// Holds a chain, which is begun where there is none.
pub(crate) async fn lock(write: &mut Write, chain: AuditLogId) -> Result<ChainLock, Fault> {
    const QUERY: LockQuery = lock_query!("", "");
    let (held, _) = lock_reading(write, chain, &QUERY, &[]).await?;
    Ok(held)
}

/// The same, and gives the row that was read with it; its first columns are those of the chain.
/// The values are counted on from `$2`.
pub(crate) async fn lock_reading(
    write: &mut Write,
    chain: AuditLogId,
    query: &LockQuery,
    more: &[Value<'_>],
) -> Result<(ChainLock, Row), Fault> {
    const BEGIN: &str = "INSERT INTO audit_chains \
         (chain, number, digest, first, first_previous, unsealed_from) \
         VALUES ($1, 0, $2, 1, $2, 1) ON CONFLICT DO NOTHING";
    let query = if write.locks_rows() {
        query.locking
    } else {
        query.reading
    };
    let name = Value::Text(chain.as_str());
    let values: Vec<_> = std::iter::once(name).chain(more.iter().copied()).collect();
    let mut row = write.row(query, &values).await?;
    if row.is_none() {
        let zero = Digest::ZERO.to_string();
        write.execute(BEGIN, &[name, Value::Text(&zero)]).await?;
        row = write.row(query, &values).await?;
    }
    let row = row.ok_or(Fault::Damaged("the audit trail has no end"))?;
    let held = ChainLock {
        number: row.number(0)?,
        digest: row.parsed(1)?,
        chain,
    };
    Ok((held, row))
}

/// Appends an event to a chain that is held.
pub(crate) async fn append(
    write: &mut Write,
    held: &mut ChainLock,
    event: &AuditEvent,
) -> Result<ChainHead, Fault> {
    append_with(write, held, event, &[]).await?;
    Ok(held.head())
}

/// Appends an event to a chain that is held, together with what it tells of, and gives how many
/// rows the last step of that touched.
pub(crate) async fn append_with(
    write: &mut Write,
    held: &mut ChainLock,
    event: &AuditEvent,
    steps: &[Step<'_>],
) -> Result<u64, Fault> {
    const ENTRY: &str = "INSERT INTO audit_entries (chain, number, previous, digest, at, body) \
         VALUES ($1, $2, $3, $4, $5, $6)";
    const END: &str = "UPDATE audit_chains SET number = $2, digest = $3 WHERE chain = $1";
    let entry = AuditEntry::following(&held.chain, held.number + 1, held.digest, event);
    let (previous, digest) = (entry.previous().to_string(), entry.digest().to_string());
    let at = moment::to_text(event.at());
    let chain = Value::Text(held.chain.as_str());
    let (number, digest) = (Value::Int(signed(entry.number())?), Value::Text(&digest));
    let (previous, at, body) = (
        Value::Text(&previous),
        Value::Text(&at),
        Value::Text(entry.body()),
    );
    let of_entry = [chain, number, previous, digest, at, body];
    let of_end = [chain, number, digest];
    let mut all: Vec<Step<'_>> = vec![(ENTRY, &of_entry), (END, &of_end)];
    all.extend_from_slice(steps);
    let touched = write.execute_together(&all).await?;
    (held.number, held.digest) = (entry.number(), entry.digest());
    Ok(touched)
}

#[async_trait]
impl<D> AuditStore for Store<D> {
    async fn record(
        &self,
        chain: &AuditLogId,
        event: &AuditEvent,
    ) -> Result<ChainHead, StoreError> {
        let recorded = async {
            let mut write = self.database.write().await?;
            let mut held = lock(&mut write, chain.clone()).await?;
            let head = append(&mut write, &mut held, event).await?;
            write.commit().await?;
            Ok(head)
        };
        recorded
            .await
            .map_err(|fault: Fault| fault.during("the event can't be recorded"))
    }

    async fn entries(
        &self,
        chain: &AuditLogId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let read = async {
            let statement = "SELECT number, previous, digest, body FROM audit_entries \
                             WHERE chain = $1 AND number > $2 ORDER BY number LIMIT $3";
            let values = [
                Value::Text(chain.as_str()),
                Value::Int(i64::try_from(after).unwrap_or(i64::MAX)),
                Value::Int(limit.into()),
            ];
            let rows = self.database.rows(statement, &values).await?;
            rows.iter()
                .map(|row| entry(chain, row))
                .collect::<Result<_, Fault>>()
        };
        read.await.map_err(unreadable)
    }

    async fn head(&self, chain: &AuditLogId) -> Result<Option<ChainHead>, StoreError> {
        let read = async {
            let statement =
                "SELECT number, digest FROM audit_chains WHERE chain = $1 AND number > 0";
            let values = [Value::Text(chain.as_str())];
            let row = self.database.row(statement, &values).await?;
            let head = |row: Row| {
                Ok(ChainHead {
                    number: row.number(0)?,
                    digest: row.parsed(1)?,
                })
            };
            row.map(head).transpose()
        };
        read.await.map_err(unreadable)
    }

    async fn start(&self, chain: &AuditLogId) -> Result<ChainStart, StoreError> {
        let read = async {
            let statement = "SELECT first, first_previous FROM audit_chains WHERE chain = $1";
            let values = [Value::Text(chain.as_str())];
            let row = self.database.row(statement, &values).await?;
            row.map_or(Ok(ChainStart::ORIGIN), |row| {
                Ok(ChainStart {
                    number: row.number(0)?,
                    previous: row.parsed(1)?,
                })
            })
        };
        read.await.map_err(unreadable)
    }

    async fn logs(&self) -> Result<Vec<AuditLogId>, StoreError> {
        let read = async {
            let statement = "SELECT chain FROM audit_chains WHERE number > 0 ORDER BY chain";
            let rows = self.database.rows(statement, &[]).await?;
            rows.iter()
                .map(|row| row.parsed(0))
                .collect::<Result<_, Fault>>()
        };
        read.await.map_err(unreadable)
    }

    async fn record_change(
        &self,
        log: &AuditLogId,
        head: ChainHead,
        event: &AuditEvent,
        change: &LogChange,
    ) -> Result<Option<ChainHead>, StoreError> {
        let recorded = async {
            let mut write = self.database.write().await?;
            let mut held = lock(&mut write, log.clone()).await?;
            if held.head() != head {
                return Ok(None);
            }
            make(&mut write, log, change).await?;
            let head = append(&mut write, &mut held, event).await?;
            write.commit().await?;
            Ok(Some(head))
        };
        recorded
            .await
            .map_err(|fault: Fault| fault.during("the audit log can't be changed"))
    }
}

/// Makes a change to the entries of a log that is locked.
async fn make(write: &mut Write, log: &AuditLogId, change: &LogChange) -> Result<(), Fault> {
    const DROP: &str = "DELETE FROM audit_entries WHERE chain = $1 AND number < $2";
    const START: &str = "UPDATE audit_chains SET first = $2, first_previous = $3 WHERE chain = $1";
    const REDACT: &str = "UPDATE audit_entries SET body = $3 WHERE chain = $1 AND number = $2";
    let log = Value::Text(log.as_str());
    match change {
        LogChange::None => {}
        LogChange::DropBefore(start) => {
            let number = Value::Int(signed(start.number)?);
            let previous = start.previous.to_string();
            let of_start = [log, number, Value::Text(&previous)];
            write.execute(DROP, &[log, number]).await?;
            write.execute(START, &of_start).await?;
        }
        LogChange::Redact(entries) => {
            for entry in entries {
                let number = Value::Int(signed(entry.number)?);
                let values = [log, number, Value::Text(&entry.body)];
                write.execute(REDACT, &values).await?;
            }
        }
        _ => return Err(Fault::Unstorable),
    }
    Ok(())
}

fn entry(chain: &AuditLogId, row: &Row) -> Result<AuditEntry, Fault> {
    let (number, body) = (row.number(0)?, row.text(3)?);
    // A digest that can't be read is as good as one that was changed.
    let digest = |column| match row.parsed(column) {
        Ok(digest) => digest,
        Err(_) => Digest::ZERO,
    };
    Ok(AuditEntry::stored(
        chain.clone(),
        number,
        digest(1),
        digest(2),
        body,
    ))
}

fn unreadable(fault: Fault) -> StoreError {
    fault.during("the audit trail can't be read")
}

/// As a database counts.
pub(crate) fn signed(number: u64) -> Result<i64, Fault> {
    i64::try_from(number).map_err(|_| Fault::Unstorable)
}
