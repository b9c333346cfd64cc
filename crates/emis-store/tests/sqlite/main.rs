//! The SQLite store: the contract, and what is a matter of its file.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a helper that fails fails its test"
)]

mod authors;
mod faults;
mod kills;
mod migrations;
mod opening;
mod privacy;
mod tampering;

#[path = "../support/mod.rs"]
mod support;

use emis_store::SqliteStore;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};
use support::Directory;

mod contract {
    use super::*;

    /// In a file: the stores of a process share it with those of others.
    async fn fresh() -> Option<SqliteStore> {
        let directory = Directory::new();
        let store = SqliteStore::open(directory.file()).unwrap();
        // It goes when the test program ends.
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

/// The file as SQLite shows it to anybody.
async fn raw(directory: &Directory) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(directory.file())
        .create_if_missing(true);
    SqliteConnection::connect_with(&options).await.unwrap()
}

async fn run(directory: &Directory, sql: &str) {
    let mut connection = raw(directory).await;
    let sql = AssertSqlSafe(sql.to_owned());
    connection.execute(sql).await.unwrap();
    connection.close().await.unwrap();
}
