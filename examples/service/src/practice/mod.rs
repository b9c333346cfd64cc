//! The pages of a practice: `/practices/{ods}`.

mod audit;
mod booking;
mod checklist;
mod connection;
mod diagnosis;
mod frame;
mod patients;
mod reference;
mod reminders;
mod saving;
mod today;

pub(crate) use diagnosis::{checks, steps};

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

/// Returns the routes below `/practices/{ods}`. The router lets in staff who may see the practice.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(connection::show))
        .route("/organisation-id", post(connection::update_organisation_id))
        .route("/api-user", post(connection::update_api_user))
        .route("/diagnosis", get(diagnosis::show).post(diagnosis::run))
        .route("/diagnosis/check-again", post(diagnosis::check_again))
        .route("/reminders", get(reminders::show).post(reminders::save))
        .route("/reminders/dry-run", post(reminders::dry_run))
        .route("/booking", get(booking::show).post(booking::save))
        .route("/patients", get(patients::show))
        .route("/patients/opt-out", post(patients::opt_out))
        .route("/patients/invite", post(patients::invite))
        .route("/today", get(today::show))
        .route("/tasks/acknowledge", post(today::acknowledge))
        .route("/audit", get(audit::show))
        .route("/messages", get(today::messages))
}
