//! Checks JSON against a schema.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails fails its test"
)]

use serde_json::Value;

/// Checks a value against the subset of JSON Schema in use. An unknown keyword fails the test.
pub(crate) fn check(root: &Value, schema: &Value, value: &Value, at: &str) {
    for (keyword, says) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "$ref" => {
                let path = says.as_str().unwrap().trim_start_matches('#');
                check(root, root.pointer(path).unwrap(), value, at);
            }
            "type" => {
                let name = match value {
                    Value::Null => "null",
                    Value::Bool(_) => "boolean",
                    Value::Number(_) => "integer",
                    Value::String(_) => "string",
                    Value::Array(_) => "array",
                    Value::Object(_) => "object",
                };
                let allowed = says
                    .as_array()
                    .map_or_else(|| vec![says], |all| all.iter().collect());
                assert!(allowed.iter().any(|it| *it == name), "{at} is a {name}");
            }
            "enum" => assert!(says.as_array().unwrap().contains(value), "{at}: {value}"),
            "required" => {
                for key in says.as_array().unwrap() {
                    assert!(
                        value.get(key.as_str().unwrap()).is_some(),
                        "{at} has no {key}"
                    );
                }
            }
            "properties" => {
                for (key, value) in value.as_object().unwrap() {
                    let schema = says.get(key).unwrap_or_else(|| panic!("{at} has a {key}"));
                    check(root, schema, value, &format!("{at}.{key}"));
                }
            }
            "items" => {
                for value in value.as_array().unwrap() {
                    check(root, says, value, &format!("{at}[]"));
                }
            }
            "format"
            | "description"
            | "title"
            | "$schema"
            | "$id"
            | "$defs"
            | "additionalProperties" => {}
            other => panic!("unknown keyword {other} in the schema"),
        }
    }
}
