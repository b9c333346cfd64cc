//! A link, and the date of birth that it asks for.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use emis_partner::booking::{LinkAnswer, LinkRefusal, LinkToken, LinkView};
use emis_partner::{ErrorKind, Practice};
use http::StatusCode;
use maud::{Markup, html};

use super::born::{date_of_birth, date_of_birth_fields};
use super::visit::patient_page;
use crate::app::App;
use crate::page::{Problems, error_summary, form};
use crate::web::{Failure, Fields, Note, Page, PatientVisit, Session};

pub(super) async fn show(
    State(app): State<App>,
    session: Session,
    Path(token): Path<String>,
) -> Page {
    Ok(match find(&app, &token).await? {
        Some(_) => ask(&session, &token, &[]).into_response(),
        None => refused(LinkRefusal::Unknown),
    })
}

/// Checks the date of birth. Wrong ones are counted, slowed and locked by the library, for the link and
/// for the patient.
pub(super) async fn verify(
    State(app): State<App>,
    session: Session,
    Path(text): Path<String>,
    fields: Fields,
) -> Page {
    let Some((practice, token, view)) = find(&app, &text).await? else {
        return Ok(refused(LinkRefusal::Unknown));
    };
    let Some(born) = date_of_birth(&fields) else {
        let problems = [(
            "day",
            "Enter your date of birth, such as 27 3 1957.".to_owned(),
        )];
        let page = ask(&session, &text, &problems);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let verified = practice.booking().invitation(&token).verify(born).await;
    match verified.map_err(Failure::Patient)? {
        LinkAnswer::Allowed(_) => {
            session.begin_visit(PatientVisit {
                practice: practice.ods_code().clone(),
                token,
                date_of_birth: born.into(),
                books: view.books,
            });
            Ok(Redirect::to("/appointment").into_response())
        }
        LinkAnswer::Refused(LinkRefusal::WrongIdentity) => {
            let problems = [("day", LinkRefusal::WrongIdentity.sentence().to_owned())];
            let page = ask(&session, &text, &problems);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        LinkAnswer::Refused(refusal) => Ok(refused(refusal)),
    }
}

/// Ends the visit: the next person at this screen sees nothing of it.
pub(super) async fn leave(session: Session) -> Page {
    session.end();
    Ok(Redirect::to("/left").into_response())
}

pub(super) async fn left() -> Markup {
    let body = html! {
        h1 { "You have finished" }
        p { "Open the link in your message again if you need to." }
    };
    patient_page("You have finished", None, body)
}

/// Finds the practice that a link is of: a link does not name it.
async fn find(app: &App, text: &str) -> Result<Option<(Practice, LinkToken, LinkView)>, Failure> {
    let Ok(token) = text.parse::<LinkToken>() else {
        return Ok(None);
    };
    for practice in app.partner.practices().await.map_err(Failure::Patient)? {
        match practice.booking().invitation(&token).open().await {
            Ok(LinkAnswer::Allowed(view)) => return Ok(Some((practice, token, view))),
            Ok(LinkAnswer::Refused(_)) => {}
            Err(error) if matches!(error.kind(), ErrorKind::NotSetUp | ErrorKind::Sealed) => {}
            Err(error) => return Err(Failure::Patient(error)),
        }
    }
    Ok(None)
}

/// Returns the page that says why a link does nothing.
pub(super) fn refused(refusal: LinkRefusal) -> Response {
    refused_after(refusal, None)
}

/// Returns that page with the outcome of the last request.
pub(super) fn refused_after(refusal: LinkRefusal, last: Option<&Note>) -> Response {
    let status = match refusal {
        LinkRefusal::Unknown => StatusCode::NOT_FOUND,
        LinkRefusal::Wait(_) | LinkRefusal::Locked(_) => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::OK,
    };
    let body = html! { h1 { "Your appointment" } p { (refusal.sentence()) } };
    (status, patient_page("Your appointment", last, body)).into_response()
}

fn ask(session: &Session, token: &str, problems: &Problems) -> Markup {
    let fields = html! {
        (date_of_birth_fields(problems))
        button type="submit" { "Continue" }
    };
    let body = html! {
        (error_summary(problems))
        h1 { "Your appointment" }
        p { "We need your date of birth to make sure that it is you." }
        (form(session, &format!("/a/{token}"), fields))
    };
    patient_page("Your appointment", None, body)
}
