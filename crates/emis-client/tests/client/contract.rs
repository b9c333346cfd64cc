//! The table of operations against EMIS's published document, where that is at hand.

use std::collections::BTreeSet;

use crate::support::openapi;
use emis_client::Operation;
use emis_client::operation::{Effect, Verb};
use serde_json::Value;

#[test]
fn the_table_says_what_the_document_says() {
    let Some(document) = openapi() else { return };
    for operation in Operation::ALL {
        let spec = operation.spec();
        let verb = match spec.verb {
            Verb::Get => "get",
            Verb::Patch => "patch",
            Verb::Post => "post",
            other => panic!("{other:?} is not in this test"),
        };
        let documented = &document["paths"][spec.path][verb];
        assert_eq!(
            documented["operationId"], spec.name,
            "path and verb of {operation}"
        );

        let parameters = documented["parameters"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let in_query: Vec<(&str, bool)> = parameters
            .iter()
            .filter(|parameter| parameter["in"] == "query")
            .map(|parameter| {
                let name = parameter["name"].as_str().unwrap();
                (name, parameter["required"].as_bool().unwrap_or(false))
            })
            .collect();
        assert_eq!(in_query, spec.parameters, "parameters of {operation}");
        let headers: BTreeSet<&str> = parameters
            .iter()
            .filter(|parameter| parameter["in"] == "header")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        let expected = match operation {
            Operation::GetHealth => BTreeSet::new(),
            _ => BTreeSet::from(["applicationId"]),
        };
        assert_eq!(headers, expected, "headers of {operation}");

        let scopes: BTreeSet<&str> = documented["security"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_object)
            .flat_map(|schemes| schemes.values())
            .filter_map(Value::as_array)
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let expected: BTreeSet<&str> = spec.scope.iter().map(|scope| scope.as_str()).collect();
        assert_eq!(scopes, expected, "scope of {operation}");
    }
}

#[test]
fn the_table_has_every_operation_of_the_document() {
    let Some(document) = openapi() else { return };
    let verbs = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|path| path.as_object().unwrap());
    // OPTIONS is for browsers, and /swagger/ is where the document itself is.
    let documented: BTreeSet<&str> = verbs
        .filter(|(verb, operation)| *verb != "options" && operation["operationId"] != "swagger")
        .map(|(_, operation)| operation["operationId"].as_str().expect("a name"))
        .collect();
    let ours: BTreeSet<&str> = Operation::ALL.iter().map(|ours| ours.name()).collect();
    assert_eq!(ours, documented);
    assert_eq!(ours.len(), Operation::ALL.len(), "each of them once");
    assert_eq!(ours.len(), 39, "38 and GetHealth");
}

#[test]
fn what_needs_a_scope_to_write_is_a_write_whatever_its_verb() {
    for operation in Operation::ALL {
        let spec = operation.spec();
        let may_write = spec
            .scope
            .is_some_and(|scope| scope.as_str().ends_with(".write"));
        assert_eq!(spec.effect == Effect::Write, may_write, "{operation}");
        assert!(spec.verb == Verb::Get || may_write, "{operation}");
    }
}

#[test]
fn the_limits_in_the_table_are_those_of_the_descriptions() {
    let Some(document) = openapi() else { return };
    for operation in Operation::ALL {
        let spec = operation.spec();
        let methods = document["paths"][spec.path].as_object().unwrap();
        let description = methods
            .values()
            .find(|method| method["operationId"] == spec.name)
            .and_then(|method| method["description"].as_str())
            .unwrap_or_default();
        let says_90 = description.contains("90 days");
        assert_eq!(spec.max_days == Some(90), says_90, "{operation}");
    }
}
