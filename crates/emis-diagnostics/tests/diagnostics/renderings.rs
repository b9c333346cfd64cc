//! Complete reports and guides in every format: a healthy one, one with one cause, and one with two
//! faults of which the first is indistinguishable from another.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use emis_diagnostics::{Report, Style, guides};
use jiff::SignedDuration;

use crate::story::{Story, summary};

/// Each form of a report, under a name.
fn show(name: &str, report: &Report) {
    let coloured = report.text(Style::Colour);
    let plain = report.text(Style::Plain);
    assert!(coloured.contains('\u{1b}') && !plain.contains('\u{1b}'));
    insta::assert_snapshot!(format!("{name}.txt"), plain);
    // Escape sequences are made visible in the snapshot.
    let coloured = coloured.replace('\u{1b}', "ESC");
    insta::assert_snapshot!(format!("{name}.colour.txt"), coloured);
    let support = report.support_text(Style::Plain);
    let lines = 1 + report.checks.len() + report.findings.len() + report.last_calls.len();
    assert_eq!(support.lines().count(), lines, "{support}");
    insta::assert_snapshot!(format!("{name}.support.txt"), support);
    insta::assert_snapshot!(format!("{name}.md"), report.markdown());
    insta::assert_snapshot!(format!("{name}.html"), report.html());
    let json = serde_json::to_string_pretty(report).unwrap();
    insta::assert_snapshot!(format!("{name}.json"), json);
}

#[tokio::test]
async fn healthy() {
    let story = Story::start().await;
    show("healthy", &story.diagnose().await);
}

#[tokio::test]
async fn one_cause() {
    let story = Story::start().await;
    story.practice().emas().lock_user();
    let report = story.diagnose().await;
    assert_eq!(report.findings.len(), 1);
    show("one_cause", &report);
}

#[tokio::test]
async fn several_causes_of_which_two_look_the_same() {
    let story = Story::start().await;
    story.practice().emas().deactivate_application();
    let behind = SignedDuration::from_mins(-3);
    story.sim().identity().set_clock_skew(behind);
    let report = story.diagnose().await;
    let codes: Vec<_> = summary(&report).into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["EMIS-D45", "EMIS-D01", "EMIS-D06"]);
    let others = report
        .findings
        .iter()
        .map(|it| it.indistinguishable_from.len());
    assert!(others.eq([0, 1, 1]));
    show("several_causes", &report);
}

#[tokio::test]
async fn findings_that_look_the_same_share_their_evidence() {
    let mut story = Story::start().await;
    story.enter_password("Not-The-Password-1");
    let report = story.diagnose().await;
    let page = report.html().replace("<span class=\"code\">", "");
    for print in [report.markdown(), page] {
        let alike = report.findings.len() - 1;
        // The evidence; the first steps of each are its own checks.
        let told = print.matches("as for EMIS-D03").count();
        assert_eq!(told, alike);
        for sentence in &report.findings.first().unwrap().evidence {
            assert!((1..=2).contains(&print.matches(sentence.as_str()).count()));
        }
    }
    // Each finding alone is complete.
    for finding in &report.findings {
        for step in &finding.steps {
            assert!(finding.text(Style::Plain).contains(&step.action));
        }
        assert!(!finding.markdown().contains("the same as for EMIS-"));
    }
}

#[tokio::test]
async fn a_half_done_guide() {
    let story = Story::start().await;
    story.practice().emas().set_auto_login(false);
    let mut guide = guides::set_up(&story.product);
    guide.check_off(&story.diagnose().await);
    insta::assert_snapshot!("guide.txt", guide);
    insta::assert_snapshot!("guide.md", guide.markdown());
    insta::assert_snapshot!("guide.html", guide.html());
}
