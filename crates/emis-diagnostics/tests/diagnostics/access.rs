//! Faults that a practice corrects in EMAS Manager.

use emis_diagnostics::Certainty::{Likely, Possible};
use emis_diagnostics::{CheckResult, Probe, Product};
use emis_sim::{SimFault, SimOperation};

use crate::story::{Story, result_of, summary};

#[tokio::test]
async fn a_working_connection_is_healthy() {
    let story = Story::start().await;
    let report = story.diagnose().await;
    assert_eq!(summary(&report), []);
    assert!(report.healthy);
    assert!(
        report
            .checks
            .iter()
            .all(|check| check.result == CheckResult::Passed)
    );
    for operation in [
        SimOperation::GetHealth,
        SimOperation::GetOrganisationV2,
        SimOperation::GetAppointmentConfiguration,
        SimOperation::GetAppointmentSessions,
    ] {
        assert_eq!(story.sim().count(operation), 1, "{operation}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_sent_once_by_many_diagnoses() {
    let mut story = Story::start().await;
    story.enter_password("Not-The-Password-1");
    let client = story.client();
    let first = story.diagnose_with(Some(&client)).await;
    let second = story.diagnose_with(Some(&client)).await;
    for report in [&first, &second] {
        assert_eq!(
            summary(report),
            [
                ("EMIS-D03", Likely),
                ("EMIS-D05", Possible),
                ("EMIS-D13", Possible)
            ]
        );
        assert_eq!(result_of(report, Probe::Reachable), CheckResult::Passed);
        assert_eq!(result_of(report, Probe::Token), CheckResult::Failed);
        assert_eq!(
            result_of(report, Probe::Organisation),
            CheckResult::NotChecked
        );
    }
    assert_eq!(story.sim().password_attempts("patchs"), 1);
    assert!(second.findings[0].evidence[0].contains("not sent again"));

    story.carry_out(&first.findings[0]).await;
    assert!(story.diagnose().await.healthy);
}

#[tokio::test]
async fn a_user_who_is_unknown_or_not_ticked_looks_like_a_wrong_password() {
    for untick in [true, false] {
        let mut story = Story::start().await;
        let emas = story.practice().emas();
        if untick {
            emas.untick_in_edit_users();
        } else {
            emas.remove_user();
        }
        let report = story.diagnose().await;
        assert_eq!(
            summary(&report),
            [
                ("EMIS-D03", Likely),
                ("EMIS-D05", Possible),
                ("EMIS-D13", Possible)
            ]
        );
        assert_eq!(
            report.findings[0].indistinguishable_from,
            [report.findings[1].cause, report.findings[2].cause]
        );

        story.carry_out(&report.findings[1]).await;
        assert!(story.diagnose().await.healthy);
    }
}

#[tokio::test]
async fn a_deactivated_application_is_reactivated_by_the_steps() {
    let mut story = Story::start().await;
    story.practice().emas().deactivate_application();
    let report = story.diagnose().await;
    assert_eq!(
        summary(&report),
        [("EMIS-D01", Likely), ("EMIS-D06", Possible)]
    );
    assert!(report.findings[0].evidence[0].contains("HTTP 403, outcome 3, message id "));
    assert_eq!(result_of(&report, Probe::Organisation), CheckResult::Failed);
    assert_eq!(result_of(&report, Probe::Sessions), CheckResult::Failed);

    story.carry_out(&report.findings[0]).await;
    assert!(story.diagnose().await.healthy);
}

#[tokio::test]
async fn each_box_of_login_access_is_found_and_ticked() {
    for (allow, auto) in [(false, true), (true, false), (false, false)] {
        let mut story = Story::start().await;
        story.practice().emas().set_allow_login(allow);
        story.practice().emas().set_auto_login(auto);
        let report = story.diagnose().await;
        assert_eq!(
            summary(&report),
            [
                ("EMIS-D02", Likely),
                ("EMIS-D12", Possible),
                ("EMIS-D05", Possible)
            ],
            "allow {allow}, auto {auto}"
        );
        story.carry_out(&report.findings[0]).await;
        assert!(story.diagnose().await.healthy);
    }
}

#[tokio::test]
async fn steps_name_the_user_that_the_practice_has_entered() {
    let mut story = Story::start().await;
    story.product = Product::new("Examplia", "examplia-api").unwrap();
    story.practice().emas().set_allow_login(false);
    let report = story.diagnose().await;
    let finding = &report.findings[0];
    assert_eq!(
        finding.title,
        "'patchs' is not allowed to log in for Examplia"
    );
}

#[tokio::test]
async fn an_unexplained_refusal_after_passed_calls_points_at_the_role() {
    let story = Story::start().await;
    let configuration = SimOperation::GetAppointmentConfiguration;
    story
        .sim()
        .faults()
        .next(configuration, SimFault::Status(403));
    let report = story.diagnose().await;
    assert_eq!(
        summary(&report),
        [("EMIS-D09", Likely), ("EMIS-D01", Possible)]
    );
    assert_eq!(result_of(&report, Probe::Organisation), CheckResult::Passed);
    assert_eq!(result_of(&report, Probe::Sessions), CheckResult::Passed);
}
