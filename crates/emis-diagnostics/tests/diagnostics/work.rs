//! Failures of the product's own calls make a practice unhealthy. Answers that do not come from
//! EMIS.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper that fails fails its test"
)]

use emis_client::ClientErrorKind as Api;
use emis_client::model::NewBooking;
use emis_credentials::{ServiceFault, TokenErrorKind};
use emis_diagnostics::Certainty::{Likely, Possible};
use emis_diagnostics::heartbeat::Pulse;
use emis_diagnostics::{
    Capability, Cause, Diagnosis, DiagnosisInput, Failure, FailureKind, Observation, Probe,
    ProbeOutcome, Product, infer,
};
use emis_sim::{SimFault, SimOperation};
use emis_types::Clock;
use jiff::SignedDuration;

use crate::story::{Story, summary};

async fn book(story: &Story) -> bool {
    let practice = story.practice();
    let slot = practice.free_slot().unwrap().slot_id.to_string();
    let patient = practice.patients()[0].patient_number.to_string();
    let by = practice.api_user().unwrap().id.to_string();
    let booking = NewBooking::new(
        slot.parse().unwrap(),
        patient.parse().unwrap(),
        by.parse().unwrap(),
        "Booked online",
    );
    let client = story.client();
    client
        .appointments()
        .book_appointment(&booking)
        .await
        .is_ok()
}

#[tokio::test]
async fn failing_bookings_are_not_healthy() {
    let story = Story::start().await;
    assert!(story.diagnose().await.healthy);
    story
        .sim()
        .faults()
        .times(SimOperation::BookAppointment, 9, SimFault::Status(500));
    for _hour in 0..9 {
        assert!(!book(&story).await);
        story.advance_clock(SignedDuration::from_hours(1));
    }
    let report = story.diagnose().await;
    assert!(!report.healthy);
    assert_eq!(report.exit_code(), 1);
    assert_eq!(report.findings[0].cause, Cause::WorkFails);
    let evidence = &report.findings[0].evidence[0];
    assert!(
        evidence.contains("booking failed on 02/06/2026 18:00 UK time"),
        "{evidence}"
    );
    assert!(evidence.contains("has not worked yet"), "{evidence}");
    // No check contradicts it.
    let check = report
        .checks
        .iter()
        .find(|it| it.probe == Probe::RecentWork);
    assert_ne!(check.unwrap().result.to_string(), "yes");

    assert!(book(&story).await);
    assert!(story.diagnose().await.healthy);
}

#[tokio::test]
async fn failing_sends_are_not_healthy_until_they_work() {
    let story = Story::start().await;
    story.activity.note_failed(Capability::Sending);
    assert_eq!(story.diagnose().await.findings[0].cause, Cause::WorkFails);
    story.advance_clock(SignedDuration::from_mins(1));
    story.activity.note_worked(Capability::Sending);
    assert!(story.diagnose().await.healthy);
}

#[tokio::test]
async fn a_diagnosis_includes_the_findings_of_the_heartbeat() {
    let story = Story::start().await;
    let mut pulse = Pulse::default();
    pulse.bookings_unsettled = vec![story.clock.now() - SignedDuration::from_hours(2)];
    let client = story.client();
    let report = Diagnosis::run(&DiagnosisInput {
        settings: &story.settings,
        refused: &[],
        client: Some(&client),
        product: &story.product,
        activity: Some(&story.activity),
        releases: None,
        history: &[],
        pulse: Some(&pulse),
        clock: &story.clock,
    })
    .await;
    assert!(!report.healthy);
    assert_eq!(summary(&report)[0].0, Cause::BookingsUnsettled.code());
}

fn answer(kind: Api, status: u16, legacy_outcome: Option<i32>) -> Vec<(&'static str, bool)> {
    let mut failure = Failure::new(FailureKind::Api(kind));
    failure.http_status = Some(status);
    failure.legacy_outcome = legacy_outcome;
    named(Probe::Organisation, failure)
}

fn named(probe: Probe, failure: Failure) -> Vec<(&'static str, bool)> {
    let seen = Observation::new(probe, ProbeOutcome::Failed(failure));
    let findings = infer(&[seen], &Product::new("Patchs", "patchs").unwrap());
    let found = findings.iter();
    found
        .map(|it| (it.cause.code(), it.certainty <= Likely))
        .collect()
}

#[test]
fn a_refusal_without_an_emis_document_is_not_attributed_to_emis() {
    // The page of a web filter has no steps in EMAS Manager.
    assert_eq!(answer(Api::Forbidden, 403, None), [("EMIS-D40", true)]);
    // A proxy's 502 may be EMIS's fault, but not for certain.
    assert_eq!(
        answer(Api::Server, 502, None),
        [("EMIS-D38", true), ("EMIS-D40", false)]
    );
    // EMIS's own refusals keep their causes.
    assert_eq!(
        answer(Api::Forbidden, 403, Some(3)),
        [("EMIS-D01", true), ("EMIS-D06", false)]
    );
    assert_eq!(answer(Api::Server, 500, Some(-1)), [("EMIS-D38", true)]);
}

#[test]
fn a_5xx_without_a_code_of_the_identity_service_is_not_certainly_its_own() {
    let mut failure = Failure::new(FailureKind::Token(TokenErrorKind::Unreachable));
    failure.service_fault = Some(ServiceFault::Failed);
    failure.http_status = Some(502);
    assert_eq!(
        named(Probe::Token, failure.clone()),
        [("EMIS-D38", true), ("EMIS-D40", false)]
    );
    failure.provider_code = Some("AADB2C90289".to_owned());
    assert_eq!(named(Probe::Token, failure), [("EMIS-D38", true)]);
}

#[test]
fn a_token_without_scopes_is_suspected_first() {
    let mut failure = Failure::new(FailureKind::Api(Api::Forbidden));
    failure.http_status = Some(403);
    failure.legacy_outcome = Some(-1);
    let findings = infer(
        &[
            Observation::new(Probe::Token, ProbeOutcome::Passed),
            Observation::new(Probe::Token, ProbeOutcome::ScopesNotStated),
            Observation::new(Probe::Organisation, ProbeOutcome::Failed(failure)),
        ],
        &Product::new("Patchs", "patchs").unwrap(),
    );
    assert_eq!(findings[0].cause, Cause::TokenRefused);
    assert_eq!(findings[0].certainty, Likely);
    assert!(findings.iter().skip(1).all(|it| it.certainty == Possible));
}
