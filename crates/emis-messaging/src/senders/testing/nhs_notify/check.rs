//! Checks of what a caller posts.

use emis_types::NhsNumber;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::error::{
    DUPLICATE, Failure, INVALID, MISSING, NHS_NUMBER, NO_CONTACT_DETAILS, NO_ODS_CODE, NULL,
    Problem, TOO_FEW,
};

/// The permissions of the account. A caller of the sandbox can ask to have fewer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Permissions {
    pub(super) ods_code: bool,
    pub(super) contact_details: bool,
}

/// A check of a value.
type Check = fn(&Value) -> bool;

/// The problems found so far.
struct Problems(Vec<(Problem, String)>);

/// Returns the attributes of a request that is valid; `kind` is `Message` or `MessageBatch`.
pub(super) fn attributes(
    body: &[u8],
    kind: &str,
    may: Permissions,
) -> Result<Map<String, Value>, Failure> {
    let mut problems = Problems(Vec::new());
    let document = serde_json::from_slice::<Value>(body).ok();
    let attributes = problems.document(document.as_ref(), kind, may);
    match attributes {
        Some(attributes) if problems.0.is_empty() => Ok(attributes.clone()),
        _ => Err(Failure::invalid(problems.0)),
    }
}

impl Problems {
    fn add(&mut self, problem: Problem, pointer: impl Into<String>) {
        self.0.push((problem, pointer.into()));
    }

    /// Returns a property that must be there, as `read` reads it.
    fn required<'a, T>(
        &mut self,
        object: &'a Map<String, Value>,
        name: &str,
        at: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Option<T> {
        let pointer = format!("{at}/{name}");
        let problem = match object.get(name) {
            None => MISSING,
            Some(Value::Null) => NULL,
            Some(value) => match read(value) {
                Some(value) => return Some(value),
                None => INVALID,
            },
        };
        self.add(problem, pointer);
        None
    }

    /// Checks properties that may be absent, and that there is no other.
    fn optional(&mut self, object: &Map<String, Value>, at: &str, known: &[(&str, Check)]) {
        for (name, value) in object {
            let check = known.iter().find(|(known, _)| known == name);
            if !check.is_some_and(|(_, check)| check(value)) {
                self.add(INVALID, format!("{at}/{name}"));
            }
        }
    }

    fn document<'a>(
        &mut self,
        document: Option<&'a Value>,
        kind: &str,
        may: Permissions,
    ) -> Option<&'a Map<String, Value>> {
        let Some(document) = document.and_then(Value::as_object) else {
            self.add(INVALID, "/");
            return None;
        };
        let data = self.required(document, "data", "", Value::as_object)?;
        self.required(data, "type", "/data", |it| {
            it.as_str().filter(|it| *it == kind)
        });
        let attributes = self.required(data, "attributes", "/data", Value::as_object)?;
        let at = "/data/attributes";
        let plan = |it: &'a Value| it.as_str()?.parse::<Uuid>().ok();
        self.required(attributes, "routingPlanId", at, plan);
        if kind == "Message" {
            self.message(attributes, at, may);
        } else {
            self.required(attributes, "messageBatchReference", at, text);
            self.batch(attributes, at, may);
        }
        Some(attributes)
    }

    fn batch(&mut self, attributes: &Map<String, Value>, at: &str, may: Permissions) {
        let Some(messages) = self.required(attributes, "messages", at, Value::as_array) else {
            return;
        };
        if messages.is_empty() {
            self.add(TOO_FEW, format!("{at}/messages"));
        }
        let mut seen = std::collections::BTreeSet::new();
        for (n, message) in messages.iter().enumerate() {
            let at = format!("{at}/messages/{n}");
            let Some(message) = message.as_object() else {
                self.add(INVALID, at);
                continue;
            };
            self.message(message, &at, may);
            let reference = message.get("messageReference").and_then(Value::as_str);
            if reference.is_some_and(|it| !seen.insert(it)) {
                self.add(DUPLICATE, format!("{at}/messageReference"));
            }
            self.optional(
                message,
                &at,
                &[
                    ("messageReference", |_| true),
                    ("recipient", |_| true),
                    ("originator", |_| true),
                    ("personalisation", |_| true),
                    ("billingReference", |_| true),
                ],
            );
        }
    }

    fn message(&mut self, message: &Map<String, Value>, at: &str, may: Permissions) {
        self.required(message, "messageReference", at, text);
        if let Some(recipient) = self.required(message, "recipient", at, Value::as_object) {
            self.recipient(recipient, &format!("{at}/recipient"), may);
        }
        let originator = message.get("originator");
        match originator.map(|it| (it, it.as_object())) {
            None => {}
            Some((_, Some(originator))) => {
                let at = format!("{at}/originator");
                self.optional(originator, &at, &[("odsCode", Value::is_string)]);
                if !may.ods_code && originator.contains_key("odsCode") {
                    self.add(NO_ODS_CODE, format!("{at}/odsCode"));
                }
            }
            Some(_) => self.add(INVALID, format!("{at}/originator")),
        }
        for (name, check) in [
            ("personalisation", Value::is_object as Check),
            ("billingReference", Value::is_string),
        ] {
            if message.get(name).is_some_and(|value| !check(value)) {
                self.add(INVALID, format!("{at}/{name}"));
            }
        }
    }

    fn recipient(&mut self, recipient: &Map<String, Value>, at: &str, may: Permissions) {
        // The date of birth is of an earlier version, and still in the collection of examples.
        let known: [(&str, Check); 3] = [
            ("nhsNumber", |_| true),
            ("contactDetails", Value::is_object),
            ("dateOfBirth", Value::is_string),
        ];
        self.optional(recipient, at, &known);
        let number = self.required(recipient, "nhsNumber", at, Value::as_str);
        if number.is_some_and(|it| it.len() != 10 || it.parse::<NhsNumber>().is_err()) {
            self.add(NHS_NUMBER, format!("{at}/nhsNumber"));
        }
        if let Some(Value::Object(details)) = recipient.get("contactDetails") {
            let at = format!("{at}/contactDetails");
            if !may.contact_details {
                self.add(NO_CONTACT_DETAILS, at.clone());
            }
            self.contact_details(details, &at);
        }
    }

    fn contact_details(&mut self, details: &Map<String, Value>, at: &str) {
        let is_email = |it: &Value| {
            let Some(text) = it.as_str() else {
                return false;
            };
            (6..=90).contains(&text.chars().count())
                && text
                    .split_once('@')
                    .is_some_and(|(_, domain)| domain.contains('.'))
        };
        let is_sms = |it: &Value| {
            it.as_str()
                .is_some_and(|text| text.chars().filter(char::is_ascii_digit).count() >= 10)
        };
        for (name, check) in [
            ("email", is_email as Check),
            ("sms", is_sms),
            ("address", is_address),
            ("name", is_name),
        ] {
            if details.get(name).is_some_and(|value| !check(value)) {
                self.add(INVALID, format!("{at}/{name}"));
            }
        }
    }
}

fn is_address(value: &Value) -> bool {
    let lines = value["lines"].as_array();
    lines.is_some_and(|it| (2..=5).contains(&it.len()) && it.iter().all(Value::is_string))
        && value["postcode"].is_string()
}

fn is_name(value: &Value) -> bool {
    let parts = ["prefix", "firstName", "middleNames", "lastName", "suffix"];
    value["lastName"].is_string()
        && parts
            .iter()
            .all(|part| value.get(part).is_none_or(Value::is_string))
}

fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}
