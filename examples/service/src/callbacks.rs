//! Receipts and replies, as the senders of messages post them. Each proves itself by its own secret.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use emis_messaging::senders::CallbackError;
use emis_partner::Error;
use emis_partner::messaging::DeliveryReceipt;
use http::{HeaderMap, StatusCode};

use crate::app::App;

/// Returns the routes below `/callbacks`.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/govuk-notify/receipts", post(govuk_receipt))
        .route("/govuk-notify/texts", post(govuk_text))
        .route("/nhs-notify/receipts", post(nhs_receipts))
}

async fn govuk_receipt(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(callbacks) = &app.govuk_notify else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match callbacks.receipt(&headers, &body) {
        Ok(receipt) => record(&app, [receipt]).await,
        Err(error) => refused(&error),
    }
}

async fn govuk_text(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(callbacks) = &app.govuk_notify else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match callbacks.inbound_text(&headers, &body) {
        Ok(Some(text)) => match Box::pin(app.partner.receive_reply(&text)).await {
            Ok(_) => StatusCode::OK.into_response(),
            Err(error) => failed(&error),
        },
        Ok(None) => StatusCode::OK.into_response(),
        Err(error) => refused(&error),
    }
}

async fn nhs_receipts(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(callbacks) = &app.nhs_notify else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match callbacks.receipts(&headers, &body) {
        Ok(receipts) => record(&app, receipts.into_iter().map(|it| it.receipt)).await,
        Err(error) => refused(&error),
    }
}

async fn record(app: &App, receipts: impl IntoIterator<Item = DeliveryReceipt>) -> Response {
    for receipt in receipts {
        // The same receipt twice does no harm.
        if let Err(error) = app.partner.record_receipt(&receipt).await {
            return failed(&error);
        }
    }
    StatusCode::OK.into_response()
}

fn refused(error: &CallbackError) -> Response {
    tracing::warn!(report = error.report(), "a callback was refused");
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::FORBIDDEN);
    status.into_response()
}

/// The sender repeats a callback that failed.
fn failed(error: &Error) -> Response {
    tracing::error!(report = error.report(), "a callback could not be recorded");
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}
