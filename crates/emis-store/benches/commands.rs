//! How many commands a store takes, against bare sqlx inserts of the same rows in the same run.
//!
//! `cargo bench -p emis-store --features postgres`. 1,000 practices get 100 commands each, those
//! of one practice all at once; `EMIS_BENCH_PRACTICES` changes the first number. PostgreSQL is a
//! throw-away cluster of our own that writes through to the disk, as SQLite does.

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
use std::sync::Arc;
use std::time::{Duration, Instant};

use emis_credentials::SealingIdentity;
use emis_settings::audit::{AuditTrail, Provenance, verify};
use emis_settings::{Command, Commands, ExclusionRegister, IdempotencyKey, Order, SettingsStore};
use emis_store::SqliteStore;
use emis_types::{OdsCode, SystemClock};
use tokio::task::JoinSet;

#[path = "../tests/support/mod.rs"]
#[allow(unused_imports, reason = "it is the tests'")]
mod support;

const COMMANDS: u64 = 100;
/// How many are under way at once.
const WINDOW: usize = 400;

fn practices() -> u64 {
    let number = std::env::var("EMIS_BENCH_PRACTICES").ok();
    number
        .and_then(|number| number.parse().ok())
        .unwrap_or(1_000)
}

fn practice(n: u64) -> OdsCode {
    format!("P{n:05}").parse().unwrap()
}

/// Does something for each command of each practice, so many at once, and gives how long it took.
async fn all<F, Work>(work: Work) -> Duration
where
    Work: Fn(u64, u64) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for n in 0..practices() {
        for command in 0..COMMANDS {
            if running.len() >= WINDOW {
                running.join_next().await.unwrap().unwrap();
            }
            running.spawn(work(n, command));
        }
    }
    running.join_all().await;
    begun.elapsed()
}

async fn commands<S>(store: S) -> Duration
where
    S: SettingsStore + ExclusionRegister + AuditTrail + 'static,
{
    let store = Arc::new(store);
    let recipient = SealingIdentity::generate().recipient();
    let (settings, exclusions) = (Arc::clone(&store), Arc::clone(&store));
    let clock = Arc::new(SystemClock);
    let commands = Commands::new(settings, exclusions, store.clone(), recipient, clock);
    let commands = Arc::new(commands);
    let took = all(|n, command| {
        let commands = Arc::clone(&commands);
        async move {
            let name = Command::SetName(Some(format!("Surgery {command}")));
            let order = Order::new(name, Provenance::product()).once(IdempotencyKey::random());
            commands.give(&practice(n), &order).await.unwrap();
        }
    })
    .await;
    for n in 0..practices() {
        let kept = store.load(&practice(n)).await.unwrap().unwrap();
        assert_eq!(kept.version(), COMMANDS, "an update was lost");
        let verified = verify(&*store, &practice(n).into(), None).await.unwrap();
        assert_eq!(verified.entries, COMMANDS);
    }
    took
}

/// Rows as long as those of a command: the settings, the event, the key.
struct Rows {
    document: String,
    body: String,
    digest: String,
}

impl Rows {
    async fn of(store: &(impl SettingsStore + AuditTrail)) -> Arc<Self> {
        let kept = store.load(&practice(0)).await.unwrap().unwrap();
        let entries = store.entries(&practice(0).into(), 0, 1).await.unwrap();
        Arc::new(Self {
            document: serde_json::to_string(&kept).unwrap(),
            body: entries[0].body().to_owned(),
            digest: entries[0].digest().to_string(),
        })
    }
}

macro_rules! bare {
    ($pool:expr, $rows:expr) => {{
        let (pool, rows) = ($pool, $rows);
        for table in [
            "CREATE TABLE bare_settings (practice TEXT, version BIGINT, document TEXT, \
             PRIMARY KEY (practice, version))",
            "CREATE TABLE bare_events (chain TEXT, number BIGINT, previous TEXT, digest TEXT, \
             at TEXT, body TEXT, PRIMARY KEY (chain, number))",
            "CREATE TABLE bare_commands (practice TEXT, key TEXT, request TEXT, version BIGINT, \
             outcome TEXT, at TEXT, PRIMARY KEY (practice, key))",
        ] {
            sqlx::query(table).execute(&pool).await.unwrap();
        }
        all(|n, command| {
            let (pool, rows) = (pool.clone(), Arc::clone(&rows));
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
    }};
}

fn print(store: &str, ours: Duration, bare: Duration) {
    let count = practices() * COMMANDS;
    let rate = |took: Duration| count as f64 / took.as_secs_f64();
    println!(
        "{store}: {:.0} commands/s, {:.0} bare inserts/s, ratio {:.2} (wanted: 0.50 or better)",
        rate(ours),
        rate(bare),
        bare.as_secs_f64() / ours.as_secs_f64(),
    );
}

#[tokio::main]
async fn main() {
    sqlite().await;
    #[cfg(feature = "postgres")]
    postgres().await;
}

async fn sqlite() {
    use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
    let directory = support::Directory::new();
    let patience = Duration::from_secs(600);
    let store = SqliteStore::open_with_patience(directory.file(), patience).unwrap();
    let ours = commands(store.clone()).await;

    let rows = Rows::of(&store).await;
    let options = SqliteConnectOptions::new()
        .filename(directory.0.join("bare.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal);
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(patience)
        .connect_with(options)
        .await
        .unwrap();
    print("SQLite", ours, bare!(pool, rows));
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
    let patience = Duration::from_secs(600);
    let options = options(&cluster.url(), "emis")
        .connections(CONNECTIONS)
        .patience(patience);
    let store = emis_store::PostgresStore::connect(options).await.unwrap();
    let ours = commands(store.clone()).await;

    let rows = Rows::of(&store).await;
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(patience)
        .connect(&cluster.url())
        .await
        .unwrap();
    print("PostgreSQL", ours, bare!(pool, rows));
}
