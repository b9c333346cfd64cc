//! The audit logs.

use async_trait::async_trait;
use emis_audit::{
    AuditEntry, AuditEvent, AuditLogId, AuditStore, ChainHead, ChainStart, Digest, LogChange,
};
use emis_settings::StoreError;

use super::chain_lock::{ChainLock, signed};
use super::handle::Store;
use crate::sql::{Fault, Row, Write, values};

const RECORD: (&str, &str) = ("record_event", "the event can't be recorded");
const RECORD_CHANGE: (&str, &str) = ("change_audit_log", "the audit log can't be changed");
const READ: (&str, &str) = ("read_audit_log", "the audit log can't be read");

#[async_trait]
impl<D> AuditStore for Store<D> {
    async fn record(&self, log: &AuditLogId, event: &AuditEvent) -> Result<ChainHead, StoreError> {
        self.run(RECORD, log.as_str(), async {
            let mut write = self.database.write().await?;
            let mut lock = ChainLock::acquire(&mut write, log.clone()).await?;
            let head = lock.append(&mut write, event).await?;
            write.commit().await?;
            Ok(head)
        })
        .await
    }

    async fn record_change(
        &self,
        log: &AuditLogId,
        head: ChainHead,
        event: &AuditEvent,
        change: &LogChange,
    ) -> Result<Option<ChainHead>, StoreError> {
        self.run(RECORD_CHANGE, log.as_str(), async {
            let mut write = self.database.write().await?;
            let mut lock = ChainLock::acquire(&mut write, log.clone()).await?;
            if lock.head() != head {
                return Ok(None);
            }
            apply(&mut write, log, change).await?;
            let head = lock.append(&mut write, event).await?;
            write.commit().await?;
            Ok(Some(head))
        })
        .await
    }

    async fn entries(
        &self,
        log: &AuditLogId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        const ENTRIES: &str = "SELECT number, previous, digest, body FROM audit_entries \
             WHERE chain = $1 AND number > $2 ORDER BY number LIMIT $3";
        self.run(READ, log.as_str(), async {
            let after = i64::try_from(after).unwrap_or(i64::MAX);
            let values = values![log.as_str(), after, limit];
            let rows = self.database.rows(ENTRIES, values).await?;
            rows.iter().map(|row| entry(log, row)).collect()
        })
        .await
    }

    async fn head(&self, log: &AuditLogId) -> Result<Option<ChainHead>, StoreError> {
        const HEAD: &str =
            "SELECT number, digest FROM audit_chains WHERE chain = $1 AND number > 0";
        self.run(READ, log.as_str(), async {
            let row = self.database.row(HEAD, values![log.as_str()]).await?;
            let head = |row: Row| {
                Ok(ChainHead {
                    number: row.number(0)?,
                    digest: row.parsed(1)?,
                })
            };
            row.map(head).transpose()
        })
        .await
    }

    async fn start(&self, log: &AuditLogId) -> Result<ChainStart, StoreError> {
        const START: &str = "SELECT first, first_previous FROM audit_chains WHERE chain = $1";
        self.run(READ, log.as_str(), async {
            let row = self.database.row(START, values![log.as_str()]).await?;
            row.map_or(Ok(ChainStart::ORIGIN), |row| {
                Ok(ChainStart {
                    number: row.number(0)?,
                    previous: row.parsed(1)?,
                })
            })
        })
        .await
    }

    async fn logs(&self) -> Result<Vec<AuditLogId>, StoreError> {
        const LOGS: &str = "SELECT chain FROM audit_chains WHERE number > 0 ORDER BY chain";
        self.run(READ, "product", async {
            let rows = self.database.rows(LOGS, values![]).await?;
            rows.iter().map(|row| row.parsed(0)).collect()
        })
        .await
    }
}

/// Changes the entries of a log that is locked.
async fn apply(write: &mut Write, log: &AuditLogId, change: &LogChange) -> Result<(), Fault> {
    const DROP: &str = "DELETE FROM audit_entries WHERE chain = $1 AND number < $2";
    const START: &str = "UPDATE audit_chains SET first = $2, first_previous = $3 WHERE chain = $1";
    const REDACT: &str = "UPDATE audit_entries SET body = $3 WHERE chain = $1 AND number = $2";
    let log = log.as_str();
    match change {
        LogChange::None => {}
        LogChange::DropBefore(start) => {
            let number = signed(start.number)?;
            let start = values![log, number, start.previous.to_string()];
            write.execute(DROP, values![log, number]).await?;
            write.execute(START, start).await?;
        }
        LogChange::Redact(entries) => {
            for entry in entries {
                let redacted = values![log, signed(entry.number)?, &entry.body];
                write.execute(REDACT, redacted).await?;
            }
        }
        _ => return Err(Fault::Unstorable),
    }
    Ok(())
}

fn entry(log: &AuditLogId, row: &Row) -> Result<AuditEntry, Fault> {
    // A digest that can't be read counts as one that was changed.
    let digest = |column| row.parsed(column).unwrap_or(Digest::ZERO);
    let (number, body) = (row.number(0)?, row.text(3)?);
    Ok(AuditEntry::stored(
        log.clone(),
        number,
        digest(1),
        digest(2),
        body,
    ))
}
