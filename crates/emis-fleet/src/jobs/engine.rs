//! The queues of jobs in a database.

use std::collections::BTreeMap;
use std::time::Duration;

use emis_types::OdsCode;
use jiff::Timestamp;
use serde::Serialize;
use ulid::Ulid;

use super::database::{Database, NewJob};
use super::error::{JobError, JobErrorKind};
use super::kind::JobKind;
use super::payload::Job;

/// The time that a caller waits for a connection, and for another writer of a SQLite file.
const PATIENCE: Duration = Duration::from_secs(10);

/// The queues of jobs: in a SQLite file for the workers of one machine, or in PostgreSQL for any
/// number of workers.
///
/// The tables are apalis's, and one of dead letters. They hold ODS codes and nothing about
/// patients. The jobs of one kind for one practice are one row, which is armed again each time the
/// job is due: one practice has at most one job of a kind waiting or running, and the tables do not
/// grow.
///
/// Cheap to clone; clones share the connections.
///
/// # Examples
/// ```
/// # #[cfg(feature = "sqlite")]
/// # async fn example() -> Result<(), emis_fleet::jobs::JobError> {
/// use emis_fleet::jobs::JobEngine;
///
/// let engine = JobEngine::sqlite("jobs.db").await?;
/// for (kind, counts) in engine.counts().await? {
///     println!("{kind}: {} waiting, {} running", counts.waiting, counts.running);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct JobEngine {
    pub(super) database: Database,
}

/// The jobs of one kind by their state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct JobCounts {
    /// Jobs that are due, or that a worker is about to run.
    pub waiting: u64,
    /// Jobs that a worker is running.
    pub running: u64,
    /// Jobs whose latest run ended well or became a dead letter.
    pub done: u64,
    /// Jobs whose latest attempt failed and that wait for the next.
    pub failed: u64,
    /// Dead letters: jobs whose retries are used up, or that can't be read.
    pub dead: u64,
    /// The seconds since the oldest waiting job was due.
    pub oldest_age_seconds: u64,
}

/// A job as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct JobRecord {
    /// The kind, as it is stored: a later release may have kinds of its own.
    pub kind: String,
    /// The ODS code of the practice, or `product`.
    pub subject: String,
    /// The state, as apalis names it: `Pending`, `Queued`, `Running`, `Done` or `Failed`.
    pub state: String,
    /// The number of attempts so far.
    pub attempts: u64,
    /// The time at which it is, or was, due.
    pub run_at: Timestamp,
}

/// A job whose retries are used up, or that can't be read. It stays listed until the same work goes
/// well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DeadLetter {
    /// The kind.
    pub kind: String,
    /// The ODS code of the practice, or `product`.
    pub subject: String,
    /// A stable code of the cause.
    pub reason: String,
    /// The number of attempts of the latest job.
    pub attempts: u64,
    /// The number of jobs in a row that died.
    pub times: u64,
    /// The time at which the first died.
    pub first_at: Timestamp,
    /// The time at which the latest died.
    pub last_at: Timestamp,
    /// The trace ID of the latest.
    pub trace: String,
}

impl JobEngine {
    /// Opens the queues in a SQLite file. Creates the file, readable by its owner alone, if it does
    /// not exist.
    ///
    /// # Errors
    /// [`Unreachable`](JobErrorKind::Unreachable) if the file can't be opened,
    /// [`Migration`](JobErrorKind::Migration) if it holds something else.
    #[cfg(feature = "sqlite")]
    pub async fn sqlite(path: impl AsRef<std::path::Path>) -> Result<Self, JobError> {
        use sqlx::ConnectOptions;
        use sqlx::sqlite::SqliteSynchronous;
        use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};

