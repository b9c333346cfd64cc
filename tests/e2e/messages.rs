//! Messages through the facade: receipts of reminders, confirmations, invitations, cancelled
//! sessions, and a plan that sends nothing.

use emis_partner::audit::{Actor, Provenance};
use emis_partner::booking::{
    BookingOutcome, BookingRequest, InvitationBatch, InviteOutcome, LinkAllowance, LinkChange,
};
use emis_partner::messaging::{
    CancellationResult, Contact, DeliveryFailure, DeliveryReceipt, InboundText, MessageKind,
    MessageReference, MessageState, NotifyErrorKind, PartPrice, TaskKind, TemplateProblem,
};
use emis_partner::reminders::{NewsOutcome, SuppressionReason};
use emis_partner::settings::{Channel, PatientAction, ReminderSettings, Template};
use emis_partner::types::{Clock, PatientNumber};
use jiff::SignedDuration;

use crate::support::{Failure, World, known};

/// The time between two runs.
const RUN: SignedDuration = SignedDuration::from_mins(15);

fn failed(reference: MessageReference) -> DeliveryReceipt {
    DeliveryReceipt::of_reference(reference, MessageState::Failed)
        .failed(DeliveryFailure::Unreached)
}

/// Patients of a run who got a text message and have an email address too.
async fn reminded(world: &World) -> Result<Vec<(MessageReference, i32)>, Failure> {
    for person in world.sim.practice().patients() {
        let address = format!("patient.{}@example.com", person.patient_number);
        let emis = world.sim.practice();
        emis.set_email(person.patient_number, &address)?;
    }
    let run = world.practice.reminders().send_due().await?;
    let sent = run.sent.iter().filter(|it| it.channel == Channel::Sms);
    Ok(sent
        .map(|it| (it.reference, it.appointment.patient.get()))
        .collect())
}

#[tokio::test]
async fn a_failed_receipt_frees_a_reminder_for_another_contact() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let sent = reminded(&world).await?;
    let [(lost, patient), (delivered, _), ..] = sent[..] else {
        return Err("too few reminders".into());
    };
    let record = world.practice.messages().find(lost).await?;
    let entry = record.ok_or("the ledger has no such message")?.entry;
    assert_eq!(entry.kind, MessageKind::Reminder);
    assert_eq!(entry.topics[0].patient.get(), patient);

    // Receipts come twice, and in any order: a delivery is not undone.
    let arrived = DeliveryReceipt::of_reference(delivered, MessageState::Delivered);
    assert!(world.partner.record_receipt(&arrived).await?);
    assert!(!world.partner.record_receipt(&failed(delivered)).await?);
    assert!(world.partner.record_receipt(&failed(lost)).await?);
    assert!(!world.partner.record_receipt(&failed(lost)).await?);
    let before = world.outbox.messages().len();

    world.clock.advance(RUN);
    let next = world.practice.reminders().send_due().await?;
    let again: Vec<_> = next
        .sent
        .iter()
        .filter(|it| it.appointment.patient.get() == patient)
        .collect();
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].channel, Channel::Email);
    assert_ne!(again[0].reference, lost);
    let messages = world.outbox.messages().split_off(before);
    assert!(messages.iter().all(|it| it.reference() != delivered));
    world.clock.advance(RUN);
    let last = world.practice.reminders().send_due().await?;
    assert!(
        last.sent
            .iter()
            .all(|it| it.appointment.patient.get() != patient)
    );
    Ok(())
}

async fn booked(world: &World) -> Result<PatientNumber, Failure> {
    let slot = world.offered_slot().await?;
    let person = world.free_patients().next().ok_or("no patient is free")?;
    let emis = world.sim.practice();
    emis.set_mobile(person.patient_number, "07700 900123")?;
    let (patient, identity) = known(&person)?;
    let request = BookingRequest::new(slot.choice(), patient, identity);
    let outcome = world.practice.booking().book(&request).await?;
    assert!(matches!(outcome, BookingOutcome::Confirmed(_)));
    Ok(patient)
}

