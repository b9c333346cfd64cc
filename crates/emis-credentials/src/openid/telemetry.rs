//! Spans and metrics of tokens.
//!
//! None holds a password, a token or an address. Without a subscriber or a recorder they cost next to
//! nothing.
//!
//! # Spans
//!
//! At info level, target `emis_credentials`.
//!
//! | Span | Fields |
//! |---|---|
//! | `emis_credentials.token`, one for each token that is fetched | `practice`, `grant`, `outcome`, `otel.name`, `otel.kind`, `otel.status_code` |
//!
//! `practice` is the ODS code that the source was
//! [made for](crate::OpenIdTokenSource::for_practice). All events of a fetch are inside its span.
//!
//! # Metrics
//!
//! They go to the recorder that the program installs with the `metrics` crate.
//!
//! | Metric | Kind | Labels |
//! |---|---|---|
//! | [`TOKENS`] | counter | `practice`, `grant`, `outcome` |
//! | [`TOKEN_DURATION`] | histogram, seconds | `practice`, `grant`, `outcome` |
//!
//! The outcome is `ok`, `dropped` (the future was dropped before its end) or the kind of the error in
//! snake case, such as `held_back`. The practice is `none` for the product's own tokens.

use std::future::Future;

use emis_types::OdsCode;
use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};
use tokio::time::Instant;
use tracing::field::Empty;
use tracing::{Instrument, Span, info_span};

use crate::error::TokenError;

/// Counter of the fetches of tokens, successful or not.
pub const TOKENS: &str = "emis_credentials_tokens_total";
/// Histogram of the time that fetching took in seconds, including the wait for other processes.
pub const TOKEN_DURATION: &str = "emis_credentials_token_duration_seconds";

/// Describes the metrics to the recorder. Call it once after installing a recorder that shows
/// descriptions.
pub fn describe() {
    describe_counter!(TOKENS, Unit::Count, "Fetches of tokens");
    describe_histogram!(
        TOKEN_DURATION,
        Unit::Seconds,
        "Time that fetching a token took"
    );
}

/// Runs a fetch inside its span and counts its outcome.
pub(super) async fn fetch<T>(
    practice: Option<OdsCode>,
    grant: &'static str,
    work: impl Future<Output = Result<T, TokenError>>,
) -> Result<T, TokenError> {
    let span = info_span!(
        target: "emis_credentials",
        "emis_credentials.token",
        practice = practice.as_ref().map(OdsCode::as_str),
        grant,
        outcome = Empty,
        otel.name = "token",
        otel.kind = "client",
        otel.status_code = Empty,
    );
    let mut fetch = Fetch {
        practice,
        grant,
        span: span.clone(),
        began: Instant::now(),
        outcome: "dropped",
    };
    let result = work.instrument(span).await;
    fetch.outcome = result.as_ref().map_or_else(|e| e.kind().label(), |_| "ok");
    result
}

/// A fetch, which is accounted for when it is dropped.
struct Fetch {
    practice: Option<OdsCode>,
    grant: &'static str,
    span: Span,
    began: Instant,
    outcome: &'static str,
}

impl Drop for Fetch {
    fn drop(&mut self) {
        let (grant, outcome) = (self.grant, self.outcome);
        self.span.record("outcome", outcome);
        if outcome != "ok" {
            self.span.record("otel.status_code", "ERROR");
        }
        let practice = self.practice.take().map_or("none".into(), String::from);
        let labels = [
            ("practice", practice),
            ("grant", grant.to_owned()),
            ("outcome", outcome.to_owned()),
        ];
        counter!(TOKENS, &labels).increment(1);
        histogram!(TOKEN_DURATION, &labels).record(self.began.elapsed());
    }
}
