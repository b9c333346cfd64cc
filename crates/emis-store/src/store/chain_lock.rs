//! The lock on a practice: the end of its audit log, locked by a transaction.
//!
//! A transaction that holds it has the practice to itself, which makes "read, then write" safe in it.

use emis_audit::{AuditEntry, AuditEvent, AuditLogId, ChainHead, Digest};

use crate::sql::{Fault, Row, Statement, Value, Write, values};

/// The end of an audit log. No other transaction appends to the log until this one is over.
pub(crate) struct ChainLock {
    log: AuditLogId,
    head: ChainHead,
}

impl ChainLock {
    /// Locks a log, which is begun if it does not exist.
    pub(crate) async fn acquire(
        write: &mut Write,
        log: impl Into<AuditLogId>,
    ) -> Result<Self, Fault> {
        let (lock, _) = Self::acquire_reading(write, log, "", "", values![]).await?;
        Ok(lock)
    }

    /// Locks a log and returns the row that was read with it: the two columns of the end of the log,
    /// then `columns` of joined tables. `more` are the values from `$2` on.
    ///
    /// If PostgreSQL has to wait for the lock, the joined columns are those from *before* the wait:
    /// it reads again only what it locked. Writes that depend on them must be conditional on them.
    pub(crate) async fn acquire_reading(
        write: &mut Write,
        log: impl Into<AuditLogId>,
        columns: &str,
        joins: &str,
        more: Vec<Value>,
    ) -> Result<(Self, Row), Fault> {
        const BEGIN: &str = "INSERT INTO audit_chains (chain, number, digest, first, first_previous) \
             VALUES ($1, 0, $2, 1, $2) ON CONFLICT DO NOTHING";
        let log = log.into();
        let locking = if write.locks_rows() {
            " FOR UPDATE OF audit_chains"
        } else {
            ""
        };
        let sql = format!(
            "SELECT audit_chains.number, audit_chains.digest{columns} FROM audit_chains{joins} \
             WHERE audit_chains.chain = $1{locking}"
        );
        let mut values = values![log.as_str()];
        values.extend(more);
        let query = Statement::new(sql, values);
        let mut rows = write.query(query.clone()).await?;
        if rows.is_empty() {
            let begin = values![log.as_str(), Digest::ZERO.to_string()];
            write.execute(BEGIN, begin).await?;
            rows = write.query(query).await?;
        }
        let row = rows.pop();
        let row = row.ok_or(Fault::Damaged("the audit log has no end"))?;
        let head = ChainHead {
            number: row.number(0)?,
            digest: row.parsed(1)?,
        };
        Ok((Self { log, head }, row))
    }

    /// Returns the last entry; its number is 0 if the log is empty.
    pub(crate) fn head(&self) -> ChainHead {
        self.head
    }

    /// Appends an event to the log.
    pub(crate) async fn append(
        &mut self,
        write: &mut Write,
        event: &AuditEvent,
    ) -> Result<ChainHead, Fault> {
        self.append_with(write, event, Vec::new()).await?;
        Ok(self.head)
    }

    /// Appends an event to the log, executes the statements that it records, and returns the number
    /// of rows that the last of them changed.
    pub(crate) async fn append_with(
        &mut self,
        write: &mut Write,
        event: &AuditEvent,
        statements: Vec<Statement>,
    ) -> Result<u64, Fault> {
        const ENTRY: &str = "INSERT INTO audit_entries (chain, number, previous, digest, body) \
             VALUES ($1, $2, $3, $4, $5)";
        const END: &str = "UPDATE audit_chains SET number = $2, digest = $3 WHERE chain = $1";
        let ChainHead { number, digest } = self.head;
        let entry = AuditEntry::following(&self.log, number + 1, digest, event);
        let (log, number) = (self.log.as_str(), signed(entry.number())?);
        let digest = entry.digest().to_string();
        let previous = entry.previous().to_string();
        let mut all = vec![
            Statement::new(ENTRY, values![log, number, previous, &digest, entry.body()]),
            Statement::new(END, values![log, number, &digest]),
        ];
        all.extend(statements);
        let changed = write.execute_all(all).await?;
        self.head = entry.head();
        Ok(changed)
    }
}

/// Converts a number into the database's integer type.
pub(crate) fn signed(number: u64) -> Result<i64, Fault> {
    i64::try_from(number).map_err(|_| Fault::Unstorable)
}
