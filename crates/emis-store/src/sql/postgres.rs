//! Connecting to PostgreSQL.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, Postgres};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row as _, Transaction};

use super::{Database, Fault, Row, Step, Value, migrations};

/// Which of PostgreSQL's advisory locks keeps processes that start at once from migrating at
/// once: "EMSP" in ASCII.
const LOCK: i64 = 0x454d_5350;

/// Connects, and brings the schema up to date.
pub(crate) async fn connect(
    options: PgConnectOptions,
    schema: &str,
    connections: u32,
    patience: Duration,
) -> Result<Database, Fault> {
    let options = options
        .disable_statement_logging()
        .options([("search_path", schema)]);
    // A server that takes connections and does not answer would be waited for in vain.
    let connecting = tokio::time::timeout(patience, options.connect());
    let mut connection = connecting.await.map_err(|_| Fault::Unreachable)??;
    migrate(&mut connection, schema).await?;
    connection.close().await?;
    // Nobody waits longer for who has a practice than for a connection; migrations may take longer.
    // None at all would be for ever; PostgreSQL counts up to 24 days.
    let longest_wait = i32::try_from(patience.as_millis()).unwrap_or(i32::MAX);
    let options = options.options([("lock_timeout", longest_wait.max(1))]);
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(patience)
        // Each is tried by what it is used for: see `begin` and `rows`.
        .test_before_acquire(false)
        .connect_lazy_with(options);
    Ok(Database::Postgres(pool))
}

/// Begins a transaction, if need be on one connection after another: those that stood idle while
/// the server was restarted are dead, and nothing was begun on them.
pub(super) async fn begin(pool: &PgPool) -> Result<Transaction<'static, Postgres>, Fault> {
    let mut dead = pool.options().get_max_connections();
    loop {
        match pool.begin().await.map_err(Fault::from) {
            Err(fault) if dead > 0 && fault.is_lost_connection() => dead -= 1,
            begun => return begun.map_err(|fault| of_pool(pool, fault)),
        }
    }
}

/// Reads by one statement, in the same way.
pub(super) async fn rows(
    pool: &PgPool,
    statement: &'static str,
    values: &[Value<'_>],
) -> Result<Vec<Row>, Fault> {
    let mut dead = pool.options().get_max_connections();
    loop {
        match super::postgres_rows(pool, statement, values).await {
            Err(fault) if dead > 0 && fault.is_lost_connection() => dead -= 1,
            read => return read.map_err(|fault| of_pool(pool, fault)),
        }
    }
}

/// A pool says the same of a server that lets nobody in and of too much to do. In the first case
/// it has room for more connections.
fn of_pool(pool: &PgPool, fault: Fault) -> Fault {
    let room = pool.size() < pool.options().get_max_connections();
    match fault {
        Fault::Database(sqlx::Error::PoolTimedOut) if room => Fault::Unreachable,
        fault => fault,
    }
}

/// Several statements as one, with the values of all: `WITH a AS (...), b AS (...) ...`, where
/// the values of each but the first are counted on from those before.
pub(super) fn together<'a>(steps: &[Step<'a>]) -> (String, Vec<Value<'a>>) {
    let (mut text, mut values) = (String::new(), Vec::new());
    for (number, (statement, of_it)) in steps.iter().enumerate() {
        let is_last = number + 1 == steps.len();
        if !is_last {
            text.push_str(if number == 0 { "WITH " } else { ", " });
            text.push_str(&format!("step_{number} AS ("));
        } else if number > 0 {
            text.push(' ');
        }
        // A dollar sign stands before the number of a value, and nowhere else.
        let mut parts = statement.split('$');
        text.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            let (value, rest) = part.split_at(digits);
            let value = value.parse().unwrap_or(0) + values.len();
            text.push_str(&format!("${value}{rest}"));
        }
        if !is_last {
            text.push(')');
        }
        values.extend_from_slice(of_it);
    }
    (text, values)
}

async fn migrate(connection: &mut PgConnection, schema: &str) -> Result<(), Fault> {
    let mut transaction = connection.begin().await?;
    let lock = format!("SELECT pg_advisory_xact_lock({LOCK})");
    transaction.execute(AssertSqlSafe(lock)).await?;
    // The name was checked: small letters, digits and underscores.
    let make = format!("CREATE SCHEMA IF NOT EXISTS {schema}");
    let exists = sqlx::query("SELECT 1 FROM pg_namespace WHERE nspname = $1").bind(schema);
    if exists.fetch_optional(&mut *transaction).await?.is_none() {
        transaction.execute(AssertSqlSafe(make)).await?;
    }
    let version = version(&mut transaction, schema).await?;
    let Some(missing) = migrations::POSTGRES.get(version..) else {
        return Err(Fault::Damaged("the store was written by a newer release"));
    };
    if missing.is_empty() {
        return Ok(transaction.rollback().await?);
    }
    for step in missing {
        transaction.execute(*step).await?;
    }
    let mark = format!(
        "UPDATE emis_store SET version = {}",
        migrations::POSTGRES.len()
    );
    transaction.execute(AssertSqlSafe(mark)).await?;
    Ok(transaction.commit().await?)
}

/// How many steps the schema has behind it. The table that says so is made where the schema is
/// empty.
async fn version(connection: &mut PgConnection, schema: &str) -> Result<usize, Fault> {
    const TABLES: &str = "SELECT count(*), count(*) FILTER (WHERE tablename = 'emis_store') \
         FROM pg_tables WHERE schemaname = $1";
    let tables = sqlx::query(TABLES)
        .bind(schema)
        .fetch_one(&mut *connection)
        .await?;
    match (tables.try_get::<i64, _>(0)?, tables.try_get::<i64, _>(1)?) {
        (0, _) => {
            let make = "CREATE TABLE emis_store (version BIGINT NOT NULL); \
                        INSERT INTO emis_store VALUES (0)";
            connection.execute(make).await?;
            Ok(0)
        }
        (_, 1) => {
            let row = connection
                .fetch_one("SELECT version FROM emis_store")
                .await?;
            usize::try_from(row.try_get::<i64, _>(0)?)
                .map_err(|_| Fault::Damaged("the store's version is negative"))
        }
        _ => Err(Fault::Damaged("the schema is not a store of this library")),
    }
}
