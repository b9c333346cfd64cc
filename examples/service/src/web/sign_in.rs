//! The sign-in of staff.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use http::StatusCode;
use maud::{Markup, html};

use super::Page;
use super::failure::Failure;
use super::fields::Fields;
use super::session::Session;
use crate::app::App;
use crate::page::{Field, Frame, error_summary, form, page};
use crate::staff::SignInResult;

/// Sends staff to their first page, and everyone else to the sign-in.
pub(super) async fn home(session: Session) -> Page {
    let staff = session.staff().ok_or(Failure::SignIn)?;
    Ok(Redirect::to(&staff.home()).into_response())
}

pub(super) async fn show(session: Session) -> Page {
    Ok(sign_in_page(&session, "", None).into_response())
}

pub(super) async fn submit(State(app): State<App>, session: Session, fields: Fields) -> Page {
    let name = fields.text("name");
    let password = fields.raw("password").to_owned().into();
    match app.staff.sign_in(name, password).await {
        SignInResult::SignedIn(staff) => {
            tracing::info!(staff = staff.name, "signed in");
            let home = staff.home();
            session.sign_in(staff);
            Ok(Redirect::to(&home).into_response())
        }
        refused => {
            tracing::info!(locked = refused == SignInResult::Locked, "sign-in refused");
            let (status, problem) = match refused {
                SignInResult::Locked => (
                    StatusCode::TOO_MANY_REQUESTS,
                    "You have tried too many times. Wait five minutes, then try again.",
                ),
                _ => (
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "The name or the password is wrong.",
                ),
            };
            Ok((status, sign_in_page(&session, name, Some(problem))).into_response())
        }
    }
}

pub(super) async fn sign_out(session: Session) -> Page {
    session.end();
    Ok(Redirect::to("/sign-in").into_response())
}

fn sign_in_page(session: &Session, name: &str, problem: Option<&str>) -> Markup {
    let problems: Vec<_> = problem
        .map(|it| ("name", it.to_owned()))
        .into_iter()
        .collect();
    let fields = html! {
        (Field::new("name", "Name").value(name).autocomplete("username").problems(&problems))
        (Field::new("password", "Password").password("current-password"))
        button type="submit" { "Sign in" }
    };
    let body = html! {
        (error_summary(&problems))
        h1 { "Sign in" }
        (form(session, "/sign-in", fields))
    };
    page(&Frame::plain("Sign in"), body)
}
