//! The heartbeat: reminders that are overdue are a finding.

use crate::support::{Failure, TODAY, World};
use emis_partner::diagnostics::{Capability, Cause, LastCalls};
use emis_sim::{SimFault, SimOperation};
use jiff::SignedDuration;

#[tokio::test]
async fn missing_reminders_are_a_finding_until_they_are_sent() -> Result<(), Failure> {
    let world = World::healthy().await?;
    // At half past five, nothing that was due during the day has been sent.
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

    // A diagnosis in this process names it with the same evidence.
    let report = world.practice.diagnosis().run().await?;
    let named: Vec<_> = report.findings.iter().map(|it| it.cause).collect();
    assert_eq!(named, causes);
    assert_eq!(
        report.findings.first().map(|it| &it.evidence),
        found.first().map(|it| &it.evidence)
    );

    // The job runs again.
    world.clock.advance(SignedDuration::from_mins(10));
    world.practice.reminders().send_due().await?;
    assert!(!world.outbox.messages().is_empty());
    assert_eq!(world.practice.diagnosis().heartbeat().await?, []);
    assert!(world.practice.diagnosis().run().await?.healthy);

    // The next morning it has stopped, and the many of the day before do not hide it.
    let tomorrow = TODAY.tomorrow()?;
    world.clock.set_uk(tomorrow.at(9, 30, 0, 0));
    let found = world.practice.diagnosis().heartbeat().await?;
    let causes: Vec<_> = found.iter().map(|finding| finding.cause).collect();
    assert_eq!(causes, [Cause::NoReminders]);
    Ok(())
}

#[tokio::test]
async fn a_run_that_fails_as_a_whole_is_a_finding_until_one_works() -> Result<(), Failure> {
    let world = World::healthy().await?;
    world.practice.reminders().send_due().await?;
    assert!(world.practice.diagnosis().run().await?.healthy);
    world.clock.advance(SignedDuration::from_mins(15));
    let faults = world.sim.faults();
    faults.times(SimOperation::GetBookedPatientsV2, 9, SimFault::Status(500));
    assert!(world.practice.reminders().send_due().await.is_err());
    faults.clear();
    let report = world.practice.diagnosis().run().await?;
    let sending = |it: &&LastCalls| it.capability == Capability::Sending;
    let sending = report.last_calls.iter().find(sending);
    assert!(
        sending.is_some_and(|it| it.failed_at > it.worked_at),
        "{report}"
    );
    assert!(!report.healthy);
    let named: Vec<_> = report.findings.iter().map(|it| it.cause).collect();
    assert_eq!(named, [Cause::WorkFails]);

    // The next run has little or nothing to send, and works.
    world.clock.advance(SignedDuration::from_mins(15));
    world.practice.reminders().send_due().await?;
    let report = world.practice.diagnosis().run().await?;
    assert!(report.healthy, "{report}");
    Ok(())
}

#[tokio::test]
async fn a_heartbeat_that_cannot_read_emis_is_a_finding() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let faults = world.sim.faults();
    faults.times(SimOperation::GetBookedPatientsV2, 9, SimFault::Status(500));
    assert!(world.practice.diagnosis().heartbeat().await.is_err());
    faults.clear();
    assert_eq!(world.first_finding().await?.cause, Cause::WorkFails);
    world.clock.advance(SignedDuration::from_mins(15));
    world.practice.reminders().send_due().await?;
    assert!(world.practice.diagnosis().run().await?.healthy);
    Ok(())
}

#[tokio::test]
async fn a_failed_call_is_a_finding_until_it_is_corrected() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let emas = world.sim.practice().emas();
    emas.deactivate_call(SimOperation::GetPatientDemographics);
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
