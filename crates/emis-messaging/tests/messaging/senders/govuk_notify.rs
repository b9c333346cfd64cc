//! GOV.UK Notify.

use std::error::Error as _;
use std::time::Duration;

use emis_messaging::senders::testing::SenderFault;
use emis_messaging::senders::{GovUkNotifyKey, GovUkNotifyRefusal, SenderSetupErrorKind};
use emis_messaging::{
    DeliveryFailure, Message, MessageBody, MessageKind, MessageReference, MessageState, Notifier,
    NotifyError, NotifyErrorKind as Kind,
};
use jiff::SignedDuration;

use super::support::{GovUk, email, is_punctual, practice, service, text};

emis_messaging::sender_contract!(GovUk::start);

fn refusal(error: &NotifyError) -> Option<GovUkNotifyRefusal> {
    error.source()?.downcast_ref().copied()
}

#[tokio::test]
async fn texts_and_emails_arrive_as_they_were_written() {
    let it = GovUk::start().await;
    let sms = text("07700 900123", "Your appointment is at 9:30am.");
    let mail = email(
        "a@example.com",
        "Your appointment",
        "Dear patient,\n\nIt is at 9:30am.",
    );
    let sent = it.sender.send(&sms).await.unwrap();
    it.sender.send(&mail).await.unwrap();
    let messages = it.double.messages();
    assert_eq!(messages.len(), 2);
    assert_eq!(sent.id, Some(messages[0].id.to_string()));
    assert_eq!(messages[0].to.expose(), "+447700900123");
    assert_eq!(messages[0].body.expose(), "Your appointment is at 9:30am.");
    assert_eq!(messages[1].kind, "email");
    assert_eq!(messages[1].subject.as_deref(), Some("Your appointment"));
    assert_eq!(
        messages[1].body.expose(),
        "Dear patient,\n\nIt is at 9:30am."
    );
}

#[tokio::test]
async fn a_template_of_the_service_is_filled() {
    let it = GovUk::start().await;
    let id = it.double.service_id();
    let template = it
        .double
        .add_template(id, "sms", None, "At ((time)) with us");
    let body = |names: &[&str]| MessageBody::Template {
        id: template.to_string(),
        personalisation: names
            .iter()
            .map(|name| ((*name).to_owned(), "9:30am".to_owned().into()))
            .collect(),
    };
    let message = |body| {
        let to = text("07700 900123", "").contact().unwrap().clone();
        let reference = MessageReference::random();
        Message::new(practice(), MessageKind::Reminder, to, body, reference)
    };
    it.sender.send(&message(body(&["time"]))).await.unwrap();
    assert_eq!(it.double.messages()[0].body.expose(), "At 9:30am with us");
    // A placeholder without a value is a mistake of the setup, not of the contact.
    let error = it.sender.send(&message(body(&[]))).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Rejected);
    assert_eq!(refusal(&error), Some(GovUkNotifyRefusal::Setup));
}

#[tokio::test]
async fn each_practice_uses_its_own_key_and_templates() {
    let it = GovUk::start().await;
    let own = it.double.add_service();
    let of_double = service(&it.double, own);
    it.sender.set_practice_service(practice(), Some(of_double));
    it.sender.send(&text("07700 900123", "one")).await.unwrap();
    it.sender.set_practice_service(practice(), None);
    it.sender.send(&text("07700 900123", "two")).await.unwrap();
    let of: Vec<_> = it
        .double
        .messages()
        .into_iter()
        .map(|it| (it.service_id, it.body.into_exposed()))
        .collect();
    assert_eq!(of.len(), 2);
    assert!(of.contains(&(own, "one".to_owned())));
    assert!(of.contains(&(it.double.service_id(), "two".to_owned())));
}

#[tokio::test]
async fn a_practice_without_a_service_sends_nothing() {
    let it = GovUk::with(|builder, _| builder).await;
    let error = it
        .sender
        .send(&text("07700 900123", "one"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Rejected);
    assert!(it.double.messages().is_empty());
}

#[tokio::test]
async fn both_limits_are_told_apart() {
    let it = GovUk::start().await;
    it.double.fail_next(SenderFault::RateLimit);
    it.double.fail_next(SenderFault::DailyLimit);
    let message = text("07700 900123", "one");
    let minute = it.sender.send(&message).await.unwrap_err();
    let day = it.sender.send(&message).await.unwrap_err();
    assert_eq!(refusal(&minute), Some(GovUkNotifyRefusal::RateLimit));
    assert_eq!(minute.retry_after(), Some(Duration::from_secs(60)));
    assert_eq!(refusal(&day), Some(GovUkNotifyRefusal::DailyLimit));
    // It is 8:00 UTC, and the day's limits are reset at midnight UTC.
    assert_eq!(day.retry_after(), Some(Duration::from_secs(16 * 60 * 60)));
}

#[tokio::test]
async fn tokens_are_dated_by_the_clock_and_signed_with_the_key() {
    let it = GovUk::start().await;
    let message = text("07700 900123", "one");
    // The double shares the sender's clock: a token made for each request is accepted at any time.
    it.clock.advance(SignedDuration::from_hours(48));
    it.sender.send(&message).await.unwrap();
    let other_secret = it.double.api_key(it.double.add_service());
    let ours = it.double.service_id().to_string();
    let key: GovUkNotifyKey = format!("x-{ours}-{}", &other_secret[other_secret.len() - 36..])
        .parse()
        .unwrap();
    let template = it
        .double
        .template_id(it.double.service_id(), "sms")
        .unwrap();
    let wrong = emis_messaging::senders::GovUkNotifyService::new(key).sms_template(template);
    it.sender.set_practice_service(practice(), Some(wrong));
    let error = it.sender.send(&message).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Temporary);
    assert!(error.is_of_sender());
    assert_eq!(refusal(&error), Some(GovUkNotifyRefusal::Credentials));
}

