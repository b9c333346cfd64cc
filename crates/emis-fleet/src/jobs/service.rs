//! One run of one job, as apalis calls it.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use apalis_core::error::BoxDynError;
use apalis_core::task::Task;
use emis_types::OdsCode;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};
use tower::Service;
use tracing::{Instrument, info_span, warn};

use super::database::Database;
use super::kind::JobKind;
use super::payload::Job;
use super::run::{Failure, Tools};
use super::schedule::Schedule;
use super::telemetry;

/// The outcome of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JobOutcome {
    /// The work is done.
    Done,
    /// There was nothing to do: the practice has not set up its connection.
    Idle,
    /// It failed, and is tried again.
    Failed,
    /// It was cut off at its time limit, and is tried again.
    TimedOut,
    /// It failed, and is a dead letter.
    Dead,
    /// Its payload can't be read, and it is a dead letter.
    Poisoned,
    /// It was dropped: another worker has taken it over.
    Lost,
}

impl JobOutcome {
    /// Returns the stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Idle => "idle",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Dead => "dead",
            Self::Poisoned => "poisoned",
            Self::Lost => "lost",
        }
    }
}

/// A run that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JobEvent {
    /// The kind.
    pub kind: JobKind,
    /// The practice; `None` for work of the product, and where the payload can't be read.
    pub practice: Option<OdsCode>,
    /// The outcome.
    pub outcome: JobOutcome,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// The ID that traces the job from its enqueueing.
    pub trace: String,
}

/// A function that is called with each run that has ended.
pub(super) type Observer = Arc<dyn Fn(&JobEvent) + Send + Sync>;

/// What all runs of a worker share.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) database: Database,
    pub(super) tools: Tools,
    pub(super) schedule: Schedule,
    pub(super) observer: Observer,
    /// The interval of the checks that this worker still holds a job.
    pub(super) heartbeat: Duration,
    /// The time after which other workers take over the jobs of one that is not seen.
    pub(super) dead_after: Duration,
}

/// The runs of one queue.
#[derive(Clone)]
pub(super) struct JobService {
    pub(super) shared: Arc<Shared>,
    pub(super) kind: JobKind,
}

impl fmt::Debug for JobService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobService")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl Service<Task<Vec<u8>>> for JobService {
    type Response = ();
    type Error = BoxDynError;
    type Future = Pin<Box<dyn Future<Output = Result<(), BoxDynError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxDynError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, task: Task<Vec<u8>>) -> Self::Future {
        let (shared, kind) = (Arc::clone(&self.shared), self.kind);
        Box::pin(async move { shared.run(kind, &task).await.map_err(Into::into) })
    }
}

/// Tells apalis that the job is to be tried again.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct TryAgain(&'static str);

/// How the work ended, before it is settled in the database.
enum Ended {
    Well { idle: bool },
    Failed(Failure),
    TimedOut,
    Lost,
}

impl Shared {
    async fn run(&self, kind: JobKind, task: &Task<Vec<u8>>) -> Result<(), TryAgain> {
        let began = Instant::now();
        // apalis has counted this attempt, and each worker that died with the job.
        let attempt = u32::try_from(task.attempt()).unwrap_or(u32::MAX).max(1);
        let Ok(job) = Job::read(kind, &task.args) else {
            return self.refuse(kind, task, attempt).await;
        };
        let key = job.key().to_owned();
        let event = |outcome| JobEvent {
            kind,
            practice: job.practice.clone(),
            outcome,
            attempt,
            trace: job.trace.clone(),
        };
        let ended = if attempt > self.schedule.attempts() {
            Ended::Failed(Failure {
                reason: "worker-died",
                is_passing: false,
                report: "every worker that ran it died".to_owned(),
            })
        } else {
            self.work(&job, task, attempt).await
        };
        let (outcome, settled) = match ended {
            Ended::Well { idle } => {
                let unburied = self.database.unbury(kind, &key).await;
                self.log_failure(unburied.err());
                let outcome = if idle {
                    JobOutcome::Idle
                } else {
                    JobOutcome::Done
                };
                (outcome, Ok(()))
            }
            Ended::Lost => (JobOutcome::Lost, Ok(())),
            Ended::Failed(failure) => {
                warn!(
                    target: "emis_fleet",
                    kind = kind.code(),
                    subject = key,
                    attempt,
                    trace = job.trace,
                    reason = failure.reason,
                    "a job failed: {}",
                    failure.report
                );
                let again = failure.is_passing;
                self.settle(
                    &job,
                    task,
                    attempt,
                    failure.reason,
                    again,
                    JobOutcome::Failed,
                )
                .await
            }
            Ended::TimedOut => {
                self.settle(&job, task, attempt, "timed-out", true, JobOutcome::TimedOut)
                    .await
            }
        };
        telemetry::count_run(kind, outcome.code(), began.elapsed());
        (self.observer)(&event(outcome));
        settled
    }

