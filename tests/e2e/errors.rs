//! Errors of the facade: kinds, HTTP statuses and predicates.

use emis_partner::ErrorKind;
use emis_partner::booking::{BookingId, SlotSearch};
use emis_partner::settings::{Feature, IdempotencyKey};
use emis_sim::{FalseAnswer, SimFault, SimOperation};

use crate::support::{Failure, TODAY, World};

#[test]
fn every_kind_suggests_an_http_status() {
    use ErrorKind as Kind;
    let table = [
        (Kind::InvalidRequest, 400),
        (Kind::NotFound, 404),
        (Kind::SettingsConflict, 409),
        (Kind::NotSetUp, 409),
        (Kind::InvalidSettings, 422),
        (Kind::KeyReused, 422),
        (Kind::Refused, 422),
        (Kind::Sealed, 500),
        (Kind::Store, 500),
        (Kind::AuditBroken, 500),
        (Kind::Configuration, 500),
        (Kind::Connection, 502),
        (Kind::UnexpectedAnswer, 502),
        (Kind::Unavailable, 503),
        (Kind::OutcomeUnknown, 504),
    ];
    for (kind, status) in table {
        assert_eq!(kind.http_status(), status, "{kind:?}");
    }
}

#[tokio::test]
async fn an_unknown_booking_is_not_found_and_an_invalid_search_is_refused() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let cancelled = world.practice.booking().cancel(&BookingId::random()).await;
    let error = cancelled.err().ok_or("cancelled")?;
    assert!(error.is_not_found(), "{}", error.report());
    assert_eq!(error.http_status(), 404);

    let backwards = SlotSearch::new(TODAY.at(10, 0, 0, 0), TODAY.at(9, 0, 0, 0));
    let found = world.practice.booking().free_slots(&backwards).await;
    let error = found.err().ok_or("found")?;
    assert!(error.is_refused() && !error.is_retryable());
    assert_eq!(error.http_status(), 400);
    Ok(())
}

#[tokio::test]
async fn a_stale_change_is_a_conflict_and_a_reused_key_is_refused() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let settings = world.practice.settings();
    let shown = settings.load().await?.version();
    let key = IdempotencyKey::random();
    let first = settings.disable(Feature::Reminders).expecting(shown);
    let receipt = first.once(key.clone()).await?;
    let again = settings.disable(Feature::Reminders).expecting(shown);
    assert!(again.once(key.clone()).await?.repeated);
    assert_eq!(receipt.version, shown + 1);

    let late = settings.enable(Feature::Reminders).expecting(shown).await;
    let error = late.err().ok_or("not late")?;
    assert!(error.is_conflict() && error.edits().len() == 1);

    // The handle keeps neither the version nor the key for the next change.
    settings.enable(Feature::Reminders).await?;
    let other = settings.enable(Feature::Booking).once(key).await;
    let error = other.err().ok_or("done")?;
    assert_eq!(error.kind(), ErrorKind::KeyReused);
    Ok(())
}

#[tokio::test]
async fn a_failure_of_emis_is_retryable_and_a_false_answer_is_not() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let faults = world.sim.faults();
    let read = SimOperation::GetBookedPatientsV2;
    faults.times(read, 20, SimFault::Status(500));
    let failed = world.practice.reminders().send_due().await;
    let error = failed.err().ok_or("sent")?;
    assert!(error.is_retryable(), "{}", error.report());
    assert_eq!(error.http_status(), 503);

    faults.clear();
    faults.times(read, 20, SimFault::Instead(FalseAnswer::ErrorObject));
    let failed = world.practice.reminders().send_due().await;
    let error = failed
        .err()
        .ok_or("a false answer was taken for an empty day")?;
    assert!(error.is_internal(), "{}", error.report());
    assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer);
    assert!(world.outbox.messages().is_empty());

    faults.clear();
    world.sim.practice().emas().deactivate_application();
    let failed = world.practice.reminders().send_due().await;
    let error = failed.err().ok_or("sent")?;
    assert!(error.needs_diagnosis(), "{}", error.report());
    assert_eq!(error.http_status(), 502);
    Ok(())
}
