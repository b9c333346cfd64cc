//! Every operation for a practice is in its audit trail, with its author.

use std::collections::BTreeMap;

use emis_partner::audit::{
    Actor, ActorKind, AuditEntry, AuditEvent, AuditEventOutcome, Provenance,
};
use emis_partner::booking::{BookingOutcome, BookingRequest, CancelOutcome};
use emis_partner::client::model::NewBooking;
use emis_partner::messaging::{AttemptOutcome, MessageState, NotifyErrorKind};
use emis_partner::reminders::ReminderSettlement;
use emis_partner::settings::{ExclusionKind, Feature};
use emis_sim::{FalseAnswer, SimFault, SimOperation};
use jiff::SignedDuration;

use crate::support::{Failure, World, known};

/// Returns the events of the practice's trail.
async fn audit_events(world: &World) -> Result<Vec<AuditEvent>, Failure> {
    world.practice.audit().verify(None).await?;
    let mut lines = Vec::new();
    world.practice.audit().export(&mut lines).await?;
    let entries = std::str::from_utf8(&lines)?.lines();
    let entries: Vec<AuditEntry> = entries
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    let events: Option<Vec<_>> = entries.iter().map(AuditEntry::event).collect();
    events.ok_or_else(|| "an entry without an event".into())
}

#[tokio::test]
async fn operations_are_audited_with_their_author() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let before = audit_events(&world).await?.len();
    let manager = Actor::user("u-117")?.in_role("practice manager")?;
    let manager = Provenance::of(manager).from("settings page")?;
    let by = || manager.clone();
    let (practice, settings) = (&world.practice, world.practice.settings());

    settings.disable(Feature::Reminders).by(by()).await?;
    settings.enable(Feature::Reminders).by(by()).await?;
    let refused = settings.update_organisation_id("A20047").by(by()).await;
    assert!(refused.is_err());
    settings.try_api_user_again().by(by()).await?;
    practice.diagnosis().run().by(by()).await?;

    let slot = world.offered_slot().await?;
    let person = world.free_patients().next().ok_or("no patient is free")?;
    let (patient, identity) = known(&person)?;
    let request = BookingRequest::new(slot.choice(), patient, identity);
    let BookingOutcome::Confirmed(booked) = practice.booking().book(&request).by(by()).await?
    else {
        return Err("not booked".into());
    };
    assert_eq!(
        practice.booking().cancel(&booked.id).by(by()).await?,
        CancelOutcome::Cancelled
    );
    practice
        .reminders()
        .exclude(patient, ExclusionKind::OptOut)
        .by(by())
        .await?;
    practice
        .reminders()
        .readmit(patient, ExclusionKind::OptOut)
        .by(by())
        .await?;

    let events = audit_events(&world).await?.split_off(before);
    let mut counts = BTreeMap::new();
    for event in &events {
        assert_eq!(event.by(), &manager, "{}", event.kind());
        let failed = event.outcome() == AuditEventOutcome::Failure;
        assert_eq!(failed, event.kind().as_str() == "settings.refused");
        *counts.entry(event.kind().as_str()).or_insert(0) += 1;
    }
    let expected = [
        ("booking.begun", 1),
        // Being sent, confirmed, being cancelled, cancelled.
        ("booking.settled", 4),
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
async fn settling_a_reminder_in_doubt_is_audited_with_its_author() -> Result<(), Failure> {
    let world = World::healthy().await?;
    world.outbox.fail_next(NotifyErrorKind::Unknown);
    let run = world.practice.reminders().send_due().await?;
    assert_eq!(run.in_doubt.len(), 1);
    let messages = world.practice.messages();
    let open = messages.open().await?;
    let [doubt] = open.as_slice() else {
        return Err(format!("{} open", open.len()).into());
    };
    let reference = doubt.entry.reference;

    let clerk = Provenance::of(Actor::user("u-9")?).from("work list")?;
    let sent = AttemptOutcome::HandedOver {
        sender_id: None,
        state: MessageState::Accepted,
    };
    let settle = || {
        let settled = messages.settle_by_hand(reference, sent.clone());
        settled.by(clerk.clone())
    };
    assert!(!settle().await?, "its sender may still be running");
    world.clock.advance(SignedDuration::from_mins(15));
    assert_eq!(messages.in_doubt().await?.len(), 1);
    assert!(settle().await?);
    assert!(!settle().await?);
    assert_eq!(messages.in_doubt().await?, []);

    let events = audit_events(&world).await?;
    let (claimed, settled): (Vec<_>, Vec<_>) = events
        .iter()
        .filter(|event| event.kind().as_str().starts_with("message."))
        .partition(|event| event.kind().as_str() == "message.claimed");
    assert_eq!(claimed.len(), run.sent.len() + 1);
    assert_eq!(settled.len(), claimed.len());
    let by_hand: Vec<_> = settled.iter().filter(|it| *it.by() == clerk).collect();
    assert_eq!(by_hand.len(), 1);
    assert_eq!(by_hand[0].details()["reference"], reference.to_string());
    let of_product = |event: &&&AuditEvent| event.by().actor().kind() == ActorKind::System;
    assert_eq!(settled.iter().filter(of_product).count(), run.sent.len());

    // The reminder follows its message.
    let next = world.practice.reminders().send_due().await?;
    assert_eq!(next.settled.len(), 1);
    assert_eq!(next.settled[0].outcome, ReminderSettlement::Sent);
    Ok(())
}

/// The audited calls of EMIS, each as kind, operation, ids and outcome.
fn calls(
    events: &[AuditEvent],
) -> Vec<(
    &str,
    &serde_json::Value,
    &serde_json::Value,
    AuditEventOutcome,
)> {
    let calls = events
        .iter()
        .filter(|event| event.kind().as_str().starts_with("emis."));
    calls
        .map(|event| {
            let (kind, details) = (event.kind().as_str(), event.details());
            (
                kind,
                &details["operation"],
                &details["ids"],
                event.outcome(),
            )
        })
        .collect()
}

#[tokio::test]
async fn reads_of_patients_and_writes_by_the_products_client_are_audited() -> Result<(), Failure> {
    use AuditEventOutcome::{Success, Unknown};
    let world = World::healthy().await?;
    let clerk = Provenance::of(Actor::user("u-9")?);
    let slot = world.offered_slot().await?;
    let person = world.free_patients().next().ok_or("no patient is free")?;
    let (patient, _) = known(&person)?;
    let before = audit_events(&world).await?.len();

    let emis = world.practice.client().by(clerk.clone()).await?;
    emis.organisation().get_organisation().await?;
    emis.patient().get_patient_demographics(patient).await?;
    emis.appointments()
        .add_slot_comment(slot.slot, "A private comment")
        .await?;
    let unaudited = world.practice.unaudited_client().await?;
    unaudited
        .patient()
        .get_patient_demographics(patient)
        .await?;

    let events = audit_events(&world).await?.split_off(before);
    let patient = serde_json::json!({"patientNumber": patient.to_string()});
    let slot = serde_json::json!({"slotId": slot.slot.to_string()});
    let expected = [
        (
            "emis.read",
            &"GetPatientDemographics".into(),
            &patient,
            Success,
        ),
        ("emis.write.begun", &"AddSlotComment".into(), &slot, Unknown),
        (
            "emis.write.settled",
            &"AddSlotComment".into(),
            &slot,
            Success,
        ),
    ];
    assert_eq!(calls(&events), expected);
    assert!(events.iter().all(|event| *event.by() == clerk));
    assert!(!serde_json::to_string(&events)?.contains("private"));
    Ok(())
}

#[tokio::test]
async fn a_write_that_emis_answers_with_an_error_is_audited_as_unknown() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let slot = world.offered_slot().await?;
    let before = audit_events(&world).await?.len();
    let emis = world.practice.client().await?;
    let fault = SimFault::StatusAfterCommit(500);
    world.sim.faults().next(SimOperation::AddSlotComment, fault);
    let answer = emis
        .appointments()
        .add_slot_comment(slot.slot, "A comment")
        .await;
    assert!(answer.is_err());
    let events = audit_events(&world).await?.split_off(before);
    let outcomes: Vec<_> = calls(&events).iter().map(|call| call.3).collect();
    assert_eq!(outcomes, [AuditEventOutcome::Unknown; 2]);
    Ok(())
}

