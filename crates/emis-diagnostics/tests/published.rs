//! What stands in `docs/` is what the code says.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails fails its test"
)]

use emis_client::ErrorKind;
use emis_diagnostics::{
    Cause, Failure, FailureKind, Observation, Probe, Product, Seen, infer, troubleshooting,
};
use serde_json::Value;

fn patchs() -> Product {
    Product::new("Patchs", "patchs").unwrap()
}

#[test]
fn the_help_page_is_that_of_the_catalogue() {
    let page = include_str!("../../../docs/troubleshooting.md");
    assert!(
        page == troubleshooting(&patchs()),
        "stale: cargo run -p emis-diagnostics --example troubleshooting > docs/troubleshooting.md"
    );
}

#[test]
fn every_cause_of_the_help_page_can_be_jumped_to() {
    let page = troubleshooting(&patchs());
    for cause in Cause::ALL {
        let anchor = cause.code().to_ascii_lowercase();
        assert!(page.contains(&format!("[{cause}](#{anchor})")), "{cause}");
        assert!(page.contains(&format!("\n## {cause}\n")), "{cause}");
    }
}

#[test]
fn findings_are_as_the_schema_says() {
    let schema: Value =
        serde_json::from_str(include_str!("../../../docs/report.schema.json")).unwrap();
    let mut failure = Failure::new(FailureKind::Api(ErrorKind::Forbidden));
    failure.http_status = Some(403);
    let found = infer(
        &[Observation::new(Probe::Organisation, Seen::Failed(failure))],
        &patchs(),
    );
    assert_eq!(found.len(), 4);
    for finding in found {
        let json = serde_json::to_value(&finding).unwrap();
        check(&schema, &schema["$defs"]["finding"], &json, "finding");
    }

    // The schema knows every code, and refuses what is none.
    let codes = &schema["$defs"]["code"]["enum"];
    let all: Vec<_> = Cause::ALL.iter().map(|cause| cause.code()).collect();
    assert_eq!(*codes, serde_json::json!(all));
}

/// As much of JSON Schema as ours needs: a keyword that it does not know fails the test.
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
            other => panic!("the schema says {other}, which this test does not know"),
        }
    }
}
