//! The audit trail in plain words.

use std::fmt::Write as _;

use axum::extract::State;
use axum::response::IntoResponse;
use emis_partner::audit::{Actor, ActorKind, AuditEvent};
use emis_partner::types::OdsCode;
use maud::html;
use serde_json::Value;

use super::frame::frame;
use crate::app::App;
use crate::page::when;
use crate::web::{AtPractice, Failure, Page};

const SHOWN: u32 = 200;

pub(super) async fn show(State(app): State<App>, at: AtPractice) -> Page {
    let events = latest(&app, at.practice.ods_code(), SHOWN).await?;
    let body = html! {
        h1 { "Audit trail" }
        p { "The last " (events.len()) " events, the latest first." }
        div.scroll tabindex="0" role="region" aria-label="Events" {
            table {
                thead { tr { th scope="col" { "When" } th scope="col" { "Who" } th scope="col" { "What" } } }
                tbody {
                    @for event in events.iter().rev() {
                        tr {
                            td { (when(event.at())) }
                            td { (who(event.by().actor())) }
                            td { (words(event)) }
                        }
                    }
                }
            }
        }
    };
    Ok(frame(&at, "Audit trail", &body).into_response())
}

/// Returns the latest events of a practice, the oldest first.
pub(super) async fn latest(
    app: &App,
    practice: &OdsCode,
    most: u32,
) -> Result<Vec<AuditEvent>, Failure> {
    let log = practice.clone().into();
    let failed = |error: emis_partner::audit::StoreError| {
        tracing::error!(%error, "the audit log can't be read");
        Failure::Broken
    };
    let head = app.audit.head(&log).await.map_err(failed)?;
    let after = head.map_or(0, |head| head.number.saturating_sub(most.into()));
    let entries = app.audit.entries(&log, after, most).await.map_err(failed)?;
    Ok(entries
        .iter()
        .filter_map(emis_partner::audit::AuditEntry::event)
        .collect())
}

fn who(actor: &Actor) -> String {
    let id = actor.id().unwrap_or("unknown");
    match actor.kind() {
        ActorKind::User => id.to_owned(),
        ActorKind::Patient => format!("Patient {id}"),
        ActorKind::Proxy => format!("Someone for a patient ({id})"),
        ActorKind::System => format!("The program {id}"),
        _ => "The product".to_owned(),
    }
}

/// Returns a sentence for an event. Events hold IDs only.
pub(super) fn words(event: &AuditEvent) -> String {
    let kind = event.kind().as_str();
    let known = WORDS.iter().find(|(known, _)| *known == kind);
    let mut text = known.map_or(kind, |(_, words)| words).to_owned();
    let detail = |name: &str| event.details().get(name);
    for (name, words) in [
        ("state", "state"),
        ("settlement", "result"),
        ("patient", "patient"),
        ("exclusion", "kind"),
        ("change", "change"),
        ("causes", "causes"),
    ] {
        let value = match detail(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(items)) => {
                let items: Vec<_> = items.iter().filter_map(Value::as_str).collect();
                items.join(" and ")
            }
            Some(value) => value.to_string(),
            None => continue,
        };
        if !value.is_empty() {
            let _ = write!(text, ", {words} {value}");
        }
    }
    text
}

const WORDS: &[(&str, &str)] = &[
    ("settings.changed", "Settings changed"),
    ("settings.refused", "Settings refused"),
    ("diagnosis.made", "Connection checked"),
    ("booking.begun", "Booking begun"),
    ("booking.settled", "Booking settled"),
    ("cancellation.begun", "Cancellation begun"),
    ("booking.move_begun", "Move begun"),
    ("booking.move_ended", "Move ended"),
    ("booking.notice_acknowledged", "Patient told of a booking"),
    ("reminder.claimed", "Reminder begun"),
    ("reminder.settled", "Reminder settled"),
    ("message.claimed", "Message begun"),
    ("message.settled", "Message settled"),
    ("message.receipt", "Receipt of a message"),
    ("message.received", "Reply received"),
    ("invitation.made", "Invitation made"),
    ("invitation.changed", "Invitation changed"),
    ("exclusion.begun", "Patient opted out"),
    ("exclusion.ended", "Opt-out ended"),
    ("task.acknowledged", "Task done"),
    ("identity.locked", "Locked after wrong dates of birth"),
    ("identity.unlocked", "Unlocked"),
    ("credentials.refused", "EMIS refused the API user"),
    ("credentials.released", "API user may be tried once more"),
];
