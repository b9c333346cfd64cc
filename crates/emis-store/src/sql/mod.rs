//! One way to speak to either database.
//!
//! The statements are the same for both: `$1` stands for the first value, numbers are 64 bits
//! wide, times are texts that sort. What differs is how a transaction begins, and how things are
//! set up; that is in [`sqlite`] and [`postgres`].

mod fault;
mod migrations;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
pub(crate) mod sqlite;

pub(crate) use fault::Fault;

use sqlx::sqlite::{Sqlite, SqliteArguments, SqlitePool, SqliteRow};
use sqlx::{Arguments, Executor, Row as _, Transaction};

#[cfg(feature = "postgres")]
use sqlx::AssertSqlSafe;
#[cfg(feature = "postgres")]
use sqlx::postgres::{PgArguments, PgPool, PgRow, Postgres};

/// A database, open.
#[derive(Debug)]
pub(crate) enum Database {
    Sqlite {
        /// One connection: SQLite has one writer at a time.
        writer: SqlitePool,
        /// Where the file can be read while it is written.
        readers: Option<SqlitePool>,
    },
    #[cfg(feature = "postgres")]
    Postgres(PgPool),
}

/// A transaction that writes. Dropped without [`commit`](Self::commit) it is as if it had never
/// been.
pub(crate) enum Write {
    Sqlite(Transaction<'static, Sqlite>),
    #[cfg(feature = "postgres")]
    Postgres(Transaction<'static, Postgres>),
}

/// A value of a statement.
#[derive(Clone, Copy)]
pub(crate) enum Value<'a> {
    Int(i64),
    Text(&'a str),
    MaybeText(Option<&'a str>),
    Bytes(&'a [u8]),
}

/// A statement that writes, and its values.
pub(crate) type Step<'a> = (&'static str, &'a [Value<'a>]);

/// A row of an answer, its columns by number from 0.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    #[cfg(feature = "postgres")]
    Postgres(PgRow),
}

impl Database {
    /// Closes every connection.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                if let Some(readers) = readers {
                    readers.close().await;
                }
                writer.close().await;
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(pool) => pool.close().await,
        }
    }

    /// Begins a transaction that writes.
    pub(crate) async fn write(&self) -> Result<Write, Fault> {
        Ok(match self {
            Self::Sqlite { writer, readers } => {
                // Immediate: whoever comes second waits here, and not in the middle.
                const BEGIN: &str = "BEGIN IMMEDIATE";
                let begun = match writer.begin_with(BEGIN).await {
                    // After a full disk SQLite has rolled back by itself, and the connection is
                    // no longer of use. (One in memory is all there is, and has no disk.)
                    Err(sqlx::Error::InvalidSavePointStatement) if readers.is_some() => {
                        writer.acquire().await?.close().await?;
                        writer.begin_with(BEGIN).await?
                    }
                    begun => begun?,
                };
                Write::Sqlite(begun)
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(pool) => Write::Postgres(postgres::begin(pool).await?),
        })
    }

    /// Reads by one statement.
    pub(crate) async fn rows(
        &self,
        statement: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, Fault> {
        match self {
            Self::Sqlite { writer, readers } => {
                let pool = readers.as_ref().unwrap_or(writer);
                sqlite_rows(pool, statement, values).await
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(pool) => postgres::rows(pool, statement, values).await,
        }
    }

    /// Reads the one row that there is at most.
    pub(crate) async fn row(
        &self,
        statement: &'static str,
        values: &[Value<'_>],
    ) -> Result<Option<Row>, Fault> {
        Ok(self.rows(statement, values).await?.into_iter().next())
    }
}

impl Write {
    /// Reads within the transaction.
    pub(crate) async fn rows(
        &mut self,
        statement: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, Fault> {
        match self {
            Self::Sqlite(transaction) => sqlite_rows(&mut **transaction, statement, values).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(transaction) => {
                postgres_rows(&mut **transaction, statement, values).await
            }
        }
    }

    /// Reads the one row that there is at most.
    pub(crate) async fn row(
        &mut self,
        statement: &'static str,
        values: &[Value<'_>],
    ) -> Result<Option<Row>, Fault> {
        Ok(self.rows(statement, values).await?.into_iter().next())
    }

    /// Writes, and gives how many rows it touched.
    pub(crate) async fn execute(
        &mut self,
        statement: &'static str,
        values: &[Value<'_>],
    ) -> Result<u64, Fault> {
        Ok(match self {
            Self::Sqlite(transaction) => sqlx::query_with(statement, sqlite_arguments(values)?)
                .execute(&mut **transaction)
                .await?
                .rows_affected(),
            #[cfg(feature = "postgres")]
            Self::Postgres(transaction) => sqlx::query_with(statement, postgres_arguments(values)?)
                .execute(&mut **transaction)
                .await?
                .rows_affected(),
        })
    }

    /// Writes to several tables, and gives how many rows the last step touched. No step may
    /// depend on what another one does: PostgreSQL gets them as one statement, since each
    /// statement is a journey to the server and back.
    pub(crate) async fn execute_together(&mut self, steps: &[Step<'_>]) -> Result<u64, Fault> {
        match self {
            Self::Sqlite(_) => {
                let mut touched = 0;
                for (statement, values) in steps {
                    touched = self.execute(statement, values).await?;
                }
                Ok(touched)
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(transaction) => {
                let (statement, values) = postgres::together(steps);
                let query =
                    sqlx::query_with(AssertSqlSafe(statement), postgres_arguments(&values)?);
                Ok(query.execute(&mut **transaction).await?.rows_affected())
            }
        }
    }

    /// Makes everything in it so, durably, or nothing.
    pub(crate) async fn commit(self) -> Result<(), Fault> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await?,
            #[cfg(feature = "postgres")]
            Self::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
    }

    /// Whether rows that are read to be changed must be locked one by one: PostgreSQL's
    /// transactions run beside each other, SQLite's one after the other.
    pub(crate) fn locks_rows(&self) -> bool {
        !matches!(self, Self::Sqlite(_))
    }
}

async fn sqlite_rows<'c>(
    executor: impl Executor<'c, Database = Sqlite>,
    statement: &'static str,
    values: &[Value<'_>],
) -> Result<Vec<Row>, Fault> {
    let query = sqlx::query_with(statement, sqlite_arguments(values)?);
    let rows = query.fetch_all(executor).await?;
    Ok(rows.into_iter().map(Row::Sqlite).collect())
}

fn sqlite_arguments(values: &[Value<'_>]) -> Result<SqliteArguments, Fault> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        let added = match value {
            Value::Int(number) => arguments.add(*number),
            Value::Text(text) => arguments.add((*text).to_owned()),
            Value::MaybeText(text) => arguments.add(text.map(str::to_owned)),
            Value::Bytes(bytes) => arguments.add(bytes.to_vec()),
        };
        added.map_err(|_| Fault::Unstorable)?;
    }
    Ok(arguments)
}

#[cfg(feature = "postgres")]
async fn postgres_rows<'c>(
    executor: impl Executor<'c, Database = Postgres>,
    statement: &'static str,
    values: &[Value<'_>],
) -> Result<Vec<Row>, Fault> {
    let query = sqlx::query_with(statement, postgres_arguments(values)?);
    let rows = query.fetch_all(executor).await?;
    Ok(rows.into_iter().map(Row::Postgres).collect())
}

#[cfg(feature = "postgres")]
fn postgres_arguments(values: &[Value<'_>]) -> Result<PgArguments, Fault> {
    let mut arguments = PgArguments::default();
    for value in values {
        let added = match value {
            Value::Int(number) => arguments.add(*number),
            Value::Text(text) => arguments.add(*text),
            Value::MaybeText(text) => arguments.add(*text),
            Value::Bytes(bytes) => arguments.add(*bytes),
        };
        added.map_err(|_| Fault::Unstorable)?;
    }
    Ok(arguments)
}

macro_rules! column {
    ($(#[$doc:meta])* $name:ident -> $type:ty) => {
        $(#[$doc])*
        pub(crate) fn $name(&self, column: usize) -> Result<$type, Fault> {
            let value = match self {
                Self::Sqlite(row) => row.try_get::<$type, _>(column),
                #[cfg(feature = "postgres")]
                Self::Postgres(row) => row.try_get::<$type, _>(column),
            };
            // Missing, or of another type: not what this crate wrote.
            value.map_err(|_| Fault::Damaged("a record can't be read"))
        }
    };
}

impl Row {
    column!(int -> i64);
    column!(maybe_int -> Option<i64>);
    column!(text -> String);
    column!(maybe_text -> Option<String>);
    column!(bytes -> Vec<u8>);

    /// A column that holds something as text.
    pub(crate) fn parsed<T: std::str::FromStr>(&self, column: usize) -> Result<T, Fault> {
        self.text(column)?
            .parse()
            .map_err(|_| Fault::Damaged("a record can't be read"))
    }

    /// A column that holds a number of a narrower type.
    pub(crate) fn number<T: TryFrom<i64>>(&self, column: usize) -> Result<T, Fault> {
        T::try_from(self.int(column)?).map_err(|_| Fault::Damaged("a record can't be read"))
    }
}
