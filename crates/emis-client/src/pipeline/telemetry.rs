//! Telemetry of calls: `tracing` spans and events, and metrics.
//!
//! Nothing in it is about a patient: no URL query, parameter, body or token. Without a subscriber
//! or recorder the cost is negligible.
//!
//! # Spans
//!
//! Both kinds are at info level, target `emis_client`.
//!
//! | Span | Fields |
//! |---|---|
//! | `emis_client.call`, one per call | `operation`, `practice`, `outcome`, `otel.name`, `otel.kind`, `otel.status_code` |
//! | `emis_client.attempt`, one per attempt | `operation`, `practice`, `attempt`, `outcome`, `message_id`, and those of OpenTelemetry's conventions for HTTP clients: `otel.name`, `otel.kind`, `otel.status_code`, `http.request.method`, `http.request.resend_count`, `http.response.status_code`, `url.template`, `url.full` (without its query), `server.address`, `server.port`, `error.type` |
//!
//! `practice` is the ODS code that the client was
//! [built for](crate::ClientBuilder::practice), or that EMIS
//! [confirmed](crate::Client::confirm_practice). Each attempt ends with one event at
//! debug level, `partner API call`.
//!
//! # Metrics
//!
//! They go to the recorder that the program installs with the `metrics` crate. The practice is not
//! a label, because a product has thousands of them.
//!
//! | Metric | Kind | Labels |
//! |---|---|---|
//! | [`CALLS`] | counter | `operation`, `outcome` |
//! | [`CALL_DURATION`] | histogram, seconds | `operation`, `outcome` |
//! | [`ATTEMPTS`] | counter | `operation`, `outcome`, `status` |
//! | [`ATTEMPT_DURATION`] | histogram, seconds | `operation`, `outcome` |
//! | [`WAIT`] | histogram, seconds | `operation` |
//!
//! The outcome of a call is `ok`, `dropped` (its future was dropped before it completed) or the kind
//! of its error in snake case, such as `not_found` or `ambiguous`. The outcome of an attempt is
//! `answered`, for any status; `unsendable`, `unreachable`, `timed_out`, `interrupted`,
//! `too_large`; or `dropped`. `status` is the HTTP status, or `none`.
//!
//! A [streamed](crate::AppointmentsApi::stream_booked_patients) response is accounted for at its end;
//! its durations include the time that its reader took.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};
use tokio::time::Instant;
use tracing::field::{Empty, display};
use tracing::{Span, info_span};
use uuid::Uuid;

use crate::error::{ClientError, ClientErrorKind};
use crate::operation::{Operation, Verb};
use crate::transport::error::TransportErrorKind;

/// Counts calls that have ended.
pub const CALLS: &str = "emis_client_calls_total";
/// Records the duration of calls, with their token, attempts and waits.
pub const CALL_DURATION: &str = "emis_client_call_duration_seconds";
/// Counts attempts.
pub const ATTEMPTS: &str = "emis_client_attempts_total";
/// Records the duration of attempts.
pub const ATTEMPT_DURATION: &str = "emis_client_attempt_duration_seconds";
/// Records the time that attempts waited for a permit of the client's [`Limits`](crate::Limits).
pub const WAIT: &str = "emis_client_limit_wait_seconds";

/// Outcome label of a call or an attempt whose future was dropped.
const DROPPED: &str = "dropped";

/// Outcome label of an attempt whose response was complete, with any status.
const ANSWERED: &str = "answered";

/// Registers descriptions of the metrics. Call it once, after installing a recorder that shows
/// descriptions.
pub fn describe() {
    describe_counter!(CALLS, Unit::Count, "Calls of the EMIS Partner API");
    describe_histogram!(CALL_DURATION, Unit::Seconds, "Duration of calls");
    describe_counter!(ATTEMPTS, Unit::Count, "Requests sent to EMIS");
    describe_histogram!(ATTEMPT_DURATION, Unit::Seconds, "Duration of attempts");
    describe_histogram!(WAIT, Unit::Seconds, "Time spent waiting for a permit");
}

/// The telemetry of one call.
#[derive(Debug)]
pub(crate) struct Call {
    operation: Operation,
    span: Span,
    began: Instant,
    outcome: &'static str,
}

impl Call {
    pub(crate) fn begin(practice: Option<&str>, operation: Operation) -> Self {
        let span = info_span!(
            target: "emis_client",
            "emis_client.call",
            operation = operation.name(),
            practice,
            outcome = Empty,
            otel.name = operation.name(),
            otel.kind = "internal",
            otel.status_code = Empty,
        );
        Self {
            operation,
            span,
            began: Instant::now(),
            outcome: DROPPED,
        }
    }

    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Ends the call with its result.
    pub(crate) fn end(mut self, result: Result<(), &ClientError>) {
        self.outcome = match result {
            Ok(()) => "ok",
            Err(error) => outcome_of(error.kind()),
        };
    }
}

/// A call is accounted for when it ends or is dropped.
impl Drop for Call {
    fn drop(&mut self) {
        let (operation, outcome) = (self.operation.name(), self.outcome);
        self.span.record("outcome", outcome);
        if outcome != "ok" {
            self.span.record("otel.status_code", "ERROR");
        }
        counter!(CALLS, "operation" => operation, "outcome" => outcome).increment(1);
        histogram!(CALL_DURATION, "operation" => operation, "outcome" => outcome)
            .record(self.began.elapsed());
    }
}

