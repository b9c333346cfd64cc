//! Fields of newer releases, and documents made to do harm.

use emis_audit::{AuditEvent, Provenance};
use emis_settings::{PracticeSettings, ProblemCode, ReminderSettings, SettingsRevision};
use serde_json::{Value, json};

use crate::{codes, fresh};

fn nested(levels: usize) -> Value {
    (0..levels).fold(json!(1), |inner, level| match level % 2 {
        0 => json!([inner]),
        _ => json!({ "inner": inner }),
    })
}

/// An accepted document can be read again, from the store and from the audit log.
#[test]
fn every_accepted_depth_is_readable_again() {
    for levels in [0, 1, 32, 33, 60, 120, 1_000] {
        let document = json!({
            "ods_code": "A20047",
            "schema_version": 2,
            "telepathy": nested(levels),
            "booking": {"telepathy": nested(levels)},
        });
        let reminders = json!({"telepathy": nested(levels)});
        let reminders: Result<ReminderSettings, _> = serde_json::from_value(reminders);
        let settings: Result<PracticeSettings, _> = serde_json::from_value(document);
        assert_eq!(settings.is_ok(), levels <= 32, "{levels} levels");
        assert_eq!(reminders.is_ok(), levels <= 32, "{levels} levels");
        let (Ok(mut settings), Ok(reminders)) = (settings, reminders) else {
            continue;
        };
        settings.set_reminders(reminders).unwrap();
        let stored = serde_json::to_string(&settings).unwrap();
        let read: PracticeSettings = serde_json::from_str(&stored).unwrap();
        assert_eq!(read, settings);
        let at = jiff::Timestamp::UNIX_EPOCH;
        let event = SettingsRevision::new(settings, Provenance::product(), at).event(None);
        let stored = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<AuditEvent>(&stored).unwrap(), event);
    }
}

/// TOML nests in four ways, which a parser counts separately.
#[test]
fn an_import_that_could_not_be_loaded_again_is_refused() {
    let (heads, keys) = (["a"; 60].join("."), ["b"; 60].join("."));
    let (open, close) = ("[".repeat(30), "]".repeat(30));
    let text =
        format!("ods_code = \"A20047\"\n[[{heads}]]\n{keys} = {{ {keys} = {open}1{close} }}\n");
    let refused = fresh().with_toml(&text).unwrap_err();
    assert_eq!(codes(refused.problems()), [ProblemCode::ImportUnreadable]);
}

#[test]
fn a_secret_of_a_newer_release_stays_in_the_settings() {
    let gateway = json!({"senders": [null, {"SmsPassword": "Invented-1"}]});
    let settings: PracticeSettings = serde_json::from_value(json!({
        "ods_code": "A20047",
        "schema_version": 2,
        "gateway": gateway,
        "reminders": {"gateway": gateway},
        "booking": {"gateway_password": "Invented-1"},
    }))
    .unwrap();
    let text = settings.to_toml();
    assert!(
        !text.contains("gateway") && !text.contains("Invented-1"),
        "{text}"
    );
    let (back, _) = settings.with_toml(&text).unwrap();
    assert_eq!(back, settings);

    let at = jiff::Timestamp::UNIX_EPOCH;
    let event = SettingsRevision::new(settings, Provenance::product(), at).event(None);
    let told = serde_json::to_string(&event).unwrap();
    assert!(told.contains("reminders.gateway"), "{told}");
    assert!(!told.contains("Invented-1"), "{told}");
}

#[test]
fn toml_leaves_out_nulls() {
    let settings: PracticeSettings = serde_json::from_value(json!({
        "ods_code": "A20047",
        "schema_version": 2,
        "telepathy": [1, null, "two", {"three": null, "four": 1.5}],
        "counted": u64::MAX,
    }))
    .unwrap();
    let (back, _) = settings.with_toml(&settings.to_toml()).unwrap();
    let back = serde_json::to_value(back).unwrap();
    assert_eq!(back["telepathy"], json!([1, "two", {"four": 1.5}]));
    assert_eq!(back["counted"], json!(u64::MAX));
}

#[test]
fn an_import_with_two_mistakes_of_origin_reports_both() {
    let text = "ods_code = \"Y00001\"\n[api_user]\nusername = \"patchs\"\n";
    let refused = fresh().with_toml(text).unwrap_err();
    assert_eq!(
        codes(refused.problems()),
        [
            ProblemCode::ImportHoldsApiUser,
            ProblemCode::ImportOfAnotherPractice
        ]
    );
}
