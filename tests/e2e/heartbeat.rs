//! Silence is noticed: reminders that should have left and did not.

use crate::support::{Failure, TODAY, World};
use emis_partner::diagnostics::Cause;

#[tokio::test]
async fn a_practice_whose_reminders_do_not_run_is_noticed_and_one_whose_do_is_not()
-> Result<(), Failure> {
    let world = World::healthy().await?;
    // At half past five nothing has been sent, of all that was due during the day.
    world.clock.set_uk(TODAY.at(17, 30, 0, 0));
    let calls_before = world.outbox.messages().len();
    let found = world.practice.diagnosis().heartbeat().await?;
    let causes: Vec<_> = found.iter().map(|finding| finding.cause).collect();
    assert_eq!(causes, [Cause::NoReminders]);
    assert_eq!(
        world.outbox.messages().len(),
        calls_before,
        "it sends nothing"
    );

    // The job runs again.
    world.practice.reminders().send_due().await?;
    assert!(!world.outbox.messages().is_empty());
    assert_eq!(world.practice.diagnosis().heartbeat().await?, []);
    Ok(())
}

#[tokio::test]
async fn a_call_that_failed_at_work_is_named_until_it_was_put_right() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let emas = world.sim.practice().emas();
    emas.deactivate_call(emis_sim::SimOperation::GetPatientDemographics);
    let run = world.practice.reminders().send_due().await;
    assert!(run.is_err() || run.is_ok_and(|run| !run.failed.is_empty()));
    let finding = world.first_finding().await?;
    assert_eq!(finding.cause, Cause::ApplicationDeactivated);

    emas.deactivate_application();
    emas.activate_application();
    let report = world
        .practice
        .diagnosis()
        .check_again(finding.cause)
        .await?;
    assert!(report.healthy, "{report}");
    Ok(())
}
