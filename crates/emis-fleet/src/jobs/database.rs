//! The two databases of the job engine, and what is asked of them beside apalis.
//!
//! apalis fetches, locks, acknowledges and recovers jobs. This module keeps one row for each kind
//! and practice in apalis's table, which is armed again when the job is next due: the row is the
//! lease, and the table does not grow.

use std::collections::BTreeMap;

use serde::Serialize;
#[cfg(feature = "postgres")]
use sqlx::PgPool;
#[cfg(feature = "sqlite")]
use sqlx::SqlitePool;
use sqlx::{AssertSqlSafe, Row};

use super::error::{JobError, JobErrorKind};
use super::kind::JobKind;

/// The pool of either database.
#[derive(Debug, Clone)]
pub(super) enum Database {
    #[cfg(feature = "sqlite")]
    Sqlite(SqlitePool),
    #[cfg(feature = "postgres")]
    Postgres(PgPool),
}

/// Calls the same code of sqlx with either pool.
macro_rules! on {
    ($database:expr, $pool:ident => $call:expr) => {
        match $database {
            #[cfg(feature = "sqlite")]
            Database::Sqlite($pool) => $call,
            #[cfg(feature = "postgres")]
            Database::Postgres($pool) => $call,
        }
    };
}

/// A job to enqueue.
#[derive(Debug, Serialize)]
pub(super) struct NewJob {
    pub(super) id: String,
    pub(super) kind: JobKind,
    pub(super) key: String,
    pub(super) job: String,
    /// Seconds since 1970.
    pub(super) run_at: i64,
}

/// A row of a queue.
#[derive(Debug)]
pub(super) struct JobRow {
    pub(super) kind: String,
    pub(super) key: String,
    pub(super) status: String,
    pub(super) attempts: i64,
    pub(super) run_at: i64,
}

/// Counts of the rows of one queue in one status.
#[derive(Debug)]
pub(super) struct StatusCount {
    pub(super) kind: String,
    pub(super) status: String,
    pub(super) jobs: i64,
    /// Seconds since the earliest was due.
    pub(super) age: i64,
}

/// A row of the dead letters.
#[derive(Debug)]
pub(super) struct DeadRow {
    pub(super) kind: String,
    pub(super) key: String,
    pub(super) reason: String,
    pub(super) attempts: i64,
    pub(super) times: i64,
    pub(super) first_at: i64,
    pub(super) last_at: i64,
    pub(super) trace: String,
}

/// A job that is run often by intention must never use up apalis's own count of attempts.
const NO_LIMIT: &str = "1000000000";

const ARM: &str = "ON CONFLICT (job_type, idempotency_key) DO UPDATE SET id = excluded.id, \
     job = excluded.job, status = 'Pending', attempts = 0, run_at = excluded.run_at, priority = 1, \
     lock_by = NULL, lock_at = NULL, done_at = NULL, last_result = NULL";

const DEAD_LETTERS: &str = "CREATE TABLE IF NOT EXISTS {dead} (\
     kind TEXT NOT NULL, subject TEXT NOT NULL, reason TEXT NOT NULL, trace TEXT NOT NULL, \
     attempts BIGINT NOT NULL, times BIGINT NOT NULL, first_at BIGINT NOT NULL, \
     last_at BIGINT NOT NULL, PRIMARY KEY (kind, subject))";