        let unreachable = |error| JobError::new(JobErrorKind::Unreachable, error);
        let mut file = std::fs::OpenOptions::new();
        file.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
        drop(
            file.open(&path)
                .map_err(|error| unreachable(error.into()))?,
        );
        let options = SqliteConnectOptions::new()
            .filename(path)
            .busy_timeout(PATIENCE)
            .journal_mode(SqliteJournalMode::Wal)
            // A crash of the machine may forget the last moments, and the next run makes up for it.
            .synchronous(SqliteSynchronous::Normal)
            .disable_statement_logging();
        let pool = SqlitePoolOptions::new()
            .max_connections(8)
            .acquire_timeout(PATIENCE)
            .connect_with(options);
        let database = Database::Sqlite(pool.await.map_err(unreachable)?);
        database.migrate().await?;
        Ok(Self { database })
    }

    /// Connects to the queues in a PostgreSQL database, and creates their tables in the schemas
    /// `apalis` and `emis_fleet` if they do not exist. The user must be allowed to create schemas and
    /// the extension `hstore` there.
    ///
    /// A server on another host is spoken to over TLS only, with its name verified.
    ///
    /// # Errors
    /// [`Address`](JobErrorKind::Address) if it is not the URL of a database,
    /// [`Unreachable`](JobErrorKind::Unreachable) if there is no connection, and
    /// [`Migration`](JobErrorKind::Migration) if the tables can't be created.
    #[cfg(feature = "postgres")]
    pub async fn postgres(url: secrecy::SecretString) -> Result<Self, JobError> {
        use secrecy::ExposeSecret;
        use sqlx::ConnectOptions;
        use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};

        let options: Result<PgConnectOptions, _> = url.expose_secret().parse();
        let mut options = options.map_err(|_| JobError::address())?;
        let host = options.get_host().trim_matches(['[', ']']);
        let address = host.parse::<std::net::IpAddr>();
        let is_local = options.get_socket().is_some()
            || host == "localhost"
            || address.is_ok_and(|address| address.is_loopback());
        if !is_local {
            options = options.ssl_mode(PgSslMode::VerifyFull);
        }
        let pool = PgPoolOptions::new()
            .max_connections(8)
            .acquire_timeout(PATIENCE)
            .connect_with(options.disable_statement_logging());
        let pool = pool.await;
        let pool = pool.map_err(|error| JobError::new(JobErrorKind::Unreachable, error))?;
        let database = Database::Postgres(pool);
        database.migrate().await?;
        Ok(Self { database })
    }

    /// Counts the jobs of every kind.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn counts(&self) -> Result<BTreeMap<JobKind, JobCounts>, JobError> {
        let all = JobKind::ALL.into_iter();
        let mut counts: BTreeMap<_, _> = all.map(|kind| (kind, JobCounts::default())).collect();
        for row in self.database.counts().await? {
            let Some(counts) = row.kind.parse().ok().and_then(|kind| counts.get_mut(&kind)) else {
                continue;
            };
            let jobs = unsigned(row.jobs);
            match row.status.as_str() {
                "Pending" | "Queued" => {
                    counts.waiting += jobs;
                    counts.oldest_age_seconds = counts.oldest_age_seconds.max(unsigned(row.age));
                }
                "Running" => counts.running += jobs,
                "Failed" => counts.failed += jobs,
                _ => counts.done += jobs,
            }
        }
        for (kind, dead) in self.database.count_dead().await? {
            if let Some(counts) = kind.parse().ok().and_then(|kind| counts.get_mut(&kind)) {
                counts.dead = unsigned(dead);
            }
        }
        Ok(counts)
    }

    /// Lists the jobs of a practice, or of all practices and the product.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn jobs(&self, practice: Option<&OdsCode>) -> Result<Vec<JobRecord>, JobError> {
        let rows = self.database.rows(practice.map(OdsCode::as_str)).await?;
        let record = |row: super::database::JobRow| JobRecord {
            kind: row.kind,
            subject: row.key,
            state: row.status,
            attempts: unsigned(row.attempts),
            run_at: timestamp(row.run_at),
        };
        Ok(rows.into_iter().map(record).collect())
    }

    /// Lists the dead letters, the latest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn dead_letters(&self) -> Result<Vec<DeadLetter>, JobError> {
        let letter = |row: super::database::DeadRow| DeadLetter {
            kind: row.kind,
            subject: row.key,
            reason: row.reason,
            attempts: unsigned(row.attempts),
            times: unsigned(row.times),
            first_at: timestamp(row.first_at),
            last_at: timestamp(row.last_at),
            trace: row.trace,
        };
        Ok(self
            .database
            .dead()
            .await?
            .into_iter()
            .map(letter)
            .collect())
    }

    /// Enqueues a job at once, whether or not it is due: of a practice, or of the product if `None`.
    /// Returns `false` if it is running already, or if it is not work of a practice or of the
    /// product, as was asked for.
    ///
    /// # Errors
    /// If the database fails.
    ///
    /// # Cancel safety
    /// Safe to drop: the job is enqueued or not.
    pub async fn run_now(
        &self,
        kind: JobKind,
        practice: Option<OdsCode>,
    ) -> Result<bool, JobError> {
        if kind.is_per_practice() != practice.is_some() {
            return Ok(false);
        }
        let now = self.database.now().await?;
        let job = new_job(&Job::new(kind, practice), now);
        self.database.enqueue_now(job).await
    }

    /// Closes the connections, also those of clones.
    pub async fn close(&self) {
        self.database.close().await;
    }
}

pub(super) fn new_job(job: &Job, run_at: i64) -> NewJob {
    NewJob {
        id: Ulid::generate().to_string(),
        kind: job.kind,
        key: job.key().to_owned(),
        job: job.to_json(),
        run_at,
    }
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn timestamp(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}
