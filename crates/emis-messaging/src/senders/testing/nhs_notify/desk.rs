//! The routes of the double.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use emis_types::Clock;
use http::Method;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::super::fault::{SenderFault, SenderLie};
use super::super::server::{End, Heard, Respond, Said, lock};
use super::account::{NhsNotifyMessage, State};
use super::check::{self, Permissions};
use super::error::Failure;
use super::{assertion, patients, resources};

/// The service behind the server.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) state: Mutex<State>,
    pub(super) clock: Arc<dyn Clock>,
    /// True for the sandbox: open to all, keeps nothing, and fails as it is asked to by headers.
    pub(super) is_sandbox: bool,
}

const API_MEDIA_TYPE: &str = "application/vnd.api+json";
const TOKEN_SECONDS: i64 = 599;

/// The routing plans of the sandbox besides those for free text.
const SANDBOX_PLANS: [&str; 5] = [
    "b838b13c-f98c-4def-93f0-515d4e4f4ee1",
    "49e43b98-70cb-47a9-a55e-fe70c9a6f77c",
    "b402cd20-b62a-4357-8e02-2952959531c8",
    "936e9d45-15de-4a95-bb36-ae163c33ae53",
    "9ba00d23-cd6f-4aca-8688-00abc85a7980",
];
const WITHOUT_TEMPLATES: [&str; 2] = [
    "c8857ccf-06ec-483f-9b3a-7fc732d9ad48",
    "aeb16ab8-cb9c-4d23-92e9-87c78119175c",
];
const WITH_DUPLICATES: &str = "a3a4e55d-7a21-45a6-9286-8eb595c872a8";

/// The messages of the sandbox with their status.
const SANDBOX_MESSAGES: [(&str, &str); 6] = [
    ("2WL3qFTEFM0qMY8xjRbt1LIKCzM", "delivered"),
    ("2WL5eYSWGzCHlGmzNxuqVusPxDg", "delivered"),
    ("2WL4GEeFVxXG9S57nRlefBwwKxp", "sending"),
    ("2WL4mvx6eBva8dcIK60VEGIfcgZ", "failed"),
    ("2bBBpsiMl2rnQt99qm6JLZ6w1vq", "delivered"),
    ("2WL5TWl7F7PondWbZ1vctlEtOZ3", "delivered"),
];

impl Respond for Desk {
    fn respond(&self, heard: &Heard) -> End {
        let state = &mut *lock(&self.state);
        if heard.path == "/oauth2/token" {
            return End::Answer(self.grant(state, heard));
        }
        let media_type = accepted(heard.header("accept"));
        let end = match media_type {
            None => Err(Failure::accept()),
            Some(_) => self.answer(state, heard),
        };
        let finish = |said: Said| {
            let correlation = heard.header("x-correlation-id").unwrap_or("rrt-double");
            let mut said = said.with_header("x-correlation-id", correlation);
            if let Some((_, value)) = said.headers.first_mut()
                && value == API_MEDIA_TYPE
            {
                media_type.unwrap_or(API_MEDIA_TYPE).clone_into(value);
            }
            said
        };
        match end {
            Ok(End::Answer(said)) => End::Answer(finish(said)),
            Ok(other) => other,
            Err(failure) => End::Answer(finish(failed(&failure))),
        }
    }
}

fn json_api(status: u16, body: &Value) -> Said {
    Said::new(status, API_MEDIA_TYPE, body.to_string())
}

fn failed(failure: &Failure) -> Said {
    let mut said = json_api(failure.status, &failure.body());
    if let Some(seconds) = failure.retry_after {
        said = said.with_header("retry-after", seconds.to_string());
    }
    if let Some(method) = failure.allow {
        said = said.with_header("allow", method);
    }
    said
}

/// Returns the media type of the answer; `None` if the caller accepts neither.
fn accepted(accept: Option<&str>) -> Option<&'static str> {
    let Some(accept) = accept else {
        return Some(API_MEDIA_TYPE);
    };
    accept
        .split(',')
        .find_map(|range| match media_type(range)? {
            "*/*" | API_MEDIA_TYPE => Some(API_MEDIA_TYPE),
            "application/json" => Some("application/json"),
            _ => None,
        })
}

/// Returns the media type of a header's value; `None` if it has another charset than UTF-8.
fn media_type(value: &str) -> Option<&str> {
    let mut parts = value.split(';').map(str::trim);
    let media_type = parts.next()?;
    parts
        .filter(|part| part.starts_with("charset"))
        .all(|part| part.eq_ignore_ascii_case("charset=utf-8"))
        .then_some(media_type)
}

