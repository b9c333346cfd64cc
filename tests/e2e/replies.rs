//! Replies through the facade: what a patient texts, done and told.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};

use emis_partner::messaging::{
    CancellationResult, Contact, InboundText, Message, MessageBody, MessageKind, MessageReference,
    MessageTopic, ReplyCode, ReplyDecision, SendOutcome, TaskKind,
};
use emis_partner::settings::PatientAction;
use emis_partner::types::Clock;
use emis_sim::{SimFault, SimOperation, SlotFacts};
use jiff::SignedDuration;

use crate::support::{Failure, TODAY, World};

const MOBILE: &str = "07700 900123";

/// Two appointments of one patient next week, and a reminder of each.
async fn reminded(world: &World, may: PatientAction) -> Result<[(SlotFacts, String); 2], Failure> {
    let emis = world.sim.practice();
    let person = emis.patient_who_can_book().ok_or("nobody can book")?;
    let free: Vec<_> = (1..14)
        .filter_map(|days| TODAY.checked_add(jiff_days(days)).ok())
        .filter_map(|day| {
            let mut slots = emis.slots_on(day).into_iter();
            slots.find(|slot| slot.patient.is_none() && slot.status == "Slot Available")
        })
        .take(2)
        .collect();
    let mut reminded = Vec::new();
    for slot in free {
        emis.staff_book(slot.slot_id, person.patient_number)?;
        let topic = MessageTopic::appointment(
            i64::from(person.patient_number).try_into()?,
            i64::from(slot.slot_id).try_into()?,
            slot.start,
        )
        .in_session(i64::from(slot.session_id).try_into()?)
        .allowing(may);
        let practice = world.practice.ods_code().clone();
        let code = ReplyCode::of(&practice, &topic).ok_or("no code")?;
        let reference = MessageReference::derive(["reminder", &slot.slot_id.to_string()]);
        let (kind, body) = (MessageKind::Reminder, MessageBody::text("a reminder"));
        let to = Contact::Sms(MOBILE.parse()?);
        let message = Message::new(practice, kind, to, body, reference).about(topic);
        let sent = world.practice.messages().send(&message).await?;
        assert!(matches!(sent, SendOutcome::Sent(_)));
        let record = world.practice.messages().find(reference).await?;
        assert_eq!(record.ok_or("no record")?.entry.topics, [topic]);
        reminded.push((slot, code.to_string()));
    }
    reminded.try_into().map_err(|_| "too few free slots".into())
}

fn jiff_days(days: i64) -> emis_partner::jiff::Span {
    use emis_partner::jiff::ToSpan;
    days.days()
}

fn inbound(world: &World, id: &str, text: &str) -> Result<InboundText, Failure> {
    let from = Contact::Sms(MOBILE.parse()?);
    Ok(InboundText::new(id, from, text, world.clock.now()))
}

fn last_text(world: &World) -> String {
    let messages = world.outbox.messages();
    let last = messages.last().and_then(|it| it.body().expose_text());
    last.unwrap_or_default().to_owned()
}

fn patient_in(world: &World, slot: &SlotFacts) -> Option<i32> {
    world.sim.practice().slot(slot.slot_id)?.patient
}

#[tokio::test]
async fn a_reply_cancels_the_appointment_that_it_names() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let [(first, _), (second, code)] = reminded(&world, PatientAction::Cancel).await?;
    let bare = inbound(&world, "in-1", "Cancel please")?;
    let asked = world.partner.receive_reply(&bare).await?;
    assert!(matches!(asked.decision, Some(ReplyDecision::AskWhich(_))));
    assert!(last_text(&world).contains(&code), "{}", last_text(&world));
    assert!(patient_in(&world, &second).is_some());

    let named = inbound(&world, "in-2", &format!("cancle {code}"))?;
    let done = world.partner.receive_reply(&named).await?;
    assert_eq!(done.cancellations, [CancellationResult::Cancelled]);
    assert_eq!(patient_in(&world, &second), None);
    assert!(patient_in(&world, &first).is_some());
    assert!(last_text(&world).ends_with("is cancelled."));
    assert_eq!(world.practice.tasks().open().await?, []);

    // The sender repeats its callback.
    let before = world.outbox.messages().len();
    let again = world.partner.receive_reply(&named).await?;
    assert_eq!((again.decision, again.tasks.len()), (None, 0));
    assert_eq!(world.outbox.messages().len(), before);
    Ok(())
}

