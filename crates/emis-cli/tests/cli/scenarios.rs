//! The diagnosis of every file in `examples/scenarios/`.

#[path = "../../../emis-diagnostics/tests/diagnostics/schema.rs"]
mod schema;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::emis;

/// The scenario files, each with the code of the first finding, or none for a healthy practice. The
/// other codes are those that the finding names as indistinguishable.
const EXPECTED: &[(&str, &[&str])] = &[
    ("allow_login_unticked", &["EMIS-D02"]),
    ("api_unreachable", &["EMIS-D39", "EMIS-D07"]),
    ("application_deactivated", &["EMIS-D01"]),
    ("application_id_wrong", &["EMIS-D01", "EMIS-D06"]),
    ("auto_login_unticked", &["EMIS-D02"]),
    ("booking_call_deactivated", &["EMIS-D01"]),
    ("client_secret_wrong", &["EMIS-D36"]),
    ("clock_skew", &["EMIS-D45"]),
    ("contract_ended", &["EMIS-D14"]),
    ("deactivated_and_unticked", &["EMIS-D01"]),
    ("demographics_call_deactivated", &["EMIS-D01"]),
    ("emis_failing", &["EMIS-D38"]),
    ("emis_slow", &[]),
    ("healthy", &[]),
    ("identity_unreachable", &["EMIS-D39", "EMIS-D07"]),
    ("listed_under_former_name", &[]),
    ("must_change_password", &["EMIS-D04", "EMIS-D14"]),
    ("no_password", &["EMIS-D31"]),
    ("ods_code_changed", &["EMIS-D16"]),
    ("organisation_id_is_ods_code", &["EMIS-D08"]),
    ("organisation_id_missing", &["EMIS-D30"]),
    ("organisation_id_of_another", &["EMIS-D08"]),
    ("password_mismatch", &["EMIS-D03"]),
    ("practice_merged", &["EMIS-D58", "EMIS-D16"]),
    ("reminder_call_deactivated", &["EMIS-D01"]),
    ("role_missing", &["EMIS-D09"]),
    ("role_missing_and_slot_type_gone", &["EMIS-D09"]),
    ("scope_missing", &["EMIS-D21"]),
    ("shared_user", &["EMIS-D03", "EMIS-D05"]),
    ("slot_type_gone", &["EMIS-D34"]),
    ("unticked_and_password_mismatch", &["EMIS-D03"]),
    ("user_expired", &["EMIS-D04"]),
    ("user_locked", &["EMIS-D44"]),
    ("user_not_ticked", &["EMIS-D03", "EMIS-D05"]),
    ("user_twice", &["EMIS-D02", "EMIS-D12"]),
    ("user_unknown", &["EMIS-D03", "EMIS-D05"]),
    ("username_wrong", &["EMIS-D03", "EMIS-D05"]),
];

fn scenarios() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/scenarios")
}

fn diagnose(scenario: &str) -> (Option<i32>, Value) {
    let file = scenarios().join(format!("{scenario}.json"));
    let output = emis(&["doctor", "--scenario", file.to_str().unwrap(), "--json"]);
    let report = serde_json::from_slice(&output.stdout);
    let report = report.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code(), report)
}

#[test]
fn every_scenario_file_has_an_expectation() {
    let files = std::fs::read_dir(scenarios()).unwrap();
    let name = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let files: BTreeSet<_> = files.map(|it| name(it.unwrap().path())).collect();
    let expected = EXPECTED.iter().map(|(name, _)| (*name).to_owned());
    assert_eq!(files, expected.collect());
}

#[test]
fn the_doctor_reports_the_cause_first() {
    // Four at a time, because each mostly waits for its practice.
    let output: Vec<_> = std::thread::scope(|scope| {
        let chunks = EXPECTED.chunks(EXPECTED.len().div_ceil(4));
        let doctors: Vec<_> = chunks
            .map(|chunk| {
                scope.spawn(move || {
                    let output = chunk.iter().map(|(scenario, _)| diagnose(scenario));
                    output.collect::<Vec<_>>()
                })
            })
            .collect();
        let output = doctors.into_iter().map(|doctor| doctor.join().unwrap());
        output.flatten().collect()
    });
    let published = include_str!("../../../../docs/report.schema.json");
    let published: Value = serde_json::from_str(published).unwrap();
    let mut wrong = Vec::new();
    for ((scenario, expected), (exit, report)) in EXPECTED.iter().zip(output) {
        schema::check(&published, &published, &report, scenario);
        let findings = report["findings"].as_array().unwrap();
        let first = findings.first();
        let code = first.and_then(|it| it["code"].as_str());
        let right = match (expected, first) {
            ([], None) => report["healthy"] == true && exit == Some(0),
            (_, Some(first)) if !expected.is_empty() => {
                let same = |code: &&&str| {
                    let others = first["indistinguishable_from"].as_array().unwrap();
                    others.iter().any(|it| it == **code)
                };
                code == Some(expected[0])
                    && expected.iter().skip(1).all(|code| same(&code))
                    && report["healthy"] == false
                    && exit == Some(1)
                    && first["steps"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .all(Value::is_string)
            }
            _ => false,
        };
        if !right {
            wrong.push(format!(
                "{scenario}: {code:?}, exit {exit:?}, expected {expected:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_report_comes_in_every_format() {
    let file = scenarios().join("user_twice.json");
    let file = file.to_str().unwrap();
    let show = |format| {
        let output = emis(&["doctor", "--scenario", file, format]);
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(show("--format=text").contains("Who needs to act: you (practice manager)."));
    assert!(show("--verbose").starts_with("EMIS connection of A20047, checked 02/06/2026 10:00"));
    assert!(show("--format=markdown").starts_with("# EMIS connection of A20047: not healthy"));
    assert!(show("--format=html").starts_with("<!DOCTYPE html>"));
}

#[test]
fn an_invalid_username_is_a_finding() {
    let file = std::env::temp_dir().join(format!("username-{}.json", std::process::id()));
    std::fs::write(&file, r#"{"settings": {"username": ""}}"#).unwrap();
    let output = emis(&["doctor", "--scenario", file.to_str().unwrap(), "--json"]);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["findings"][0]["code"], "EMIS-D59");
}