#[tokio::test]
async fn a_success_that_is_not_the_documented_message_is_audited_as_unknown() -> Result<(), Failure>
{
    let world = World::healthy().await?;
    let slot = world.offered_slot().await?;
    let person = world.free_patients().next().ok_or("no patient is free")?;
    let (patient, _) = known(&person)?;
    let booked_by = world.routine_bookings()?.booked_by.ok_or("nobody books")?;
    let booking = NewBooking::new(slot.slot, patient, booked_by, "Booked online");
    let before = audit_events(&world).await?.len();
    let emis = world.practice.client().await?;
    for answer in [
        // {"error":…}
        FalseAnswer::OAuthError,
        FalseAnswer::ErrorObject,
        FalseAnswer::EmptyBody,
    ] {
        let fault = SimFault::Instead(answer);
        world
            .sim
            .faults()
            .next(SimOperation::BookAppointment, fault);
        let error = emis.appointments().book_appointment(&booking).await;
        let error = error.err().ok_or("the answer was believed")?;
        assert!(error.is_ambiguous() && error.http_status() == Some(200));
    }
    let fault = SimFault::Instead(FalseAnswer::ErrorObject);
    world
        .sim
        .faults()
        .next(SimOperation::GetPatientDemographics, fault);
    let read = emis.patient().get_patient_demographics(patient).await;
    assert!(read.is_err());

    let events = audit_events(&world).await?.split_off(before);
    let kinds: Vec<_> = events.iter().map(|event| event.kind().as_str()).collect();
    let (begun, settled) = ("emis.write.begun", "emis.write.settled");
    assert_eq!(
        kinds,
        [begun, settled, begun, settled, begun, settled, "emis.read"]
    );
    for event in &events {
        assert_eq!(event.outcome(), AuditEventOutcome::Unknown);
        let answered = event.kind().as_str() != begun;
        assert_eq!(event.details().get("status").is_some(), answered);
    }
    Ok(())
}