impl Desk {
    fn grant(&self, state: &mut State, heard: &Heard) -> Said {
        let form: BTreeMap<_, _> = url::form_urlencoded::parse(&heard.body)
            .into_owned()
            .collect();
        let field = |name: &str| form.get(name).map_or("", String::as_str);
        let host = heard.header("host").unwrap_or_default();
        let audience = format!("http://{host}/oauth2/token");
        let now = self.clock.now().as_second();
        let refused = |error: &str, description: &str| {
            let body = json!({ "error": error, "error_description": description });
            Said::json(400, &body)
        };
        if heard.method != Method::POST || field("grant_type") != "client_credentials" {
            return refused("unsupported_grant_type", "grant_type is invalid");
        }
        let assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        if field("client_assertion_type") != assertion_type {
            return refused(
                "invalid_request",
                "Missing or invalid client_assertion_type",
            );
        }
        if let Some(problem) = assertion::problem(field("client_assertion"), &audience, now) {
            return refused("invalid_request", problem);
        }
        let token = format!("invented-token-{}", state.draw());
        state.tokens.insert(token.clone(), now + TOKEN_SECONDS);
        let body = json!({
            "access_token": token,
            "expires_in": TOKEN_SECONDS.to_string(),
            "token_type": "Bearer",
            "issued_at": (now * 1000).to_string(),
        });
        Said::json(200, &body)
    }

    fn answer(&self, state: &mut State, heard: &Heard) -> Result<End, Failure> {
        let path = heard.path.strip_prefix("/comms").unwrap_or(&heard.path);
        let path: Vec<_> = path.trim_matches('/').split('/').collect();
        if heard.method == Method::OPTIONS {
            return Ok(End::Answer(cross_origin(heard)));
        }
        let allowed = match path.as_slice() {
            ["v1", "messages" | "message-batches"] => Some("POST"),
            ["v1", "messages", _] | ["channels", "nhsapp", "accounts"] => Some("GET"),
            _ => None,
        };
        if let Some(method) = allowed
            && heard.method.as_str() != method
        {
            return Err(Failure::method(method));
        }
        let posted_type = heard.header("content-type").and_then(media_type);
        if heard.method == Method::POST
            && !matches!(posted_type, Some(API_MEDIA_TYPE | "application/json"))
        {
            return Err(Failure::content_type());
        }
        self.admit(state, heard)?;
        let said = match (&heard.method, path.as_slice()) {
            (&Method::POST, ["v1", "messages"]) => return self.message(state, heard),
            (&Method::POST, ["v1", "message-batches"]) => self.batch(state, heard)?,
            (&Method::GET, ["v1", "messages", id]) => json_api(200, &self.found(state, id)?),
            (&Method::GET, ["channels", "nhsapp", "accounts"]) => {
                json_api(200, &patients::accounts(heard)?)
            }
            _ => return Err(Failure::not_found()),
        };
        Ok(End::Answer(said))
    }

    /// Checks the token; the sandbox takes every caller, and fails as they ask.
    fn admit(&self, state: &State, heard: &Heard) -> Result<(), Failure> {
        if self.is_sandbox {
            if heard.header("authorization") == Some("banned") {
                return Err(Failure::banned());
            }
            let code = heard
                .header("prefer")
                .and_then(|it| it.strip_prefix("code="));
            return match code {
                None => Ok(()),
                Some("403.1") => Err(Failure::banned()),
                Some("422_batch") => Err(Failure::duplicate("batch")),
                Some("422_message") => Err(Failure::duplicate("message")),
                Some(code) => Err(Failure::of_status(code.parse().unwrap_or(500))),
            };
        }
        let expires = heard.bearer().and_then(|token| state.tokens.get(token));
        match expires {
            Some(expires) if self.clock.now().as_second() < *expires => Ok(()),
            _ => Err(Failure::unauthorised()),
        }
    }

    fn attributes(&self, heard: &Heard, kind: &str) -> Result<Map<String, Value>, Failure> {
        let told = |text| self.is_sandbox && heard.header("authorization") == Some(text);
        let may = Permissions {
            ods_code: !told("noOdsChange"),
            contact_details: !told("notAllowedContactDetailOverride"),
        };
        let attributes = check::attributes(&heard.body, kind, may)?;
        let plan = attributes["routingPlanId"].as_str().unwrap_or_default();
        let is_free_text = plan
            .parse::<Uuid>()
            .is_ok_and(|it| (1..=7).contains(&it.as_u128()));
        if WITHOUT_TEMPLATES.contains(&plan) {
            Err(Failure::no_templates())
        } else if plan == WITH_DUPLICATES {
            Err(Failure::duplicate_templates())
        } else if is_free_text || SANDBOX_PLANS.contains(&plan) {
            Ok(attributes)
        } else {
            Err(Failure::no_plan())
        }
    }

