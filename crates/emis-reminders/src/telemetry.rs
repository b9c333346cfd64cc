//! `tracing` spans and metrics of reminders.
//!
//! Nothing in them is about a patient. A run is a span `emis_reminders.run` at info level, target
//! `emis_reminders`, with the field `practice`. The metrics go to the recorder that the program
//! installs by the `metrics` crate:
//!
//! | Metric | Kind | Labels |
//! |---|---|---|
//! | [`RUNS`] | counter | `outcome`, `practice` |
//! | [`REMINDERS`] | counter | `outcome`, `practice` |
//! | [`SUPPRESSED`] | counter | `reason`, `practice` |
//!
//! The outcome of a run is `clean`, `trouble`, `idle` or `failed`. That of a reminder is `sent`,
//! `already_sent`, `in_doubt` or `failed`. `reason` is a
//! [`SuppressionReason::code`](crate::SuppressionReason::code).

use emis_types::OdsCode;
use metrics::{Unit, counter, describe_counter};
use tracing::{Span, info_span};

use crate::error::ReminderError;
use crate::report::RunReport;

/// Runs that have ended.
pub const RUNS: &str = "emis_reminders_runs_total";
/// Reminders by their outcome.
pub const REMINDERS: &str = "emis_reminders_reminders_total";
/// Appointments without a reminder, by the reason.
pub const SUPPRESSED: &str = "emis_reminders_suppressed_total";

/// Tells the recorder what the metrics mean. Call it once, after the recorder was installed.
pub fn describe() {
    describe_counter!(RUNS, Unit::Count, "Runs of reminders");
    describe_counter!(REMINDERS, Unit::Count, "Reminders by outcome");
    describe_counter!(SUPPRESSED, Unit::Count, "Appointments without a reminder");
}

pub(crate) fn span(practice: &OdsCode) -> Span {
    info_span!(target: "emis_reminders", "emis_reminders.run", %practice)
}

pub(crate) fn count(practice: &OdsCode, run: &Result<RunReport, ReminderError>) {
    let practice = practice.as_str();
    let outcome = match run {
        Err(_) => "failed",
        Ok(report) if report.idle.is_some() => "idle",
        Ok(report) if report.is_clean() => "clean",
        Ok(_) => "trouble",
    };
    counter!(RUNS, "outcome" => outcome, "practice" => practice.to_owned()).increment(1);
    let Ok(report) = run else { return };
    let outcomes = [
        ("sent", report.sent.len()),
        ("already_sent", report.already_sent.len()),
        ("in_doubt", report.in_doubt.len()),
        ("failed", report.failed.len()),
    ];
    for (outcome, count) in outcomes {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        counter!(REMINDERS, "outcome" => outcome, "practice" => practice.to_owned())
            .increment(count);
    }
    for suppressed in &report.suppressed {
        let reason = suppressed.reason.code();
        counter!(SUPPRESSED, "reason" => reason, "practice" => practice.to_owned()).increment(1);
    }
}
