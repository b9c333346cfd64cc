//! The search for the OpenAPI document, in a process of its own with another environment.

use std::process::{Command, Output};

/// Runs [`the_document_is_looked_for`] in this test binary with another environment.
fn look(path: &str, required: &str) -> Output {
    let this = std::env::current_exe().expect("a test binary");
    Command::new(this)
        .args([
            "--exact",
            "openapi::the_document_is_looked_for",
            "--ignored",
        ])
        .env("EMIS_PARTNER_OPENAPI", path)
        .env("EMIS_REQUIRE_OPENAPI", required)
        .output()
        .expect("runs")
}

#[test]
#[ignore = "run by the other tests of this file"]
fn the_document_is_looked_for() {
    drop(emis_test_support::openapi_document());
}

#[test]
fn absence_is_noted_and_fails_only_where_the_document_is_required() {
    let skipped = look("/nowhere/at/all.json", "0");
    assert!(skipped.status.success());
    assert!(String::from_utf8_lossy(&skipped.stderr).contains("SKIPPED: EMIS's OpenAPI document"));
    let failed = look("/nowhere/at/all.json", "1");
    assert!(!failed.status.success());
    assert!(String::from_utf8_lossy(&failed.stdout).contains("the OpenAPI document is required"));
}

#[test]
fn a_file_that_is_not_json_fails_even_where_nothing_is_required() {
    let failed = look(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"), "0");
    assert!(!failed.status.success());
    assert!(String::from_utf8_lossy(&failed.stdout).contains("is not JSON"));
}

#[test]
fn a_document_that_is_there_is_read_without_a_note() {
    let document = concat!(env!("CARGO_TARGET_TMPDIR"), "/openapi.json");
    std::fs::write(document, "{}").expect("written");
    let read = look(document, "1");
    assert!(read.status.success());
    assert!(!String::from_utf8_lossy(&read.stderr).contains("SKIPPED"));
}
