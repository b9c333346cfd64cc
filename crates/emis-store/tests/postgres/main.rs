//! The PostgreSQL store: the contract, and what is a matter of its database.

#![cfg(feature = "postgres")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a helper that fails fails its test"
)]

mod faults;
mod kills;
mod migrations;
mod moving;
mod servers;

#[path = "../support/mod.rs"]
mod support;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

mod contract {
    use crate::support::postgres::fresh;

    emis_store::store_contract!(fresh);
}

/// Runs statements in a schema, as anybody may who has the database.
async fn run(url: &str, schema: &str, sql: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let path = format!("SET search_path TO {schema}");
    connection.execute(AssertSqlSafe(path)).await.unwrap();
    let sql = AssertSqlSafe(sql.to_owned());
    connection.execute(sql).await.unwrap();
    connection.close().await.unwrap();
}
