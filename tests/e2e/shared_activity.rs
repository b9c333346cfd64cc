//! The last successful calls of the product are known to all its processes, and after restarts.

use std::sync::Arc;

use crate::support::{Failure, TODAY, World, environment};
use emis_partner::client::Limits;
use emis_partner::credentials::SealingIdentity;
use emis_partner::diagnostics::{Capability, Cause, LastCalls, Product, Report};
use emis_partner::messaging::{NotifyErrorKind, Outbox};
use emis_partner::store::SqliteStore;
use emis_partner::types::uk;
use emis_partner::{EmisPartner, Practice};
use emis_sim::SimOperation;
use jiff::SignedDuration;
use jiff::Timestamp;

/// A process of the product that was started over a store.
fn process(
    world: &World,
    store: &Arc<SqliteStore>,
    key: &SealingIdentity,
) -> Result<Practice, Failure> {
    let partner = EmisPartner::builder(
        Product::new("Patchs", "patchs")?,
        environment(&world.sim)?,
        key.clone(),
        Arc::clone(store),
        Arc::new(Outbox::new()),
    );
    let partner = partner
        .client_options(|client| client.limits(Limits::new(64, 10_000)))
        .process_limits(Limits::new(64, 10_000))
        .least_between_polls(SignedDuration::ZERO)
        .clock(Arc::new(world.clock.clone()))
        .build()?;
    Ok(partner.practice(world.sim.practice().ods().parse()?))
}

fn of(report: &Report, capability: Capability) -> LastCalls {
    let mut calls = report.last_calls.iter();
    let found = calls.find(|it| it.capability == capability);
    found
        .copied()
        .unwrap_or_else(|| LastCalls::none(capability))
}

fn at(hour: i8, minute: i8) -> Option<Timestamp> {
    Some(uk::zoned(TODAY.at(hour, minute, 0, 0)).timestamp())
}

/// The reminders sent and failed in a run in which the sender refuses so many messages, and what a
/// diagnosis then says of sending.
async fn sending_after(refused: usize) -> Result<(usize, usize, LastCalls, bool), Failure> {
    let world = World::healthy().await?;
    for _message in 0..refused {
        world.outbox.fail_next(NotifyErrorKind::Permanent);
    }
    let run = world.practice.reminders().send_due().await?;
    world.clock.advance(SignedDuration::from_mins(5));
    let report = world.practice.diagnosis().run().await?;
    let sending = of(&report, Capability::Sending);
    Ok((run.sent.len(), run.failed.len(), sending, report.healthy))
}

#[tokio::test]
async fn sending_fails_when_more_than_a_fifth_of_a_run_fails() -> Result<(), Failure> {
    let (sent, failed, sending, healthy) = sending_after(4).await?;
    assert!(
        failed > 0 && failed * 5 <= sent + failed,
        "{sent}, {failed}"
    );
    assert_eq!((sending.worked_at, sending.failed_at), (at(10, 0), None));
    assert!(healthy);

    let (sent, failed, sending, healthy) = sending_after(60).await?;
    assert!(sent > 0 && failed * 5 > sent + failed, "{sent}, {failed}");
    assert_eq!((sending.worked_at, sending.failed_at), (None, at(10, 0)));
    assert!(!healthy);
    Ok(())
}

#[tokio::test]
async fn activity_of_one_process_is_reported_by_others_and_after_a_restart() -> Result<(), Failure>
{
    let world = World::new().await?;
    let emis = world.sim.practice();
    let store = Arc::new(SqliteStore::in_memory()?);
    let key = SealingIdentity::generate();
    let worker = process(&world, &store, &key)?;
    worker
        .settings()
        .update_connection(emis.cdb(), emis.username(), emis.password().into())
        .await?;
    worker
        .settings()
        .set_booking(world.routine_bookings()?)
        .await?;
    let run = worker.reminders().send_due().await?;
    assert!(!run.sent.is_empty());

    // At noon the web server reports, which has sent no reminder itself.
    world.clock.set_uk(TODAY.at(12, 0, 0, 0));
    let web = process(&world, &store, &key)?;
    let report = web.diagnosis().run().await?;
    assert!(report.healthy, "{report}");
    assert_eq!(of(&report, Capability::Sending).worked_at, at(10, 0));
    assert_eq!(of(&report, Capability::Patients).worked_at, at(10, 0));
    for probed in [Capability::Token, Capability::Appointments] {
        assert_eq!(of(&report, probed).worked_at, at(12, 0));
    }
    let never = LastCalls::none(Capability::Booking);
    assert_eq!(of(&report, Capability::Booking), never);

    // A failure there is known here; earlier successes stay known.
    let emas = emis.emas();
    emas.deactivate_call(SimOperation::GetPatientDemographics);
    world.clock.set_uk(TODAY.at(14, 0, 0, 0));
    let run = worker.reminders().send_due().await?;
    assert!(run.sent.is_empty());
    drop((worker, web));
    let restarted = process(&world, &store, &key)?;
    let report = restarted.diagnosis().run().await?;
    let patients = of(&report, Capability::Patients);
    assert_eq!(
        (patients.worked_at, patients.failed_at),
        (at(10, 0), at(14, 0))
    );
    assert_eq!(of(&report, Capability::Sending).worked_at, at(10, 0));
    // None of its own calls were refused, but it reports the cause.
    assert!(!report.healthy);
    assert_eq!(report.findings[0].cause, Cause::ApplicationDeactivated);

    // Corrected and checked again in one process, it is cleared in all.
    emas.deactivate_application();
    emas.activate_application();
    world.clock.set_uk(TODAY.at(14, 5, 0, 0));
    let report = restarted
        .diagnosis()
        .check_again(Cause::ApplicationDeactivated)
        .await?;
    assert!(report.healthy, "{report}");
    let other = process(&world, &store, &key)?;
    assert!(!other.reminders().send_due().await?.sent.is_empty());
    let report = other.diagnosis().run().await?;
    assert!(report.healthy, "{report}");

    // A success in one process clears the failure in another.
    emas.deactivate_call(SimOperation::GetPatientDemographics);
    world.clock.set_uk(TODAY.at(14, 10, 0, 0));
    let worker = process(&world, &store, &key)?;
    worker.reminders().send_due().await?;
    assert!(!restarted.diagnosis().run().await?.healthy);
    emas.deactivate_application();
    emas.activate_application();
    world.clock.set_uk(TODAY.at(14, 20, 0, 0));
    worker.reminders().send_due().await?;
    let report = restarted.diagnosis().run().await?;
    assert!(report.healthy, "{report}");
    Ok(())
}
