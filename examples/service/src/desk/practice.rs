//! One practice for the desk: its diagnosis, its history, and an email to it.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use emis_partner::Practice;
use emis_partner::diagnostics::{DiagnosisRecord, Report, Style};
use maud::{Markup, html};

use super::overview::desk_page;
use crate::app::App;
use crate::page::{form, when};
use crate::practice::{checks, steps};
use crate::web::{AtDesk, Failure, Page};

pub(super) async fn show(State(app): State<App>, at: AtDesk, Path(ods): Path<String>) -> Page {
    let practice = practice(&app, &ods).await?;
    let history = practice.diagnosis().history().await?;
    let report = app.reports.last(practice.ods_code());
    let address = format!("/desk/practices/{}", practice.ods_code());
    let body = html! {
        h1 { "Practice " (practice.ods_code()) }
        @match &report {
            None => p { "The connection has not been checked since this service started." },
            Some(report) => (latest(report)),
        }
        (form(&at.session, &address, html! { button.second type="submit" { "Check the connection now" } }))
        (history_table(&history))
        p { a href="/desk" { "All practices" } }
    };
    Ok(desk_page(&at, &body).into_response())
}

pub(super) async fn check(State(app): State<App>, at: AtDesk, Path(ods): Path<String>) -> Page {
    let practice = practice(&app, &ods).await?;
    let report = practice.diagnosis().run().by(at.staff.author()).await?;
    app.reports.keep(report);
    Ok(Redirect::to(&format!("/desk/practices/{}", practice.ods_code())).into_response())
}

/// Returns a practice that has settings: the desk makes none.
async fn practice(app: &App, ods: &str) -> Result<Practice, Failure> {
    let mut known = app.partner.practices().await?.into_iter();
    let found = known.find(|it| it.ods_code().as_str() == ods);
    found.ok_or(Failure::NotFound)
}

fn latest(report: &Report) -> Markup {
    let email = report.email();
    html! {
        p { "Checked on " (when(report.checked_at)) "." }
        @if report.healthy { p { span.tag.good { "Working" } } }
        @for finding in &report.findings {
            section.card aria-label=(finding.title) {
                h2 { (finding.title) }
                p { (finding.explanation) }
                p { "Who must act: " strong { (finding.actor) } ". Code: " (finding.cause.code()) "." }
                (steps(&finding.steps))
                p.hint { (finding.for_engineers) }
            }
        }
        @if !report.healthy {
        section.card aria-labelledby="email" {
            h2 #email { "Email to the practice" }
            p { strong { "Subject: " } (email.subject) }
            pre tabindex="0" { (email.body) }
        }
        }
        details { summary { "For EMIS support" } pre tabindex="0" { (report.support_text(Style::Plain)) } }
        (checks(report))
    }
}

fn history_table(history: &[DiagnosisRecord]) -> Markup {
    html! {
        section.card aria-labelledby="history" {
            h2 #history { "History" }
            @if history.is_empty() { p { "There is none." } }
            ul {
                @for record in history {
                    li {
                        (when(record.since)) " to " (when(record.until)) ": "
                        @if record.healthy { "working" }
                        @else { @for cause in &record.causes { (cause.code()) " " (cause.short()) ". " } }
                    }
                }
            }
        }
    }
}
