//! Today: reminders and bookings with their fate, and the tasks that wait for a person.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use emis_partner::audit::{AuditEvent, AuditEventKind};
use emis_partner::messaging::{PracticeTask, TaskId};
use emis_partner::types::uk;
use maud::{Markup, html};

use super::audit::{latest, words};
use super::frame::{frame, root};
use crate::app::App;
use crate::page::{form_of, when};
use crate::web::{AtPractice, Failure, Fields, Note, NoteKind, Page};

const READ: u32 = 500;

pub(super) async fn show(State(app): State<App>, at: AtPractice) -> Page {
    let events = latest(&app, at.practice.ods_code(), READ).await?;
    let today = uk::today(&app.clock);
    let of_today = |kinds: &[AuditEventKind]| -> Vec<AuditEvent> {
        let events = events
            .iter()
            .rev()
            .filter(|it| uk::at(it.at()).date() == today);
        events
            .filter(|it| kinds.contains(it.kind()))
            .cloned()
            .collect()
    };
    let reminders = of_today(&[
        AuditEventKind::REMINDER_CLAIMED,
        AuditEventKind::REMINDER_SETTLED,
    ]);
    let bookings = of_today(&[
        AuditEventKind::BOOKING_BEGUN,
        AuditEventKind::BOOKING_SETTLED,
        AuditEventKind::CANCELLATION_BEGUN,
        AuditEventKind::BOOKING_MOVE_ENDED,
    ]);
    let tasks = at.practice.tasks().open().await?;
    let in_doubt = at.practice.messages().in_doubt().await?;
    let root = root(&at);
    let body = html! {
        h1 { "Today" }
        section.card aria-labelledby="tasks" {
            h2 #tasks { "Tasks for you" }
            @if tasks.is_empty() { p { "There are none." } }
            @for task in &tasks { (task_card(&at, task)) }
        }
        (list("Bookings", &bookings))
        (list("Reminders", &reminders))
        @if !in_doubt.is_empty() {
            p { (in_doubt.len()) " messages may or may not have been sent. They are not sent again unless it is certain." }
        }
        @if app.outbox.is_some() { p { a href={ (root) "/messages" } { "Messages to simulated patients" } } }
    };
    Ok(frame(&at, "Today", &body).into_response())
}

pub(super) async fn acknowledge(at: AtPractice, fields: Fields) -> Page {
    let task: TaskId = fields.text("task").parse().map_err(|_| Failure::NotFound)?;
    at.practice
        .tasks()
        .acknowledge(task)
        .by(at.staff.author())
        .await?;
    at.session.set_note(Some(Note::new(
        NoteKind::Done,
        "The task is marked as done.",
    )));
    Ok(Redirect::to(&format!("{}/today", root(&at))).into_response())
}

/// Shows the messages that simulated patients were sent. With real patients there is no such page.
pub(super) async fn messages(State(app): State<App>, at: AtPractice) -> Page {
    let outbox = app.outbox.as_ref().ok_or(Failure::NotFound)?;
    let mut messages = outbox.messages();
    messages.retain(|message| message.practice() == at.practice.ods_code());
    let body = html! {
        h1 { "Messages to simulated patients" }
        @if messages.is_empty() { p { "None was sent since this service started." } }
        @for (n, message) in messages.iter().rev().take(50).enumerate() {
            @let text = message.body().expose_text().unwrap_or_default();
            section.card aria-label=(format!("Message {}", n + 1)) {
                p.hint { (message.kind().code()) " by " (message.channel().as_str()) }
                blockquote { (text) }
                @if let Some(path) = local_link(text) { p { a href=(path) { "Follow the link" } } }
            }
        }
    };
    Ok(frame(&at, "Today", &body).into_response())
}

/// Returns the path of a patient's link, which leads to this service.
fn local_link(text: &str) -> Option<&str> {
    let (_, after) = text.split_once("https://localhost")?;
    after
        .split_whitespace()
        .next()
        .map(|path| path.trim_end_matches('.'))
}

fn task_card(at: &AtPractice, task: &PracticeTask) -> Markup {
    let id = task.id.to_string();
    let address = format!("{}/tasks/acknowledge", root(at));
    html! {
        div.card {
            p { strong { (task.kind.sentence()) } }
            p.hint {
                "Since " (when(task.opened_at)) "."
                @if let Some(patient) = task.subject.patient { " Patient’s EMIS number: " (patient.get()) "." }
                @if let Some(start) = task.subject.start { " Appointment: " (start.strftime("%-d %B at %H:%M")) "." }
            }
            (form_of(&at.session, &address, &[("task", id.as_str())], html! { button.second type="submit" { "Mark as done" } }))
        }
    }
}

fn list(title: &str, events: &[AuditEvent]) -> Markup {
    html! {
        section.card {
            h2 { (title) }
            @if events.is_empty() { p { "None today." } }
            ul { @for event in events { li { (uk::at(event.at()).strftime("%H:%M")) " " (words(event)) } } }
        }
    }
}
