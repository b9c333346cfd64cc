//! Every route of the service.

use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::{StatusCode, header};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use super::failure::Failure;
use super::{access, guard, headers, sign_in, telemetry};
use crate::app::App;
use crate::{callbacks, desk, metrics, patient, practice};

const MOST_CALLBACK_BYTES: usize = 256 * 1024;

/// Returns the router of everything.
pub(crate) fn router(app: &App, https: bool, timeout: Duration) -> Router {
    let practice =
        practice::routes().route_layer(from_fn_with_state(app.clone(), access::practice));
    let desk = desk::routes().route_layer(from_fn(access::desk));
    let pages = Router::new()
        .route("/", get(sign_in::home))
        .route("/sign-in", get(sign_in::show).post(sign_in::submit))
        .route("/sign-out", post(sign_in::sign_out))
        .nest("/practices/{ods}", practice)
        .nest("/desk", desk)
        .merge(patient::routes())
        .fallback(async || Failure::NotFound)
        .layer(from_fn_with_state(app.clone(), guard::guard));
    let machines = Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics::show))
        .route("/style.css", get(style))
        .nest("/callbacks", callbacks::routes())
        .layer(DefaultBodyLimit::max(MOST_CALLBACK_BYTES));
    let router = pages
        .merge(machines)
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            timeout,
        ))
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(app.clone(), telemetry::observe))
        .with_state(app.clone());
    headers::secured(router, https)
}

/// Answers 200 if the store can be read.
async fn ready(State(app): State<App>) -> Response {
    match app.partner.practices().await {
        Ok(_) => "ready\n".into_response(),
        Err(error) => {
            tracing::error!(report = error.report(), "the store can't be read");
            (StatusCode::SERVICE_UNAVAILABLE, "the store can't be read\n").into_response()
        }
    }
}

async fn style() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, include_str!("../page/style.css")).into_response()
}
