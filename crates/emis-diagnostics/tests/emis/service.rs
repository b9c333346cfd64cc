//! What lies with EMIS, with the network or with the product.

use emis_diagnostics::Certainty::{Certain, Likely, Possible};
use emis_diagnostics::{CheckResult, Probe};
use emis_sim::{Fault, Operation};

use crate::support::{Story, result_of, summary};

#[tokio::test]
async fn a_host_that_is_not_there_is_unreachable() {
    let mut story = Story::start().await;
    // Nothing listens on port 1 of this machine.
    story.api_url = "http://127.0.0.1:1/partner".parse().unwrap();
    let report = story.diagnose().await;
    assert_eq!(summary(&report), [("EMIS-D07", Certain)]);
    assert_eq!(result_of(&report, Probe::Token), CheckResult::NotChecked);
    assert_eq!(story.sim().password_attempts("patchs"), 0);
}

#[tokio::test]
async fn a_wrong_address_is_told_from_a_host_that_is_not_there() {
    let mut story = Story::start().await;
    story.api_url.set_path("/elsewhere");
    let report = story.diagnose().await;
    assert_eq!(summary(&report), [("EMIS-D41", Likely)]);
}

#[tokio::test]
async fn faults_of_emis_are_nobody_elses() {
    let table = [
        (
            Operation::GetHealth,
            Fault::Status(500),
            ("EMIS-D38", Certain),
        ),
        (
            Operation::GetOrganisationV2,
            Fault::Status(503),
            ("EMIS-D38", Certain),
        ),
        (
            Operation::GetOrganisationV2,
            Fault::DropBeforeCommit,
            ("EMIS-D39", Certain),
        ),
        (
            Operation::GetOrganisationV2,
            Fault::NotJson,
            ("EMIS-D40", Likely),
        ),
        (
            Operation::GetAppointmentSessions,
            Fault::RetryAfter {
                status: 429,
                seconds: 1,
            },
            ("EMIS-D37", Certain),
        ),
        (
            Operation::GetAppointmentConfiguration,
            Fault::Status(415),
            ("EMIS-D23", Certain),
        ),
    ];
    for (operation, fault, expected) in table {
        let story = Story::start().await;
        story.sim().faults().next(operation, fault);
        let report = story.diagnose().await;
        assert_eq!(summary(&report), [expected], "{operation} {fault:?}");
        assert!(story.diagnose().await.healthy, "it has passed");
    }
}

#[tokio::test]
async fn an_identity_service_that_fails_is_not_the_practices_password() {
    let story = Story::start().await;
    story
        .sim()
        .faults()
        .times(Operation::Token, 5, Fault::Status(500));
    let report = story.diagnose().await;
    assert_eq!(
        summary(&report),
        [("EMIS-D07", Likely), ("EMIS-D38", Possible)]
    );
}

#[tokio::test]
async fn an_application_id_that_emis_does_not_know_is_among_the_suspects() {
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
async fn the_products_own_credentials_are_told_from_the_practices() {
    let mut story = Story::start().await;
    story.client_secret = "old-secret".to_owned();
    let report = story.diagnose().await;
    assert_eq!(summary(&report), [("EMIS-D36", Certain)]);
}

#[tokio::test]
async fn a_missing_scope_is_named_and_its_calls_are_left_out() {
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
    assert_eq!(story.sim().count(Operation::GetAppointmentSessions), 0);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_reported() {
    let story = Story::start().await;
    let sessions = Operation::GetAppointmentSessions;
    story.sim().faults().next(sessions, Fault::MalformedRecord);
    let report = story.diagnose().await;
    assert_eq!(summary(&report), [("EMIS-D42", Certain)]);
    assert!(!report.healthy);
}
