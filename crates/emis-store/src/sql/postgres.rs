//! Connecting to PostgreSQL.

use std::time::Duration;

use sqlx::postgres::{
    PgArguments, PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgSslMode,
};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Postgres, Row as _, Transaction};

use super::tables::RECORDS;
use super::{Fault, Row, Statement, Value, migrations};

/// The advisory lock that keeps processes that start at once from migrating at once: "EMSP" in
/// ASCII.
const LOCK: i64 = 0x454d_5350;

super::statement::statements!(Postgres, PgArguments, Row::Postgres);

/// Returns `true` if the server is on this machine: a socket or a loopback address.
pub(crate) fn is_local(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    options.get_socket().is_some()
        || host == "localhost"
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Requires TLS with the server's name verified, unless the server is on this machine.
pub(crate) fn with_verified_tls(options: PgConnectOptions) -> PgConnectOptions {
    if is_local(&options) {
        options
    } else {
        options.ssl_mode(PgSslMode::VerifyFull)
    }
}

/// Connects, and brings the schema up to date.
pub(crate) async fn connect(
    options: PgConnectOptions,
    schema: &str,
    connections: u32,
    patience: Duration,
) -> Result<PgPool, Fault> {
    let options = options
        .disable_statement_logging()
        .options([("search_path", schema)]);
    // A server may take connections and never answer.
    let connecting = tokio::time::timeout(patience, options.connect());
    let mut connection = connecting.await.map_err(|_| Fault::Unreachable)??;
    migrate(&mut connection, schema).await?;
    connection.close().await?;
    // A caller waits no longer for the lock of a practice than for a connection; migrations may take
    // longer. A timeout of 0 would be none; PostgreSQL counts up to 24 days.
    let longest_wait = i32::try_from(patience.as_millis()).unwrap_or(i32::MAX);
    let options = options.options([("lock_timeout", longest_wait.max(1))]);
    Ok(PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(patience)
        // Each is tried by what it is used for: see `begin` and `read`.
        .test_before_acquire(false)
        .connect_lazy_with(options))
}

/// Begins a transaction, if need be on one connection after another: those that were idle while
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

/// Reads with one statement, in the same way.
pub(super) async fn read(pool: &PgPool, statement: Statement) -> Result<Vec<Row>, Fault> {
    let mut dead = pool.options().get_max_connections();
    loop {
        match rows(pool, statement.clone()).await {
            Err(fault) if dead > 0 && fault.is_lost_connection() => dead -= 1,
            read => return read.map_err(|fault| of_pool(pool, fault)),
        }
    }
}

/// Tells an unreachable server from a busy pool: a pool reports a timeout for both. In the first
/// case it has connections to spare.
fn of_pool(pool: &PgPool, fault: Fault) -> Fault {
    let has_spare = pool.size() < pool.options().get_max_connections();
    match fault {
        Fault::Database(sqlx::Error::PoolTimedOut) if has_spare => Fault::Unreachable,
        fault => fault,
    }
}

/// Joins several statements into one, `WITH a AS (…), b AS (…) …`, with the values of all: those of
/// each but the first are counted on from those before.
pub(super) fn together(statements: Vec<Statement>) -> Statement {
    let (mut text, mut values) = (String::new(), Vec::<Value>::new());
    let count = statements.len();
    for (number, statement) in statements.into_iter().enumerate() {
        let is_last = number + 1 == count;
        if !is_last {
            text.push_str(if number == 0 { "WITH " } else { ", " });
            text.push_str(&format!("step_{number} AS ("));
        } else if number > 0 {
            text.push(' ');
        }
        // A dollar sign stands before the number of a value, and nowhere else.
        let mut parts = statement.sql.split('$');
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
        values.extend(statement.values);
    }
    Statement::new(text, values)
}

async fn migrate(connection: &mut PgConnection, schema: &str) -> Result<(), Fault> {
    let mut transaction = connection.begin().await?;
    let lock = format!("SELECT pg_advisory_xact_lock({LOCK})");
    transaction.execute(AssertSqlSafe(lock)).await?;
    // The name is checked: small letters, digits and underscores.
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
    if (1..migrations::DIGESTS).contains(&version) {
        for table in RECORDS {
            let unsealed = Statement::new(table.select("row_digest = ''"), Vec::new());
            for row in rows(&mut *transaction, unsealed).await? {
                execute(&mut *transaction, table.seal(&row)?).await?;
            }
        }
    }
    let mark = format!(
        "UPDATE emis_store SET version = {}",
        migrations::POSTGRES.len()
    );
    transaction.execute(AssertSqlSafe(mark)).await?;
    Ok(transaction.commit().await?)
}

/// Returns the number of migrations that the schema has behind it. The table that says so is made
/// if the schema is empty.
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
