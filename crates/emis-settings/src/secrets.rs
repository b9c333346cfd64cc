//! Fields that are secret by their names.

use serde_json::{Map, Value};

/// Returns `true` if a field is called an API user or a password, or holds one that is.
pub(crate) fn is_secret(name: &str, value: &Value) -> bool {
    let name = name.to_lowercase();
    name == "api_user" || name.contains("password") || holds_secret(value)
}

/// Returns `true` if any field of a document is secret.
pub(crate) fn any_secret(fields: &Map<String, Value>) -> bool {
    fields.iter().any(|(name, value)| is_secret(name, value))
}

fn holds_secret(value: &Value) -> bool {
    match value {
        Value::Object(fields) => any_secret(fields),
        Value::Array(items) => items.iter().any(holds_secret),
        _ => false,
    }
}
