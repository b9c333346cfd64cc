//! NHS Notify.

use std::error::Error as _;
use std::time::Duration;

use emis_messaging::senders::testing::{NhsNotifyDouble, SenderFault};
use emis_messaging::senders::{
    NhsNotify, NhsNotifyKey, NhsNotifyRefusal, NhsRoutingPlan, SenderSetupErrorKind,
};
use emis_messaging::{
    Addressing, MessageBody, Notifier, NotifyError, NotifyErrorKind as Kind, RepeatSafety,
};
use emis_settings::Channel;
use emis_types::uk;
use jiff::SignedDuration;
use jiff::civil::date;

use super::support::{Nhs, clock, is_punctual, to_patient};

emis_messaging::sender_contract!(Nhs::start);

fn refusal(error: &NotifyError) -> Option<NhsNotifyRefusal> {
    error.source()?.downcast_ref().copied()
}

fn sms() -> emis_messaging::Message {
    to_patient(
        Channel::Sms,
        MessageBody::text("Your appointment is at 9:30am."),
    )
}

#[tokio::test]
async fn a_message_names_patient_practice_and_plan() {
    let it = Nhs::with(|builder| {
        builder
            .plan(Channel::Sms, NhsRoutingPlan::app_then_sms_after_4_hours())
            .plan(Channel::Email, NhsRoutingPlan::email())
            .names_practice()
            .billing_reference("reminders")
    })
    .await;
    it.sender.send(&sms()).await.unwrap();
    let body = MessageBody::email("Your appointment", "It is at 9:30am.");
    it.sender
        .send(&to_patient(Channel::Email, body))
        .await
        .unwrap();
    let messages = it.double.messages();
    let [app, email] = messages.as_slice() else {
        panic!("two messages");
    };
    assert_eq!(app.nhs_number.expose(), "9990000018");
    assert_eq!(app.originator.as_deref(), Some("A20047"));
    assert_eq!(app.routing_plan.as_u128(), 7);
    let fields: Vec<_> = app.personalisation.keys().collect();
    assert_eq!(fields, ["nhsapp_body", "sms_body"]);
    assert_eq!(
        email.personalisation["email_subject"].expose(),
        "Your appointment"
    );
    assert_eq!(
        email.personalisation["email_body"].expose(),
        "It is at 9:30am."
    );
}

#[tokio::test]
async fn a_token_is_requested_once_and_again_when_it_expires_or_is_revoked() {
    let it = Nhs::start().await;
    for _ in 0..3 {
        it.sender.send(&sms()).await.unwrap();
    }
    assert_eq!(it.double.tokens(), 1);
    // Tokens last for 599 seconds, and are replaced half a minute before.
    it.clock.advance(SignedDuration::from_secs(580));
    it.sender.send(&sms()).await.unwrap();
    assert_eq!(it.double.tokens(), 2);
    it.double.revoke_tokens();
    it.sender.send(&sms()).await.unwrap();
    assert_eq!(it.double.tokens(), 1);
    // A clock that goes back does not keep a token of the future.
    it.clock.advance(SignedDuration::from_hours(-2));
    it.sender.send(&sms()).await.unwrap();
    assert_eq!(it.double.tokens(), 2);
    assert_eq!(it.double.messages().len(), 6);
}

#[tokio::test]
async fn concurrent_messages_share_one_token() {
    let it = Nhs::start().await;
    let (a, b, c) = (sms(), sms(), sms());
    let (a, b, c) = tokio::join!(it.sender.send(&a), it.sender.send(&b), it.sender.send(&c));
    a.unwrap();
    b.unwrap();
    c.unwrap();
    assert_eq!(it.double.tokens(), 1);
}

#[tokio::test]
async fn an_unknown_application_is_refused_before_anything_is_sent() {
    let double = NhsNotifyDouble::start(clock()).await.unwrap();
    let pem = double.private_key_pem().into();
    let key = NhsNotifyKey::new("another".to_owned().into(), double.key_id(), &pem).unwrap();
    let sender = NhsNotify::builder(clock(), key)
        .host(double.host())
        .plan(Channel::Sms, NhsRoutingPlan::sms())
        .build()
        .unwrap();
    let error = sender.send(&sms()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Temporary);
    assert!(error.is_of_sender());
    assert!(double.messages().is_empty());
}

#[tokio::test]
async fn waits_are_those_that_the_service_names() {
    let it = Nhs::start().await;
    it.double.fail_next(SenderFault::RateLimit);
    let busy = it.sender.send(&sms()).await.unwrap_err();
    assert_eq!(refusal(&busy), Some(NhsNotifyRefusal::RateLimit));
    assert_eq!(busy.retry_after(), Some(Duration::from_secs(5)));
    // The first call with the reference is still being processed: it may be sent.
    it.double.fail_next(SenderFault::TooEarly);
    let message = sms();
    let early = it.sender.send(&message).await.unwrap_err();
    assert_eq!(early.kind(), Kind::Unknown);
    assert_eq!(refusal(&early), Some(NhsNotifyRefusal::TooEarly));
    assert_eq!(early.retry_after(), Some(Duration::from_secs(300)));
    it.sender.send(&message).await.unwrap();
    assert_eq!(it.double.messages().len(), 1);
}