/// The telemetry of one attempt.
#[derive(Debug)]
pub(crate) struct Attempt {
    operation: Operation,
    number: u32,
    span: Span,
    began: Instant,
    outcome: &'static str,
    status: Option<u16>,
    message_id: Option<Uuid>,
}

impl Attempt {
    /// Begins attempt `number` of a call that has sent `resent` requests before.
    pub(crate) fn begin(
        practice: Option<&str>,
        operation: Operation,
        number: u32,
        resent: u32,
    ) -> Self {
        let spec = operation.spec();
        let method = method(spec.verb);
        let span = info_span!(
            target: "emis_client",
            "emis_client.attempt",
            operation = spec.name,
            practice,
            attempt = number,
            outcome = Empty,
            message_id = Empty,
            otel.name = format!("{method} {}", spec.path),
            otel.kind = "client",
            otel.status_code = Empty,
            http.request.method = method,
            http.request.resend_count = (resent > 0).then_some(resent),
            http.response.status_code = Empty,
            url.template = spec.path,
            url.full = Empty,
            server.address = Empty,
            server.port = Empty,
            error.type = Empty,
        );
        Self {
            operation,
            number,
            span,
            began: Instant::now(),
            outcome: DROPPED,
            status: None,
            message_id: None,
        }
    }

    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Notes the status of a response that has begun, and EMIS's id of it.
    pub(crate) fn answered(&mut self, status: u16, message_id: Option<Uuid>) {
        self.status = Some(status);
        self.message_id = message_id;
    }

    /// Ends the attempt with its result and logs one event.
    pub(crate) fn end(mut self, result: Result<(), TransportErrorKind>) {
        self.outcome = match result {
            Ok(()) => ANSWERED,
            Err(TransportErrorKind::Unsendable) => "unsendable",
            Err(TransportErrorKind::Unreachable) => "unreachable",
            Err(TransportErrorKind::TimedOut) => "timed_out",
            Err(TransportErrorKind::Interrupted) => "interrupted",
            Err(TransportErrorKind::TooLarge) => "too_large",
        };
        let (operation, attempt) = (self.operation, self.number);
        let (outcome, status) = (self.outcome, self.status);
        let message_id = self.message_id.map(display);
        if let Some(id) = &message_id {
            self.span.record("message_id", id);
        }
        self.span.in_scope(
            || tracing::debug!(%operation, attempt, outcome, status, message_id, "partner API call"),
        );
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let (operation, outcome) = (self.operation.name(), self.outcome);
        let span = &self.span;
        span.record("outcome", outcome);
        span.record("http.response.status_code", self.status);
        match self.status {
            Some(..400) if outcome == ANSWERED => {}
            Some(status) if outcome == ANSWERED => {
                span.record("error.type", display(status));
                span.record("otel.status_code", "ERROR");
            }
            _ => {
                span.record("error.type", outcome);
                span.record("otel.status_code", "ERROR");
            }
        }
        let status = self.status.map_or("none".into(), status_label);
        counter!(ATTEMPTS, "operation" => operation, "outcome" => outcome, "status" => status)
            .increment(1);
        histogram!(ATTEMPT_DURATION, "operation" => operation, "outcome" => outcome)
            .record(self.began.elapsed());
    }
}

/// Records the time that an attempt waited for a permit.
pub(crate) fn waited(operation: Operation, wait: Duration) {
    histogram!(WAIT, "operation" => operation.name()).record(wait);
}

fn method(verb: Verb) -> &'static str {
    match verb {
        Verb::Get => "GET",
        Verb::Patch => "PATCH",
        Verb::Post => "POST",
    }
}

/// Returns the status as a label. The usual ones need no allocation.
fn status_label(status: u16) -> metrics::SharedString {
    match status {
        200 => "200".into(),
        204 => "204".into(),
        _ => status.to_string().into(),
    }
}

fn outcome_of(kind: ClientErrorKind) -> &'static str {
    match kind {
        ClientErrorKind::InvalidRequest => "invalid_request",
        ClientErrorKind::Configuration => "configuration",
        ClientErrorKind::Credentials => "credentials",
        ClientErrorKind::Unreachable => "unreachable",
        ClientErrorKind::Interrupted => "interrupted",
        ClientErrorKind::Ambiguous => "ambiguous",
        ClientErrorKind::Unauthenticated => "unauthenticated",
        ClientErrorKind::Forbidden => "forbidden",
        ClientErrorKind::NotFound => "not_found",
        ClientErrorKind::WrongPractice => "wrong_practice",
        ClientErrorKind::PracticeUnconfirmed => "practice_unconfirmed",
        ClientErrorKind::Conflict => "conflict",
        ClientErrorKind::RateLimited => "rate_limited",
        ClientErrorKind::Busy => "busy",
        ClientErrorKind::Suspended => "suspended",
        ClientErrorKind::Rejected => "rejected",
        ClientErrorKind::Server => "server",
        ClientErrorKind::Decode => "decode",
    }
}
