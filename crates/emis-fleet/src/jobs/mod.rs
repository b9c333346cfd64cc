//! Recurring work of all practices, as jobs in a SQLite file or in PostgreSQL.
//!
//! A [`Worker`] enqueues what is [due](Schedule) and runs it over the facade: reminders, bookings,
//! messages, notices, heartbeats and diagnoses of each practice, and resealing, retention and
//! anchoring of the product. One worker on SQLite does for a few practices; any number of workers
//! share a PostgreSQL database, and may come, go and be killed. [apalis](https://docs.rs/apalis)
//! keeps and hands out the jobs.
//!
//! - **One at a time.** The jobs of a kind for a practice are one row. It is held by one worker,
//!   by the clock of the database; a worker that was replaced drops the job.
//! - **Fair.** No practice has more than one job of a kind, each run has a time limit, and a job
//!   that failed goes after fresh ones.
//! - **Nothing is lost.** A job whose worker died is run again. Every kind may be repeated: messages
//!   and bookings have ledgers of their own.
//! - **Failures are told.** After its retries a job is a [dead letter](JobEngine::dead_letters),
//!   and a task of the practice. The next time that it is due it is tried again, and the dead letter
//!   goes when it went well.
//! - **Rolling upgrades.** Payloads have a version. Those of earlier releases are read; one of a
//!   later release is a dead letter.
//!
//! ```
//! # #[cfg(feature = "sqlite")]
//! # async fn example(
//! #     partner: emis_partner::EmisPartner,
//! #     terminated: impl Future<Output = ()>,
//! # ) -> Result<(), emis_fleet::jobs::JobError> {
//! use emis_fleet::jobs::{JobEngine, JobKind, Schedule, Worker};
//!
//! let engine = JobEngine::sqlite("/var/lib/product/jobs.db").await?;
//! let schedule = Schedule::new().without(JobKind::Diagnosis);
//! let worker = Worker::new(engine, partner).schedule(schedule);
//! worker.run(terminated).await
//! # }
//! ```

mod database;
mod engine;
mod error;
mod kind;
mod payload;
mod run;
mod schedule;
mod service;
pub mod telemetry;
mod worker;

pub use engine::{DeadLetter, JobCounts, JobEngine, JobRecord};
pub use error::{JobError, JobErrorKind};
pub use kind::{JobKind, JobKindError};
pub use schedule::Schedule;
pub use service::{JobEvent, JobOutcome};
pub use worker::Worker;
