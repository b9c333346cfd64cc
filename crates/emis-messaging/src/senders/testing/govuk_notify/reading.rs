//! Calls that read: messages, texts and templates.

use serde_json::{Map, json};
use uuid::Uuid;

use super::super::server::{Heard, Said};
use super::account::{Account, GovUkNotifyMessage};
use super::error::Failure;
use super::templates::Template;
use super::{request, resources};

fn uuid(name: &str, text: &str) -> Result<Uuid, Failure> {
    let problem = || Failure::validation([format!("{name} is not a valid UUID")]);
    Uuid::try_parse(text).map_err(|_| problem())
}

pub(super) fn message<'a>(
    account: &'a Account,
    id: &str,
) -> Result<&'a GovUkNotifyMessage, Failure> {
    let id = uuid("id", id)?;
    let message = account.messages.iter().find(|it| it.id == id);
    message.ok_or(Failure::not_found())
}

pub(super) fn template<'a>(account: &'a Account, id: &str) -> Result<&'a Template, Failure> {
    let id = uuid("id", id)?;
    let template = account.templates.iter().find(|it| it.id == id);
    template.ok_or(Failure::not_found())
}

/// The statuses by which messages can be listed.
const STATUSES: [&str; 14] = [
    "accepted",
    "created",
    "sending",
    "pending",
    "sent",
    "received",
    "delivered",
    "cancelled",
    "pending-virus-check",
    "virus-scan-failed",
    "validation-failed",
    "permanent-failure",
    "temporary-failure",
    "technical-failure",
];

/// Returns a problem if a parameter has a value that is not one of these.
fn one_of(heard: &Heard, name: &str, values: &[&str]) -> Result<(), Failure> {
    let given = heard.query.iter().filter(|(key, _)| key == name);
    for (_, value) in given {
        if !values.contains(&value.as_str()) {
            let problem = format!("{name} {value} is not one of [{}]", values.join(", "));
            return Err(Failure::validation([problem]));
        }
    }
    Ok(())
}

pub(super) fn list(account: &Account, heard: &Heard) -> Result<Said, Failure> {
    one_of(heard, "template_type", &["sms", "email", "letter"])?;
    one_of(heard, "status", &STATUSES)?;
    one_of(heard, "include_jobs", &["true", "false", "True", "False"])?;
    let older_than = older_than(heard)?;
    let statuses: Vec<_> = heard
        .query
        .iter()
        .filter(|(key, _)| key == "status")
        .map(|(_, status)| status.as_str())
        .collect();
    let wanted = |message: &&GovUkNotifyMessage| {
        let reference = heard.query("reference");
        (statuses.is_empty() || statuses.contains(&message.status))
            && heard
                .query("template_type")
                .is_none_or(|it| it == message.kind)
            && reference.is_none_or(|it| Some(it) == message.reference.as_deref())
    };
    let messages = account.messages.iter().rev().filter(wanted);
    let items = messages.map(resources::notification).collect();
    let page = resources::page("notifications", "/v2/notifications", items, older_than);
    Ok(Said::json(200, &page))
}

fn older_than(heard: &Heard) -> Result<Option<&str>, Failure> {
    let id = heard.query("older_than");
    id.map(|id| uuid("older_than", id)).transpose()?;
    Ok(id)
}

pub(super) fn texts(account: &Account, service: Uuid, heard: &Heard) -> Result<Said, Failure> {
    let older_than = older_than(heard)?;
    let texts = account.received.iter().rev();
    let items = texts
        .map(|text| resources::received(text, service))
        .collect();
    let path = "/v2/received-text-messages";
    let page = resources::page("received_text_messages", path, items, older_than);
    Ok(Said::json(200, &page))
}

pub(super) fn templates(account: &Account, heard: &Heard) -> Result<Said, Failure> {
    one_of(heard, "type", &["sms", "email", "letter"])?;
    let wanted = |it: &&Template| heard.query("type").is_none_or(|kind| kind == it.kind);
    let templates: Vec<_> = account
        .templates
        .iter()
        .filter(wanted)
        .map(Template::json)
        .collect();
    Ok(Said::json(200, &json!({ "templates": templates })))
}

pub(super) fn preview(account: &Account, id: &str, heard: &Heard) -> Result<Said, Failure> {
    let template = template(account, id)?;
    // A template without placeholders needs no body.
    let given = match heard.body.as_ref() {
        b"" => Map::new(),
        body => request::parse(body, request::PREVIEW)?,
    };
    let empty = Map::new();
    let values = given
        .get("personalisation")
        .and_then(serde_json::Value::as_object);
    let (subject, body) = template.filled(values.unwrap_or(&empty))?;
    let html = (template.kind == "email").then(|| format!("<p>{body}</p>"));
    let preview = json!({
        "id": template.id,
        "type": template.kind,
        "version": 1,
        "body": body,
        "html": html,
        "subject": subject,
        "postage": (template.kind == "letter").then_some("second"),
    });
    Ok(Said::json(200, &preview))
}

pub(super) fn pdf(message: &GovUkNotifyMessage) -> Result<Said, Failure> {
    if message.kind == "letter" {
        return Ok(Said::new(200, "application/pdf", &b"%PDF-1.4\n%%EOF\n"[..]));
    }
    Err(Failure::validation([
        "Notification is not a letter".to_owned()
    ]))
}
