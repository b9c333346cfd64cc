//! The SQLite store: the contract and the behaviour of its file.

mod authors;
mod booking_kills;
mod booking_model;
mod cancellation;
mod closing;
mod exposure;
mod faults;
mod kills;
mod leases;
mod links;
mod migrations;
mod opening;
mod privacy;
mod reminder_kills;
mod tampering;
mod telemetry;

use crate::support::cancellation::clock;
use crate::support::{Directory, notices};
use emis_store::SqliteStore;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};

mod contract {
    use super::*;

    /// Returns a store in a file, which other processes can share.
    async fn fresh() -> Option<SqliteStore> {
        let directory = Directory::new();
        let store = SqliteStore::open(directory.file()).unwrap();
        // It is removed when the test program ends.
        std::mem::forget(directory);
        Some(store)
    }

    emis_store::store_contract!(fresh);
}

mod contract_in_memory {
    use super::*;

    async fn fresh() -> Option<SqliteStore> {
        Some(SqliteStore::in_memory().unwrap())
    }

    emis_store::store_contract!(fresh);
}

#[tokio::test]
async fn notices_of_the_same_time_are_listed_as_they_were_written() {
    let store = SqliteStore::in_memory().unwrap();
    notices::check_order(&store.with_simulated_clock(clock())).await;
}

/// Opens the file with SQLite alone. Creates it, private, if it does not exist.
async fn raw(directory: &Directory) -> SqliteConnection {
    raw_in(&directory.file()).await
}

async fn raw_in(file: &std::path::Path) -> SqliteConnection {
    private(file);
    let options = SqliteConnectOptions::new().filename(file);
    SqliteConnection::connect_with(&options).await.unwrap()
}

/// Creates a file that only its owner can read, or makes it one.
fn private(path: &std::path::Path) {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true).open(path).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(path, mode).unwrap();
    }
}

/// Executes statements past the store, and returns how many rows they changed.
async fn run(directory: &Directory, sql: &str) -> u64 {
    run_in(&directory.file(), sql).await
}

async fn run_in(file: &std::path::Path, sql: &str) -> u64 {
    let mut connection = raw_in(file).await;
    let sql = AssertSqlSafe(sql.to_owned());
    let done = connection.execute(sql).await.unwrap();
    connection.close().await.unwrap();
    done.rows_affected()
}
