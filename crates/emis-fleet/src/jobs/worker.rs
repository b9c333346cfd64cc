//! A worker: it enqueues what is due, and runs it.

use std::convert::Infallible;
use std::fmt;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use apalis_core::backend::codec::Codec;
use apalis_core::backend::ext::BackendExt;
use apalis_core::error::WorkerError;
use apalis_core::worker::builder::WorkerBuilder;
use apalis_core::worker::context::WorkerContext;
use apalis_core::worker::event::Event;
use emis_partner::audit::AuditAnchorStore;
use emis_partner::settings::RetentionPolicy;
use emis_partner::{EmisPartner, Practice};
use emis_types::OdsCode;
use futures_util::{Stream, StreamExt};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tower::limit::ConcurrencyLimitLayer;
use tracing::{debug, info, trace, warn};
use uuid::Uuid;

use super::database::{Database, NewJob};
use super::engine::{JobEngine, new_job};
use super::error::JobError;
use super::kind::JobKind;
use super::payload::{Job, key_of};
use super::run::Tools;
use super::schedule::Schedule;
use super::service::{JobEvent, JobService, Observer, Shared};
use super::telemetry;

/// The number of heartbeats that a worker misses before others take over its jobs.
const MISSED_HEARTBEATS: u32 = 4;
/// The number of jobs that are enqueued by one statement.
const BATCH: usize = 500;

/// Enqueues the jobs that are due and runs them, with any number of other workers on the same
/// engine.
///
/// Each kind of job has its own queue, and each queue runs up to
/// [`concurrency`](Self::concurrency) jobs of different practices at once. A job that fails waits,
/// and fresh jobs go before it: a practice that hangs holds one place of each queue until the time
/// limit, and delays no other. A worker that dies is not missed: others take over what it held after
/// four missed heartbeats, by the clock of the database.
///
/// # Examples
/// ```
/// # #[cfg(feature = "sqlite")]
/// # async fn example(
/// #     partner: emis_partner::EmisPartner,
/// #     terminated: impl Future<Output = ()>,
/// # ) -> Result<(), emis_fleet::jobs::JobError> {
/// use emis_fleet::jobs::{JobEngine, Worker};
///
/// let engine = JobEngine::sqlite("jobs.db").await?;
/// Worker::new(engine, partner).run(terminated).await
/// # }
/// ```
#[must_use = "a worker does nothing until it is run"]
pub struct Worker {
    engine: JobEngine,
    tools: Tools,
    schedule: Schedule,
    observer: Observer,
    concurrency: usize,
    poll_every: Duration,
    enqueue_every: Duration,
    heartbeat: Duration,
    grace: Duration,
}

impl Worker {
    /// Creates a worker with [`Schedule::new`] and 16 practices at once of each kind.
    pub fn new(engine: JobEngine, partner: EmisPartner) -> Self {
        Self {
            engine,
            tools: Tools {
                partner,
                anchors: None,
                retention: RetentionPolicy::default(),
            },
            schedule: Schedule::new(),
            observer: Arc::new(|_| {}),
            concurrency: 16,
            poll_every: Duration::from_secs(1),
            enqueue_every: Duration::from_secs(10),
            heartbeat: Duration::from_secs(10),
            grace: Duration::from_secs(25),
        }
    }

    /// Sets the schedule.
    pub fn schedule(mut self, schedule: Schedule) -> Self {
        self.schedule = schedule;
        self
    }

    /// Sets the store for the heads of audit logs. Without one, logs are not anchored.
    pub fn anchors(mut self, anchors: Arc<dyn AuditAnchorStore>) -> Self {
        self.tools.anchors = Some(anchors);
        self
    }

    /// Sets the retention periods.
    pub fn retention(mut self, policy: RetentionPolicy) -> Self {
        self.tools.retention = policy;
        self
    }

    /// Sets the number of practices that are worked for at once by each kind of job; 16 by default.
    pub fn concurrency(mut self, practices: usize) -> Self {
        self.concurrency = practices.max(1);
        self
    }

    /// Sets the interval at which idle queues look for jobs; one second by default.
    pub fn poll_every(mut self, interval: Duration) -> Self {
        self.poll_every = interval.max(Duration::from_millis(1));
        self
    }

    /// Sets the interval at which due jobs are enqueued; ten seconds by default.
    pub fn enqueue_every(mut self, interval: Duration) -> Self {
        self.enqueue_every = interval.max(Duration::from_millis(1));
        self
    }

    /// Sets the interval of heartbeats, in whole seconds; ten by default. Every worker on an engine
    /// must have the same.
    pub fn heartbeat(mut self, interval: Duration) -> Self {
        self.heartbeat = Duration::from_secs(interval.as_secs().max(1));
        self
    }

    /// Sets the time that running jobs have to end after the worker was told to stop; 25 seconds by
    /// default. It should be less than four heartbeats.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Sets a function that is called with each run that has ended.
    pub fn on_event(mut self, observer: impl Fn(&JobEvent) + Send + Sync + 'static) -> Self {
        self.observer = Arc::new(observer);
        self
    }

