//! The pages of a patient: a link, a date of birth, and an appointment.
//!
//! Only the first page has the link's token in its address. After it the token and the date of birth are
//! in the session, in memory, and every address is the same for all patients.

mod act;
mod appointment;
mod born;
mod confirm;
mod link;
mod slots;
mod visit;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

pub(crate) use born::{date_of_birth, date_of_birth_fields};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/a/{token}", get(link::show).post(link::verify))
        .route("/appointment", get(appointment::show))
        .route("/appointment/move", get(appointment::choose_another))
        .route("/appointment/confirm", post(confirm::show))
        .route("/appointment/book", post(act::book))
        .route("/appointment/change", post(act::change))
        .route(
            "/appointment/cancel",
            get(appointment::ask_cancel).post(act::cancel),
        )
        .route("/appointment/decline", post(act::decline))
        .route("/appointment/leave", post(link::leave))
        .route("/left", get(link::left))
}
