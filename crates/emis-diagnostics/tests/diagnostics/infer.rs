//! Causes inferred from observations, as a table.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use emis_client::ClientErrorKind as Api;
use emis_client::operation::Scope;
use emis_credentials::TokenErrorKind as Token;
use emis_diagnostics::Certainty::{Certain, Likely, Possible};
use emis_diagnostics::{
    Certainty, Failure, FailureKind, Finding, Observation, Place, Probe, ProbeOutcome, Product,
    SettingsChoice, infer,
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

fn api(kind: Api, http_status: Option<u16>, legacy_outcome: Option<i32>) -> ProbeOutcome {
    let mut failure = Failure::new(FailureKind::Api(kind));
    failure.http_status = http_status;
    failure.legacy_outcome = legacy_outcome;
    ProbeOutcome::Failed(failure)
}

fn refused(http_status: u16, legacy_outcome: i32) -> ProbeOutcome {
    api(Api::Forbidden, Some(http_status), Some(legacy_outcome))
}

fn token(kind: Token) -> ProbeOutcome {
    ProbeOutcome::Failed(Failure::new(FailureKind::Token(kind)))
}

fn user_refused(code: &str) -> ProbeOutcome {
    let mut failure = Failure::new(FailureKind::Token(Token::UserRefused));
    failure.provider_code = Some(code.to_owned());
    ProbeOutcome::Failed(failure)
}

fn at_work(seen: ProbeOutcome) -> ProbeOutcome {
    match seen {
        ProbeOutcome::Failed(failure) => ProbeOutcome::WorkFailed {
            at: "2026-06-02T07:30:00Z".parse().unwrap(),
            failure,
        },
        other => other,
    }
}

/// An observation and its expected causes.
type Row = (Probe, ProbeOutcome, &'static [(&'static str, Certainty)]);

