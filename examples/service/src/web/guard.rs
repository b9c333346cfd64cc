//! The guard of every page: its session, and the checks of a form.
//!
//! It wraps every page, so that no route can forget it. A request that changes something must
//! come from a page of this site, by the browser's word, and carry the session's token.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, header};

use super::failure::Failure;
use super::fields::Fields;
use super::session::Session;
use crate::app::App;

/// The name of the field with the token.
pub(crate) const CSRF_FIELD: &str = "csrf";
const MOST_FORM_BYTES: usize = 64 * 1024;

pub(super) async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let session = app.sessions.of(request.headers());
    let mut response = match checked(&session, app.public_origin.as_deref(), request).await {
        Ok(request) => next.run(request).await,
        Err(failure) => failure.into_response(),
    };
    if let Some(cookie) = session.cookie() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

async fn checked(
    session: &Session,
    public_origin: Option<&str>,
    mut request: Request,
) -> Result<Request, Failure> {
    request.extensions_mut().insert(session.clone());
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(request);
    }
    if !is_of_this_site(request.headers(), public_origin) {
        return Err(Failure::ForeignForm);
    }
    let (mut parts, body) = request.into_parts();
    let body = to_bytes(body, MOST_FORM_BYTES)
        .await
        .map_err(|_| Failure::TooLarge)?;
    let fields = Fields::parse(&body);
    if !session.is_csrf(fields.raw(CSRF_FIELD)) {
        return Err(Failure::StaleForm);
    }
    parts.extensions.insert(fields);
    Ok(Request::from_parts(parts, Body::empty()))
}

/// Returns `false` if the browser says that another site sends the request.
fn is_of_this_site(headers: &HeaderMap, public_origin: Option<&str>) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text("origin") else {
        // Programs name no origin; the token is what they lack.
        return !headers.contains_key("origin");
    };
    match public_origin {
        Some(public) => origin == public,
        None => text("host").is_some_and(|host| origin == format!("http://{host}")),
    }
}
