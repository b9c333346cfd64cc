//! From what was seen to what is wrong, as a table.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use emis_client::ErrorKind as Api;
use emis_client::operation::Scope;
use emis_credentials::TokenErrorKind as Token;
use emis_diagnostics::Certainty::{Certain, Likely, Possible};
use emis_diagnostics::{
    Certainty, Choice, Failure, FailureKind, Finding, Observation, Probe, Product, Seen, infer,
};
use emis_settings::PracticeSettings;

fn findings(observations: &[Observation]) -> Vec<Finding> {
    infer(observations, &Product::new("Patchs", "patchs").unwrap())
}

fn summary(findings: &[Finding]) -> Vec<(&'static str, Certainty)> {
    findings
        .iter()
        .map(|finding| (finding.cause.code(), finding.certainty))
        .collect()
}

fn api(kind: Api, http_status: Option<u16>, legacy_outcome: Option<i32>) -> Seen {
    let mut failure = Failure::new(FailureKind::Api(kind));
    failure.http_status = http_status;
    failure.legacy_outcome = legacy_outcome;
    Seen::Failed(failure)
}

fn refused(http_status: u16, legacy_outcome: i32) -> Seen {
    api(Api::Forbidden, Some(http_status), Some(legacy_outcome))
}

fn token(kind: Token) -> Seen {
    Seen::Failed(Failure::new(FailureKind::Token(kind)))
}

/// What one probe saw, and the causes expected of it.
type Row = (Probe, Seen, &'static [(&'static str, Certainty)]);

#[test]
fn nothing_seen_amiss_is_nothing_found() {
    let all_passed: Vec<_> = Probe::ALL
        .iter()
        .map(|&probe| Observation::new(probe, Seen::Passed))
        .collect();
    assert_eq!(findings(&all_passed), []);
    assert_eq!(findings(&[]), []);
}

#[test]
fn each_failure_has_its_causes() {
    let table: &[Row] = &[
        (
            Probe::Organisation,
            refused(403, 3),
            &[("EMIS-D01", Likely), ("EMIS-D06", Possible)],
        ),
        (
            Probe::Organisation,
            refused(403, 4),
            &[("EMIS-D02", Likely), ("EMIS-D05", Possible)],
        ),
        (
            Probe::Organisation,
            refused(403, -1),
            &[
                ("EMIS-D01", Possible),
                ("EMIS-D02", Possible),
                ("EMIS-D08", Possible),
                ("EMIS-D09", Possible),
            ],
        ),
        (
            Probe::Token,
            token(Token::InvalidUserCredentials),
            &[("EMIS-D03", Likely), ("EMIS-D05", Possible)],
        ),
        (
            Probe::Token,
            token(Token::HeldBack),
            &[("EMIS-D03", Likely), ("EMIS-D05", Possible)],
        ),
        (
            Probe::Token,
            token(Token::UserRefused),
            &[("EMIS-D04", Likely)],
        ),
        (
            Probe::Token,
            token(Token::ClientRefused),
            &[("EMIS-D36", Certain)],
        ),
        (
            Probe::Token,
            token(Token::ScopeRefused),
            &[("EMIS-D21", Certain)],
        ),
        (
            Probe::Token,
            token(Token::Throttled),
            &[("EMIS-D37", Certain)],
        ),
        (
            Probe::Token,
            token(Token::Unreachable),
            &[("EMIS-D38", Likely), ("EMIS-D07", Possible)],
        ),
        (
            Probe::Token,
            api(Api::Credentials, None, None),
            &[("EMIS-D38", Likely), ("EMIS-D07", Possible)],
        ),
        (
            Probe::Token,
            token(Token::Malformed),
            &[("EMIS-D40", Likely)],
        ),
        (
            Probe::Token,
            token(Token::InsecureUrl),
            &[("EMIS-D41", Likely)],
        ),
        (
            Probe::Organisation,
            api(Api::Unauthenticated, Some(401), Some(2)),
            &[("EMIS-D04", Likely)],
        ),
        (
            Probe::Organisation,
            api(Api::Unauthenticated, Some(401), None),
            &[("EMIS-D21", Likely)],
        ),
        (
            Probe::Sessions,
            api(Api::Rejected, Some(400), Some(-1)),
            &[("EMIS-D22", Certain)],
        ),
        (
            Probe::Organisation,
            api(Api::Rejected, Some(415), None),
            &[("EMIS-D23", Certain)],
        ),
        (
            Probe::Organisation,
            api(Api::NotFound, Some(404), None),
            &[("EMIS-D41", Likely)],
        ),
        (
            Probe::Organisation,
            api(Api::RateLimited, Some(429), None),
            &[("EMIS-D37", Certain)],
        ),
        (
            Probe::Organisation,
            api(Api::Server, Some(503), None),
            &[("EMIS-D38", Certain)],
        ),
        (
            Probe::Reachable,
            api(Api::Unreachable, None, None),
            &[("EMIS-D07", Certain)],
        ),
        (
            Probe::Reachable,
            api(Api::Interrupted, None, None),
            &[("EMIS-D39", Certain)],
        ),
        (
            Probe::Organisation,
            api(Api::Decode, Some(200), None),
            &[("EMIS-D40", Likely)],
        ),
        (
            Probe::StoredPassword,
            Seen::NoClient,
            &[("EMIS-D33", Certain)],
        ),
        (
            Probe::Token,
            Seen::ScopeMissing(Scope::AppointmentsWrite),
            &[("EMIS-D21", Certain)],
        ),
        (
            Probe::Sessions,
            Seen::RecordsSkipped(2),
            &[("EMIS-D42", Certain)],
        ),
    ];
    for (probe, seen, expected) in table {
        let found = findings(&[Observation::new(*probe, seen.clone())]);
        assert_eq!(summary(&found), *expected, "{seen:?}");
        assert!(!found[0].evidence[0].is_empty());
    }
}

