//! Spans and metrics of jobs.
//!
//! A run is a span `emis_fleet.job` at info level, target `emis_fleet`, with the fields `kind`,
//! `subject` (an ODS code, or `product`), `attempt` and `trace`. The event `emis_fleet.enqueued` at
//! trace level has the same `trace`. The metrics go to the recorder that the program installs by the
//! `metrics` crate:
//!
//! | Metric | Kind | Labels |
//! |---|---|---|
//! | [`RUNS`] | counter | `kind`, `outcome` |
//! | [`RUN_DURATION`] | histogram, seconds | `kind` |
//! | [`FINDINGS`] | counter | `cause` |
//! | [`WAITING`], [`RUNNING`], [`DONE`], [`FAILED`], [`DEAD`] | gauge | `kind` |
//! | [`OLDEST_AGE`] | gauge, seconds | `kind` |
//!
//! Every worker sets the gauges for all workers together. The outcome of a run is a
//! [`JobOutcome::code`](super::JobOutcome::code).

use std::time::Duration;

use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};

use super::engine::JobCounts;
use super::kind::JobKind;

/// Runs that have ended.
pub const RUNS: &str = "emis_fleet_job_runs_total";
/// The time that runs took.
pub const RUN_DURATION: &str = "emis_fleet_job_duration_seconds";
/// Findings of heartbeats: work of the product that does not go on.
pub const FINDINGS: &str = "emis_fleet_heartbeat_findings_total";
/// Jobs that are due.
pub const WAITING: &str = "emis_fleet_jobs_waiting";
/// Jobs that are running.
pub const RUNNING: &str = "emis_fleet_jobs_running";
/// Jobs whose latest run has ended.
pub const DONE: &str = "emis_fleet_jobs_done";
/// Jobs that wait for another attempt.
pub const FAILED: &str = "emis_fleet_jobs_failed";
/// Dead letters.
pub const DEAD: &str = "emis_fleet_jobs_dead";
/// The time since the oldest waiting job was due.
pub const OLDEST_AGE: &str = "emis_fleet_jobs_oldest_age_seconds";

/// Tells the recorder what the metrics mean. Call it once, after the recorder was installed.
pub fn describe() {
    describe_counter!(RUNS, Unit::Count, "Runs of jobs");
    describe_histogram!(RUN_DURATION, Unit::Seconds, "Time that runs of jobs took");
    describe_counter!(FINDINGS, Unit::Count, "Work that does not go on, by cause");
    describe_gauge!(WAITING, Unit::Count, "Jobs that are due");
    describe_gauge!(RUNNING, Unit::Count, "Jobs that are running");
    describe_gauge!(DONE, Unit::Count, "Jobs whose latest run has ended");
    describe_gauge!(FAILED, Unit::Count, "Jobs that wait for another attempt");
    describe_gauge!(DEAD, Unit::Count, "Jobs whose retries are used up");
    describe_gauge!(OLDEST_AGE, Unit::Seconds, "Time since the oldest was due");
}

pub(super) fn count_run(kind: JobKind, outcome: &'static str, took: Duration) {
    counter!(RUNS, "kind" => kind.code(), "outcome" => outcome).increment(1);
    histogram!(RUN_DURATION, "kind" => kind.code()).record(took);
}

pub(super) fn count_finding(cause: &'static str) {
    counter!(FINDINGS, "cause" => cause).increment(1);
}

#[allow(
    clippy::cast_precision_loss,
    reason = "gauges are floating-point numbers"
)]
pub(super) fn gauge_counts(kind: JobKind, counts: &JobCounts) {
    for (name, count) in [
        (WAITING, counts.waiting),
        (RUNNING, counts.running),
        (DONE, counts.done),
        (FAILED, counts.failed),
        (DEAD, counts.dead),
        (OLDEST_AGE, counts.oldest_age_seconds),
    ] {
        gauge!(name, "kind" => kind.code()).set(count as f64);
    }
}