#[tokio::test]
async fn a_booking_is_confirmed_once_and_the_notice_acknowledged() -> Result<(), Failure> {
    let world = World::healthy().await?;
    booked(&world).await?;
    // The answer of the sender is lost: the message may have been sent.
    world.outbox.fail_next(NotifyErrorKind::Unknown);
    let booking = world.practice.booking();
    let lost = booking.tell_patients().await?;
    assert_eq!((lost.told.len(), lost.left.len()), (0, 1));
    assert_eq!(booking.notices().await?.len(), 1);
    world.clock.advance(RUN);
    let told = booking.tell_patients().await?;
    assert_eq!(told.told, lost.left);
    assert_eq!(booking.notices().await?, []);
    assert_eq!(booking.tell_patients().await?.told, []);
    let messages = world.outbox.messages();
    assert_eq!(messages.len(), 1, "under one reference");
    assert_eq!(messages[0].kind(), MessageKind::BookingConfirmed);
    let text = messages[0].body().expose_text().unwrap_or_default();
    assert!(text.starts_with("Your appointment with "), "{text}");
    assert!(
        text.contains(" is booked for Wednesday 3 June at "),
        "{text}"
    );
    Ok(())
}

#[tokio::test]
async fn a_patient_without_contact_becomes_a_task() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let patient = booked(&world).await?;
    let emis = world.sim.practice();
    emis.set_mobile(patient.get(), "")?;
    emis.set_email(patient.get(), "")?;
    let report = world.practice.booking().tell_patients().await?;
    assert_eq!(report.not_told.len(), 1);
    assert_eq!(world.practice.booking().notices().await?, []);
    let tasks = world.practice.tasks().open().await?;
    assert_eq!(tasks.len(), 1);
    assert_eq!(tasks[0].kind, TaskKind::MessageUndelivered);
    assert_eq!(tasks[0].subject.patient, Some(patient));
    assert!(world.outbox.messages().is_empty());
    Ok(())
}

#[tokio::test]
async fn an_invitation_is_sent_with_its_link_once() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let person = world.free_patients().next().ok_or("no patient is free")?;
    let emis = world.sim.practice();
    emis.set_mobile(person.patient_number, "07700 900123")?;
    let patient = PatientNumber::new(person.patient_number.into())?;
    let booking = world.practice.booking();
    let batch = InvitationBatch::new([patient], LinkAllowance::any());
    let InviteOutcome::Invited(links) = booking.invite(&batch).await? else {
        return Err("not invited".into());
    };
    for _ in 0..2 {
        let outcome = booking.send_invitation(&links[0]).await?;
        assert!(matches!(outcome, NewsOutcome::Told(_)), "{outcome:?}");
    }
    let messages = world.outbox.messages();
    assert_eq!(messages.len(), 1);
    let text = messages[0].body().expose_text().unwrap_or_default();
    let link = format!("https://book.example.com/a/{}", links[0].token.expose());
    assert!(text.ends_with(&link), "{}", text.replace(&link, "[link]"));
    let history = booking.link_history(&links[0].id).await?;
    let sent = history.iter().filter(|it| it.change == LinkChange::Sent);
    assert_eq!(sent.count(), 1);
    Ok(())
}

#[tokio::test]
async fn the_patients_of_a_cancelled_session_are_told_on_a_persons_yes() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let sent = reminded(&world).await?;
    let messages = world.outbox.messages();
    let emis = world.sim.practice();
    let mut cancelled = Vec::new();
    for message in &messages {
        if let [topic] = message.topics()
            && cancelled.len() < 6
        {
            let slot = topic.slot.ok_or("no slot")?.get();
            emis.staff_cancel(slot)?;
            cancelled.push((slot, topic.patient.get()));
        }
    }
    assert!(sent.len() >= 6);
    world.clock.advance(RUN);
    world.practice.reminders().send_due().await?;
    let before = world.outbox.messages().len();
    let tasks = world.practice.tasks().open().await?;
    let task = tasks.iter().find(|it| it.kind == TaskKind::SessionGone);
    let task = task.ok_or("no task")?;
    let reminders = world.practice.reminders();
    let draft = reminders.gone_draft(task).await?;
    assert_eq!(draft.appointments.len(), 6);
    let text = draft.text.as_ref().and_then(|it| it.expose_text());
    assert!(text.is_some_and(|text| text.ends_with(" is cancelled.")));
    assert_eq!(
        world.outbox.messages().len(),
        before,
        "a draft sends nothing"
    );

    // One of them was booked again meanwhile, and a sender fails.
    let (slot, patient) = cancelled[0];
    emis.staff_book(slot, patient)?;
    world.outbox.fail_next(NotifyErrorKind::Temporary);
    let manager = Provenance::of(Actor::user("u-117")?);
    let first = reminders.tell_gone(task).by(manager.clone()).await?;
    assert_eq!(
        (first.told.len(), first.standing.len(), first.left.len()),
        (4, 1, 1)
    );
    let second = reminders.tell_gone(task).by(manager.clone()).await?;
    assert_eq!((second.told.len(), second.left.len()), (5, 0));
    let told = world.outbox.messages().split_off(before);
    assert_eq!(told.len(), 5);
    assert!(
        told.iter()
            .all(|it| it.kind() == MessageKind::BookingCancelled)
    );
    let open = world.practice.tasks().open().await?;
    assert!(open.iter().all(|it| it.kind != TaskKind::SessionGone));
    Ok(())
}