#[test]
fn whatever_fails_is_explained() {
    let kinds = [
        Api::InvalidRequest,
        Api::Configuration,
        Api::Credentials,
        Api::Unreachable,
        Api::Interrupted,
        Api::Ambiguous,
        Api::Unauthenticated,
        Api::Forbidden,
        Api::NotFound,
        Api::Conflict,
        Api::RateLimited,
        Api::Rejected,
        Api::Server,
        Api::Decode,
    ];
    let statuses = [
        None,
        Some(200),
        Some(302),
        Some(400),
        Some(401),
        Some(403),
        Some(418),
        Some(500),
    ];
    for kind in kinds {
        for status in statuses {
            for outcome in [None, Some(-1), Some(2), Some(3), Some(4), Some(99)] {
                let seen = api(kind, status, outcome);
                let found = findings(&[Observation::new(Probe::Organisation, seen)]);
                assert!(!found.is_empty(), "{kind:?} {status:?} {outcome:?}");
                assert!(found.is_sorted_by_key(|finding| finding.certainty));
                for finding in &found {
                    assert!(!finding.steps.is_empty());
                    assert!(!finding.indistinguishable_from.contains(&finding.cause));
                    assert_eq!(finding.indistinguishable_from.len(), found.len() - 1);
                }
            }
        }
    }
}

#[test]
fn causes_that_look_the_same_name_each_other() {
    let found = findings(&[Observation::new(
        Probe::Token,
        token(Token::InvalidUserCredentials),
    )]);
    assert_eq!(found[0].indistinguishable_from, [found[1].cause]);
    assert_eq!(found[1].indistinguishable_from, [found[0].cause]);
}

#[test]
fn the_cheapest_check_comes_first() {
    let found = findings(&[Observation::new(Probe::Token, token(Token::HeldBack))]);
    let labels: Vec<_> = found[0]
        .steps
        .iter()
        .filter_map(|step| step.label.as_deref())
        .collect();
    assert_eq!(
        labels,
        [
            "EMIS API User",
            "Partner API",
            "Patchs",
            "Edit Users",
            "patchs",
            "OK",
            "EMIS API User",
            "Update EMIS API user details",
        ]
    );
}

#[test]
fn a_call_that_succeeds_clears_the_application_id() {
    let found = findings(&[
        Observation::new(Probe::Organisation, Seen::Passed),
        Observation::new(Probe::AppointmentConfiguration, refused(403, 3)),
    ]);
    assert_eq!(summary(&found), [("EMIS-D01", Certain)]);
    assert!(found[0].indistinguishable_from.is_empty());
}

