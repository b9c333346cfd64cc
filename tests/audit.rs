//! Whatever the product does for a practice is in its audit trail, with who did it.

use std::collections::BTreeMap;

use emis_partner::audit::{
    Actor, ActorKind, AuditEntry, AuditEvent, AuditEventOutcome, Provenance,
};
use emis_partner::booking::{BookingOutcome, BookingRequest, CancelOutcome};
use emis_partner::reminders::{NotifyErrorKind, SETTLES_AFTER, Settlement};
use emis_partner::settings::{ExclusionKind, Feature};
use emis_tests::{Failure, World, known};

/// The practice's trail, event by event.
async fn told(world: &World) -> Result<Vec<AuditEvent>, Failure> {
    world.practice.verify_audit_trail(None).await?;
    let mut lines = Vec::new();
    world.practice.export_audit_trail(&mut lines).await?;
    let entries = std::str::from_utf8(&lines)?.lines();
    let entries: Vec<AuditEntry> = entries
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    let events: Option<Vec<_>> = entries.iter().map(AuditEntry::event).collect();
    events.ok_or_else(|| "an entry without an event".into())
}

#[tokio::test]
async fn what_is_done_for_a_practice_is_in_its_trail_with_who_did_it() -> Result<(), Failure> {
    let mut world = World::healthy().await?;
    let before = told(&world).await?.len();
    let manager = Actor::user("u-117")?.in_role("practice manager")?;
    let manager = Provenance::of(manager).from("settings page")?;
    let practice = world.practice.clone().acting_for(manager.clone());
    world.practice = practice.clone();

    practice.disable(Feature::Reminders).await?;
    practice.enable(Feature::Reminders).await?;
    let refused = practice.update_organisation_id("A20047").await;
    assert!(refused.is_err());
    practice.try_api_user_again().await?;
    practice.diagnose().await?;

    let slot = world.offered_slot().await?;
    let person = world.free_patients().next().ok_or("nobody is free")?;
    let (patient, identity) = known(&person)?;
    let request = BookingRequest::new(slot.choice(), patient, identity);
    let BookingOutcome::Confirmed(booked) = practice.book(&request).await? else {
        return Err("not booked".into());
    };
    assert_eq!(practice.cancel(&booked.id).await?, CancelOutcome::Cancelled);
    practice.exclude(patient, ExclusionKind::OptOut).await?;
    practice.readmit(patient, ExclusionKind::OptOut).await?;

    let events = told(&world).await?.split_off(before);
    let mut counts = BTreeMap::new();
    for event in &events {
        assert_eq!(event.by(), &manager, "{}", event.kind());
        let failed = event.outcome() == AuditEventOutcome::Failure;
        assert_eq!(failed, event.kind().as_str() == "settings.refused");
        *counts.entry(event.kind().as_str()).or_insert(0) += 1;
    }
    let expected = [
        ("booking.begun", 1),
        // Confirmed, being cancelled, cancelled.
        ("booking.settled", 3),
        ("credentials.released", 1),
        ("diagnosis.made", 1),
        ("exclusion.begun", 1),
        ("exclusion.ended", 1),
        ("settings.changed", 2),
        ("settings.refused", 1),
    ];
    assert_eq!(counts, BTreeMap::from(expected));
    Ok(())
}

#[tokio::test]
async fn a_reminder_in_doubt_is_settled_by_somebody_who_is_known() -> Result<(), Failure> {
    let mut world = World::healthy().await?;
    world.outbox.fail_next(NotifyErrorKind::Unknown);
    let run = world.practice.send_reminders().await?;
    assert_eq!(run.in_doubt.len(), 1);
    let doubts = world.practice.reminders_in_doubt().await?;
    let [doubt] = doubts.as_slice() else {
        return Err(format!("{} in doubt", doubts.len()).into());
    };

    let clerk = Provenance::of(Actor::user("u-9")?).from("work list")?;
    let clerks = world.practice.clone().acting_for(clerk.clone());
    world.practice = clerks.clone();
    let sent = Settlement::Sent;
    let early = clerks.settle_reminder_by_hand(&doubt.key, sent).await?;
    assert!(!early, "its sender may be at work");
    world.clock.advance(SETTLES_AFTER);
    assert!(clerks.settle_reminder_by_hand(&doubt.key, sent).await?);
    assert!(!clerks.settle_reminder_by_hand(&doubt.key, sent).await?);
    assert_eq!(clerks.reminders_in_doubt().await?, []);

    let events = told(&world).await?;
    let (claimed, settled): (Vec<_>, Vec<_>) = events
        .iter()
        .filter(|event| event.kind().as_str().starts_with("message."))
        .partition(|event| event.kind().as_str() == "message.claimed");
    assert_eq!(claimed.len(), run.sent.len() + 1);
    assert_eq!(settled.len(), claimed.len());
    let by_hand: Vec<_> = settled.iter().filter(|it| *it.by() == clerk).collect();
    assert_eq!(by_hand.len(), 1);
    assert_eq!(by_hand[0].details()["slot"], doubt.key.slot.get());
    let of_product = |event: &&&AuditEvent| event.by().actor().kind() == ActorKind::System;
    assert_eq!(settled.iter().filter(of_product).count(), run.sent.len());
    Ok(())
}
