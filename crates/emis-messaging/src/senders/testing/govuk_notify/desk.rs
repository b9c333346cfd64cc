//! The routes of the double.

use std::sync::{Arc, Mutex};

use emis_types::{Clock, Sensitive};
use http::Method;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::super::fault::{SenderFault, SenderLie};
use super::super::server::{End, Heard, Respond, Said, lock};
use super::account::{Account, GovUkNotifyMessage, State};
use super::error::Failure;
use super::templates::Template;
use super::{reading, request, resources, token};
use crate::TextRules;

/// The service behind the server.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) state: Mutex<State>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Respond for Desk {
    fn respond(&self, heard: &Heard) -> End {
        let state = &mut *lock(&self.state);
        self.answer(state, heard)
            .unwrap_or_else(|failure| End::Answer(failure.said()))
    }
}

impl Desk {
    fn answer(&self, state: &mut State, heard: &Heard) -> Result<End, Failure> {
        let secrets = state.accounts.iter().map(|(id, it)| (*id, it.secret));
        let now = self.clock.now();
        let service = token::issuer(heard.bearer(), secrets, now.as_second())?;
        let path: Vec<_> = heard.path.trim_matches('/').split('/').collect();
        let method = match path.as_slice() {
            ["v2", "notifications", "sms" | "email" | "letter"]
            | ["v2", "template", _, "preview"] => Method::POST,
            _ => Method::GET,
        };
        if heard.method != method {
            return Err(Failure::method(&method));
        }
        if let (&Method::POST, ["v2", "notifications", kind]) = (&method, path.as_slice()) {
            return self.send(state, service, kind, heard);
        }
        let account = state.accounts.get(&service).ok_or(Failure::not_found())?;
        let said = match (&method, path.as_slice()) {
            (&Method::GET, ["v2", "notifications"]) => reading::list(account, heard)?,
            (&Method::GET, ["v2", "notifications", id]) => Said::json(
                200,
                &resources::notification(reading::message(account, id)?),
            ),
            (&Method::GET, ["v2", "notifications", id, "pdf"]) => {
                reading::pdf(reading::message(account, id)?)?
            }
            (&Method::GET, ["v2", "received-text-messages"]) => {
                reading::texts(account, service, heard)?
            }
            (&Method::GET, ["v2", "templates"]) => reading::templates(account, heard)?,
            (&Method::GET, ["v2", "template", id]) => {
                Said::json(200, &reading::template(account, id)?.json())
            }
            (&Method::GET, ["v2", "template", id, "version", version]) => {
                let template = reading::template(account, id)?;
                match version.parse() {
                    Ok(1_u32) => Said::json(200, &template.json()),
                    Ok(_) => return Err(Failure::not_found()),
                    Err(_) => {
                        let problem = "version is not of type integer".to_owned();
                        return Err(Failure::validation([problem]));
                    }
                }
            }
            (&Method::POST, ["v2", "template", id, "preview"]) => {
                reading::preview(account, id, heard)?
            }
            _ => return Err(Failure::not_found()),
        };
        Ok(End::Answer(said))
    }

    fn send(
        &self,
        state: &mut State,
        service: Uuid,
        kind: &str,
        heard: &Heard,
    ) -> Result<End, Failure> {
        let (kind, to_field, fields) = match kind {
            "sms" => ("sms", "phone_number", request::TEXT),
            "email" => ("email", "email_address", request::EMAIL),
            "letter" if has_field(&heard.body, "content") => {
                ("letter", "reference", request::PRECOMPILED_LETTER)
            }
            "letter" => ("letter", "address_line_1", request::LETTER),
            _ => return Err(Failure::not_found()),
        };
        let given = request::parse(&heard.body, fields)?;
        let text = |name: &str| given.get(name).and_then(Value::as_str);
        let id = state.draw();
        let account = state.accounts.get(&service).ok_or(Failure::not_found())?;
        let empty = Map::new();
        let values = given.get("personalisation").and_then(Value::as_object);
        let values = values.unwrap_or(&empty);
        let mut message = GovUkNotifyMessage {
            id,
            service_id: service,
            kind,
            reference: text("reference").map(str::to_owned),
            to: text(to_field)
                .or_else(|| values.get(to_field)?.as_str())
                .unwrap_or_default()
                .to_owned()
                .into(),
            subject: None,
            body: Sensitive::default(),
            status: "created",
            created_at: self.clock.now(),
            template: Uuid::nil(),
        };
        if let Some(template_id) = text("template_id") {
            let template = sendable(account, template_id, kind)?;
            if kind == "letter" {
                letter_address(values)?;
            }
            let (subject, body) = template.filled(values)?;
            message.template = template.id;
            message.subject = subject;
            message.body = sent_body(kind, &body)?.into();
        }
        for name in ["sms_sender_id", "email_reply_to_id"] {
            if let Some(id) = text(name)
                && id.parse() != Ok(account.sender)
            {
                let problem =
                    format!("{name} {id} does not exist in database for service id {service}");
                return Err(Failure::bad_request(problem));
            }
        }
        let fault = state.faults.next();
        let said = match text("content") {
            Some(_) => Said::json(
                201,
                &json!({ "id": id, "reference": message.reference, "postage": "second" }),
            ),
            None => Said::json(201, &answered(&message, fault)),
        };
        if fault.is_none_or(SenderFault::commits)
            && let Some(account) = state.accounts.get_mut(&service)
        {
            account.messages.push(message);
        }
        Ok(match fault {
            None => End::Answer(said),
            Some(fault) => End::of(fault, said, |fault| Failure::of(fault).said()),
        })
    }
}

/// Returns the true answer, or that to another message.
fn answered(message: &GovUkNotifyMessage, fault: Option<SenderFault>) -> Value {
    let mut answer = resources::accepted(message);
    if let Some(
        SenderFault::Lie(SenderLie::OtherReference)
        | SenderFault::LieAfterCommit(SenderLie::OtherReference),
    ) = fault
    {
        answer["reference"] = json!("00000000-0000-4000-8000-000000000000");
    }
    answer
}

fn has_field(body: &[u8], name: &str) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|body| body.get(name).is_some())
}

fn sendable<'a>(account: &'a Account, id: &str, kind: &str) -> Result<&'a Template, Failure> {
    let id: Option<Uuid> = id.parse().ok();
    let template = account.templates.iter().find(|it| Some(it.id) == id);
    let template = template.ok_or(Failure::bad_request("Template not found"))?;
    if template.kind == kind {
        return Ok(template);
    }
    let problem = format!(
        "{} template is not suitable for {kind} notification",
        template.kind
    );
    Err(Failure::bad_request(problem))
}

fn letter_address(values: &Map<String, Value>) -> Result<(), Failure> {
    let lines = (1..=3).map(|n| format!("address_line_{n}"));
    let missing = lines.filter(|line| !values.get(line).is_some_and(Value::is_string));
    let problems: Vec<_> = missing
        .map(|line| format!("personalisation {line} is a required property"))
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Failure::validation(problems))
    }
}

fn sent_body(kind: &str, body: &str) -> Result<String, Failure> {
    if kind != "sms" {
        return Ok(body.to_owned());
    }
    let text = TextRules::GOV_UK_NOTIFY.sms(body);
    if text.too_long {
        let problem = format!(
            "Text messages cannot be longer than 918 characters. Your message is {} characters",
            text.characters
        );
        return Err(Failure::bad_request(problem));
    }
    Ok(text.sent.into_exposed())
}