#[tokio::test]
async fn a_setup_that_is_wrong_does_not_blame_the_patient() {
    for plan in [
        "868796f9-7ce3-4730-9f1e-23aa766edea3", // unknown
        "c8857ccf-06ec-483f-9b3a-7fc732d9ad48", // without templates
        "a3a4e55d-7a21-45a6-9286-8eb595c872a8", // with duplicates
    ] {
        let own = NhsRoutingPlan::custom(
            plan.parse().unwrap(),
            NhsRoutingPlan::sms().route(Channel::Sms).legs,
            [(
                "sms_body".to_owned(),
                emis_messaging::senders::NhsMessageField::Body,
            )],
        );
        let it = Nhs::with(|builder| builder.plan(Channel::Sms, own)).await;
        let error = it.sender.send(&sms()).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Rejected);
        assert!(error.is_of_sender());
        assert_eq!(refusal(&error), Some(NhsNotifyRefusal::Setup));
    }
}

#[tokio::test]
async fn app_messages_hold_no_link() {
    let link = || MessageBody::text("Cancel at https://book.example.com/7834");
    let it = Nhs::with(|builder| {
        builder.plan(Channel::Sms, NhsRoutingPlan::app_then_sms_after_4_hours())
    })
    .await;
    let error = it
        .sender
        .send(&to_patient(Channel::Sms, link()))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Rejected);
    assert!(it.double.messages().is_empty());
    let texts = Nhs::start().await;
    texts
        .sender
        .send(&to_patient(Channel::Sms, link()))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_text_is_limited_by_every_leg() {
    let it = Nhs::with(|builder| {
        builder
            .plan(Channel::Sms, NhsRoutingPlan::app_then_sms_after_4_hours())
            .plan(Channel::Email, NhsRoutingPlan::app())
    })
    .await;
    let long = |n: usize| MessageBody::text("a".repeat(n));
    it.sender
        .send(&to_patient(Channel::Sms, long(918)))
        .await
        .unwrap();
    it.sender
        .send(&to_patient(Channel::Email, long(5000)))
        .await
        .unwrap();
    for (channel, n) in [(Channel::Sms, 919), (Channel::Email, 5001)] {
        let error = it
            .sender
            .send(&to_patient(channel, long(n)))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Rejected);
    }
}

#[tokio::test]
async fn capabilities_state_hours_and_fallbacks() {
    let it = Nhs::with(|builder| {
        builder.plan(Channel::Sms, NhsRoutingPlan::app_then_sms_after_24_hours())
    })
    .await;
    let can = it.sender.capabilities();
    assert_eq!(can.addressing, Addressing::NhsNumber);
    assert_eq!(can.repeat, RepeatSafety::Idempotent);
    let route = can.route(Channel::Sms).unwrap();
    assert!(!route.may_carry_link());
    // Handed over on Friday at 9:00 for an appointment on Saturday at 9:00: the text fires on Monday.
    let friday = uk::zoned(date(2026, 6, 5).at(9, 0, 0, 0));
    let times = route.times(&friday);
    assert_eq!(times[0].fires_at, friday);
    assert_eq!(
        times[1].fires_at,
        uk::zoned(date(2026, 6, 8).at(8, 0, 0, 0))
    );
    // After 4 hours, a message of the morning is a text the same day.
    let four = NhsRoutingPlan::app_then_sms_after_4_hours().route(Channel::Sms);
    let thursday = uk::zoned(date(2026, 6, 4).at(9, 0, 0, 0));
    assert_eq!(
        four.times(&thursday)[1].fires_at,
        uk::zoned(date(2026, 6, 4).at(13, 0, 0, 0))
    );
    assert_eq!(can.route(Channel::Email), None);
}

#[tokio::test]
async fn a_patient_without_contact_is_told_by_the_callback() {
    let it = Nhs::start().await;
    it.double.make_unreachable("9990000018");
    it.sender.send(&sms()).await.unwrap();
    assert_eq!(it.double.settle_all().len(), 1);
    assert_eq!(it.double.messages()[0].status, "failed");
}

#[test]
fn keys_that_are_none_are_refused() {
    for pem in [
        "",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    ] {
        let pem = pem.to_owned().into();
        let error = NhsNotifyKey::new("app".to_owned().into(), "kid", &pem).unwrap_err();
        assert_eq!(error.kind(), SenderSetupErrorKind::Key);
    }
}

#[tokio::test]
async fn a_sender_without_a_plan_or_over_plain_http_is_not_built() {
    let double = NhsNotifyDouble::start(clock()).await.unwrap();
    let key = || {
        let pem = double.private_key_pem().into();
        NhsNotifyKey::new("app".to_owned().into(), "kid", &pem).unwrap()
    };
    let without = NhsNotify::builder(clock(), key()).build().unwrap_err();
    assert_eq!(without.kind(), SenderSetupErrorKind::Content);
    let plain = NhsNotify::builder(clock(), key())
        .plan(Channel::Sms, NhsRoutingPlan::sms())
        .host("http://notify.example.com".parse().unwrap())
        .build()
        .unwrap_err();
    assert_eq!(plain.kind(), SenderSetupErrorKind::Connection);
}

#[tokio::test]
async fn a_message_is_not_sent_after_its_time() {
    is_punctual(&Nhs::start().await, sms()).await;
}
