//! Reports in Welsh, for the commonest causes; others stay English.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::fmt::Write as _;

use emis_diagnostics::{Cause, Language, Style};

use crate::reading::report;

const TRANSLATED: &[Cause] = &[
    Cause::ApplicationDeactivated,
    Cause::LoginAccessUnticked,
    Cause::PasswordMismatch,
    Cause::Unreachable,
    Cause::OrganisationIdMissing,
    Cause::ApiUserMissing,
    Cause::TooManyCalls,
    Cause::EmisFailed,
    Cause::EmisSilent,
    Cause::EmisSlow,
];

#[test]
fn the_commonest_causes_read_as_reviewed_in_welsh() {
    let mut all = String::new();
    for &cause in TRANSLATED {
        let text = report(cause, Language::Welsh).text(Style::Plain);
        let _ = writeln!(all, "======== {cause}\n{text}");
    }
    insta::assert_snapshot!("welsh", all);
}

#[test]
fn a_translated_report_has_no_english_sentence() {
    for &cause in TRANSLATED {
        let english = report(cause, Language::English).text(Style::Plain);
        let welsh = report(cause, Language::Welsh).text(Style::Plain);
        let evidence = "A person has reported it.";
        let sentences = english.lines().map(str::trim).filter(|it| {
            // Menus, the evidence and EMIS itself are the same in every language.
            !(it.ends_with(':') || it.ends_with(evidence) || it.ends_with("act: EMIS."))
        });
        for sentence in sentences.filter(|it| it.len() > 12) {
            assert!(!welsh.contains(sentence), "{cause}: {sentence}");
        }
    }
}

#[test]
fn a_cause_without_a_translation_stays_english() {
    let report = report(Cause::ConsentDeclined, Language::Welsh);
    assert!(report.findings[0].title.starts_with("A patient gets no"));
    let page = report.html();
    assert!(page.contains("<html lang=\"cy\">"));
    // The details stay English and say so.
    assert!(page.contains("<details lang=\"en-GB\">"));
}