/// Two codes in one reply are two cancellations, even if the product is stopped between its answers.
#[tokio::test]
async fn a_reply_with_two_codes_cancels_both() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let [(first, one), (second, other)] = reminded(&world, PatientAction::Cancel).await?;
    let both = inbound(&world, "in-1", &format!("cancel {one} and {other}"))?;
    let before = world.outbox.messages().len();
    {
        let mut stopped = pin!(world.partner.receive_reply(&both));
        let answered = |context: &mut Context<'_>| {
            let done = stopped.as_mut().poll(context).is_ready();
            match done || world.outbox.messages().len() > before {
                true => Poll::Ready(done),
                false => Poll::Pending,
            }
        };
        assert!(
            !poll_fn(answered).await,
            "it was stopped after its first answer"
        );
    }
    assert!(patient_in(&world, &second).is_some());
    world.clock.advance(SignedDuration::from_mins(15));
    let report = world.partner.receive_reply(&both).await?;
    assert_eq!(report.cancellations, [CancellationResult::Cancelled; 2]);
    assert_eq!(
        [&first, &second].map(|it| patient_in(&world, it)),
        [None; 2]
    );
    let messages = world.outbox.messages().split_off(before);
    assert_eq!(messages.len(), 2, "one answer about each");
    let texts = messages.iter().filter_map(|it| it.body().expose_text());
    assert!(
        texts
            .into_iter()
            .all(|text| text.ends_with("is cancelled."))
    );
    assert_eq!(world.partner.receive_reply(&both).await?.decision, None);
    Ok(())
}

#[tokio::test]
async fn a_cancellation_that_failed_is_told_to_patient_and_practice() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let [(slot, code), _] = reminded(&world, PatientAction::Cancel).await?;
    let fault = SimFault::Status(500);
    world
        .sim
        .faults()
        .next(SimOperation::CancelAppointment, fault);
    let reply = inbound(&world, "in-1", &format!("CANCEL {code}"))?;
    let report = world.partner.receive_reply(&reply).await?;
    assert_ne!(report.cancellations, [CancellationResult::Cancelled]);
    assert!(patient_in(&world, &slot).is_some());
    assert!(!last_text(&world).ends_with("is cancelled."));
    let tasks = world.practice.tasks().open().await?;
    assert_eq!(tasks, report.tasks);
    assert_eq!(tasks[0].kind, TaskKind::CancellationFailed);
    assert!(world.practice.tasks().acknowledge(tasks[0].id).await?);
    assert_eq!(world.practice.tasks().open().await?, []);
    Ok(())
}

#[tokio::test]
async fn an_opt_out_is_recorded_at_once_and_confirmed() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let [(slot, _), _] = reminded(&world, PatientAction::Nothing).await?;
    let patient = patient_in(&world, &slot).ok_or("nobody is in the slot")?;
    let reply = inbound(&world, "in-1", "STOP")?;
    for _ in 0..2 {
        world.partner.receive_reply(&reply).await?;
    }
    let excluded = world
        .practice
        .reminders()
        .exclusions_of(i64::from(patient).try_into()?)
        .await?;
    let kinds: Vec<_> = excluded.iter().map(|it| it.kind.as_str()).collect();
    assert_eq!(kinds, ["opt-out/sms"]);
    assert!(last_text(&world).contains("no more texts"));
    assert_eq!(world.outbox.messages().len(), 3);
    Ok(())
}

#[tokio::test]
async fn what_is_not_understood_is_a_task_and_cancels_nothing() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let [(slot, code), _] = reminded(&world, PatientAction::Cancel).await?;
    let text = format!("don't cancel {code}, I will be late");
    let reply = inbound(&world, "in-1", &text)?;
    let report = world.partner.receive_reply(&reply).await?;
    let task = ReplyDecision::Task(TaskKind::ReplyNotUnderstood);
    assert_eq!(report.decision, Some(task));
    assert!(patient_in(&world, &slot).is_some());
    assert_eq!(world.practice.tasks().open().await?.len(), 1);
    assert!(last_text(&world).contains("cancelled nothing"));
    Ok(())
}
