//! Logs and metrics of requests: the route's pattern, never the address.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use emis_partner::types::Clock;
use emis_partner::uuid::Uuid;
use tracing::Instrument;

use crate::app::App;

/// Logs each request in a span with its trace ID, and counts it by route and status.
pub(super) async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("none", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let trace_id = trace_id(&request);
    let span = tracing::info_span!("request", %trace_id, %method, route);
    let begun = app.clock.now();
    let response = next.run(request).instrument(span.clone()).await;
    let took = app.clock.now().duration_since(begun).as_secs_f64();
    let status = response.status().as_u16();
    span.in_scope(|| tracing::info!(status, seconds = took, "answered"));
    let labels = [("route", route), ("status", status.to_string())];
    metrics::counter!("service_requests_total", &labels).increment(1);
    metrics::histogram!("service_request_seconds", &labels).record(took);
    response
}

/// Returns the trace ID of the W3C header, or a new one.
fn trace_id(request: &Request) -> String {
    let header = request.headers().get("traceparent");
    let given = header.and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.split('-').nth(1));
    let is_id = |id: &&str| id.len() == 32 && id.bytes().all(|it| it.is_ascii_hexdigit());
    given
        .filter(is_id)
        .map_or_else(|| Uuid::new_v4().simple().to_string(), str::to_owned)
}
