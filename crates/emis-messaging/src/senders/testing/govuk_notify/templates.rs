//! Templates and the filling of their placeholders.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::error::Failure;

/// A template of a service.
#[derive(Debug, Clone)]
pub(super) struct Template {
    pub(super) id: Uuid,
    pub(super) kind: &'static str,
    pub(super) subject: Option<String>,
    pub(super) body: String,
}

/// The time at which every template was made.
const CREATED: &str = "2026-01-05T09:00:00.000000Z";

impl Template {
    pub(super) fn json(&self) -> Value {
        let names = placeholders(&self.body);
        let in_subject = placeholders(self.subject.as_deref().unwrap_or_default());
        let required = |name: String| (name, json!({ "required": true }));
        let personalisation: Map<_, _> = names.chain(in_subject).map(required).collect();
        json!({
            "id": self.id,
            "name": format!("Free text: {}", self.kind),
            "type": self.kind,
            "created_at": CREATED,
            "updated_at": null,
            "version": 1,
            "created_by": "double@example.com",
            "body": self.body,
            "subject": self.subject,
            "postage": (self.kind == "letter").then_some("second"),
            "personalisation": personalisation,
            "letter_contact_block": null,
        })
    }

    /// Returns subject and body with the values of the placeholders.
    pub(super) fn filled(
        &self,
        values: &Map<String, Value>,
    ) -> Result<(Option<String>, String), Failure> {
        let fill = |text: &str| -> Result<String, Failure> {
            let mut missing = placeholders(text).filter(|name| !values.contains_key(name));
            if let Some(name) = missing.next() {
                let message = format!("Missing personalisation: {name}");
                return Err(Failure::bad_request(message));
            }
            let mut filled = text.to_owned();
            for (name, value) in values {
                filled = filled.replace(&format!("(({name}))"), &text_of(value));
            }
            Ok(filled)
        };
        let subject = self.subject.as_deref().map(fill).transpose()?;
        Ok((subject, fill(&self.body)?))
    }
}

/// Returns the names of a text's placeholders, `((name))`.
fn placeholders(text: &str) -> impl Iterator<Item = String> {
    let after = text.split("((").skip(1);
    after.filter_map(|rest| Some(rest.split_once("))")?.0.to_owned()))
}

/// Returns the words of a value; a list is written as bullet points.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let bullets: Vec<_> = items
                .iter()
                .map(|it| format!("* {}", text_of(it)))
                .collect();
            format!("\n\n{}", bullets.join("\n"))
        }
        other => other.to_string(),
    }
}
