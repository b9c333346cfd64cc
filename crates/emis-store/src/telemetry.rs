//! Spans and metrics of the operations of a store.
//!
//! Each operation is a span `emis_store.operation` and counts in two metrics. All of them name the
//! operation, the practice (`product` where the operation belongs to none) and the outcome.

use emis_settings::StoreErrorKind;
use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};
use tokio::time::Instant;
use tracing::field::Empty;
use tracing::{Instrument, debug_span};

use crate::sql::Fault;

/// Counter of the operations, by `operation`, `practice` and `outcome`.
pub const OPERATIONS: &str = "emis_store_operations_total";
/// Histogram of the time that operations took in seconds, by `operation` and `practice`.
pub const OPERATION_DURATION: &str = "emis_store_operation_duration_seconds";

/// Describes the metrics to the recorder. Call it once, after the recorder was installed.
pub fn describe() {
    describe_counter!(OPERATIONS, Unit::Count, "Operations of the store");
    describe_histogram!(
        OPERATION_DURATION,
        Unit::Seconds,
        "Time that operations of the store took"
    );
}

/// Runs an operation in its span and counts it. One whose future is dropped counts as `dropped`.
///
/// `practice_of` finds the practice in the result, for an operation that does not know it before.
pub(crate) async fn observe<T>(
    operation: &'static str,
    practice: &str,
    work: impl Future<Output = Result<T, Fault>>,
    practice_of: impl FnOnce(&T) -> Option<String>,
) -> Result<T, Fault> {
    let span = debug_span!(
        target: "emis_store",
        "emis_store.operation",
        operation,
        practice,
        outcome = Empty,
    );
    let mut observed = Observed {
        operation,
        practice: practice.to_owned(),
        span: span.clone(),
        began: Instant::now(),
        outcome: "dropped",
    };
    let result = work.instrument(span).await;
    observed.outcome = match &result {
        Ok(result) => {
            if let Some(practice) = practice_of(result) {
                observed.span.record("practice", &practice);
                observed.practice = practice;
            }
            "ok"
        }
        Err(fault) => outcome(fault.kind()),
    };
    result
}

struct Observed {
    operation: &'static str,
    practice: String,
    span: tracing::Span,
    began: Instant,
    outcome: &'static str,
}

impl Drop for Observed {
    fn drop(&mut self) {
        let (operation, outcome) = (self.operation, self.outcome);
        let practice = std::mem::take(&mut self.practice);
        self.span.record("outcome", outcome);
        histogram!(OPERATION_DURATION, "operation" => operation, "practice" => practice.clone())
            .record(self.began.elapsed());
        counter!(OPERATIONS, "operation" => operation, "practice" => practice, "outcome" => outcome)
            .increment(1);
    }
}

fn outcome(kind: StoreErrorKind) -> &'static str {
    match kind {
        StoreErrorKind::Conflict => "conflict",
        StoreErrorKind::Busy => "busy",
        StoreErrorKind::Full => "full",
        StoreErrorKind::ReadOnly => "read_only",
        StoreErrorKind::Corrupt => "corrupt",
        StoreErrorKind::Unstorable => "unstorable",
        _ => "unavailable",
    }
}
