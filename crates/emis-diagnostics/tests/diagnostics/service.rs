//! Faults of EMIS, of the network and of the product.

use std::cmp::Ordering;

use emis_diagnostics::Certainty::{Certain, Likely, Possible};
use emis_diagnostics::{CheckResult, Probe};
use emis_sim::{Distortion, FalseAnswer, SimFault, SimOperation};

use crate::middlebox::in_place_of;
use crate::story::{Story, result_of, summary};

#[tokio::test]
async fn an_absent_host_is_unreachable() {
    let mut story = Story::start().await;
    // Nothing listens on port 1 of this machine.
    story.api_url = "http://127.0.0.1:1/partner".parse().unwrap();
    let report = story.diagnose().await;
    assert_eq!(summary(&report), [("EMIS-D07", Certain)]);
    assert_eq!(result_of(&report, Probe::Token), CheckResult::NotChecked);
    assert_eq!(story.sim().password_attempts("patchs"), 0);
}

#[tokio::test]
async fn a_wrong_address_is_distinguished_from_an_absent_host() {
    let mut story = Story::start().await;
    story.api_url.set_path("/elsewhere");
    let report = story.diagnose().await;
    assert_eq!(summary(&report), [("EMIS-D41", Likely)]);
}

#[tokio::test]
async fn faults_of_emis_are_attributed_to_emis() {
    let table = [
        (
            SimOperation::GetHealth,
            SimFault::Status(500),
            ("EMIS-D38", Certain),
        ),
        (
            SimOperation::GetOrganisationV2,
            SimFault::Status(503),
            ("EMIS-D38", Certain),
        ),
        (
            SimOperation::GetOrganisationV2,
            SimFault::DropBeforeCommit,
            ("EMIS-D39", Likely),
        ),
        (
            SimOperation::GetOrganisationV2,
            SimFault::Instead(FalseAnswer::HtmlPage),
            ("EMIS-D40", Likely),
        ),
        (
            SimOperation::GetAppointmentSessions,
            SimFault::RetryAfter {
                status: 429,
                seconds: 1,
            },
            ("EMIS-D37", Certain),
        ),
        (
            SimOperation::GetAppointmentConfiguration,
            SimFault::Status(415),
            ("EMIS-D23", Certain),
        ),
    ];
    for (operation, fault, expected) in table {
        let story = Story::start().await;
        // More often than a diagnosis repeats a call.
        story.sim().faults().times(operation, 5, fault);
        let report = story.diagnose().await;
        assert_eq!(summary(&report)[..1], [expected], "{operation} {fault:?}");
        story.sim().faults().clear();
        assert!(story.diagnose().await.healthy, "the fault is over");
    }
}

#[tokio::test]
async fn a_failing_identity_service_is_not_a_wrong_password() {
    let story = Story::start().await;
    story
        .sim()
        .faults()
        .times(SimOperation::Token, 5, SimFault::Status(500));
    let report = story.diagnose().await;
    assert_eq!(summary(&report), [("EMIS-D38", Certain)]);
    assert_eq!(result_of(&report, Probe::Discovery), CheckResult::Passed);
    assert_eq!(result_of(&report, Probe::Token), CheckResult::Failed);
}