#[tokio::test]
async fn a_plan_tells_who_is_reminded_and_sends_nothing() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let reminders = world.practice.reminders();
    let plan = reminders.plan(world.clock.now()).await?;
    assert!(!plan.due.is_empty());
    assert!(world.outbox.messages().is_empty());
    assert_eq!(world.practice.messages().open().await?, []);
    let run = reminders.send_due().await?;
    let planned: usize = plan.due.iter().map(|it| it.appointments.len()).sum();
    let second_look = run.suppressed.len() - plan.suppressed.len();
    assert_eq!(planned, run.sent.len() + second_look);
    let again = reminders.plan(world.clock.now()).await?;
    assert_eq!(again.kept.len(), run.sent.len());
    let night = world
        .clock
        .now()
        .checked_add(SignedDuration::from_hours(13))?;
    let idle = reminders.plan(night).await?.idle;
    assert_eq!(idle, Some(SuppressionReason::QuietHours));
    Ok(())
}

/// What a practice sees of its own words before they are saved: parts, price and problems.
#[tokio::test]
async fn own_words_are_previewed_with_parts_and_price() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let reminders = world.practice.reminders();
    let price = PartPrice::hundredths_of_a_penny(233);
    let template = Template::new(Channel::Sms, "{{ practice }} expects you on {{ when }}.");
    let report = reminders.preview(&template, Some(price)).await?;
    assert!(report.is_good(), "{:?}", report.problems);
    let longest = report.previews.last().ok_or("no preview")?;
    assert_eq!((longest.parts, longest.price), (1, Some(233)));
    assert!(longest.text.contains(" expects you on "));
    let gap = Template::new(Channel::Sms, "Dear {{ name }}, see you on {{ when }}.");
    let report = reminders.preview(&gap, None).await?;
    assert_eq!(report.problems, [TemplateProblem::EmptyPlaceholder]);
    let old = Template::new(Channel::Sms, "See you on {day}.");
    let report = reminders.preview(&old, None).await?;
    assert_eq!(report.problems, [TemplateProblem::UnknownPlaceholder]);
    assert!(world.outbox.messages().is_empty());
    Ok(())
}

/// From the reminder to the cancellation: the code in the text is the one that the reply names.
#[tokio::test]
async fn a_patient_cancels_by_the_code_of_a_reminder() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let mut settings = ReminderSettings::default();
    settings.patient_may = PatientAction::Cancel;
    world.practice.settings().set_reminders(settings).await?;
    world.practice.reminders().send_due().await?;
    let messages = world.outbox.messages();
    let coded = messages.iter().find_map(|message| {
        let text = message.body().expose_text()?;
        let (_, code) = text.split_once("reply CANCEL ")?;
        Some((message, code.get(..4)?.to_owned()))
    });
    let (message, code) = coded.ok_or("no reminder has a code")?;
    let slot = message.topics()[0].slot.ok_or("no slot")?.get();
    let from: Contact = message.contact().ok_or("no contact")?.clone();
    let text = format!("CANCEL {code}");
    let reply = InboundText::new("in-1", from, text, world.clock.now());
    let report = world.partner.receive_reply(&reply).await?;
    assert_eq!(report.cancellations, [CancellationResult::Cancelled]);
    assert_eq!(world.sim.practice().booking_of(slot), None);
    Ok(())
}

#[tokio::test]
async fn a_template_with_a_gap_is_not_saved() -> Result<(), Failure> {
    let world = World::healthy().await?;
    let save = async |body: &str| {
        let mut settings = ReminderSettings::default();
        settings.templates = vec![Template::new(Channel::Sms, body)];
        world.practice.settings().set_reminders(settings).await
    };
    let refused = save("Dear {{ name }}, see you on {{ when }}.").await;
    let problems: Vec<_> = refused.err().ok_or("it was saved")?.problems().to_vec();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].code().as_str(), "template-placeholder-empty");
    save("{% if name %}Dear {{ name }}, see{% else %}See{% endif %} you on {{ when }}.").await?;
    Ok(())
}
