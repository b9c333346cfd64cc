//! An open database, and write transactions that a dropped future can't leave half done.
//!
//! A future of sqlx that is dropped while its statement is running leaves the connection in a
//! transaction until something else uses it: a SQLite file stayed locked for every other process.
//! So no future of a write transaction is ever dropped. Each transaction lives in a task of its own
//! that takes commands over a channel. If the caller's future is dropped, the channel closes, and
//! the task finishes the command in progress and rolls back; a commit that has begun is completed.

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tracing::Instrument;

use super::tables::Table;
use super::transaction::Transaction;
use super::{Fault, Row, Statement, Value};

/// Reads the time of a PostgreSQL server.
const NOW: &str = "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', \
     'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";

/// An open database: a pool of connections, cheap to clone.
#[derive(Debug, Clone)]
pub(crate) enum Database {
    #[cfg(feature = "sqlite")]
    Sqlite(super::sqlite::Pools),
    #[cfg(feature = "postgres")]
    Postgres(sqlx::PgPool),
}

/// The caller's end of a write transaction. Dropped without [`commit`](Self::commit), it rolls back.
pub(crate) struct Write {
    commands: mpsc::Sender<Command>,
    locks_rows: bool,
}

type Reply<T> = oneshot::Sender<Result<T, Fault>>;

enum Command {
    Rows(Statement, Reply<Vec<Row>>),
    Execute(Vec<Statement>, Reply<u64>),
    Commit(Reply<()>),
}

impl Database {
    /// Closes every connection when its work is done, and waits for that.
    pub(crate) async fn close(&self) {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pools) => pools.close().await,
            #[cfg(feature = "postgres")]
            Self::Postgres(pool) => pool.close().await,
        }
    }

    /// Begins a write transaction.
    pub(crate) async fn write(&self) -> Result<Write, Fault> {
        let (begun, is_begun) = oneshot::channel();
        // One command at a time: the next is sent when the last was answered.
        let (commands, received) = mpsc::channel(1);
        tokio::spawn(run(self.clone(), begun, received).in_current_span());
        is_begun.await.map_err(|_| Fault::Stopped)??;
        Ok(Write {
            commands,
            locks_rows: match self {
                #[cfg(feature = "sqlite")]
                Self::Sqlite(_) => false,
                #[cfg(feature = "postgres")]
                Self::Postgres(_) => true,
            },
        })
    }

    /// Reads with one statement.
    pub(crate) async fn rows(
        &self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, Fault> {
        self.query(Statement::new(sql, values)).await
    }

    /// Reads the records that fulfil a condition: their columns in the order of the table. Fails if
    /// one was changed past the store.
    pub(crate) async fn records(
        &self,
        table: &Table,
        condition: &str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, Fault> {
        let query = Statement::new(table.select(condition), values);
        let rows = self.query(query).await?;
        rows.iter().try_for_each(|row| table.check(row))?;
        Ok(rows)
    }

    /// Reads at most one record.
    pub(crate) async fn record(
        &self,
        table: &Table,
        condition: &str,
        values: Vec<Value>,
    ) -> Result<Option<Row>, Fault> {
        let rows = self.records(table, condition, values).await?;
        Ok(rows.into_iter().next())
    }

    pub(crate) async fn query(&self, statement: Statement) -> Result<Vec<Row>, Fault> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pools) => super::sqlite::rows(pools.reader(), statement).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(pool) => super::postgres::read(pool, statement).await,
        }
    }

    /// Returns the time by the clock of the database, as [`Write::now`].
    pub(crate) async fn now(&self, ours: Timestamp) -> Result<Timestamp, Fault> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => Ok(ours),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => {
                let row = self.row(NOW, Vec::new()).await?;
                row.ok_or(Fault::Stopped)?.parsed(0)
            }
        }
    }

    /// Reads at most one row.
    pub(crate) async fn row(
        &self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<Row>, Fault> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }
}

