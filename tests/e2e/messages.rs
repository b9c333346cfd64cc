//! Messages through the facade: receipts of reminders, confirmations, invitations, cancelled
//! sessions, and a plan that sends nothing.

use emis_partner::audit::{Actor, Provenance};
use emis_partner::booking::{
    BookingOutcome, BookingRequest, CancelOutcome, InvitationBatch, InviteOutcome, LinkAllowance,
    LinkChange, LinkRefusal, LinkToken,
};
use emis_partner::messaging::{
    CancellationResult, Contact, DeliveryFailure, DeliveryReceipt, InboundText, MessageKind,
    MessageReference, MessageState, NotifyErrorKind, PartPrice, TaskKind, TemplateProblem,
};
use emis_partner::reminders::{NewsOutcome, SuppressionReason};
use emis_partner::settings::{
    Channel, ConfirmationKind, PatientAction, ReminderSettings, Template,
};
use emis_partner::types::{Clock, PatientNumber};
use emis_test_support::LeakNet;
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

/// Sets that patients may act on their appointments, and returns the world.
async fn acting(may: PatientAction) -> Result<World, Failure> {
    let world = World::healthy().await?;
    let mut settings = ReminderSettings::default();
    settings.patient_may = may;
    world.practice.settings().set_reminders(settings).await?;
    Ok(world)
}

/// Returns the token of the link in a text.
fn token_in(text: &str) -> Option<LinkToken> {
    let (_, token) = text.split_once("https://book.example.com/a/")?;
    token.get(..43)?.parse().ok()
}

/// From the reminder to the cancellation by its link, which the text alone holds.
#[tokio::test]
async fn a_patient_cancels_by_the_link_of_a_reminder() -> Result<(), Failure> {
    let world = acting(PatientAction::Cancel).await?;
    let run = world.practice.reminders().send_due().await?;
    assert!(run.is_clean());
    let messages = world.outbox.messages();
    let linked = messages.iter().find_map(|message| {
        let [topic] = message.topics() else {
            return None;
        };
        Some((*topic, token_in(message.body().expose_text()?)?))
    });
    let (topic, token) = linked.ok_or("no reminder has a link")?;
    let emis = world.sim.practice();
    let slot = topic.slot.ok_or("no slot")?;
    let person = emis.patient(topic.patient.get()).ok_or("no patient")?;
    let booking = world.practice.booking();
    let link = booking.invitation(&token);
    let stranger = link.appointment(person.dob.tomorrow()?).await?;
    assert_eq!(stranger.refusal(), Some(LinkRefusal::WrongIdentity));
    let own = link.appointment(person.dob).await?;
    let own = own.allowed().ok_or("it is not shown")?;
    assert_eq!((own.appointment.slot, own.not_cancelled), (slot, None));
    let view = link.open().await?.allowed().ok_or("it does not open")?;
    assert_eq!((view.books, view.allowance.moves), (false, 0));
    let cancelled = link.cancel(person.dob).await?;
    assert_eq!(cancelled.allowed(), Some(CancelOutcome::Cancelled));
    assert_eq!(emis.booking_of(slot.get()), None);

    // The token is in the text alone.
    let secret = token.expose();
    let mut log = Vec::new();
    world.practice.audit().export(&mut log).await?;
    assert!(!String::from_utf8(log)?.contains(&secret));
    for sent in &run.sent {
        let record = world.practice.messages().find(sent.reference).await?;
        assert!(!format!("{record:?} {sent:?}").contains(&secret));
    }
    let net = LeakNet::new([secret]).map_err(|error| -> Failure { error })?;
    assert!(world.heard.check(&net).is_ok());
    Ok(())
}

/// Counts the entries of the audit log that hold a word.
async fn in_trail(world: &World, word: &str) -> Result<usize, Failure> {
    let mut log = Vec::new();
    world.practice.audit().export(&mut log).await?;
    let log = String::from_utf8(log)?;
    Ok(log.lines().filter(|line| line.contains(word)).count())
}

/// No link is made where the practice decides on cancellations, and none stays of a message that was
/// not sent.
#[tokio::test]
async fn a_link_is_made_for_a_message_that_is_sent_alone() -> Result<(), Failure> {
    for may in [PatientAction::Nothing, PatientAction::Ask] {
        let world = acting(may).await?;
        world.practice.reminders().send_due().await?;
        let messages = world.outbox.messages();
        let mut texts = messages.iter().filter_map(|it| it.body().expose_text());
        assert!(texts.all(|text| !text.contains("https://")));
    }
    let world = acting(PatientAction::Move).await?;
    world.practice.reminders().plan(world.clock.now()).await?;
    assert_eq!(in_trail(&world, "invitation.made").await?, 0);
    // The first message is refused for good, and its patient has no other contact.
    world.outbox.fail_next(NotifyErrorKind::Permanent);
    world.clock.advance(RUN);
    world.practice.reminders().send_due().await?;
    let messages = world.outbox.messages();
    let linked = messages.iter().filter(|message| {
        let text = message.body().expose_text().unwrap_or_default();
        token_in(text).is_some()
    });
    let (made, revoked) = (
        in_trail(&world, "invitation.made").await?,
        in_trail(&world, "revoked").await?,
    );
    assert_eq!((made, revoked), (linked.count() + 1, 1));
    Ok(())
}

/// A confirmation in the practice's own words, with the link to its appointment; and in those that
/// ship where the practice has none.
#[tokio::test]
async fn a_confirmation_has_the_practices_own_words() -> Result<(), Failure> {
    let world = acting(PatientAction::Cancel).await?;
    let save = async |body: &str| {
        let mut settings = ReminderSettings::default();
        settings.patient_may = PatientAction::Cancel;
        let own = vec![Template::new(Channel::Sms, body)];
        settings.confirmations.insert(ConfirmationKind::Booked, own);
        world.practice.settings().set_reminders(settings).await
    };
    let refused = save("Dear {{ name }}, booked for {{ when }}.").await;
    let problems: Vec<_> = refused.err().ok_or("it was saved")?.problems().to_vec();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].code().as_str(), "template-placeholder-empty");
    assert_eq!(problems[0].path(), "reminders.confirmations");
    save("We expect you on {{ when }}.{% if link %} See {{ link }}{% endif %}").await?;
    let patient = booked(&world).await?;
    let booking = world.practice.booking();
    booking.tell_patients().await?;
    let text = |n: usize| {
        let messages = world.outbox.messages();
        messages[n]
            .body()
            .expose_text()
            .unwrap_or_default()
            .to_owned()
    };
    assert!(text(0).starts_with("We expect you on Wednesday 3 June at "));
    let token = token_in(&text(0)).ok_or("no link")?;
    let person = world
        .sim
        .practice()
        .patient(patient.get())
        .ok_or("no patient")?;
    let cancelled = booking.invitation(&token).cancel(person.dob).await?;
    assert_eq!(cancelled.allowed(), Some(CancelOutcome::Cancelled));
    booking.tell_patients().await?;
    assert!(text(1).starts_with("Your appointment with ") && text(1).ends_with(" is cancelled."));
    Ok(())
}
