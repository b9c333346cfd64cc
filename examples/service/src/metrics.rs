//! Metrics for Prometheus.

use std::sync::OnceLock;

use axum::extract::State;
use axum::response::IntoResponse;
use emis_partner::secrecy::ExposeSecret;
use http::{HeaderMap, header};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use subtle::ConstantTimeEq;

use crate::app::App;
use crate::web::{Failure, Page};

static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Records the metrics of the whole process: those of the service, of the client and of the store.
pub(crate) fn install() -> Option<&'static PrometheusHandle> {
    let handle = RECORDER.get_or_init(|| PrometheusBuilder::new().install_recorder().ok());
    handle.as_ref()
}

/// Shows the metrics to whoever has the token. They hold nothing about a patient.
pub(crate) async fn show(State(app): State<App>, headers: HeaderMap) -> Page {
    let token = app.metrics_token.as_ref().ok_or(Failure::NotFound)?;
    let expected = format!("Bearer {}", token.expose_secret());
    let given = headers.get(header::AUTHORIZATION);
    let right = given.is_some_and(|it| it.as_bytes().ct_eq(expected.as_bytes()).into());
    let handle = install().filter(|_| right).ok_or(Failure::NotFound)?;
    handle.run_upkeep();
    Ok(handle.render().into_response())
}
