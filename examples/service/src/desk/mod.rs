//! The support desk: the connections of all practices. It shows nothing about a patient.

mod export;
mod overview;
mod practice;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

/// Returns the routes below `/desk`. The router lets in the desk and administrators.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(overview::show))
        .route("/check", post(overview::check))
        .route("/export.csv", get(export::csv))
        .route(
            "/practices/{ods}",
            get(practice::show).post(practice::check),
        )
}
