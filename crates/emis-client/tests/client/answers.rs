//! Every schema that EMIS's document shows as an answer, through the operations that answer with
//! it: whole, with what the document does not know, and with what EMIS leaves out.

use std::collections::BTreeSet;

use crate::support::openapi;
use crate::support::operations::{answered_each_way, success};
use crate::support::schema::{Enums, Generator, Tweak, properties, references, violations, whole};
use emis_client::operation::Effect;
use emis_client::{ClientErrorKind, Operation};
use serde_json::{Value, json};

/// Calls `test` for each operation with the document and the schema of its answer, which the
/// operation is to be given with a 200: what the document shows with a 204 comes so some day.
fn for_each_answer(mut test: impl FnMut(Operation, &Value, &Value)) {
    let Some(document) = openapi() else { return };
    let mut tested = 0;
    for &operation in Operation::ALL {
        if let (_, Some(schema)) = success(&document, operation) {
            test(operation, &document, schema);
            tested += 1;
        }
    }
    assert!(tested > 30, "there are answers to test");
}

#[test]
fn what_the_document_shows_is_read_whole_with_every_value_of_every_enumeration() {
    for_each_answer(|operation, document, schema| {
        // The longest enumeration has nine values.
        for place in 0..9 {
            let generator = Generator {
                document,
                enums: Enums::Place(place),
                tweak: &|_, _, value| Some(value),
            };
            let answer = generator.instance(schema);
            assert_eq!(
                violations(document, schema, &answer),
                [""; 0],
                "{operation}"
            );
            for read in answered_each_way(operation, &answer.to_string()) {
                let read = read.unwrap();
                let came = (read.records, read.skipped);
                assert_eq!(came, (1, vec![]), "{operation}, {place}");
            }
        }
    });
}

#[test]
fn new_fields_and_new_values_of_enumerations_are_no_failure() {
    for_each_answer(|operation, document, schema| {
        let generator = Generator {
            document,
            enums: Enums::Unlisted,
            tweak: &|_, _, mut value| {
                let news = json!([{"more": null}, 1, "one"]);
                if let Value::Object(object) = &mut value {
                    object.insert("addedByEmis".to_owned(), news);
                }
                Some(value)
            },
        };
        let mut answer = generator.instance(schema);
        if let Value::Object(object) = &mut answer {
            object.insert("addedByEmis".to_owned(), json!({"a": []}));
            assert_ne!(violations(document, schema, &answer), [""; 0]);
        }
        for read in answered_each_way(operation, &answer.to_string()) {
            let read = read.unwrap();
            assert_eq!((read.records, read.skipped), (1, vec![]), "{operation}");
        }
    });
}

#[test]
fn numbers_as_texts_and_texts_as_numbers_are_read_alike() {
    for_each_answer(|operation, document, schema| {
        let turned = |_: &str, _: &str, value: Value| {
            Some(match &value {
                Value::Number(number) => json!(number.to_string()),
                Value::Bool(yes) => json!(yes.to_string()),
                Value::String(text) => text.parse().map_or(value.clone(), |n: i64| json!(n)),
                _ => value,
            })
        };
        let generator = Generator {
            document,
            enums: Enums::Place(0),
            tweak: &turned,
        };
        let plain = whole(document, schema).to_string();
        let turned = generator.instance(schema).to_string();
        let plain = answered_each_way(operation, &plain).into_iter();
        for (plain, turned) in plain.zip(answered_each_way(operation, &turned)) {
            let (plain, turned) = (plain.unwrap(), turned.unwrap());
            assert_eq!(turned, plain, "{operation}");
        }
    });
}

/// The answers that are one record, and no list of them: what it can't do without fails the call.
const SINGLE: [Operation; 5] = [
    Operation::GetPatientDemographics,
    Operation::GetBase64AttachmentData,
    Operation::GetBase64AttachmentDataV2,
    Operation::BookAppointment,
    Operation::CancelAppointment,
];

