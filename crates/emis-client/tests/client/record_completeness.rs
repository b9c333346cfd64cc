//! That nothing of a medical record is passed over: every property that EMIS's document shows
//! makes a difference.

use crate::support::schema::{Enums, Generator, properties};
use crate::support::{answered, id, openapi};
use emis_client::model::medical_record::MedicalRecord;
use serde_json::{Value, json};

/// Fields left out on purpose: EMIS's security marks of a user.
const PASSED_OVER: [(&str, &str); 2] = [("PersonType", "security1"), ("PersonType", "security2")];

fn record(body: &Value) -> MedicalRecord {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    let client = answered(200, &body.to_string());
    let record = client.medical_record().get_medical_record(id("17"));
    runtime.unwrap().block_on(record).unwrap()
}

/// A value that counts, where the one that is made up is as good as none.
fn telling(property: &str, value: Value) -> Value {
    match property {
        "ddsIdentifier" => json!("6f9619ff-8b86-d011-b42d-00c04fc964ff"),
        "nhs" if value.is_string() => json!("9990000018"),
        "datePart" | "endDatePart" | "accepted" | "assessed" | "rejected" => json!(1),
        "invContainsStandAloneTest" | "activeEMISUser" => json!("1"),
        _ => value,
    }
}

/// Values without which what is around them is as good as none.
const KEPT: [(&str, &str); 4] = [
    ("RegistrationType", "dbid"),
    ("EDIComment", "ftx"),
    ("MedicationTypeDrug", "item"),
    ("MedicalRecordTypeMessageInformationMessagePurpose", "item"),
];

/// A record of empty objects, and with it or without it one property: without it where it is
/// there anyway, else with it.
fn around(document: &Value, schema: &Value, this: (&str, &str)) -> MedicalRecord {
    let tweak = |schema: &str, property: &str, value: Value| {
        let is_inner = value.is_object() || value.is_array();
        let is_kept = is_inner || KEPT.contains(&(schema, property));
        let is_this = (schema, property) == this;
        // The document leaves this untyped.
        let value = match schema {
            "MedicalRecordTypeMessageInformationMessagePurpose" => json!({"mrGetType": 1}),
            _ => telling(property, value),
        };
        (is_kept != is_this).then_some(value)
    };
    let generator = Generator {
        document,
        enums: Enums::Place(0),
        tweak: &tweak,
    };
    record(&generator.instance(schema))
}

#[test]
fn every_property_makes_a_difference() {
    let Some(document) = openapi() else { return };
    let schema = document
        .pointer("/paths/~1api~1v1~1medicalRecord~1GetMedicalRecord/get/responses/200/content/application~1json/schema")
        .unwrap();
    let plain = around(&document, schema, ("", ""));
    assert!(plain.skipped.is_empty(), "{:?}", plain.skipped);
    let mut without_difference = Vec::new();
    let all = properties(&document, schema);
    let all = all
        .iter()
        .flat_map(|(within, properties)| properties.iter().map(move |one| (within, one)));
    for (within, property) in all {
        // These say no more than whether their neighbours count.
        if property.ends_with("Specified") || property == "dead" {
            continue;
        }
        if around(&document, schema, (within, property)) == plain {
            without_difference.push((within.as_str(), property.as_str()));
        }
    }
    assert_eq!(without_difference, PASSED_OVER);
}