#[test]
fn a_refusal_after_a_success_points_at_the_role() {
    let found = findings(&[
        Observation::new(Probe::Organisation, Seen::Passed),
        Observation::new(Probe::Sessions, refused(403, -1)),
    ]);
    assert_eq!(
        summary(&found),
        [("EMIS-D09", Likely), ("EMIS-D01", Possible)]
    );
}

#[test]
fn a_slip_of_the_pen_is_told_from_a_merger() {
    let other_number = Observation::new(
        Probe::TokenOrganisation,
        Seen::OtherOrganisationId {
            expected: "50002".parse().unwrap(),
            found: "50003".parse().unwrap(),
        },
    );
    let other_code = Observation::new(
        Probe::Organisation,
        Seen::OtherOdsCode {
            expected: "A20047".parse().unwrap(),
            found: "Z90001".parse().unwrap(),
        },
    );
    let slip = findings(std::slice::from_ref(&other_number));
    assert_eq!(summary(&slip), [("EMIS-D08", Certain)]);
    assert_eq!(
        slip[0].evidence,
        ["The settings hold the EMIS organisation ID 50002, and EMIS answers for 50003."]
    );
    let merger = findings(std::slice::from_ref(&other_code));
    assert_eq!(summary(&merger), [("EMIS-D16", Likely)]);
    let both = findings(&[other_number, other_code]);
    assert_eq!(
        summary(&both),
        [("EMIS-D08", Likely), ("EMIS-D16", Possible)]
    );
    assert_eq!(both[0].evidence.len(), 2);
}

#[test]
fn a_practice_that_nobody_names_is_not_confirmed() {
    let unstated = |probe| Observation::new(probe, Seen::NotStated);
    let once = findings(&[unstated(Probe::TokenOrganisation)]);
    assert_eq!(summary(&once), []);
    let twice = findings(&[
        unstated(Probe::TokenOrganisation),
        unstated(Probe::Organisation),
    ]);
    assert_eq!(summary(&twice), [("EMIS-D35", Certain)]);
}

#[test]
fn what_is_gone_becomes_one_finding_with_all_the_evidence() {
    let gone = |choice, id: &str| {
        let id = id.to_owned();
        Observation::new(Probe::AppointmentConfiguration, Seen::Gone { choice, id })
    };
    let found = findings(&[
        gone(Choice::BookingSlotType, "12"),
        gone(Choice::ReminderSite, "4"),
        gone(Choice::BookingSlotType, "12"),
    ]);
    assert_eq!(summary(&found), [("EMIS-D34", Certain)]);
    assert_eq!(
        found[0].evidence,
        [
            "EMIS has no bookable slot type with the id 12.",
            "EMIS has no site for reminders with the id 4.",
        ]
    );
}

#[test]
fn surer_findings_come_first() {
    let found = findings(&[
        Observation::new(Probe::Organisation, refused(403, 3)),
        Observation::new(Probe::Token, Seen::ScopeMissing(Scope::SubjectsRead)),
    ]);
    assert_eq!(
        summary(&found),
        [
            ("EMIS-D21", Certain),
            ("EMIS-D01", Likely),
            ("EMIS-D06", Possible),
        ]
    );
}

#[test]
fn mistakes_in_the_settings_are_told_apart() {
    let settings = PracticeSettings::new("A20047".parse().unwrap());
    let observations: Vec<_> = settings
        .problems()
        .into_iter()
        .map(|problem| Observation::new(Probe::Settings, Seen::SettingsProblem(problem)))
        .collect();
    assert_eq!(
        summary(&findings(&observations)),
        [("EMIS-D30", Certain), ("EMIS-D31", Certain)]
    );
}

#[test]
fn evidence_quotes_what_emis_support_asks_for() {
    let mut failure = Failure::new(FailureKind::Api(Api::Forbidden));
    failure.operation = Some(emis_client::Operation::GetOrganisationV2);
    failure.http_status = Some(403);
    failure.legacy_outcome = Some(3);
    failure.message_id = Some("6f9619ff-8b86-4011-b42d-00cf4fc964ff".parse().unwrap());
    let found = findings(&[Observation::new(Probe::Organisation, Seen::Failed(failure))]);
    assert_eq!(
        found[0].evidence,
        [
            "GetOrganisationV2: EMIS refused the call, HTTP 403, outcome 3, \
          message id 6f9619ff-8b86-4011-b42d-00cf4fc964ff."
        ]
    );
}