    /// Runs the work in a task of its own, so that a panic ends it alone, until it is done, its time
    /// is up, or this worker does not hold the job any more.
    async fn work(&self, job: &Job, task: &Task<Vec<u8>>, attempt: u32) -> Ended {
        let (id, worker) = holder(task);
        let span = info_span!(
            target: "emis_fleet",
            "emis_fleet.job",
            kind = job.kind.code(),
            subject = job.key(),
            attempt,
            trace = job.trace,
        );
        let tools = self.tools.clone();
        let work = tools.run(job.kind, job.practice.clone(), attempt);
        let mut running = JoinSet::new();
        running.spawn(work.instrument(span));
        let limit = tokio::time::sleep(self.schedule.limit_of(job.kind));
        tokio::pin!(limit);
        let mut checks = tokio::time::interval(self.heartbeat);
        checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        checks.reset();
        let mut last_held = Instant::now();
        let ended = loop {
            tokio::select! {
                biased;
                joined = running.join_next() => break match joined {
                    Some(Ok(Ok(done))) => Ended::Well { idle: !done },
                    Some(Ok(Err(failure))) => Ended::Failed(failure),
                    _ => Ended::Failed(Failure {
                        reason: "panicked",
                        is_passing: true,
                        report: "the run panicked".to_owned(),
                    }),
                },
                () = &mut limit => break Ended::TimedOut,
                _ = checks.tick() => match self.database.holds(&id, &worker).await {
                    Ok(true) => last_held = Instant::now(),
                    Ok(false) => break Ended::Lost,
                    // Others may have taken it over.
                    Err(_) if last_held.elapsed() >= self.dead_after => break Ended::Lost,
                    Err(_) => {}
                },
            }
        };
        running.shutdown().await;
        ended
    }

    /// Puts a failed job off, or makes it a dead letter.
    async fn settle(
        &self,
        job: &Job,
        task: &Task<Vec<u8>>,
        attempt: u32,
        reason: &'static str,
        again: bool,
        outcome: JobOutcome,
    ) -> (JobOutcome, Result<(), TryAgain>) {
        if again && attempt < self.schedule.attempts() {
            let (id, worker) = holder(task);
            let wait = self.schedule.backoff(job.kind, attempt).as_secs();
            let wait = i64::try_from(wait).unwrap_or(i64::MAX);
            let postponed = self.database.postpone(&id, &worker, wait).await;
            self.log_failure(postponed.err());
            return (outcome, Err(TryAgain(reason)));
        }
        let subject = (job.kind, job.key());
        let buried = self
            .database
            .bury(subject, reason, &job.trace, attempt.into());
        match (buried.await, &job.practice) {
            (Ok(true), Some(practice)) => {
                let practice = self.tools.partner.practice(practice.clone());
                let opened = practice.tasks().open_work_failing(job.kind.code()).await;
                if let Err(error) = opened {
                    let (practice, error) = (job.key(), error.report());
                    warn!(target: "emis_fleet", practice, "a task was not opened: {error}");
                }
            }
            (Ok(_), _) => {}
            (Err(error), _) => {
                self.log_failure(Some(error));
                return (outcome, Err(TryAgain(reason)));
            }
        }
        (JobOutcome::Dead, Ok(()))
    }

    /// Makes a job whose payload can't be read a dead letter.
    async fn refuse(
        &self,
        kind: JobKind,
        task: &Task<Vec<u8>>,
        attempt: u32,
    ) -> Result<(), TryAgain> {
        let fault = Job::read(kind, &task.args).err();
        let reason = fault.map_or("unreadable", |fault| fault.code());
        let key = task.idempotency_key().unwrap_or("unknown");
        warn!(
            target: "emis_fleet",
            kind = kind.code(),
            subject = key,
            reason,
            "a job can't be read"
        );
        let buried = self.database.bury((kind, key), reason, "", attempt.into());
        if let Err(error) = buried.await {
            self.log_failure(Some(error));
            return Err(TryAgain(reason));
        }
        let outcome = JobOutcome::Poisoned;
        telemetry::count_run(kind, outcome.code(), Duration::ZERO);
        (self.observer)(&JobEvent {
            kind,
            practice: None,
            outcome,
            attempt,
            trace: String::new(),
        });
        Ok(())
    }

    #[allow(clippy::unused_self, reason = "reads as what this worker does")]
    fn log_failure(&self, error: Option<super::error::JobError>) {
        if let Some(error) = error {
            warn!(target: "emis_fleet", "a job was not settled: {}", error.report());
        }
    }
}

/// Returns the ID of a job and the name of the queue's worker that holds it.
fn holder(task: &Task<Vec<u8>>) -> (String, String) {
    let id = task.task_id().map(ToString::to_string);
    let worker = task.lock_by().map(str::to_owned);
    (id.unwrap_or_default(), worker.unwrap_or_default())
}
