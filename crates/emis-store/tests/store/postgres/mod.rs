//! The PostgreSQL store: the contract and the behaviour of its database.

mod booking_kills;
mod booking_model;
mod cancellation;
mod faults;
mod kills;
mod leases;
mod links;
mod migrations;
mod moving;
mod reminder_kills;
mod servers;
mod tls;

use crate::support::cancellation::clock;
use crate::support::notices;
use crate::support::postgres::fresh;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

mod contract {
    use crate::support::postgres::fresh;

    emis_store::store_contract!(fresh);
}

#[tokio::test]
async fn notices_of_the_same_time_are_listed_as_they_were_written() {
    let Some(store) = fresh().await else {
        return;
    };
    notices::check_order(&store.with_simulated_clock(clock())).await;
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
