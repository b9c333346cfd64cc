//! Rate of commands of a store, compared with bare sqlx inserts of the same rows in the same run.
//!
//! `cargo bench -p emis-store --features postgres`. 1,000 practices get 100 commands each:
//! a tenth of the practices at a time, and all the commands of those at once, so that the commands of
//! one practice compete. After each tenth follow the bare inserts, with as many
//! tasks at once. `EMIS_BENCH_PRACTICES` changes the first number.
//!
//! The comparison:
//!
//! * A command is `Commands::execute` with an idempotency key: the settings are loaded, changed,
//!   checked against their version and saved as a whole, an event of what changed is linked to the
//!   practice's audit chain, and the key is remembered. Afterwards no update may be missing, and
//!   every chain must verify.
//! * The bare inserts are a transaction for each command with one row for each row that the
//!   command writes: settings, event, end of the log, key. They read nothing, wait for no lock
//!   and hold none, so that all of them can run at once.
//! * Both have the same database, the same number of connections, the same tests of a connection
//!   and the same durability: SQLite with `synchronous=FULL`, PostgreSQL with `fsync` and
//!   `synchronous_commit` on, in a throw-away cluster of our own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program that measures, and ends where something is wrong"
)]

use std::future::Future;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use emis_audit::{AuditStore, Provenance, verify};
use emis_credentials::SealingIdentity;
use emis_settings::{
    Command, CommandRequest, Commands, ExclusionStore, IdempotencyKey, SettingsStore,
};
use emis_store::SqliteStore;
use emis_types::{OdsCode, SystemClock};
use tokio::task::JoinSet;

#[path = "../tests/store/support/mod.rs"]
#[allow(unused_imports, reason = "it is the tests'")]
mod support;

const COMMANDS: u64 = 100;
/// Number of turns of each side.
const TURNS: u64 = 10;
/// Time that a task waits for a connection: until the end.
const PATIENCE: Duration = Duration::from_secs(3_600);

fn practices() -> u64 {
    let number = std::env::var("EMIS_BENCH_PRACTICES").ok();
    number
        .and_then(|number| number.parse().ok())
        .unwrap_or(1_000)
}

fn practice(n: u64) -> OdsCode {
    format!("P{n:05}").parse().unwrap()
}

/// Runs all commands of some practices at once, and returns the duration.
async fn all<F, Work>(practices: Range<u64>, work: Work) -> Duration
where
    Work: Fn(u64, u64) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for n in practices {
        for command in 0..COMMANDS {
            running.spawn(work(n, command));
        }
    }
    running.join_all().await;
    begun.elapsed()
}

fn commands<S>(store: &Arc<S>) -> Arc<Commands>
where
    S: SettingsStore + ExclusionStore + AuditStore + 'static,
{
    let recipient = SealingIdentity::generate().recipient();
    let (settings, exclusions) = (Arc::clone(store), Arc::clone(store));
    let clock = Arc::new(SystemClock);
    let trail = store.clone();
    Arc::new(Commands::new(settings, exclusions, trail, recipient, clock))
}

async fn give(commands: &Arc<Commands>, practices: Range<u64>) -> Duration {
    all(practices, |n, command| {
        let commands = Arc::clone(commands);
        async move {
            let name = Command::SetName(Some(format!("Surgery {command}")));
            let order = CommandRequest::new(name, Provenance::product())
                .with_idempotency_key(IdempotencyKey::random());
            commands.execute(&practice(n), &order).await.unwrap();
        }
    })
    .await
}

/// Checks that no update was lost and every log verifies.
async fn check(store: &(impl SettingsStore + AuditStore), practices: Range<u64>) {
    for n in practices {
        let kept = store.load(&practice(n)).await.unwrap().unwrap();
        assert_eq!(kept.version(), COMMANDS, "an update was lost");
        let verified = verify(store, &practice(n).into(), &[]).await.unwrap();
        assert_eq!(verified.entries, COMMANDS);
    }
}

/// Rows as long as those of a command: settings, event, key.
struct Rows {
    document: String,
    body: String,
    digest: String,
}

impl Rows {
    async fn of(store: &(impl SettingsStore + AuditStore)) -> Arc<Self> {
        let kept = store.load(&practice(0)).await.unwrap().unwrap();
        let entries = store.entries(&practice(0).into(), 0, 1).await.unwrap();
        Arc::new(Self {
            document: serde_json::to_string(&kept).unwrap(),
            body: entries[0].body().to_owned(),
            digest: entries[0].digest().to_string(),
        })
    }
}