    /// Works until `stop` completes, then lets running jobs end and hands back the others.
    ///
    /// A database that fails in between is tried again until it answers.
    ///
    /// # Errors
    /// If the database does not answer at the start, or if jobs can't be handed back at the end:
    /// others take them over then when this worker's heartbeats are missed.
    ///
    /// # Cancel safety
    /// Safe to drop: running jobs are dropped, and other workers take them over when this worker's
    /// heartbeats are missed.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), JobError> {
        let database = self.engine.database.clone();
        let mut enqueued_until = database.now().await?.saturating_sub(
            i64::try_from(self.schedule.longest_interval().as_secs()).unwrap_or(i64::MAX),
        );
        let name = format!("emis-{}", Uuid::new_v4().simple());
        let kinds = self.kinds();
        let shared = Arc::new(Shared {
            database: database.clone(),
            tools: self.tools.clone(),
            schedule: self.schedule.clone(),
            observer: Arc::clone(&self.observer),
            heartbeat: self.heartbeat,
            dead_after: self.heartbeat * MISSED_HEARTBEATS,
        });
        info!(target: "emis_fleet", worker = name, "the worker starts");
        let (stopping, stopped) = watch::channel(false);
        let mut queues = JoinSet::new();
        for kind in &kinds {
            queues.spawn(
                Queue {
                    shared: Arc::clone(&shared),
                    kind: *kind,
                    worker: name.clone(),
                    concurrency: self.concurrency,
                    poll_every: self.poll_every,
                }
                .serve(stopped.clone()),
            );
        }
        let mut ticks = tokio::time::interval(self.enqueue_every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut stop = pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                _ = ticks.tick() => match self.tick(&kinds, enqueued_until).await {
                    Ok(until) => enqueued_until = until,
                    Err(reason) => {
                        warn!(target: "emis_fleet", "jobs were not enqueued: {reason}");
                    }
                },
            }
        }
        info!(target: "emis_fleet", worker = name, "the worker stops");
        stopping.send_replace(true);
        let end = async { while queues.join_next().await.is_some() {} };
        // What does not end in time is handed back.
        let _ = tokio::time::timeout(self.grace, end).await;
        queues.shutdown().await;
        let released = database.release(&name).await?;
        info!(target: "emis_fleet", worker = name, released, "the worker has stopped");
        Ok(())
    }

    fn kinds(&self) -> Vec<JobKind> {
        let anchors = self.tools.anchors.is_some();
        let kinds = self.schedule.kinds();
        kinds
            .filter(|kind| anchors || *kind != JobKind::Anchoring)
            .collect()
    }

    /// Enqueues what became due after a time, takes over the jobs of dead workers and sets the
    /// gauges. Returns the time until which everything is enqueued.
    async fn tick(&self, kinds: &[JobKind], after: i64) -> Result<i64, String> {
        let database = &self.engine.database;
        let now = database.now().await.map_err(|error| error.report())?;
        let dead_after = (self.heartbeat * MISSED_HEARTBEATS).as_secs();
        for kind in kinds {
            let seconds = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX / 4);
            let interval = seconds(self.schedule.interval_of(*kind).as_secs());
            let times = database.take_back_times(*kind, interval, seconds(dead_after));
            times.await.map_err(|error| error.report())?;
            let recovered = database.recover(*kind, dead_after).await;
            recovered.map_err(|error| error.report())?;
        }
        let forgotten = database.forget_workers().await;
        forgotten.map_err(|error| error.report())?;
        let practices = self.tools.partner.practices().await;
        let practices = practices.map_err(|error| error.report())?;
        let codes: Vec<_> = practices.iter().map(Practice::ods_code).collect();
        for kind in kinds {
            for due in self.due(*kind, &codes, after, now).chunks(BATCH) {
                let enqueued = database.enqueue(due).await;
                let enqueued = enqueued.map_err(|error| error.report())?;
                let kind = kind.code();
                debug!(target: "emis_fleet", kind, due = due.len(), enqueued, "jobs are enqueued");
            }
        }
        let counts = self.engine.counts().await;
        for (kind, counts) in counts.map_err(|error| error.report())? {
            telemetry::gauge_counts(kind, &counts);
        }
        Ok(now)
    }

    /// Returns the jobs of a kind that became due in `(after, until]`.
    fn due(&self, kind: JobKind, codes: &[&OdsCode], after: i64, until: i64) -> Vec<NewJob> {
        let job_of = |practice: Option<&OdsCode>| {
            let key = key_of(practice);
            let at = self.schedule.due(kind, key, after, until)?;
            let job = Job::new(kind, practice.cloned());
            trace!(
                target: "emis_fleet",
                kind = kind.code(),
                subject = key,
                trace = job.trace,
                "emis_fleet.enqueued"
            );
            Some(new_job(&job, at))
        };
        if kind.is_per_practice() {
            codes.iter().filter_map(|code| job_of(Some(code))).collect()
        } else {
            job_of(None).into_iter().collect()
        }
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("schedule", &self.schedule)
            .field("concurrency", &self.concurrency)
            .finish_non_exhaustive()
    }
}

