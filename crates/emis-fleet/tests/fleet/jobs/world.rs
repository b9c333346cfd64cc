//! Simulated practices, and queues in either database.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use emis_diagnostics::Product;
use emis_fleet::jobs::{JobEngine, JobEvent, JobKind, Schedule, Worker};
use emis_partner::client::{BreakerPolicy, RetryPolicy};
use emis_partner::credentials::{ClientCredentials, SealingIdentity};
use emis_partner::messaging::Outbox;
use emis_partner::store::SqliteStore;
use emis_partner::{EmisPartner, Environment};
use emis_sim::{Sim, SimPractice};
use emis_types::{ManualClock, OdsCode};
use jiff::SignedDuration;
use jiff::civil::date;
use sqlx::AssertSqlSafe;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// Longer than any of the tests takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// The queues of one test, and their database past the engine.
pub(super) struct Queues {
    pub(super) engine: JobEngine,
    raw: Raw,
    /// Removed at the end.
    directory: Option<PathBuf>,
}

enum Raw {
    Sqlite(sqlx::SqlitePool),
    #[cfg(feature = "postgres")]
    Postgres(sqlx::PgPool),
}

static NEXT: AtomicU32 = AtomicU32::new(0);

impl Queues {
    pub(super) async fn sqlite() -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("emis-fleet-{}-{number}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        std::fs::create_dir(&directory).unwrap();
        let file = directory.join("jobs.db");
        let engine = JobEngine::sqlite(&file).await.unwrap();
        let url = format!("sqlite://{}", file.display());
        Self {
            engine,
            raw: Raw::Sqlite(sqlx::SqlitePool::connect(&url).await.unwrap()),
            directory: Some(directory),
        }
    }

    #[cfg(feature = "postgres")]
    pub(super) async fn postgres() -> Option<Self> {
        Some(Self::on(super::postgres::url()?).await)
    }

