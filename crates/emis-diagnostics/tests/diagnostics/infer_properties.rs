//! Properties of all inferred causes.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use emis_client::operation::Scope;
use emis_client::{ClientErrorKind as Api, Operation};
use emis_credentials::TokenErrorKind as Token;
use emis_diagnostics::{
    Certainty, Failure, FailureKind, Observation, Probe, ProbeOutcome, Product, ResponsibleParty,
    SettingsChoice, infer,
};
use proptest::prelude::*;
use proptest::sample::select;

fn failure() -> impl Strategy<Value = Failure> {
    let kind = prop_oneof![
        select(vec![
            Api::InvalidRequest,
            Api::Configuration,
            Api::Credentials,
            Api::Unreachable,
            Api::Interrupted,
            Api::Unauthenticated,
            Api::Forbidden,
            Api::NotFound,
            Api::Conflict,
            Api::RateLimited,
            Api::Busy,
            Api::Suspended,
            Api::Rejected,
            Api::Server,
            Api::Decode,
        ])
        .prop_map(FailureKind::Api),
        select(vec![
            Token::InvalidUserCredentials,
            Token::HeldBack,
            Token::ClientRefused,
            Token::ScopeRefused,
            Token::UserRefused,
            Token::Throttled,
            Token::Unreachable,
            Token::Malformed,
            Token::StoreUnavailable,
            Token::InsecureUrl,
        ])
        .prop_map(FailureKind::Token),
    ];
    let status = proptest::option::of(select(vec![200, 302, 400, 401, 403, 404, 415, 429, 503]));
    let outcome = proptest::option::of(-2..6);
    let code = proptest::option::of(select(vec!["AADB2C90111", "AADSTS50055", "AADSTS1"]));
    (kind, status, outcome, code).prop_map(|(kind, status, outcome, code)| {
        let mut failure = Failure::new(kind);
        failure.operation = Some(Operation::GetOrganisationV2);
        failure.http_status = status;
        failure.legacy_outcome = outcome;
        failure.provider_code = code.map(str::to_owned);
        failure
    })
}

/// An outcome of a probe, and true if it needs a finding.
fn seen() -> impl Strategy<Value = (ProbeOutcome, bool)> {
    prop_oneof![
        select(vec![
            ProbeOutcome::Passed,
            ProbeOutcome::NotStated,
            ProbeOutcome::NotChecked,
            ProbeOutcome::NothingToCheck
        ])
        .prop_map(|seen| (seen, false)),
        failure().prop_map(|failure| (ProbeOutcome::Failed(failure), true)),
        failure().prop_map(|failure| {
            let at = "2026-06-02T07:30:00Z".parse().unwrap();
            (ProbeOutcome::WorkFailed { at, failure }, false)
        }),
        Just((ProbeOutcome::NoClient, true)),
        Just((ProbeOutcome::SharedUser, true)),
        Just((ProbeOutcome::ScopeMissing(Scope::AppointmentsRead), true)),
        (121..100_000i64).prop_map(|seconds| (ProbeOutcome::ClockDiffers { seconds }, true)),
        (1..9usize).prop_map(|n| (ProbeOutcome::RecordsSkipped(n), true)),
        (1..99u32).prop_map(|id| {
            let (choice, id) = (SettingsChoice::BookingSlotType, id.to_string());
            (ProbeOutcome::Gone { choice, id }, true)
        }),
        Just((
            ProbeOutcome::OtherOdsCode {
                expected: "A20047".parse().unwrap(),
                found: "Z90001".parse().unwrap(),
            },
            true
        )),
    ]
}

fn observations() -> impl Strategy<Value = Vec<(Observation, bool)>> {
    let one = (select(Probe::ALL), seen())
        .prop_map(|(probe, (seen, amiss))| (Observation::new(probe, seen), amiss));
    proptest::collection::vec(one, 0..12)
}

proptest! {
    #[test]
    fn every_failure_has_a_finding(observations in observations()) {
        let product = Product::new("Patchs", "patchs").unwrap();
        let amiss = observations.iter().any(|(_, amiss)| *amiss);
        let seen: Vec<_> = observations.into_iter().map(|(seen, _)| seen).collect();
        let found = infer(&seen, &product);
        prop_assert!(!amiss || !found.is_empty());

        // Inference is deterministic, and each cause occurs once with all its evidence.
        prop_assert_eq!(&found, &infer(&seen, &product));
        for (number, finding) in found.iter().enumerate() {
            prop_assert!(!finding.steps.is_empty() && !finding.evidence.is_empty());
            prop_assert!(!finding.indistinguishable_from.contains(&finding.cause));
            prop_assert!(found.iter().skip(number + 1).all(|it| it.cause != finding.cause));
            for other in &finding.indistinguishable_from {
                prop_assert!(found.iter().any(|it| it.cause == *other), "{} alone", finding.cause);
            }
            // One question for each cause tells it from the others.
            let alike = finding.indistinguishable_from.len();
            let questions = if alike == 0 { 0 } else { alike + 1 };
            prop_assert_eq!(finding.questions.len(), questions, "{}", finding.cause);
            for step in &finding.steps {
                let times = finding.steps.iter().filter(|it| *it == step).count();
                prop_assert_eq!(times, 1, "twice: {}", step);
            }
        }

        // Causes that stop everything come first, the certain ones before the others.
        let order = |it: &emis_diagnostics::Finding| {
            (it.urgency, it.certainty != Certainty::Certain)
        };
        prop_assert!(found.is_sorted_by_key(order));
    }

    /// A proxy or a web filter never sends a practice to its settings in EMIS.
    #[test]
    fn an_api_answer_without_emis_error_document_is_no_fault_of_the_practice(
        failure in failure(), at_work in any::<bool>(), also_passed in any::<bool>(),
    ) {
        let by_emis = matches!(failure.kind, FailureKind::Token(_)) || failure.legacy_outcome.is_some();
        prop_assume!(!by_emis);
        let product = Product::new("Patchs", "patchs").unwrap();
        let outcome = match at_work {
            true => ProbeOutcome::WorkFailed { at: "2026-06-02T07:30:00Z".parse().unwrap(), failure },
            false => ProbeOutcome::Failed(failure),
        };
        let mut seen = vec![Observation::new(Probe::Organisation, outcome)];
        if also_passed {
            seen.push(Observation::new(Probe::Sessions, ProbeOutcome::Passed));
        }
        for finding in infer(&seen, &product) {
            prop_assert_ne!(finding.actor, ResponsibleParty::Practice, "{}", finding.cause);
        }
    }
}