#[test]
fn passed_checks_have_no_findings() {
    let all_passed: Vec<_> = Probe::ALL
        .iter()
        .map(|&probe| Observation::new(probe, ProbeOutcome::Passed))
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
            &[
                ("EMIS-D02", Likely),
                ("EMIS-D12", Possible),
                ("EMIS-D05", Possible),
            ],
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
            &[
                ("EMIS-D03", Likely),
                ("EMIS-D05", Possible),
                ("EMIS-D13", Possible),
            ],
        ),
        (
            Probe::Token,
            token(Token::HeldBack),
            &[
                ("EMIS-D03", Likely),
                ("EMIS-D05", Possible),
                ("EMIS-D13", Possible),
            ],
        ),
        (
            Probe::Token,
            token(Token::UserRefused),
            &[
                ("EMIS-D04", Likely),
                ("EMIS-D14", Possible),
                ("EMIS-D44", Possible),
            ],
        ),
        (
            Probe::Token,
            user_refused("AADB2C90111"),
            &[("EMIS-D44", Certain)],
        ),
        (
            Probe::Token,
            user_refused("AADSTS50055"),
            &[("EMIS-D04", Likely), ("EMIS-D14", Possible)],
        ),
        (
            Probe::Token,
            user_refused("AADSTS50057"),
            &[("EMIS-D14", Likely), ("EMIS-D04", Possible)],
        ),
        (
            Probe::Organisation,
            refused(403, 2),
            &[
                ("EMIS-D09", Likely),
                ("EMIS-D25", Possible),
                ("EMIS-D08", Possible),
            ],
        ),
        (
            Probe::Clock,
            ProbeOutcome::ClockDiffers { seconds: -600 },
            &[("EMIS-D45", Certain)],
        ),
        (
            Probe::Settings,
            ProbeOutcome::SharedUser,
            &[("EMIS-D24", Certain)],
        ),
        (
            Probe::RecentWork,
            at_work(refused(403, 3)),
            &[("EMIS-D01", Likely), ("EMIS-D06", Possible)],
        ),
        (
            Probe::Organisation,
            api(Api::Unauthenticated, Some(401), Some(3)),
            &[("EMIS-D44", Certain)],
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
            &[("EMIS-D07", Likely), ("EMIS-D38", Possible)],
        ),
        (
            Probe::Token,
            api(Api::Credentials, None, None),
            &[("EMIS-D39", Likely), ("EMIS-D07", Possible)],
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
            &[("EMIS-D04", Likely), ("EMIS-D14", Possible)],
        ),
        (
            Probe::Organisation,
            api(Api::Unauthenticated, Some(401), None),
            &[("EMIS-D21", Likely), ("EMIS-D40", Possible)],
        ),
        (
            Probe::Sessions,
            api(Api::Rejected, Some(400), Some(-1)),
            &[("EMIS-D22", Certain)],
        ),
        (
            Probe::Organisation,
            api(Api::Rejected, Some(415), Some(-1)),
            &[("EMIS-D23", Certain)],
        ),
        (
            Probe::Organisation,
            api(Api::NotFound, Some(404), Some(-1)),
            &[("EMIS-D41", Likely)],
        ),
        // Without EMIS's error document, something else may have answered.
        (
            Probe::Sessions,
            api(Api::Rejected, Some(400), None),
            &[("EMIS-D40", Likely), ("EMIS-D22", Possible)],
        ),
        (
            Probe::Organisation,
            api(Api::Rejected, Some(415), None),
            &[("EMIS-D40", Likely), ("EMIS-D23", Possible)],
        ),
        (
            Probe::Organisation,
            api(Api::NotFound, Some(404), None),
            &[("EMIS-D40", Likely), ("EMIS-D41", Possible)],
        ),
        (
            Probe::Organisation,
            api(Api::RateLimited, Some(429), None),
            &[("EMIS-D37", Likely), ("EMIS-D40", Possible)],
        ),
        (
            Probe::Organisation,
            api(Api::Server, Some(503), None),
            &[("EMIS-D38", Likely), ("EMIS-D40", Possible)],
        ),
        (
            Probe::Reachable,
            api(Api::Unreachable, None, None),
            &[("EMIS-D07", Certain)],
        ),
        (
            Probe::Reachable,
            api(Api::Interrupted, None, None),
            &[("EMIS-D39", Likely), ("EMIS-D07", Possible)],
        ),
        (
            Probe::Organisation,
            api(Api::Interrupted, None, None),
            &[("EMIS-D39", Likely), ("EMIS-D07", Possible)],
        ),
        (
            Probe::Organisation,
            api(Api::Decode, Some(200), None),
            &[("EMIS-D40", Likely)],
        ),
        (
            Probe::StoredPassword,
            ProbeOutcome::NoClient,
            &[("EMIS-D33", Certain)],
        ),
        (
            Probe::Token,
            ProbeOutcome::ScopeMissing(Scope::AppointmentsWrite),
            &[("EMIS-D21", Certain)],
        ),
        (
            Probe::Sessions,
            ProbeOutcome::RecordsSkipped(2),
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
fn every_failure_is_explained() {
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
fn indistinguishable_causes_name_each_other() {
    let found = findings(&[Observation::new(
        Probe::Token,
        token(Token::InvalidUserCredentials),
    )]);
    let causes: Vec<_> = found.iter().map(|finding| finding.cause).collect();
    for finding in &found {
        let mut others = causes.clone();
        others.retain(|cause| *cause != finding.cause);
        assert_eq!(finding.indistinguishable_from, others);
    }
}

#[test]
fn the_quickest_distinguishing_check_comes_first() {
    let found = findings(&[Observation::new(Probe::Token, token(Token::HeldBack))]);
    let labels: Vec<_> = found[0]
        .steps
        .iter()
        .map(|step| step.label.as_deref().unwrap_or_default())
        .collect();
    assert_eq!(
        labels,
        [
            // The branches of "Edit Users" tell the causes apart.
            "Partner API",
            "Patchs",
            "Edit Users",
            "patchs",
            "OK",
            "EMIS API User",
            "Update EMIS API user details",
            "Check again",
            "",
        ]
    );

    // A cause that is only possible is confirmed first: asking other practices is quickest.
    let found = findings(&[Observation::new(Probe::Organisation, refused(403, 3))]);
    let steps = &found[1].steps;
    assert_eq!(steps[0].place, Place::Operations);
    assert!(steps[2].action.contains("look to its left"));
}

#[test]
fn a_refused_call_counts_until_it_works_and_a_fault_of_emis_does_not() {
    let found = findings(&[
        Observation::new(Probe::Organisation, ProbeOutcome::Passed),
        Observation::new(Probe::RecentWork, at_work(refused(403, 3))),
    ]);
    assert_eq!(summary(&found), [("EMIS-D01", Likely)]);
    assert!(found[0].evidence[0].starts_with("At work, on 02/06/2026 08:30 UK time: "));
    let passed_by = at_work(api(Api::Server, Some(500), None));
    assert_eq!(
        findings(&[Observation::new(Probe::RecentWork, passed_by)]),
        []
    );
}

#[test]
fn a_cause_that_stops_everything_comes_first() {
    let found = findings(&[
        Observation::new(Probe::Settings, ProbeOutcome::SharedUser),
        Observation::new(
            Probe::AppointmentConfiguration,
            ProbeOutcome::Gone {
                choice: SettingsChoice::BookingSite,
                id: "7".into(),
            },
        ),
        Observation::new(Probe::Sessions, refused(403, 4)),
    ]);
    let codes: Vec<_> = found.iter().map(|finding| finding.cause.code()).collect();
    assert_eq!(
        codes,
        ["EMIS-D02", "EMIS-D12", "EMIS-D05", "EMIS-D34", "EMIS-D24"]
    );
}

#[test]
fn clock_skew_explains_a_refused_token() {
    let found = findings(&[
        Observation::new(Probe::Clock, ProbeOutcome::ClockDiffers { seconds: 7200 }),
        Observation::new(
            Probe::Organisation,
            api(Api::Unauthenticated, Some(401), Some(-1)),
        ),
    ]);
    assert_eq!(summary(&found), [("EMIS-D45", Certain)]);
    assert_eq!(
        found[0].evidence[0],
        "EMIS's identity service is 7200 seconds ahead of our clock."
    );
}

#[test]
fn a_call_that_succeeds_clears_the_application_id() {
    let found = findings(&[
        Observation::new(Probe::Organisation, ProbeOutcome::Passed),
        Observation::new(Probe::AppointmentConfiguration, refused(403, 3)),
    ]);
    assert_eq!(summary(&found), [("EMIS-D01", Certain)]);
    assert!(found[0].indistinguishable_from.is_empty());
}

#[test]
fn a_refusal_after_a_success_points_at_the_role() {
    let found = findings(&[
        Observation::new(Probe::Organisation, ProbeOutcome::Passed),
        Observation::new(Probe::Sessions, refused(403, -1)),
    ]);
    assert_eq!(
        summary(&found),
        [("EMIS-D09", Likely), ("EMIS-D01", Possible)]
    );
}

#[test]
fn a_typing_mistake_is_distinguished_from_a_merger() {
    let other_number = Observation::new(
        Probe::TokenOrganisation,
        ProbeOutcome::OtherOrganisationId {
            expected: "50002".parse().unwrap(),
            found: "50003".parse().unwrap(),
        },
    );
    let other_code = Observation::new(
        Probe::Organisation,
        ProbeOutcome::OtherOdsCode {
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
        [("EMIS-D58", Likely), ("EMIS-D16", Possible)]
    );
    assert_eq!(both[0].evidence.len(), 2);
}

#[test]
fn a_practice_that_emis_does_not_name_is_not_confirmed() {
    let unstated = |probe| Observation::new(probe, ProbeOutcome::NotStated);
    let once = findings(&[unstated(Probe::TokenOrganisation)]);
    assert_eq!(summary(&once), []);
    let twice = findings(&[
        unstated(Probe::TokenOrganisation),
        unstated(Probe::Organisation),
    ]);
    assert_eq!(summary(&twice), [("EMIS-D35", Certain)]);
}

#[test]
fn missing_choices_become_one_finding_with_all_the_evidence() {
    let gone = |choice, id: &str| {
        let id = id.to_owned();
        Observation::new(
            Probe::AppointmentConfiguration,
            ProbeOutcome::Gone { choice, id },
        )
    };
    let found = findings(&[
        gone(SettingsChoice::BookingSlotType, "12"),
        gone(SettingsChoice::ReminderSite, "4"),
        gone(SettingsChoice::BookingSlotType, "12"),
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
fn more_certain_findings_come_first() {
    let found = findings(&[
        Observation::new(Probe::Organisation, refused(403, 3)),
        Observation::new(
            Probe::Token,
            ProbeOutcome::ScopeMissing(Scope::SubjectsRead),
        ),
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
fn mistakes_in_the_settings_are_distinguished() {
    let settings = PracticeSettings::new("A20047".parse().unwrap());
    let observations: Vec<_> = settings
        .problems()
        .into_iter()
        .map(|problem| Observation::new(Probe::Settings, ProbeOutcome::SettingsProblem(problem)))
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
    let found = findings(&[Observation::new(
        Probe::Organisation,
        ProbeOutcome::Failed(failure),
    )]);
    assert_eq!(
        found[0].evidence,
        [
            "GetOrganisationV2: EMIS refused the call, HTTP 403, outcome 3, \
          message id 6f9619ff-8b86-4011-b42d-00cf4fc964ff."
        ]
    );
}
