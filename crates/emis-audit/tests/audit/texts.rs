//! Texts: labels, digests, log ids, and the stored form of an entry.

use emis_audit::{AuditEntry, AuditLogId, Digest, Label, StoreError, StoreErrorKind};

use crate::{event, log};

#[test]
fn an_entry_is_stored_as_in_every_release() {
    let entry = AuditEntry::following(&log(), 1, Digest::ZERO, &event(1));
    let body = r#"{"kind":"test.happened","at":"2026-05-28T20:26:41Z","actor":{"kind":"user","id":"u-117"},"outcome":"success","details":{"patient":1}}"#;
    assert_eq!(entry.body(), body);
    let zero = "0".repeat(64);
    let digested = format!("emis-audit-1\nA20047\n1\n{zero}\n{body}");
    assert_eq!(entry.digest(), Digest::of(digested));
    let line = serde_json::to_value(&entry).unwrap();
    assert_eq!(
        (&line["chain"], &line["number"]),
        (&"A20047".into(), &1.into())
    );
}

#[test]
fn texts_are_read_back_and_others_are_refused() {
    let digest = Digest::of("x");
    assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest);
    for text in [
        "",
        "00",
        &"0".repeat(63),
        &"G".repeat(64),
        &"A".repeat(64),
        &"é".repeat(32),
    ] {
        assert!(text.parse::<Digest>().is_err(), "{text}");
    }
    for (text, log) in [("-", AuditLogId::Product), ("A20047", log())] {
        assert_eq!(text.parse::<AuditLogId>().unwrap(), log);
        assert_eq!(log.to_string(), text);
    }
    let refused = "not one".parse::<AuditLogId>().unwrap_err();
    assert_eq!(
        refused.to_string(),
        "audit log ID must be an ODS code or a hyphen"
    );
    assert_eq!(" u-1 ".parse::<Label>().unwrap().as_str(), "u-1");
    for text in ["", " ", "a\nb", &"x".repeat(201)] {
        assert!(text.parse::<Label>().is_err());
    }
}

#[test]
fn an_error_of_a_store_says_what_to_do() {
    let busy = StoreError::new(StoreErrorKind::Busy, "the settings can't be saved")
        .with_source(std::io::Error::other("database is locked"));
    assert!(busy.is_retryable() && !busy.is_conflict());
    assert_eq!(
        busy.report(),
        "the settings can't be saved: database is locked"
    );
    assert!(!StoreError::new(StoreErrorKind::Full, "full").is_retryable());
}