impl Database {
    /// Writes a statement in the words of the database.
    fn sql(&self, text: &str) -> AssertSqlSafe<String> {
        let words = match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => [
                ("{jobs}", "Jobs"),
                ("{workers}", "Workers"),
                ("{dead}", "emis_fleet_dead_letters"),
                ("{now}", "CAST(strftime('%s', 'now') AS INTEGER)"),
                ("{run_at}", "run_at"),
                ("{last_seen}", "last_seen"),
                ("{time}", ""),
            ],
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => [
                ("{jobs}", "apalis.jobs"),
                ("{workers}", "apalis.workers"),
                ("{dead}", "emis_fleet.dead_letters"),
                ("{now}", "CAST(floor(extract(epoch FROM now())) AS BIGINT)"),
                (
                    "{run_at}",
                    "CAST(floor(extract(epoch FROM run_at)) AS BIGINT)",
                ),
                (
                    "{last_seen}",
                    "CAST(floor(extract(epoch FROM last_seen)) AS BIGINT)",
                ),
                ("{time}", "to_timestamp"),
            ],
        };
        let words = words.into_iter();
        AssertSqlSafe(words.fold(text.to_owned(), |text, (name, word)| {
            text.replace(name, word)
        }))
    }

    /// Creates the tables of apalis and of the dead letters, or brings them up to date.
    pub(super) async fn migrate(&self) -> Result<(), JobError> {
        let failed = |error| JobError::new(JobErrorKind::Migration, error);
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pool) => {
                // A process that starts at the same time may have been faster.
                let mut left = 5;
                loop {
                    let migrations = apalis_sqlite::SqliteStorage::migrations();
                    match migrations.run(pool).await.map_err(sqlx::Error::from) {
                        Err(_) if left > 0 => left -= 1,
                        run => break run.map_err(failed)?,
                    }
                }
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(pool) => {
                let migrations = apalis_postgres::PostgresStorage::migrations();
                let run = migrations.run(pool).await;
                run.map_err(|error| failed(error.into()))?;
                let mut transaction = pool.begin().await.map_err(failed)?;
                for step in [
                    "SELECT pg_advisory_xact_lock(1162695762)",
                    "CREATE SCHEMA IF NOT EXISTS emis_fleet",
                ] {
                    let step = sqlx::query(step).execute(&mut *transaction);
                    step.await.map_err(failed)?;
                }
                let make = sqlx::query(self.sql(DEAD_LETTERS)).execute(&mut *transaction);
                make.await.map_err(failed)?;
                return transaction.commit().await.map_err(failed);
            }
        }
        #[cfg(feature = "sqlite")]
        on!(self, pool => {
            sqlx::query(self.sql(DEAD_LETTERS)).execute(pool).await.map_err(failed)?;
        });
        Ok(())
    }

    /// Returns the time by the clock of the database, in seconds since 1970.
    pub(super) async fn now(&self) -> Result<i64, JobError> {
        let sql = self.sql("SELECT {now}");
        Ok(on!(self, pool => sqlx::query_scalar(sql).fetch_one(pool).await?))
    }

    /// Enqueues those of the jobs that are neither waiting nor running, nor were enqueued for this
    /// time before. Returns their number.
    pub(super) async fn enqueue(&self, jobs: &[NewJob]) -> Result<u64, JobError> {
        let table = "{jobs}";
        let guard = " WHERE jobs.status IN ('Done', 'Killed') AND jobs.run_at < excluded.run_at";
        self.insert(table, jobs, guard).await
    }

    /// Enqueues a job at once if it is not running.
    pub(super) async fn enqueue_now(&self, job: NewJob) -> Result<bool, JobError> {
        let guard = " WHERE jobs.status NOT IN ('Queued', 'Running')";
        Ok(self.insert("{jobs}", &[job], guard).await? > 0)
    }

    async fn insert(&self, table: &str, jobs: &[NewJob], guard: &str) -> Result<u64, JobError> {
        // It only holds texts and numbers.
        let json = serde_json::to_string(jobs).unwrap_or_default();
        let columns = "(id, job_type, job, status, attempts, max_attempts, run_at, priority, \
             idempotency_key)";
        let source = match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => format!(
                "SELECT value ->> 'id', value ->> 'kind', CAST(value ->> 'job' AS BLOB), \
                 'Pending', 0, {NO_LIMIT}, value ->> 'run_at', 1, value ->> 'key' \
                 FROM json_each($1) WHERE true"
            ),
            // In one order, so that two workers do not wait for each other.
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => format!(
                "SELECT x.id, x.kind, convert_to(x.job, 'UTF8'), 'Pending', 0, {NO_LIMIT}, \
                 to_timestamp(x.run_at), 1, x.key FROM jsonb_to_recordset(CAST($1 AS jsonb)) \
                 AS x(id text, kind text, key text, job text, run_at bigint) ORDER BY x.kind, x.key"
            ),
        };
        let text = format!("INSERT INTO {table} AS jobs {columns} {source} {ARM}{guard}");
        let sql = self.sql(&text);
        Ok(on!(self, pool => sqlx::query(sql).bind(json).execute(pool).await?.rows_affected()))
    }

    /// Puts off the next attempt of a job that this worker holds, and lets others go first.
    pub(super) async fn postpone(
        &self,
        id: &str,
        worker: &str,
        seconds: i64,
    ) -> Result<(), JobError> {
        let sql = self.sql(
            "UPDATE {jobs} SET run_at = {time}({now} + CAST($3 AS BIGINT)), priority = 0 \
             WHERE id = $1 AND lock_by = $2",
        );
        on!(self, pool => {
            sqlx::query(sql).bind(id).bind(worker).bind(seconds).execute(pool).await?;
        });
        Ok(())
    }

    /// Returns `true` while this worker holds the job.
    pub(super) async fn holds(&self, id: &str, worker: &str) -> Result<bool, JobError> {
        let sql = self.sql("SELECT count(*) FROM {jobs} WHERE id = $1 AND lock_by = $2");
        let held: i64 = on!(self, pool => {
            sqlx::query_scalar(sql).bind(id).bind(worker).fetch_one(pool).await?
        });
        Ok(held > 0)
    }

    /// Hands back what the queues of a worker that ends hold.
    pub(super) async fn release(&self, worker: &str) -> Result<u64, JobError> {
        let sql = self.sql(
            "UPDATE {jobs} SET status = 'Pending', lock_by = NULL, lock_at = NULL \
             WHERE substr(lock_by, 1, length($1)) = $1 AND status IN ('Queued', 'Running')",
        );
        let prefix = format!("{worker}/");
        Ok(on!(self, pool => sqlx::query(sql).bind(prefix).execute(pool).await?.rows_affected()))
    }

    /// Enqueues again the jobs of workers that were not seen for `seconds`.
    pub(super) async fn recover(&self, kind: JobKind, seconds: u64) -> Result<(), JobError> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pool) => {
                let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
                let everyone = apalis_core::backend::WorkerFilter::None;
                let queue = kind.code();
                apalis_sqlite::queries::reenqueue_orphaned(pool, seconds, queue, &everyone).await?;
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(pool) => {
                let mut connection = pool.acquire().await?;
                let queue = kind.code();
                let run =
                    apalis_postgres::queries::reenqueue_orphaned(&mut *connection, queue, seconds);
                run.await.map_err(|error| match error {
                    apalis_postgres::Error::Database(error) => error,
                    _ => sqlx::Error::WorkerCrashed,
                })?;
            }
        }
        Ok(())
    }

    /// Takes back the times of a queue that a fast clock wrote, and that would hold it up until then:
    /// a job of this kind waits at most `interval` seconds, and no worker is seen `dead_after`
    /// seconds ahead.
    pub(super) async fn take_back_times(
        &self,
        kind: JobKind,
        interval: i64,
        dead_after: i64,
    ) -> Result<(), JobError> {
        let jobs = self.sql(
            "UPDATE {jobs} SET run_at = {time}({now} - CAST($2 AS BIGINT)) \
             WHERE job_type = $1 AND {run_at} > {now} + CAST($2 AS BIGINT)",
        );
        let workers = self.sql(
            "UPDATE {workers} SET last_seen = {time}({now}) \
             WHERE worker_type = $1 AND {last_seen} > {now} + CAST($2 AS BIGINT)",
        );
        for (sql, furthest) in [(jobs, interval), (workers, dead_after)] {
            on!(self, pool => {
                sqlx::query(sql).bind(kind.code()).bind(furthest).execute(pool).await?;
            });
        }
        Ok(())
    }

    /// Forgets workers that were not seen for a day.
    pub(super) async fn forget_workers(&self) -> Result<(), JobError> {
        let sql = self.sql(
            "DELETE FROM {workers} WHERE {last_seen} < {now} - 86400 AND NOT EXISTS \
             (SELECT 1 FROM {jobs} WHERE lock_by = {workers}.id)",
        );
        on!(self, pool => {
            sqlx::query(sql).execute(pool).await?;
        });
        Ok(())
    }

    /// Counts the rows of every queue.
    pub(super) async fn counts(&self) -> Result<Vec<StatusCount>, JobError> {
        let sql = self.sql(
            "SELECT job_type, status, count(*), {now} - min({run_at}) FROM {jobs} \
             GROUP BY job_type, status",
        );
        on!(self, pool => {
            let rows = sqlx::query(sql).fetch_all(pool).await?;
            let rows = rows.iter().map(|row| Ok(StatusCount {
                kind: row.try_get(0)?,
                status: row.try_get(1)?,
                jobs: row.try_get(2)?,
                age: row.try_get(3)?,
            }));
            rows.collect()
        })
    }

    /// Lists the rows of a practice, or of all.
    pub(super) async fn rows(&self, key: Option<&str>) -> Result<Vec<JobRow>, JobError> {
        let sql = self.sql(
            "SELECT job_type, idempotency_key, status, CAST(attempts AS BIGINT), {run_at} \
             FROM {jobs} WHERE idempotency_key = COALESCE($1, idempotency_key) \
             ORDER BY idempotency_key, job_type",
        );
        on!(self, pool => {
            let rows = sqlx::query(sql).bind(key).fetch_all(pool).await?;
            let rows = rows.iter().map(|row| Ok(JobRow {
                kind: row.try_get(0)?,
                key: row.try_get(1)?,
                status: row.try_get(2)?,
                attempts: row.try_get(3)?,
                run_at: row.try_get(4)?,
            }));
            rows.collect()
        })
    }

    /// Notes a dead letter. Returns `true` if it is new.
    pub(super) async fn bury(
        &self,
        (kind, key): (JobKind, &str),
        reason: &str,
        trace: &str,
        attempts: i64,
    ) -> Result<bool, JobError> {
        let sql = self.sql(
            "INSERT INTO {dead} AS dead \
             (kind, subject, reason, trace, attempts, times, first_at, last_at) \
             VALUES ($1, $2, $3, $4, $5, 1, {now}, {now}) \
             ON CONFLICT (kind, subject) DO UPDATE SET reason = excluded.reason, \
             trace = excluded.trace, attempts = excluded.attempts, times = dead.times + 1, \
             last_at = excluded.last_at RETURNING times",
        );
        let kind = kind.code();
        let times: i64 = on!(self, pool => {
            let query = sqlx::query_scalar(sql).bind(kind).bind(key).bind(reason);
            query.bind(trace).bind(attempts).fetch_one(pool).await?
        });
        Ok(times == 1)
    }

    /// Removes a dead letter, if there is one: the work went well.
    pub(super) async fn unbury(&self, kind: JobKind, key: &str) -> Result<(), JobError> {
        // Reading waits for no writer. When a queue of a SQLite file ends, a look for the next job
        // may hold the file until the running jobs have ended.
        let sql = self.sql("SELECT count(*) FROM {dead} WHERE kind = $1 AND subject = $2");
        let dead: i64 = on!(self, pool => {
            sqlx::query_scalar(sql).bind(kind.code()).bind(key).fetch_one(pool).await?
        });
        if dead == 0 {
            return Ok(());
        }
        let sql = self.sql("DELETE FROM {dead} WHERE kind = $1 AND subject = $2");
        on!(self, pool => {
            sqlx::query(sql).bind(kind.code()).bind(key).execute(pool).await?;
        });
        Ok(())
    }

    /// Lists the dead letters, latest first.
    pub(super) async fn dead(&self) -> Result<Vec<DeadRow>, JobError> {
        let sql = self.sql(
            "SELECT kind, subject, reason, attempts, times, first_at, last_at, trace FROM {dead} \
             ORDER BY last_at DESC, subject, kind",
        );
        on!(self, pool => {
            let rows = sqlx::query(sql).fetch_all(pool).await?;
            let rows = rows.iter().map(|row| Ok(DeadRow {
                kind: row.try_get(0)?,
                key: row.try_get(1)?,
                reason: row.try_get(2)?,
                attempts: row.try_get(3)?,
                times: row.try_get(4)?,
                first_at: row.try_get(5)?,
                last_at: row.try_get(6)?,
                trace: row.try_get(7)?,
            }));
            rows.collect()
        })
    }

    /// Counts the dead letters of each kind.
    pub(super) async fn count_dead(&self) -> Result<BTreeMap<String, i64>, JobError> {
        let sql = self.sql("SELECT kind, count(*) FROM {dead} GROUP BY kind");
        on!(self, pool => {
            let rows = sqlx::query(sql).fetch_all(pool).await?;
            let rows = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
            rows.collect()
        })
    }

    pub(super) async fn close(&self) {
        on!(self, pool => pool.close().await);
    }
}