#[tokio::test]
async fn an_unreachable_service_was_sent_nothing() {
    let it = GovUk::with(|builder, double| {
        // Nothing listens on the port of a service that stopped.
        builder
            .base_url("http://127.0.0.1:9".parse().unwrap())
            .service(service(double, double.service_id()))
    })
    .await;
    let error = it
        .sender
        .send(&text("07700 900123", "one"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Temporary);
    assert!(error.is_of_sender());
}

#[tokio::test]
async fn a_mistake_of_the_setup_does_not_blame_the_contact() {
    let it = GovUk::start().await;
    // The double's 400 is a `BadRequestError`, as of a service in trial mode.
    it.double.fail_next(SenderFault::Status(400));
    let error = it
        .sender
        .send(&text("07700 900123", "one"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Rejected);
    assert!(error.is_of_sender());
}

#[tokio::test]
async fn a_text_longer_than_notify_sends_is_not_handed_over() {
    let it = GovUk::start().await;
    let longest = text("07700 900123", &"a".repeat(918));
    it.sender.send(&longest).await.unwrap();
    let longer = text("07700 900123", &"a".repeat(919));
    let error = it.sender.send(&longer).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Rejected);
    assert!(!error.is_of_sender());
    assert_eq!(it.double.messages().len(), 1);
}

#[tokio::test]
async fn a_found_message_has_its_state() {
    let it = GovUk::start().await;
    let message = text("07700 900003", "one");
    it.sender.send(&message).await.unwrap();
    let find = || it.sender.find(message.practice(), message.reference());
    assert_eq!(find().await.unwrap().unwrap().state, MessageState::Accepted);
    it.double.settle_all();
    let found = find().await.unwrap().unwrap();
    assert_eq!(found.state, MessageState::Failed);
    assert_eq!(found.failure, Some(DeliveryFailure::Unreached));
    let other = it
        .sender
        .find(message.practice(), MessageReference::random());
    assert_eq!(other.await.unwrap(), None);
}

#[tokio::test]
async fn a_message_is_found_after_its_practice_got_a_service_of_its_own() {
    let it = GovUk::start().await;
    it.double.fail_next(SenderFault::HangUpAfterCommit);
    let message = text("07700 900123", "one");
    it.sender.send(&message).await.unwrap_err();
    let own = service(&it.double, it.double.add_service());
    it.sender.set_practice_service(practice(), Some(own));
    let found = it
        .sender
        .find(message.practice(), message.reference())
        .await;
    assert!(found.unwrap().is_some());
}

#[tokio::test]
async fn templates_are_checked_without_sending() {
    let it = GovUk::start().await;
    it.sender.check_templates(&practice()).await.unwrap();
    let id = it.double.service_id();
    let other = it
        .double
        .add_template(id, "sms", None, "Words without a placeholder");
    for wrong in [other, uuid::Uuid::nil()] {
        let service = service(&it.double, id).sms_template(wrong);
        it.sender.set_practice_service(practice(), Some(service));
        let error = it.sender.check_templates(&practice()).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Rejected);
    }
    assert!(it.double.messages().is_empty());
}

#[test]
fn a_key_is_read_from_its_end() {
    let uuids = "26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0";
    for name in ["my_test_key", "reminders-live-2026", "é"] {
        let key: GovUkNotifyKey = format!(" {name}-{uuids}\n").parse().unwrap();
        assert_eq!(key.name(), name);
        assert_eq!(key.service_id().to_string(), uuids[..36]);
        assert!(!format!("{key:?}").contains("3d844edf"));
    }
    for wrong in [
        "",
        "-",
        uuids,
        &format!("-{uuids}"),
        &uuids[..40],
        "name-1-2",
    ] {
        let error = wrong.parse::<GovUkNotifyKey>().unwrap_err();
        assert_eq!(error.kind(), SenderSetupErrorKind::Key);
    }
}

#[tokio::test]
async fn a_message_is_not_sent_after_its_time() {
    is_punctual(&GovUk::start().await, text("07700 900123", "one")).await;
}