fn write(operation: Operation) -> bool {
    operation.effect() == Effect::Write
}

/// Answers with what a tweak leaves over. It may cost records, and no more than that.
fn never_costs_the_page(operation: Operation, generator: &Generator<'_>, schema: &Value) {
    let answer = generator.instance(schema).to_string();
    let ways = answered_each_way(operation, &answer).into_iter();
    for error in ways.filter_map(Result::err) {
        if error
            .report()
            .ends_with("holds none of the documented fields")
        {
            // Emptiness has to be said: a list that is left out says nothing.
            let answer: Value = serde_json::from_str(&answer).unwrap();
            let keys: Vec<_> = answer.as_object().unwrap().keys().collect();
            assert!(
                keys.len() < 3 || SINGLE.contains(&operation) || write(operation),
                "{keys:?}"
            );
            continue;
        }
        let lists = ["bookedList is missing", "patientList is missing"];
        if lists.iter().any(|list| error.report().ends_with(list)) {
            continue;
        }
        assert!(SINGLE.contains(&operation), "{}", error.report());
        let kind = match operation.effect() {
            Effect::Read => ClientErrorKind::Decode,
            Effect::Write => ClientErrorKind::Ambiguous,
        };
        assert_eq!(error.kind(), kind);
        assert!(error.report().ends_with("is missing"), "{}", error.report());
    }
}

#[test]
fn nothing_and_null_never_cost_the_page() {
    let nothing = |_: &str, _: &str, _: Value| None;
    let null = |_: &str, _: &str, _: Value| Some(Value::Null);
    let null_leaves = |_: &str, _: &str, value: Value| {
        let inner = value.is_object() || value.is_array();
        Some(if inner { value } else { Value::Null })
    };
    let empty_lists =
        |_: &str, _: &str, value: Value| Some(if value.is_array() { json!([]) } else { value });
    let null_records = |_: &str, _: &str, value: Value| {
        Some(if value.is_array() {
            json!([null])
        } else {
            value
        })
    };
    let tweaks: [Tweak<'_>; 5] = [&nothing, &null, &null_leaves, &empty_lists, &null_records];
    for_each_answer(|operation, document, schema| {
        for tweak in tweaks {
            let enums = Enums::Place(0);
            let generator = Generator {
                document,
                enums,
                tweak,
            };
            never_costs_the_page(operation, &generator, schema);
        }
    });
}

#[test]
fn each_property_missing_or_null_never_costs_the_page() {
    let mut seen = BTreeSet::new();
    for_each_answer(|operation, document, schema| {
        // One schema is read in one way, whichever operation answers with it.
        let write = operation.effect() == Effect::Write;
        if !seen.insert((write, schema.to_string())) {
            return;
        }
        // The first property of every schema at once, the second, and so on.
        let properties = properties(document, schema);
        let most = properties.values().map(Vec::len).max().unwrap_or_default();
        for (place, instead) in (0..most).flat_map(|place| [(place, None), (place, NULL)]) {
            let tweak = |schema: &str, property: &str, value| {
                let this = properties[schema].get(place);
                if this.is_some_and(|this| this == property) {
                    instead.clone()
                } else {
                    Some(value)
                }
            };
            let generator = Generator {
                document,
                enums: Enums::Place(0),
                tweak: &tweak,
            };
            never_costs_the_page(operation, &generator, schema);
        }
    });
}

const NULL: Option<Value> = Some(Value::Null);

#[test]
fn no_schema_of_the_document_is_left_out() {
    let Some(document) = openapi() else { return };
    let mut reached = BTreeSet::new();
    for &operation in Operation::ALL {
        let verbs = &document["paths"][operation.spec().path];
        reached.extend(references(&document, verbs));
    }
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let all: BTreeSet<String> = schemas.keys().cloned().collect();
    assert_eq!(
        all, reached,
        "an operation answers with each schema or takes it"
    );
}
