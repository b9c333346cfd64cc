//! The PostgreSQL store: the contract and the behaviour of its database.

mod booking_kills;
mod booking_model;
mod cancellation;
mod faults;
mod kills;
mod leases;
mod migrations;
mod moving;
mod servers;
mod tls;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

mod contract {
    use crate::support::postgres::fresh;

    emis_store::store_contract!(fresh);
}

/// Executes statements in a schema past the store.
async fn run(url: &str, schema: &str, sql: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let path = format!("SET search_path TO {schema}");
    connection.execute(AssertSqlSafe(path)).await.unwrap();
    let sql = AssertSqlSafe(sql.to_owned());
    connection.execute(sql).await.unwrap();
    connection.close().await.unwrap();
}
