//! The examples of the published documents, where they are at hand.

use std::path::{Path, PathBuf};

use emis_messaging::MessageState;
use emis_messaging::senders::{GovUkNotifyCallbacks, NhsNotifyCallbacks};
use http::HeaderMap;
use serde_json::{Value, json};

/// Reads a document, or returns `None` with a note if it is not on this machine.
fn document(path: &str) -> Option<Value> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference");
    let folder = std::env::var_os("EMIS_REFERENCE").map_or_else(beside, PathBuf::from);
    let required = std::env::var_os("EMIS_REQUIRE_REFERENCE").is_some_and(|it| it == "1");
    match std::fs::read(folder.join(path)) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).unwrap()),
        Err(_) => {
            assert!(
                !required,
                "{path} is required; set EMIS_REFERENCE to its folder"
            );
            eprintln!("SKIPPED: {path} is absent; set EMIS_REFERENCE to its folder");
            None
        }
    }
}

/// Returns the example of a schema: its own, or one of its properties' examples.
fn example(document: &Value, schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(reference.trim_start_matches('#')).unwrap();
        return example(document, target);
    }
    if let Some(example) = schema.get("example") {
        return example.clone();
    }
    if let Some(properties) = schema["properties"].as_object() {
        let of = |(name, schema): (&String, &Value)| (name.clone(), example(document, schema));
        return Value::Object(properties.iter().map(of).collect());
    }
    match schema["type"].as_str() {
        Some("array") => json!([example(document, &schema["items"])]),
        _ => schema["enum"][0].clone(),
    }
}

fn bearer() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("authorization", "Bearer invented".parse().unwrap());
    headers
}

#[test]
fn the_receipts_of_govuk_notifys_document_are_read() {
    let Some(document) = document("govuk-notify/openapi-bundled.json") else {
        return;
    };
    let callbacks = GovUkNotifyCallbacks::new("invented".to_owned().into());
    for (path, name) in [("sms", "onSmsSend"), ("email", "onEmailSend")] {
        let operation = &document["paths"][format!("/v2/notifications/{path}")]["post"];
        let callback = &operation["callbacks"][name]["{$callback_url}"]["post"];
        let schema = &callback["requestBody"]["content"]["application/json"]["schema"];
        let example = example(&document, schema);
        let receipt = callbacks.receipt(&bearer(), example.to_string().as_bytes());
        let receipt = receipt.unwrap();
        assert_eq!(receipt.state, MessageState::Delivered);
        assert_eq!(receipt.sender_id.as_deref(), example["id"].as_str());
        // "your reference" is no reference of ours.
        assert_eq!(receipt.reference, None);
    }
}

#[test]
fn the_callbacks_of_nhs_notifys_document_are_read() {
    let Some(document) = document("nhs-notify/openapi-bundled.json") else {
        return;
    };
    let callbacks = NhsNotifyCallbacks::new("app", "key".to_owned().into());
    for (path, state) in [
        (
            "/<client-provided-message-status-URI>",
            MessageState::Sending,
        ),
        (
            "/<client-provided-channel-status-URI>",
            MessageState::Delivered,
        ),
    ] {
        let body = &document["paths"][path]["post"]["requestBody"];
        let schema = &body["content"]["application/vnd.api+json"]["schema"];
        let example = example(&document, schema).to_string();
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"app.key");
        let tag = aws_lc_rs::hmac::sign(&key, example.as_bytes());
        let hex: String = tag
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let mut headers = HeaderMap::new();
        headers.insert("x-api-key", "key".parse().unwrap());
        headers.insert("x-hmac-sha256-signature", hex.parse().unwrap());
        let receipts = callbacks.receipts(&headers, example.as_bytes()).unwrap();
        assert_eq!(receipts.len(), 1);
        assert_eq!(receipts[0].receipt.state, state, "{path}");
        assert_eq!(
            receipts[0].receipt.sender_id.as_deref(),
            Some("2WL3qFTEFM0qMY8xjRbt1LIKCzM")
        );
        let reference = receipts[0].receipt.reference.unwrap();
        assert_eq!(
            reference.to_string(),
            "1642109b-69eb-447f-8f97-ab70a74f5db4"
        );
    }
}

#[test]
fn the_plans_for_free_text_are_those_of_the_document() {
    use emis_messaging::senders::NhsRoutingPlan;
    let Some(document) = document("nhs-notify/openapi-bundled.json") else {
        return;
    };
    let text = document["info"]["description"].as_str().unwrap();
    let plans = [
        (NhsRoutingPlan::app(), "24 hours", "-"),
        (NhsRoutingPlan::email(), "72 hours", "-"),
        (NhsRoutingPlan::sms(), "72 hours", "-"),
        (
            NhsRoutingPlan::app_then_email_after_24_hours(),
            "24 hours",
            "72 hours",
        ),
        (
            NhsRoutingPlan::app_then_email_after_4_hours(),
            "4 hours",
            "72 hours",
        ),
        (
            NhsRoutingPlan::app_then_sms_after_24_hours(),
            "24 hours",
            "72 hours",
        ),
        (
            NhsRoutingPlan::app_then_sms_after_4_hours(),
            "4 hours",
            "72 hours",
        ),
    ];
    for (plan, first, second) in plans {
        let id = plan.id().to_string();
        let row = text.lines().find(|line| line.contains(&id)).unwrap();
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        assert_eq!((cells[2], cells[3]), (first, second));
        let legs = plan.route(emis_settings::Channel::Sms).legs;
        let hours = |n: usize| format!("{} hours", legs[n].tried_for_minutes / 60);
        assert_eq!(hours(0), first);
        match legs.get(1) {
            None => assert_eq!(second, "-"),
            Some(leg) => {
                assert_eq!(hours(1), second);
                assert_eq!(leg.after_minutes, legs[0].tried_for_minutes);
            }
        }
    }
}
