//! Opening SQLite files so that what is written stays written, and stays private.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteConnection, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row as _, Sqlite, Transaction};

use super::private_file::{self, NewFile};
use super::tables::RECORDS;
use super::{Fault, Row, Statement, migrations};

/// Written into the file's header, so that a database of something else is not mistaken for a
/// store: "EMSP" in ASCII.
const APPLICATION_ID: i32 = 0x454d_5350;

/// The number of connections that read beside the one that writes.
const READERS: u32 = 4;

super::statement::statements!(Sqlite, SqliteArguments, Row::Sqlite);

/// The connections to a SQLite database.
#[derive(Debug, Clone)]
pub(crate) struct Pools {
    /// One connection: SQLite has one writer at a time.
    writer: SqlitePool,
    /// Connections that read while another writes. A database in memory has none.
    readers: Option<SqlitePool>,
}

impl Pools {
    pub(super) fn reader(&self) -> &SqlitePool {
        self.readers.as_ref().unwrap_or(&self.writer)
    }

    /// Begins a write transaction. It is immediate: the second writer waits here, and not in the
    /// middle.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, Fault> {
        const BEGIN: &str = "BEGIN IMMEDIATE";
        match self.writer.begin_with(BEGIN).await {
            // After a full disk SQLite has rolled back by itself, and the connection is of no more
            // use. (One in memory has no disk, and can't be replaced.)
            Err(sqlx::Error::InvalidSavePointStatement) if self.readers.is_some() => {
                self.writer.acquire().await?.close().await?;
                Ok(self.writer.begin_with(BEGIN).await?)
            }
            begun => Ok(begun?),
        }
    }

    pub(super) async fn close(&self) {
        if let Some(readers) = &self.readers {
            readers.close().await;
        }
        self.writer.close().await;
    }

    /// Copies the database as it stands into a new file, while it is in use.
    pub(crate) async fn back_up(&self, to: &Path) -> Result<(), Fault> {
        let file = NewFile::beside(to)?;
        let path = file.temporary().to_str().ok_or(Fault::Unstorable)?;
        let copy = sqlx::query("VACUUM INTO $1").bind(path);
        copy.execute(&self.writer).await?;
        file.publish()
    }
}

/// Opens a file and brings it up to date; `patience` is how long a writer waits for another.
pub(crate) async fn open(path: &Path, patience: Duration) -> Result<Pools, Fault> {
    let path = private_file::resolve(path);
    if !path.exists() {
        create(&path, patience).await?;
    }
    private_file::check(&path)?;
    let options = options(patience).filename(&path);
    let mut connection = options.clone().connect().await?;
    migrate(&mut connection).await?;
    write_ahead(&mut connection).await?;
    connection.close().await?;
    Ok(Pools {
        writer: pool(1, patience).connect_lazy_with(options.clone()),
        readers: Some(pool(READERS, patience).connect_lazy_with(options)),
    })
}

/// Creates an empty store under another name first, so that a file of that name is either missing
/// or a whole store: an empty file is a loss of data, and is refused.
async fn create(path: &Path, patience: Duration) -> Result<(), Fault> {
    let file = match NewFile::beside(path) {
        Err(_) if path.exists() => return Ok(()),
        file => file?,
    };
    let mut connection = options(patience)
        .filename(file.temporary())
        .connect()
        .await?;
    migrate(&mut connection).await?;
    connection.close().await?;
    match file.publish() {
        // Another process was faster.
        Err(_) if path.exists() => Ok(()),
        published => published,
    }
}

pub(crate) fn in_memory(patience: Duration) -> Pools {
    let pool = pool(1, patience).after_connect(|connection, _| {
        Box::pin(async move {
            migrate(connection).await.map_err(|fault| match fault {
                Fault::Database(error) => error,
                _ => sqlx::Error::Protocol("the tables can't be made".to_owned()),
            })
        })
    });
    Pools {
        writer: pool.connect_lazy_with(options(patience).in_memory(true)),
        readers: None,
    }
}

fn options(patience: Duration) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .busy_timeout(patience)
        .foreign_keys(true)
        .synchronous(SqliteSynchronous::Full)
        .disable_statement_logging()
}

/// Connections are kept for good: a database in memory lives as long as its one connection.
fn pool(connections: u32, patience: Duration) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(patience)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

/// Brings the database up to date. If several processes start at once, the first does it, and the
/// others find it done.
async fn migrate(connection: &mut SqliteConnection) -> Result<(), Fault> {
    // Immediate: the second process waits, and reads the version after the first is done.
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let version = version(&mut transaction).await?;
    let Some(missing) = migrations::SQLITE.get(version..) else {
        return Err(Fault::Damaged("the store was written by a newer release"));
    };
    if missing.is_empty() {
        return Ok(transaction.rollback().await?);
    }
    for step in missing {
        transaction.execute(*step).await?;
    }
    if (1..migrations::DIGESTS).contains(&version) {
        for table in RECORDS {
            let unsealed = Statement::new(table.select("row_digest = ''"), Vec::new());
            for row in rows(&mut *transaction, unsealed).await? {
                execute(&mut *transaction, table.seal(&row)?).await?;
            }
        }
    }
    let marks = format!(
        "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {}",
        migrations::SQLITE.len()
    );
    transaction.execute(AssertSqlSafe(marks)).await?;
    Ok(transaction.commit().await?)
}

/// Returns the number of migrations that the file has behind it.
async fn version(connection: &mut SqliteConnection) -> Result<usize, Fault> {
    let mut numbers = [0_i64; 3];
    let queries = [
        "PRAGMA application_id",
        "PRAGMA user_version",
        "SELECT count(*) FROM sqlite_schema",
    ];
    for (number, query) in numbers.iter_mut().zip(queries) {
        *number = connection.fetch_one(query).await?.try_get(0)?;
    }
    match numbers {
        [0, 0, 0] => Ok(0),
        [application, version, _] if application == i64::from(APPLICATION_ID) => {
            usize::try_from(version).map_err(|_| Fault::Damaged("the store's version is negative"))
        }
        _ => Err(Fault::Damaged("the file is not a store of this library")),
    }
}

/// Switches the file to write-ahead logging, in which readers do not wait for a writer.
///
/// SQLite refuses the switch at once, without waiting, while another process has the file in
/// use. A transaction does wait, so one is begun and rolled back, and the switch tried again; most
/// likely the other process has made it by then.
async fn write_ahead(connection: &mut SqliteConnection) -> Result<(), Fault> {
    const TRIES: usize = 20;
    let mut refused = None;
    for _ in 0..TRIES {
        let switched = connection.execute("PRAGMA journal_mode = WAL").await;
        match switched.map_err(Fault::from) {
            Err(fault) if fault.is_sqlite_busy() => refused = Some(fault),
            switched => return switched.map(drop),
        }
        connection
            .begin_with("BEGIN IMMEDIATE")
            .await?
            .rollback()
            .await?;
    }
    refused.map_or(Ok(()), Err)
}
