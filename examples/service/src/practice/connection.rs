//! The EMIS settings: the two settings of a practice, and the checklist.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use emis_partner::settings::{UPDATE_API_USER_LABEL, UPDATE_ORGANISATION_ID_LABEL};
use emis_partner::types::OrganisationId;
use http::StatusCode;
use maud::{Markup, html};

use super::checklist::checklist;
use super::diagnosis::{self, verdict};
use super::frame::{emas, frame, root};
use super::saving::{Saved, save, settings_form};
use crate::app::App;
use crate::page::{Field, Problems, error_summary};
use crate::web::{AtPractice, Failure, Fields, Page};

pub(super) async fn show(State(app): State<App>, at: AtPractice) -> Page {
    let page = settings_page(&app, &at, None, &[]).await?;
    Ok(page.into_response())
}

pub(super) async fn update_organisation_id(
    State(app): State<App>,
    at: AtPractice,
    fields: Fields,
) -> Page {
    let typed = fields.text("organisation_id").to_owned();
    let change = at.practice.settings().update_organisation_id(&typed);
    let done = "The EMIS organisation ID is stored.";
    answer(
        &app,
        &at,
        save(&at, &fields, change, done).await?,
        Typed::id(&typed),
    )
    .await
}

/// The password goes from the form into the facade, which seals it before it is stored. No page shows
/// it again, even if it is refused.
pub(super) async fn update_api_user(
    State(app): State<App>,
    at: AtPractice,
    fields: Fields,
) -> Page {
    let username = fields.text("api_user.username").to_owned();
    let password = fields.raw("api_user.password").to_owned().into();
    let change = at.practice.settings().update_api_user(&username, password);
    let done = "The EMIS API user is stored. Its password cannot be read back.";
    answer(
        &app,
        &at,
        save(&at, &fields, change, done).await?,
        Typed::user(&username),
    )
    .await
}

/// Refused input, shown again beside its problems.
struct Typed {
    organisation_id: Option<String>,
    username: Option<String>,
}

impl Typed {
    fn id(text: &str) -> Self {
        Self {
            organisation_id: Some(text.to_owned()),
            username: None,
        }
    }

    fn user(text: &str) -> Self {
        Self {
            organisation_id: None,
            username: Some(text.to_owned()),
        }
    }
}

async fn answer(app: &App, at: &AtPractice, saved: Saved, typed: Typed) -> Page {
    match saved {
        Saved::Done => {
            // The checklist shows at once what the change has done.
            diagnosis::check(app, at).await?;
            Ok(Redirect::to(&root(at)).into_response())
        }
        Saved::Refused(problems) => {
            let page = settings_page(app, at, Some(typed), &problems).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

async fn settings_page(
    app: &App,
    at: &AtPractice,
    typed: Option<Typed>,
    problems: &Problems,
) -> Result<Markup, Failure> {
    let settings = at.practice.settings().load().await?;
    let report = app.reports.last(at.practice.ods_code());
    let stored_id = settings.organisation_id().map(OrganisationId::as_str);
    let (typed_id, typed_user) = typed.map_or((None, None), |it| (it.organisation_id, it.username));
    let id = typed_id.as_deref().or(stored_id).unwrap_or_default();
    let user = typed_user.unwrap_or_default();
    let id_fields = html! {
        (Field::new("organisation_id", "EMIS organisation ID").value(id).problems(problems)
            .hint("The EMIS CDB number, from your practice’s organisation details in EMIS. It has digits only."))
        button type="submit" { (UPDATE_ORGANISATION_ID_LABEL) }
    };
    let user_fields = html! {
        (Field::new("api_user.username", "Username").value(&user).problems(problems)
            .hint("The EMIS user that your practice added for this."))
        (Field::new("api_user.password", "Partner API password").password("new-password").problems(problems)
            .hint("The password from EMAS Manager > Partner API > Edit Users. You cannot read it back here."))
        button type="submit" { (UPDATE_API_USER_LABEL) }
    };
    let root = root(at);
    let has_user = settings.api_user().is_some();
    let other: Vec<_> = problems
        .iter()
        .filter(|(path, _)| matches!(*path, "settings" | "api_user"))
        .collect();
    let body = html! {
        (error_summary(problems))
        h1 { "EMIS settings of " (settings.name().unwrap_or(at.practice.ods_code().as_str())) }
        (verdict(at, report.as_ref()))
        div #settings tabindex="-1" { @for (_, text) in other { p.error { (text) } } }
        section.card aria-labelledby="organisation" {
            h2 #organisation { "EMIS Organisation ID" }
            (settings_form(at, &settings, &format!("{root}/organisation-id"), &id_fields))
        }
        section.card #api_user aria-labelledby="user" {
            h2 #user { "EMIS API User" }
            p {
                @if has_user { span.tag.good { "Stored" } " The username and the password are sealed." }
                @else { span.tag.bad { "Not entered" } }
            }
            (settings_form(at, &settings, &format!("{root}/api-user"), &user_fields))
        }
        (checklist(&app.product, report.as_ref(), emas(app, at).as_deref()))
    };
    Ok(frame(at, "EMIS settings", &body))
}