#[tokio::test]
async fn failures_of_the_identity_service_are_distinguished() {
    type Break = fn(&mut Story);
    let table: [(Break, &[_], Probe, &str); 7] = [
        (
            |story| story.identity_url = "https://identity.invalid/identity".parse().unwrap(),
            &[("EMIS-D07", Likely), ("EMIS-D41", Possible)],
            Probe::IdentityReachable,
            "No connection to the identity service could be made (the host's name could not be \
             resolved).",
        ),
        (
            |story| story.identity_url.set_port(Some(1)).unwrap(),
            &[("EMIS-D07", Certain)],
            Probe::IdentityReachable,
            "No connection to the identity service could be made (the host did not take the \
             connection).",
        ),
        (
            |story| {
                let port = story.shared_sim().middlebox;
                story.identity_url = in_place_of(&story.identity_url, port);
            },
            &[
                ("EMIS-D07", Likely),
                ("EMIS-D40", Possible),
                ("EMIS-D41", Possible),
            ],
            Probe::IdentityReachable,
            "No connection to the identity service could be made (TLS failed: a certificate, or a \
             proxy in between).",
        ),
        (
            |story| story.sim().identity().set_reachable(false),
            &[("EMIS-D39", Likely), ("EMIS-D07", Possible)],
            Probe::IdentityReachable,
            "The identity service was asked, and no answer came in time, or the connection broke.",
        ),
        (
            |story| story.identity_url.set_path("/elsewhere"),
            &[("EMIS-D41", Likely), ("EMIS-D40", Possible)],
            Probe::Discovery,
            "There is no discovery document at the address of the identity service, HTTP 404.",
        ),
        (
            |story| {
                let faults = story.sim().faults();
                faults.times(
                    SimOperation::Discovery,
                    9,
                    SimFault::Instead(FalseAnswer::HtmlPage),
                );
            },
            &[("EMIS-D40", Likely), ("EMIS-D41", Possible)],
            Probe::Discovery,
            "Something that is no discovery document came from the address of the identity \
             service.",
        ),
        (
            |story| story.identity_url.set_host(Some("localhost")).unwrap(),
            &[("EMIS-D41", Certain)],
            Probe::Discovery,
            "The discovery document names another issuer than the address at which it was read.",
        ),
    ];
    for (breaks, expected, probe, evidence) in table {
        let mut story = Story::start().await;
        breaks(&mut story);
        let report = story.diagnose().await;
        assert_eq!(summary(&report), expected);
        assert_eq!(report.findings[0].evidence, [evidence]);
        for check in &report.checks {
            // Earlier checks have passed, and later ones are skipped.
            let result = match check.probe.cmp(&probe) {
                Ordering::Less => CheckResult::Passed,
                Ordering::Equal => CheckResult::Failed,
                Ordering::Greater => CheckResult::NotChecked,
            };
            assert_eq!(check.result, result, "{}", check.probe);
        }
        assert_eq!(story.sim().password_attempts("patchs"), 0);
    }
}

#[tokio::test]
async fn a_source_without_discovery_is_asked_for_a_token_directly() {
    let story = Story::start().await;
    let endpoint = format!("{}/oauth2/token", story.identity_url);
    let client = story.client_with_token_endpoint(endpoint.parse().unwrap());
    let report = story.diagnose_with(Some(&client)).await;
    assert_eq!(summary(&report), []);
    for probe in [Probe::IdentityReachable, Probe::Discovery] {
        assert_eq!(result_of(&report, probe), CheckResult::NothingToCheck);
    }
    assert_eq!(story.sim().count(SimOperation::Discovery), 0);

    let nowhere = story.client_with_token_endpoint("http://127.0.0.1:1/token".parse().unwrap());
    let report = story.diagnose_with(Some(&nowhere)).await;
    assert_eq!(summary(&report), [("EMIS-D07", Certain)]);
    assert_eq!(result_of(&report, Probe::Token), CheckResult::Failed);
}

#[tokio::test]
async fn an_unknown_application_id_is_a_possible_cause() {
    let mut story = Story::start().await;
    story.application_id = "not-this-product".to_owned();
    let report = story.diagnose().await;
    assert_eq!(
        summary(&report),
        [("EMIS-D01", Likely), ("EMIS-D06", Possible)]
    );
    let [deactivated, unknown] = &report.findings[..] else {
        panic!("two findings");
    };
    assert_eq!(deactivated.indistinguishable_from, [unknown.cause]);
    assert_eq!(unknown.indistinguishable_from, [deactivated.cause]);
}

#[tokio::test]
async fn the_products_credentials_are_distinguished_from_the_practices() {
    let mut story = Story::start().await;
    story.client_secret = "old-secret".to_owned();
    let report = story.diagnose().await;
    assert_eq!(summary(&report), [("EMIS-D36", Certain)]);
}

#[tokio::test]
async fn a_missing_scope_is_reported_and_its_calls_are_skipped() {
    let mut story = Story::start().await;
    story.scopes = vec!["papi-config.read", "papi-subjects.read"];
    let report = story.diagnose().await;
    assert_eq!(summary(&report), [("EMIS-D21", Certain)]);
    assert_eq!(
        report.findings[0].evidence,
        ["The token does not hold the scope papi-appt.read."]
    );
    assert_eq!(result_of(&report, Probe::Organisation), CheckResult::Passed);
    assert_eq!(result_of(&report, Probe::Sessions), CheckResult::NotChecked);
    assert_eq!(story.sim().count(SimOperation::GetAppointmentSessions), 0);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_reported() {
    let story = Story::start().await;
    let sessions = SimOperation::GetAppointmentSessions;
    story
        .sim()
        .faults()
        .next(sessions, SimFault::Distort(Distortion::MalformedRecord));
    let report = story.diagnose().await;
    assert_eq!(summary(&report), [("EMIS-D42", Certain)]);
    assert!(!report.healthy);
}
