//! Opening a SQLite file so that what is written stays written.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::SqliteSynchronous;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePool, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row};

use super::{Database, Fault, migrations};

/// Written into the file's header, so that a database of something else is not mistaken for a
/// store: "EMSP" in ASCII.
const APPLICATION_ID: i32 = 0x454d_5350;

/// How many connections read beside the one that writes.
const READERS: u32 = 4;

/// Opens a file, and brings it up to date; `patience` is how long a writer waits for another.
pub(crate) async fn open(path: &Path, patience: Duration) -> Result<Database, Fault> {
    make_private(path);
    let options = options(patience).filename(path);
    let mut connection = options.clone().create_if_missing(true).connect().await?;
    migrate(&mut connection).await?;
    write_ahead(&mut connection).await?;
    connection.close().await?;
    Ok(Database::Sqlite {
        writer: pool(1, patience).connect_lazy_with(options.clone()),
        readers: Some(pool(READERS, patience).connect_lazy_with(options)),
    })
}

pub(crate) fn in_memory(patience: Duration) -> Database {
    let pool = pool(1, patience).after_connect(|connection, _| {
        Box::pin(async move {
            migrate(connection).await.map_err(|fault| match fault {
                Fault::Database(error) => error,
                _ => sqlx::Error::Protocol("the tables can't be made".to_owned()),
            })
        })
    });
    Database::Sqlite {
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

/// A new file is nobody's but the product's; SQLite gives its journals the same permissions.
/// What can't be made here, opening says better.
#[cfg(unix)]
fn make_private(path: &Path) {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    let _ = options.write(true).create_new(true).mode(0o600).open(path);
}

#[cfg(not(unix))]
fn make_private(_: &Path) {}

/// Brings the database up to date. Of several processes that start at once the first does it,
/// and the others find it done.
async fn migrate(connection: &mut SqliteConnection) -> Result<(), Fault> {
    // Immediate: whoever gets here second waits, and reads the version after the first is done.
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
    let marks = format!(
        "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {}",
        migrations::SQLITE.len()
    );
    transaction.execute(AssertSqlSafe(marks)).await?;
    Ok(transaction.commit().await?)
}

/// How many steps the file has behind it.
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
/// use. A transaction does wait, so one is begun and given up, and the switch tried again; most
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

/// Copies the database as it stands into a new file, while others may be using it.
pub(crate) async fn backup(pool: &SqlitePool, to: &str) -> Result<(), Fault> {
    sqlx::query("VACUUM INTO $1").bind(to).execute(pool).await?;
    Ok(())
}
