//! Pages for what went wrong.

use axum::response::{IntoResponse, Redirect, Response};
use emis_partner::Error;
use http::{StatusCode, header};
use maud::{Markup, html};

use crate::page::{Frame, page};

/// The reason why there is no page.
#[derive(Debug)]
pub(crate) enum Failure {
    /// There is nothing there, or not for this person.
    NotFound,
    /// No member of staff is signed in.
    SignIn,
    /// No patient has opened a link, or their visit is over.
    LinkAgain,
    /// The form's token is not the session's: it is old, or forged.
    StaleForm,
    /// Another site sent the form.
    ForeignForm,
    TooLarge,
    /// A page was wired up wrongly.
    Broken,
    /// For staff.
    Partner(Error),
    /// For a patient.
    Patient(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Partner(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, title, text) = match &self {
            Self::SignIn => return Redirect::to("/sign-in").into_response(),
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "Page not found",
                html! { p { "Check the address, or go back to the page that you came from." } },
            ),
            Self::LinkAgain => (
                StatusCode::FORBIDDEN,
                "Open your link again",
                html! { p { "You have not used this page for a while. Open the link in your message again." } },
            ),
            Self::StaleForm => (
                StatusCode::FORBIDDEN,
                "Your page was out of date",
                html! { p { "Nothing was changed. Go back, reload the page and try again." } },
            ),
            Self::ForeignForm => (
                StatusCode::FORBIDDEN,
                "The form came from another website",
                html! { p { "Nothing was changed." } },
            ),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "The form was too long",
                html! { p { "Nothing was changed. Shorten what you entered and try again." } },
            ),
            Self::Broken => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "There is a problem with this page",
                html! { p { "Try again later." } },
            ),
            Self::Partner(error) => (status(error), "We could not do that", for_staff(error)),
            Self::Patient(error) => (status(error), "There is a problem", for_patient(error)),
        };
        if let Self::Partner(error) | Self::Patient(error) = &self {
            tracing::warn!(kind = ?error.kind(), report = error.report(), "a page failed");
        }
        let body = html! { h1 { (title) } (text) };
        let mut response = (status, page(&Frame::plain(title), body)).into_response();
        if let Self::Partner(error) | Self::Patient(error) = &self
            && let Some(wait) = error.retry_after()
        {
            let seconds = wait.as_secs().max(1);
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

fn status(error: &Error) -> StatusCode {
    StatusCode::from_u16(error.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn for_staff(error: &Error) -> Markup {
    html! {
        @if error.needs_diagnosis() {
            p { "EMIS did not answer as it should. The diagnosis of your EMIS connection says why, and what to select." }
        } @else if error.is_conflict() {
            p { "Another person changed this at the same time. Go back, reload the page and try again." }
        } @else if error.is_not_found() {
            p { "It is no longer there." }
        } @else {
            p { "Try again in a few minutes. If it happens again, contact support." }
        }
    }
}

fn for_patient(error: &Error) -> Markup {
    html! {
        @if error.is_ambiguous() {
            p { "We are finding out if your request reached your GP practice. Do not book again. We will tell you." }
        } @else {
            p { "We could not reach your GP practice’s appointment book. Nothing was changed." }
            p { "Try again in a few minutes or contact your GP practice." }
        }
    }
}