/// Leaves the bytes of a payload as they are: one that can't be read must reach the job's own
/// reader, and not end the queue.
#[derive(Debug, Clone, Copy)]
struct RawCodec;

impl Codec<Vec<u8>> for RawCodec {
    type Error = Infallible;
    type Compact = Vec<u8>;

    fn encode(&self, bytes: &Vec<u8>) -> Result<Vec<u8>, Infallible> {
        Ok(bytes.clone())
    }

    fn decode(&self, bytes: &Vec<u8>) -> Result<Vec<u8>, Infallible> {
        Ok(bytes.clone())
    }
}

/// The queue of one kind, served by one of apalis's workers at a time.
struct Queue {
    shared: Arc<Shared>,
    kind: JobKind,
    worker: String,
    concurrency: usize,
    poll_every: Duration,
}

/// What apalis's worker tells; it works while it is polled.
type Events = Pin<Box<dyn Stream<Item = Result<Event, WorkerError>> + Send>>;

/// Builds apalis's worker over a backend.
macro_rules! events {
    ($queue:expr, $backend:expr, $context:expr) => {{
        let backend = $backend.with_codec(RawCodec);
        let service = JobService {
            shared: Arc::clone(&$queue.shared),
            kind: $queue.kind,
        };
        let worker = WorkerBuilder::new($context)
            .backend(backend.poll_with_interval($queue.poll_every))
            .layer(ConcurrencyLimitLayer::new($queue.concurrency))
            .build(service);
        Box::pin(worker.stream())
    }};
}

impl Queue {
    /// Serves the queue until the worker is told to stop. When the database fails, apalis's worker
    /// takes no more jobs and lets those that it runs end, and another one takes its place.
    async fn serve(self, mut stopped: watch::Receiver<bool>) {
        let (mut restarts, mut ending) = (0_u32, JoinSet::new());
        while !*stopped.borrow() {
            let (worker, kind) = (&self.worker, self.kind);
            let context = WorkerContext::new(&format!("{worker}/{kind}/{restarts}"));
            let mut events = self.events(&context);
            match drive(&mut events, &mut stopped).await {
                Drive::Ended => {}
                Drive::Stopped => {
                    // It may not have started yet, and has nothing to end then.
                    if context.stop().is_ok() {
                        ending.spawn(end(events));
                    }
                    break;
                }
                Drive::Failed => {
                    let worker = context.name();
                    warn!(target: "emis_fleet", worker, "a queue has lost its database");
                    if context.stop().is_ok() {
                        ending.spawn(end(events));
                    }
                }
            }
            while ending.try_join_next().is_some() {}
            restarts = restarts.saturating_add(1);
            let wait = Duration::from_secs(u64::from(restarts.min(15)));
            tokio::select! {
                _ = stopped.wait_for(|stopped| *stopped) => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
        while ending.join_next().await.is_some() {}
    }

    /// Builds apalis's worker of this queue.
    fn events(&self, context: &WorkerContext) -> Events {
        match &self.shared.database {
            #[cfg(feature = "sqlite")]
            Database::Sqlite(pool) => {
                let config = apalis_sqlite::Config::default()
                    .queue(self.kind.code())
                    .batch_size(1)
                    .heartbeat_interval(self.shared.heartbeat)
                    .missed_heartbeats(MISSED_HEARTBEATS as usize);
                let backend = apalis_sqlite::SqliteStorage::<Vec<u8>>::new(pool);
                events!(self, backend.with_config(config), context)
            }
            #[cfg(feature = "postgres")]
            Database::Postgres(pool) => {
                let config = apalis_postgres::Config::default()
                    .queue(self.kind.code())
                    .batch_size(1)
                    .heartbeat_interval(self.shared.heartbeat)
                    .missed_heartbeats(MISSED_HEARTBEATS as usize);
                let backend = apalis_postgres::PostgresStorage::<Vec<u8>>::new(pool);
                events!(self, backend.with_config(config), context)
            }
        }
    }
}

/// How a queue came to take no more jobs.
enum Drive {
    /// It has ended by itself.
    Ended,
    /// Its database fails.
    Failed,
    /// The worker was told to stop.
    Stopped,
}

/// Lets apalis's worker work.
async fn drive(events: &mut Events, stopped: &mut watch::Receiver<bool>) -> Drive {
    loop {
        tokio::select! {
            event = events.next() => match event {
                None => return Drive::Ended,
                Some(Ok(_)) => {}
                Some(Err(_)) => return Drive::Failed,
            },
            _ = stopped.wait_for(|stopped| *stopped) => return Drive::Stopped,
        }
    }
}

/// Lets the running jobs of one of apalis's workers end.
async fn end(mut events: Events) {
    while events.next().await.is_some() {}
}
