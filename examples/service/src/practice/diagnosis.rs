//! The diagnosis of the connection, with its clicks.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use emis_partner::diagnostics::{Cause, Finding, Report, Step};
use maud::{Markup, html};

use super::frame::{emas, frame, root};
use crate::app::App;
use crate::page::{form, form_of, when};
use crate::web::{AtPractice, Failure, Fields, Page};

pub(super) async fn show(State(app): State<App>, at: AtPractice) -> Page {
    let report = app.reports.last(at.practice.ods_code());
    let address = format!("{}/diagnosis", root(&at));
    let emas = emas(&app, &at);
    let body = html! {
        h1 { "Diagnosis of the EMIS connection" }
        @match &report {
            None => p { "The connection has not been checked since this service started." },
            Some(report) => {
                p { "Checked on " (when(report.checked_at)) "." }
                (waiting(report))
                @if report.healthy { p { span.tag.good { "Working" } " Everything that reminders and booking need works. You need do nothing." } }
                @if let Some((first, others)) = report.findings.split_first() {
                    (finding_card(&at, 0, first, emas.as_deref()))
                    @if !others.is_empty() {
                        details {
                            summary { "If that does not help: other possible causes" }
                            @for (number, finding) in (1..).zip(others) {
                                (finding_card(&at, number, finding, emas.as_deref()))
                            }
                        }
                    }
                }
                (checks(report))
            }
        }
        (form(&at.session, &address, html! { button.second type="submit" { "Check the connection now" } }))
        p.no-print { "To print this page, use your browser’s print command: it prints the steps only." }
    };
    Ok(frame(&at, "Diagnosis", &body).into_response())
}

pub(super) async fn run(State(app): State<App>, at: AtPractice) -> Page {
    check(&app, &at).await?;
    Ok(Redirect::to(&format!("{}/diagnosis", root(&at))).into_response())
}

/// Checks again after a person has put right what a finding named.
pub(super) async fn check_again(State(app): State<App>, at: AtPractice, fields: Fields) -> Page {
    let cause: Cause = fields
        .text("cause")
        .parse()
        .map_err(|_| Failure::NotFound)?;
    let report = at
        .practice
        .diagnosis()
        .check_again(cause)
        .by(at.staff.author())
        .await?;
    app.reports.keep(report);
    Ok(Redirect::to(&format!("{}/diagnosis", root(&at))).into_response())
}

/// Diagnoses the connection, and keeps the report for every page.
pub(super) async fn check(app: &App, at: &AtPractice) -> Result<(), Failure> {
    let report = at.practice.diagnosis().run().by(at.staff.author()).await?;
    app.reports.keep(report);
    Ok(())
}

/// Returns the result in one line.
pub(super) fn verdict(at: &AtPractice, report: Option<&Report>) -> Markup {
    let address = format!("{}/diagnosis", root(at));
    html! {
        p {
            @match report {
                None => span.tag.wait { "Not checked yet" },
                Some(report) if report.healthy => span.tag.good { "Working" },
                Some(_) => span.tag.bad { "Not working" },
            }
            @if let Some(finding) = report.and_then(|report| report.findings.first()) { " " (finding.title) }
            " " a href=(address) { "See the diagnosis" }
        }
    }
}

fn finding_card(at: &AtPractice, number: usize, finding: &Finding, emas: Option<&str>) -> Markup {
    let id = format!("finding-{number}");
    let address = format!("{}/diagnosis/check-again", root(at));
    let hidden = [("cause", finding.cause.code())];
    html! {
        section.card aria-labelledby=(id) {
            h2 id=(id) { (finding.title) }
            p { (finding.explanation) }
            p { "Who must act: " strong { (finding.actor) } ". Code: " (finding.cause.code()) "." }
            (steps(&finding.steps))
            @if let Some(emas) = emas { p.no-print { a href=(emas) { "Open the simulated EMAS Manager" } } }
            (form_of(&at.session, &address, &hidden, html! { button type="submit" { "Check again" } }))
            @if !finding.evidence.is_empty() {
                details {
                    summary { "Why we think so" }
                    ul { @for line in &finding.evidence { li { (line) } } }
                }
            }
        }
    }
}

/// Says when there is something to wait for.
fn waiting(report: &Report) -> Markup {
    html! {
        @if let Some(at) = report.try_again_at {
            div.note.unknown { strong { "Wait: " } "EMIS can be asked again on " (when(at)) ". Do not check before." }
        }
        @if let Some(since) = report.since { p { "It has not worked since " (when(since)) "." } }
    }
}

/// Returns the clicks, each with its menus.
pub(crate) fn steps(steps: &[Step]) -> Markup {
    let mut menus: &[String] = &[];
    html! {
        @if !steps.is_empty() {
            ol.steps {
                @for step in steps {
                    li {
                        @if step.path != menus && !step.path.is_empty() { span.menus { (step.path.join(" > ")) } }
                        @let () = { menus = &step.path; };
                        (step.action)
                        @if !step.expected.is_empty() { " " span.hint { (step.expected) } }
                        @if !step.branches.is_empty() {
                            ul { @for branch in &step.branches { li { (branch.seen) ": " (branch.action) } } }
                        }
                    }
                }
            }
        }
    }
}

/// Returns the checks that were made.
pub(crate) fn checks(report: &Report) -> Markup {
    html! {
        section.card {
            h2 { "What was checked" }
            div.scroll tabindex="0" role="region" aria-label="Checks" {
                table {
                    thead { tr { th scope="col" { "Check" } th scope="col" { "Result" } } }
                    tbody {
                        @for check in &report.checks {
                            tr { th scope="row" { (check.probe) } td { (check.result) } }
                        }
                    }
                }
            }
        }
    }
}