impl Write {
    /// Reads within the transaction.
    pub(crate) async fn rows(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, Fault> {
        self.query(Statement::new(sql, values)).await
    }

    pub(crate) async fn query(&mut self, statement: Statement) -> Result<Vec<Row>, Fault> {
        self.ask(|reply| Command::Rows(statement, reply)).await
    }

    /// Reads at most one row within the transaction.
    pub(crate) async fn row(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<Row>, Fault> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// Reads and locks the records that fulfil a condition: their columns in the order of the table.
    /// Fails if one was changed past the store.
    pub(crate) async fn records(
        &mut self,
        table: &Table,
        condition: &str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, Fault> {
        let lock = if self.locks_rows { " FOR UPDATE" } else { "" };
        let query = table.select(condition) + lock;
        let rows = self.query(Statement::new(query, values)).await?;
        rows.iter().try_for_each(|row| table.check(row))?;
        Ok(rows)
    }

    /// Reads and locks at most one record.
    pub(crate) async fn record(
        &mut self,
        table: &Table,
        condition: &str,
        values: Vec<Value>,
    ) -> Result<Option<Row>, Fault> {
        let rows = self.records(table, condition, values).await?;
        Ok(rows.into_iter().next())
    }

    /// Deletes the records that fulfil a condition, and returns their number. Fails if one was
    /// changed past the store.
    pub(crate) async fn delete(
        &mut self,
        table: &Table,
        condition: &str,
        values: Vec<Value>,
    ) -> Result<u64, Fault> {
        self.records(table, condition, values.clone()).await?;
        let sql = format!("DELETE FROM {} WHERE {condition}", table.name);
        self.execute_all(vec![Statement::new(sql, values)]).await
    }

    /// Executes a statement and returns the number of rows that it changed.
    pub(crate) async fn execute(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<u64, Fault> {
        self.execute_all(vec![Statement::new(sql, values)]).await
    }

    /// Executes statements and returns the number of rows that the last one changed. None may
    /// depend on what another one does: PostgreSQL gets them as one statement, since each statement
    /// is a round trip to the server.
    pub(crate) async fn execute_all(&mut self, statements: Vec<Statement>) -> Result<u64, Fault> {
        self.ask(|reply| Command::Execute(statements, reply)).await
    }

    /// Commits atomically and durably.
    pub(crate) async fn commit(self) -> Result<(), Fault> {
        self.ask(Command::Commit).await
    }

    /// Returns `true` if rows that are read to be changed must be locked one by one: PostgreSQL's
    /// transactions run beside each other, SQLite's one after the other.
    pub(crate) fn locks_rows(&self) -> bool {
        self.locks_rows
    }

    /// Returns the time by the clock of the database server. A SQLite file has the clock of the
    /// machine, on which all its processes are: `ours`.
    pub(crate) async fn now(&mut self, ours: Timestamp) -> Result<Timestamp, Fault> {
        if !self.locks_rows {
            return Ok(ours);
        }
        let row = self.row(NOW, Vec::new()).await?;
        row.ok_or(Fault::Stopped)?.parsed(0)
    }

    async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, Fault> {
        let (reply, answer) = oneshot::channel();
        let sent = self.commands.send(command(reply)).await;
        sent.map_err(|_| Fault::Stopped)?;
        answer.await.map_err(|_| Fault::Stopped)?
    }
}

/// Runs a write transaction to its end. A reply to a caller that is gone is dropped.
async fn run(database: Database, begun: Reply<()>, mut commands: mpsc::Receiver<Command>) {
    let transaction = match database {
        #[cfg(feature = "sqlite")]
        Database::Sqlite(pools) => pools.begin().await.map(Transaction::Sqlite),
        #[cfg(feature = "postgres")]
        Database::Postgres(pool) => {
            let transaction = super::postgres::begin(&pool).await;
            transaction.map(Transaction::Postgres)
        }
    };
    let mut transaction = match transaction {
        Ok(transaction) => transaction,
        Err(fault) => {
            let _ = begun.send(Err(fault));
            return;
        }
    };
    let _ = begun.send(Ok(()));
    while let Some(command) = commands.recv().await {
        match command {
            Command::Rows(statement, reply) => {
                let _ = reply.send(transaction.rows(statement).await);
            }
            Command::Execute(statements, reply) => {
                let _ = reply.send(transaction.execute(statements).await);
            }
            Command::Commit(reply) => {
                let _ = reply.send(transaction.commit().await);
                return;
            }
        }
    }
    transaction.rollback().await;
}
