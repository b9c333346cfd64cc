//! The files in `docs/` match the code.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails fails its test"
)]

use emis_client::ClientErrorKind;
use emis_diagnostics::{
    Cause, Failure, FailureKind, Observation, Probe, ProbeOutcome, Product, infer, troubleshooting,
};
use serde_json::Value;

use crate::schema::check;

fn patchs() -> Product {
    Product::new("Patchs", "patchs").unwrap()
}

#[test]
fn the_help_page_matches_the_catalogue() {
    let page = include_str!("../../../../docs/troubleshooting.md");
    assert!(
        page == troubleshooting(&patchs()),
        "stale: cargo run -p emis-diagnostics --example troubleshooting > docs/troubleshooting.md"
    );
}

#[test]
fn every_cause_on_the_help_page_has_an_anchor() {
    let page = troubleshooting(&patchs());
    for cause in Cause::ALL {
        let anchor = cause.code().to_ascii_lowercase();
        assert!(page.contains(&format!("[{cause}](#{anchor})")), "{cause}");
        assert!(page.contains(&format!("\n## {cause}\n")), "{cause}");
    }
}

#[test]
fn findings_match_the_schema() {
    let schema: Value =
        serde_json::from_str(include_str!("../../../../docs/report.schema.json")).unwrap();
    let mut failure = Failure::new(FailureKind::Api(ClientErrorKind::Forbidden));
    failure.http_status = Some(403);
    failure.legacy_outcome = Some(-1);
    let found = infer(
        &[Observation::new(
            Probe::Organisation,
            ProbeOutcome::Failed(failure),
        )],
        &patchs(),
    );
    assert_eq!(found.len(), 4);
    for finding in found {
        let json = serde_json::to_value(&finding).unwrap();
        check(&schema, &schema["$defs"]["finding"], &json, "finding");
    }

    // The schema lists every code and refuses any other.
    let codes = &schema["$defs"]["code"]["enum"];
    let all: Vec<_> = Cause::ALL.iter().map(|cause| cause.code()).collect();
    assert_eq!(*codes, serde_json::json!(all));
}
