//! All practices at a glance.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect};
use emis_fleet::{FleetTrend, NotCheckedReason, PracticeHealth};
use emis_partner::diagnostics::Cause;
use emis_partner::types::OdsCode;
use maud::{Markup, html};
use serde::Deserialize;

use crate::app::{App, Sweep};
use crate::page::{Frame, form, note, page, when};
use crate::web::{AtDesk, Page};

/// A search by ODS code or cause.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    q: String,
}

pub(super) async fn show(State(app): State<App>, at: AtDesk, Query(search): Query<Search>) -> Page {
    let sweep = app.fleet().clone();
    let words = search.q.trim().to_uppercase();
    let check = html! { button.second type="submit" { "Check all practices now" } };
    let body = html! {
        h1 { "Practices" }
        form method="get" action="/desk" role="search" {
            div.field {
                label for="q" { "Search by ODS code or cause" }
                input id="q" name="q" value=(search.q.trim()) autocomplete="off" maxlength="40";
            }
            button type="submit" { "Search" }
        }
        @match &sweep {
            None => p { "No practice has been checked since this service started." },
            Some(sweep) => {
                p {
                    "Checked on " (when(sweep.report.started_at)) ": "
                    (sweep.report.healthy()) " of " (sweep.report.practices.len()) " practices work."
                }
                (shared_cause(sweep))
                @if let Some(trend) = &sweep.trend { (changes(trend)) }
                (table(&app, sweep, &words).await)
                p { a href="/desk/export.csv" { "Export as CSV" } }
            }
        }
        (form(&at.session, "/desk/check", check))
    };
    Ok(desk_page(&at, &body).into_response())
}

/// Diagnoses every practice.
pub(super) async fn check(State(app): State<App>, _: AtDesk) -> Page {
    app.sweep().await?;
    Ok(Redirect::to("/desk").into_response())
}

pub(super) fn desk_page(at: &AtDesk, body: &Markup) -> Markup {
    let nav = vec![("/desk".to_owned(), "Practices")];
    let frame = Frame::staff("Desk", nav, "Practices", (&at.staff.name, &at.session));
    let last = at.session.take_note();
    page(&frame, html! { (note(last.as_ref())) (body) })
}

/// Returns the state of a practice's connection in a few words.
pub(super) fn health_words(health: &PracticeHealth) -> (&'static str, String) {
    match health {
        PracticeHealth::Healthy => ("tag good", "Working".to_owned()),
        PracticeHealth::Unhealthy { causes } => {
            let causes: Vec<_> = causes.iter().map(|cause| words_of(*cause)).collect();
            ("tag bad", causes.join("; "))
        }
        PracticeHealth::NotChecked(reason) => {
            let why = match reason {
                NotCheckedReason::TimedOut => "Not checked: it took too long",
                NotCheckedReason::SharedCause(_) => "Not checked: many practices had one cause",
                _ => "Not checked",
            };
            ("tag wait", why.to_owned())
        }
        _ => ("tag wait", "Not checked".to_owned()),
    }
}

fn words_of(cause: Cause) -> String {
    format!("{} {}", cause.code(), cause.short())
}

fn shared_cause(sweep: &Sweep) -> Markup {
    html! {
        @if let Some(shared) = &sweep.report.shared_cause {
            div.note.not-done {
                strong { (shared.practices) " practices have one cause: " (words_of(shared.cause)) ". " }
                "It is not theirs to put right. Who must act: " (shared.responsible) "."
            }
        }
    }
}

fn changes(trend: &FleetTrend) -> Markup {
    let worse = trend
        .changes
        .iter()
        .filter(|change| change.is_worse())
        .count();
    html! {
        p {
            "Since " (when(trend.since)) ": " (trend.healthy_before) " worked before, " (trend.healthy_now)
            " work now, " (worse) " became worse."
        }
    }
}

async fn table(app: &App, sweep: &Sweep, words: &str) -> Markup {
    let mut rows: Vec<(&OdsCode, &'static str, String, Option<String>)> = Vec::new();
    for (ods_code, health) in &sweep.report.practices {
        let (tag, text) = health_words(health);
        if !words.is_empty() && !format!("{ods_code} {text}").to_uppercase().contains(words) {
            continue;
        }
        let history = app
            .partner
            .practice(ods_code.clone())
            .diagnosis()
            .history()
            .await;
        let since = history
            .ok()
            .and_then(|records| records.first().map(|it| when(it.since)));
        rows.push((ods_code, tag, text, since));
    }
    html! {
        div.scroll tabindex="0" role="region" aria-label="Practices" {
            table {
                thead { tr { th scope="col" { "Practice" } th scope="col" { "Connection" } th scope="col" { "Since" } } }
                tbody {
                    @for (ods_code, tag, text, since) in &rows {
                        tr {
                            th scope="row" { a href={ "/desk/practices/" (ods_code) } { (ods_code) } }
                            td { span class=(tag) { (text) } }
                            td { (since.as_deref().unwrap_or_default()) }
                        }
                    }
                }
            }
        }
        @if rows.is_empty() { p { "No practice is found." } }
    }
}
