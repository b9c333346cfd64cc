//! The cost of a diagnosis: at most ten calls, one password, and 20 seconds.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use emis_sim::{SimFault, SimOperation};

use crate::story::Story;

const READS: [SimOperation; 6] = [
    SimOperation::GetHealth,
    SimOperation::GetOrganisationV2,
    SimOperation::GetAppointmentConfiguration,
    SimOperation::GetAppointmentSessions,
    SimOperation::GetSlotsForSessionV2,
    SimOperation::GetBookedPatientsV2,
];

#[tokio::test]
async fn a_diagnosis_makes_at_most_ten_calls_and_sends_one_password() {
    // Every call fails once, and then works.
    let story = Story::start().await;
    for operation in READS {
        let faults = story.sim().faults();
        faults.next(operation, SimFault::Status(503));
    }
    let before = story.sim().journal().len();
    let report = story.diagnose().await;
    let calls = story.sim().journal().len() - before;
    assert!(calls <= 10, "{calls} calls");
    assert_eq!(story.sim().password_attempts("patchs"), 1);
    // The budget is spent, and the third failure is reported.
    assert!(!report.healthy);

    // With one fault that passes, the diagnosis is healthy.
    let story = Story::start().await;
    let faults = story.sim().faults();
    faults.next(SimOperation::GetOrganisationV2, SimFault::Status(503));
    assert!(story.diagnose().await.healthy);
}

#[tokio::test]
async fn a_wish_to_wait_is_kept_and_reported() {
    let story = Story::start().await;
    let fault = SimFault::RetryAfter {
        status: 503,
        seconds: 120,
    };
    let faults = story.sim().faults();
    faults.times(SimOperation::GetOrganisationV2, 9, fault);
    let report = story.diagnose().await;
    assert_eq!(story.sim().count(SimOperation::GetOrganisationV2), 1);
    let at = report.try_again_at.unwrap();
    assert_eq!(at.to_string(), "2026-06-02T09:02:00Z");
    let text = report.to_string();
    assert!(
        text.contains("EMIS asked Patchs to try again at 10:02."),
        "{text}"
    );
    assert!(text.contains("You do not need to do anything."), "{text}");
}