    /// Creates a database of its own on a server.
    #[cfg(feature = "postgres")]
    pub(super) async fn on(url: &str) -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("fleet_{}_{number}", std::process::id());
        let server = sqlx::PgPool::connect(url).await.unwrap();
        let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::query(create).execute(&server).await.unwrap();
        let (address, parameters) = url.split_once('?').unwrap_or((url, ""));
        let (address, _) = address.rsplit_once('/').unwrap();
        let url = format!("{address}/{name}?{parameters}");
        Self {
            engine: JobEngine::postgres(url.clone().into()).await.unwrap(),
            raw: Raw::Postgres(sqlx::PgPool::connect(&url).await.unwrap()),
            directory: None,
        }
    }

    /// Executes a statement, written for SQLite or for PostgreSQL.
    async fn execute(&self, sqlite: &str, postgres: &str) -> u64 {
        match &self.raw {
            Raw::Sqlite(pool) => {
                let query = sqlx::query(AssertSqlSafe(sqlite.to_owned())).execute(pool);
                query.await.unwrap().rows_affected()
            }
            #[cfg(feature = "postgres")]
            Raw::Postgres(pool) => {
                let query = sqlx::query(AssertSqlSafe(postgres.to_owned())).execute(pool);
                query.await.unwrap().rows_affected()
            }
            #[cfg(not(feature = "postgres"))]
            #[allow(unreachable_patterns, reason = "uses the argument")]
            _ => panic!("{postgres}"),
        }
    }

    /// Puts a job into a queue as another release, or a fault, wrote it.
    pub(super) async fn write(&self, kind: JobKind, key: &str, payload: &str) {
        let id = format!("01J{:023}", NEXT.fetch_add(1, Ordering::Relaxed));
        let head = "(id, job_type, job, status, attempts, max_attempts, run_at, priority, \
             idempotency_key)";
        let body = |job: String, run_at: &str| {
            format!(
                "{head} VALUES ('{id}', '{kind}', {job}, 'Pending', 0, 5, {run_at}, 0, '{key}')"
            )
        };
        let sqlite = body(
            format!("CAST('{payload}' AS BLOB)"),
            "strftime('%s', 'now')",
        );
        let postgres = body(
            format!("convert_to('{payload}', 'UTF8')"),
            "date_trunc('second', now())",
        );
        let (sqlite, postgres) = (
            format!("INSERT INTO Jobs {sqlite}"),
            format!("INSERT INTO apalis.jobs {postgres}"),
        );
        assert_eq!(self.execute(&sqlite, &postgres).await, 1);
    }

    /// Lets the clock of the database pass the time after which every worker so far is dead.
    pub(super) async fn age_workers(&self) {
        let aged = self.execute(
            "UPDATE Workers SET last_seen = last_seen - 3600",
            "UPDATE apalis.workers SET last_seen = last_seen - interval '1 hour'",
        );
        assert!(aged.await > 0);
    }

    /// Dates jobs and workers as if the clock of the database had been years fast until now.
    pub(super) async fn date_ahead(&self) {
        let jobs = self.execute(
            "UPDATE Jobs SET run_at = run_at + 86400 * 1000",
            "UPDATE apalis.jobs SET run_at = run_at + interval '1000 days'",
        );
        assert!(jobs.await > 0);
        let workers = self.execute(
            "UPDATE Workers SET last_seen = last_seen + 86400 * 1000",
            "UPDATE apalis.workers SET last_seen = last_seen + interval '1000 days'",
        );
        assert!(workers.await > 0);
    }

    /// Takes every running job from its worker, as one that takes it for dead does.
    pub(super) async fn take_over(&self) {
        let taken = self.execute(
            "UPDATE Jobs SET lock_by = NULL, status = 'Done' WHERE lock_by IS NOT NULL",
            "UPDATE apalis.jobs SET lock_by = NULL, status = 'Done' WHERE lock_by IS NOT NULL",
        );
        assert!(taken.await > 0);
    }

    /// Waits until the one job is running whose workers have died so many times.
    pub(super) async fn until_running_after(&self, deaths: u64) {
        let running = async {
            loop {
                let jobs = self.engine.jobs(None).await.unwrap();
                let mut jobs = jobs.iter();
                if jobs.any(|job| (job.attempts, job.state.as_str()) == (deaths, "Running")) {
                    break;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, running).await.unwrap();
    }

    /// Waits until the counts of a kind are as expected.
    pub(super) async fn until_running(&self, kind: JobKind, jobs: u64) {
        let counted = async {
            while self.engine.counts().await.unwrap()[&kind].running != jobs {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, counted).await.unwrap();
    }
}

impl Drop for Queues {
    fn drop(&mut self) {
        if let Some(directory) = &self.directory {
            let _ = std::fs::remove_dir_all(directory);
        }
    }
}

/// Simulated practices that are set up, and the product.
pub(super) struct World {
    pub(super) sim: Sim,
    pub(super) outbox: Arc<Outbox>,
    pub(super) partner: EmisPartner,
    store: Arc<SqliteStore>,
    key: SealingIdentity,
}

impl World {
    pub(super) async fn with(practices: u32) -> Self {
        let clock = ManualClock::at_uk(date(2026, 6, 2).at(10, 0, 0, 0));
        let sim = Sim::builder().practices(practices).patients(20);
        let sim = sim.clock(Arc::new(clock.clone())).start().await.unwrap();
        let store = SqliteStore::in_memory()
            .unwrap()
            .with_clock(Arc::new(clock.clone()));
        let (store, outbox) = (Arc::new(store), Arc::new(Outbox::new()));
        let key = SealingIdentity::generate();
        let partner = partner(&sim, &store, &outbox, &key, clock);
        for emis in sim.practices() {
            let practice = partner.practice(emis.ods().parse().unwrap());
            let (settings, password) = (practice.settings(), emis.password().into());
            let entered = settings.update_connection(emis.cdb(), emis.username(), password);
            entered.await.unwrap();
        }
        Self {
            sim,
            outbox,
            partner,
            store,
            key,
        }
    }

    /// Returns the product as a process with a wrong clock has it.
    pub(super) fn partner_at(&self, clock: ManualClock) -> EmisPartner {
        partner(&self.sim, &self.store, &self.outbox, &self.key, clock)
    }

    pub(super) fn code(&self, practice: usize) -> OdsCode {
        self.emis(practice).ods().parse().unwrap()
    }

    pub(super) fn emis(&self, practice: usize) -> &SimPractice {
        &self.sim.practices()[practice]
    }

    /// Returns the number of times that each message was sent.
    pub(super) fn sent(&self) -> BTreeMap<(OdsCode, String), usize> {
        let mut sent = BTreeMap::new();
        for message in self.outbox.messages() {
            let key = (message.practice().clone(), message.reference().to_string());
            *sent.entry(key).or_default() += 1;
        }
        sent
    }
}

fn partner(
    sim: &Sim,
    store: &Arc<SqliteStore>,
    outbox: &Arc<Outbox>,
    key: &SealingIdentity,
    clock: ManualClock,
) -> EmisPartner {
    let environment = Environment {
        api_url: sim.api_url().parse().unwrap(),
        identity_url: sim.identity_url().parse().unwrap(),
        application_id: sim.application_id().parse().unwrap(),
        client: ClientCredentials::new(sim.client_id(), sim.client_secret().into()),
    };
    let (store, outbox) = (Arc::clone(store), Arc::clone(outbox));
    let product = Product::new("Patchs", "patchs").unwrap();
    let builder = EmisPartner::builder(product, environment, key.clone(), store, outbox);
    let builder = builder.client_options(|client| {
        client
            .retry(RetryPolicy::never())
            .breaker(BreakerPolicy::never())
    });
    let builder = builder.least_between_polls(SignedDuration::ZERO);
    builder.clock(Arc::new(clock)).build().unwrap()
}

/// A worker in a task of its own.
pub(super) struct Running {
    events: mpsc::UnboundedReceiver<JobEvent>,
    stop: oneshot::Sender<()>,
    pub(super) task: JoinHandle<()>,
}

/// Returns a worker that looks for jobs all the time and runs these kinds once.
pub(super) fn worker(queues: &Queues, partner: &EmisPartner, kinds: &[JobKind]) -> Worker {
    Worker::new(queues.engine.clone(), partner.clone())
        .schedule(schedule(kinds))
        .poll_every(Duration::from_millis(10))
        .heartbeat(Duration::from_secs(1))
        .grace(PATIENCE)
}

/// A schedule whose jobs are due once in the time of a test.
pub(super) fn schedule(kinds: &[JobKind]) -> Schedule {
    let schedule = Schedule::new().at_any_hour().only(kinds);
    kinds.iter().fold(schedule, |schedule, kind| {
        schedule.every(*kind, Duration::from_secs(86_400 * 365))
    })
}

impl Running {
    pub(super) fn start(worker: Worker) -> Self {
        let (send, events) = mpsc::unbounded_channel();
        let (stop, stopped) = oneshot::channel();
        let worker = worker.on_event(move |event| {
            let _ = send.send(event.clone());
        });
        let task = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            worker.run(stopped).await.unwrap();
        });
        Self { events, stop, task }
    }

    /// Waits for so many runs to end.
    pub(super) async fn events(&mut self, number: usize) -> Vec<JobEvent> {
        let mut events = Vec::new();
        for _ in 0..number {
            let event = tokio::time::timeout(PATIENCE, self.events.recv()).await;
            let event = event.unwrap_or_else(|_| panic!("no more than {events:?}"));
            events.push(event.unwrap());
        }
        events
    }

    /// Stops the worker, and returns the runs that ended since.
    pub(super) async fn stop(mut self) -> Vec<JobEvent> {
        let _ = self.stop.send(());
        self.task.await.unwrap();
        let mut events = Vec::new();
        while let Ok(event) = self.events.try_recv() {
            events.push(event);
        }
        events
    }

    /// Drops the worker's future, as a killed process does.
    pub(super) async fn kill(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
    }
}