const TABLES: [&str; 4] = [
    "CREATE TABLE bare_settings (practice TEXT, version BIGINT, document TEXT, \
     PRIMARY KEY (practice, version))",
    "CREATE TABLE bare_events (chain TEXT, number BIGINT, previous TEXT, digest TEXT, \
     at TEXT, body TEXT, PRIMARY KEY (chain, number))",
    "CREATE TABLE bare_ends (chain TEXT, number BIGINT, digest TEXT, PRIMARY KEY (chain, number))",
    "CREATE TABLE bare_commands (practice TEXT, key TEXT, request TEXT, version BIGINT, \
     outcome TEXT, at TEXT, PRIMARY KEY (practice, key))",
];

macro_rules! bare {
    ($pool:expr, $rows:expr, $practices:expr) => {
        all($practices, |n, command| {
            let (pool, rows) = ($pool.clone(), Arc::clone($rows));
            async move {
                let (practice, number) = (practice(n), i64::try_from(command).unwrap());
                let key = IdempotencyKey::random();
                let at = "2026-06-01T08:30:00.000000000Z";
                let mut transaction = pool.begin().await.unwrap();
                sqlx::query("INSERT INTO bare_settings VALUES ($1, $2, $3)")
                    .bind(practice.as_str())
                    .bind(number)
                    .bind(&rows.document)
                    .execute(&mut *transaction)
                    .await
                    .unwrap();
                sqlx::query("INSERT INTO bare_events VALUES ($1, $2, $3, $4, $5, $6)")
                    .bind(practice.as_str())
                    .bind(number)
                    .bind(&rows.digest)
                    .bind(&rows.digest)
                    .bind(at)
                    .bind(&rows.body)
                    .execute(&mut *transaction)
                    .await
                    .unwrap();
                sqlx::query("INSERT INTO bare_ends VALUES ($1, $2, $3)")
                    .bind(practice.as_str())
                    .bind(number)
                    .bind(&rows.digest)
                    .execute(&mut *transaction)
                    .await
                    .unwrap();
                sqlx::query("INSERT INTO bare_commands VALUES ($1, $2, $3, $4, $5, $6)")
                    .bind(practice.as_str())
                    .bind(key.as_str())
                    .bind(&rows.digest)
                    .bind(number)
                    .bind("{}")
                    .bind(at)
                    .execute(&mut *transaction)
                    .await
                    .unwrap();
                transaction.commit().await.unwrap();
            }
        })
        .await
    };
}

/// Runs both sides in turns.
macro_rules! compare {
    ($name:literal, $store:expr, $pool:expr) => {{
        let (store, pool) = (Arc::new($store), $pool);
        for table in TABLES {
            sqlx::query(table).execute(&pool).await.unwrap();
        }
        let commands = commands(&store);
        let (mut ours, mut bare) = (Duration::ZERO, Duration::ZERO);
        for turn in 0..TURNS {
            let part = practices() * turn / TURNS..practices() * (turn + 1) / TURNS;
            ours += give(&commands, part.clone()).await;
            check(&*store, part.clone()).await;
            let rows = Rows::of(&*store).await;
            bare += bare!(pool, &rows, part);
        }
        print($name, ours, bare);
    }};
}

fn print(store: &str, ours: Duration, bare: Duration) {
    let count = practices() * COMMANDS;
    let rate = |took: Duration| count as f64 / took.as_secs_f64();
    println!(
        "{store} {:.2} (wanted: 0.50 or better; {:.0} commands/s, {:.0} bare transactions/s)",
        bare.as_secs_f64() / ours.as_secs_f64(),
        rate(ours),
        rate(bare),
    );
}

#[tokio::main]
async fn main() {
    assert!(practices() >= TURNS, "a practice for each turn");
    #[cfg(feature = "postgres")]
    postgres().await;
    sqlite().await;
}

async fn sqlite() {
    use sqlx::sqlite::{
        SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
    };
    let directory = support::Directory::new();
    let store = SqliteStore::open_with_patience(directory.file(), PATIENCE).unwrap();
    let options = SqliteConnectOptions::new()
        .filename(directory.0.join("bare.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .connect_with(options)
        .await
        .unwrap();
    compare!("sqlite", store, pool);
}

#[cfg(feature = "postgres")]
async fn postgres() {
    use sqlx::postgres::PgPoolOptions;
    use support::postgres::{Cluster, options};
    const CONNECTIONS: u32 = 10;
    let Some(cluster) = Cluster::durable() else {
        support::not_run("PostgreSQL. Install it: apt-get install postgresql.");
        return;
    };
    let options = options(&cluster.url(), "emis")
        .connections(CONNECTIONS)
        .patience(PATIENCE);
    let store = emis_store::PostgresStore::connect(options).await.unwrap();
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .connect(&cluster.url())
        .await
        .unwrap();
    compare!("postgres", store, pool);
}