    fn message(&self, state: &mut State, heard: &Heard) -> Result<End, Failure> {
        let attributes = self.attributes(heard, "Message")?;
        let reference = attributes["messageReference"].as_str().unwrap_or_default();
        if state.references.contains(reference) {
            return Err(Failure::duplicate("message"));
        }
        let plan = &attributes["routingPlanId"];
        let message = taken(state, &attributes, plan, self.clock.now());
        let fault = state.faults.next();
        let mut answer = resources::message(&message);
        if let Some(
            SenderFault::Lie(SenderLie::OtherReference)
            | SenderFault::LieAfterCommit(SenderLie::OtherReference),
        ) = fault
        {
            answer["data"]["attributes"]["messageReference"] = json!(Uuid::nil());
        }
        let said = json_api(201, &answer).with_header("location", resources::uri(&message.id));
        if fault.is_none_or(SenderFault::commits) && !self.is_sandbox {
            state.references.insert(message.reference.clone());
            state.messages.push(message);
        }
        Ok(match fault {
            None => End::Answer(said),
            Some(fault) => End::of(fault, said, |fault| failed(&Failure::of(fault))),
        })
    }

    fn batch(&self, state: &mut State, heard: &Heard) -> Result<Said, Failure> {
        let attributes = self.attributes(heard, "MessageBatch")?;
        let reference = &attributes["messageBatchReference"];
        let key = format!("batch {reference}");
        if !self.is_sandbox && !state.references.insert(key) {
            return Err(Failure::duplicate("batch"));
        }
        let plan = &attributes["routingPlanId"];
        let given = attributes["messages"].as_array().into_iter().flatten();
        let mut messages = Vec::new();
        for message in given.filter_map(Value::as_object) {
            let message = taken(state, message, plan, self.clock.now());
            messages.push(json!({ "messageReference": message.reference, "id": message.id }));
            if !self.is_sandbox {
                state.messages.push(message);
            }
        }
        let body = json!({
            "data": {
                "type": "MessageBatch",
                "id": state.draw_id(),
                "attributes": {
                    "messageBatchReference": reference,
                    "routingPlan": resources::plan(id_of(plan)),
                    "messages": messages,
                },
            }
        });
        Ok(json_api(201, &body))
    }

    fn found(&self, state: &State, id: &str) -> Result<Value, Failure> {
        if let Some(message) = state.messages.iter().find(|it| it.id == id) {
            return Ok(resources::message(message));
        }
        let sandbox = SANDBOX_MESSAGES.iter().find(|(known, _)| *known == id);
        match sandbox {
            Some((id, status)) if self.is_sandbox => Ok(resources::sandbox_message(id, status)),
            _ => Err(Failure::not_found()),
        }
    }
}

fn id_of(plan: &Value) -> Uuid {
    let id = plan.as_str().and_then(|id| id.parse().ok());
    id.unwrap_or_default()
}

/// Returns the message that a valid request describes.
fn taken(
    state: &mut State,
    given: &Map<String, Value>,
    plan: &Value,
    now: jiff::Timestamp,
) -> NhsNotifyMessage {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let recipient = given.get("recipient").unwrap_or(&Value::Null);
    let originator = given.get("originator").map(|it| text(&it["odsCode"]));
    let fields = given.get("personalisation").and_then(Value::as_object);
    NhsNotifyMessage {
        id: state.draw_id(),
        reference: given.get("messageReference").map(text).unwrap_or_default(),
        routing_plan: id_of(plan),
        nhs_number: text(&recipient["nhsNumber"]).into(),
        originator,
        personalisation: fields
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), text(value).into()))
            .collect(),
        status: "created",
        failure: None,
        created_at: now,
    }
}

fn cross_origin(heard: &Heard) -> Said {
    let echo = |name: &str| heard.header(name).unwrap_or_default().to_owned();
    Said::new(200, API_MEDIA_TYPE, "")
        .with_header("origin", echo("origin"))
        .with_header(
            "access-control-request-method",
            echo("access-control-request-method"),
        )
        .with_header("access-control-allow-origin", echo("origin"))
        .with_header("access-control-allow-methods", "GET, POST")
}
