//! Callbacks: who sent them, and what they say.

use emis_messaging::senders::{
    CallbackErrorKind, GovUkNotifyCallbacks, NhsNotifyCallbacks, NhsReceipt,
};
use emis_messaging::{Contact, DeliveryFailure, MessageState, Notifier, NotifyErrorKind};
use emis_settings::Channel;
use emis_types::Clock;
use http::HeaderMap;
use jiff::SignedDuration;
use proptest::prelude::*;

use super::support::{GovUk, Nhs, practice, text, to_patient};

fn govuk(it: &GovUk) -> GovUkNotifyCallbacks {
    GovUkNotifyCallbacks::new(it.double.callback_token().to_owned().into())
}

#[tokio::test]
async fn receipts_tell_the_end_of_a_message() {
    let it = GovUk::start().await;
    let expected = [
        ("07700 900123", MessageState::Delivered, None),
        (
            "07700 900002",
            MessageState::Failed,
            Some(DeliveryFailure::Refused),
        ),
        (
            "07700 900003",
            MessageState::Failed,
            Some(DeliveryFailure::Unreached),
        ),
    ];
    let mut messages = Vec::new();
    for (to, ..) in expected {
        let message = text(to, "one");
        let sent = it.sender.send(&message).await.unwrap();
        messages.push((message.reference(), sent.id));
    }
    // The number of a smoke test has no receipt.
    it.sender.send(&text("07700 900111", "one")).await.unwrap();
    let receipts = it.double.settle_all();
    assert_eq!(receipts.len(), 3);
    for (n, callback) in receipts.iter().enumerate() {
        let receipt = govuk(&it)
            .receipt(&callback.headers, &callback.body)
            .unwrap();
        assert_eq!(receipt.reference, Some(messages[n].0));
        assert_eq!(receipt.sender_id, messages[n].1);
        assert_eq!(
            (receipt.state, receipt.failure),
            (expected[n].1, expected[n].2)
        );
    }
    assert!(it.double.settle_all().is_empty());
}

#[tokio::test]
async fn a_technical_failure_is_no_fault_of_the_contact() {
    let it = GovUk::start().await;
    it.sender.send(&text("07700 900123", "one")).await.unwrap();
    let id = it.double.messages()[0].id;
    let callback = it.double.settle(id, "technical-failure").unwrap();
    let receipt = govuk(&it)
        .receipt(&callback.headers, &callback.body)
        .unwrap();
    assert_eq!(receipt.failure, Some(DeliveryFailure::Technical));
}

#[tokio::test]
async fn a_reply_names_the_mobile_that_it_came_from() {
    let it = GovUk::start().await;
    let callback = it.double.receive_text("447700900123", "CANCEL 7834");
    let read = govuk(&it).inbound_text(&callback.headers, &callback.body);
    let text = read.unwrap().unwrap();
    assert_eq!(text.from, Contact::Sms("07700 900123".parse().unwrap()));
    assert_eq!(text.text.expose(), "CANCEL 7834");
    assert!(!format!("{text:?}").contains("7834"));
    // A short code is no patient.
    let callback = it.double.receive_text("60777", "You have won");
    let read = govuk(&it).inbound_text(&callback.headers, &callback.body);
    assert_eq!(read.unwrap(), None);
}

#[tokio::test]
async fn a_callback_of_another_is_refused() {
    let it = GovUk::start().await;
    let callback = it.double.receive_text("447700900123", "CANCEL");
    let reader = govuk(&it);
    let none = reader
        .receipt(&HeaderMap::new(), &callback.body)
        .unwrap_err();
    assert_eq!(
        (none.kind(), none.status()),
        (CallbackErrorKind::Unauthenticated, 401)
    );
    for wrong in [
        "Bearer",
        "Bearer x",
        "invented-callback-token",
        "Bearer invented-callback-tokex",
    ] {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", wrong.parse().unwrap());
        let error = reader.inbound_text(&headers, &callback.body).unwrap_err();
        assert_eq!(
            (error.kind(), error.status()),
            (CallbackErrorKind::Forbidden, 403)
        );
    }
    let malformed = reader.receipt(&callback.headers, b"{}").unwrap_err();
    assert_eq!(malformed.status(), 400);
}

fn nhs(it: &Nhs) -> NhsNotifyCallbacks {
    let (application, key) = it.double.callback_secrets();
    NhsNotifyCallbacks::new(application, key.to_owned().into())
}

fn read(it: &Nhs, callback: &emis_messaging::senders::testing::DoubleCallback) -> NhsReceipt {
    let receipts = nhs(it).receipts(&callback.headers, &callback.body).unwrap();
    let [receipt] = receipts.as_slice() else {
        panic!("one receipt");
    };
    receipt.clone()
}

#[tokio::test]
async fn nhs_receipts_tell_the_end_of_a_message() {
    let it = Nhs::start().await;
    let body = || emis_messaging::MessageBody::text("one");
    let message = to_patient(Channel::Sms, body());
    let sent = it.sender.send(&message).await.unwrap();
    let callbacks = it.double.settle_all();
    let delivered = read(&it, &callbacks[0]);
    assert_eq!(delivered.receipt.reference, Some(message.reference()));
    assert_eq!(delivered.receipt.sender_id, sent.id);
    assert_eq!(delivered.receipt.state, MessageState::Delivered);
    assert!(delivered.idempotency_key.is_some());
    it.double.make_unreachable("9990000018");
    it.sender
        .send(&to_patient(Channel::Sms, body()))
        .await
        .unwrap();
    let failed = read(&it, &it.double.settle_all()[0]);
    assert_eq!(failed.receipt.failure, Some(DeliveryFailure::NoContact));
    assert_ne!(failed.idempotency_key, delivered.idempotency_key);
}

#[tokio::test]
async fn an_nhs_callback_is_verified_before_it_is_read() {
    let it = Nhs::start().await;
    let message = to_patient(Channel::Sms, emis_messaging::MessageBody::text("one"));
    it.sender.send(&message).await.unwrap();
    let callback = it.double.settle_all().remove(0);
    let status = |headers: &HeaderMap, body: &[u8]| {
        nhs(&it)
            .receipts(headers, body)
            .map_err(|error| error.status())
    };
    assert_eq!(status(&HeaderMap::new(), &callback.body).unwrap_err(), 401);
    let with = |name: &'static str, value: &str| {
        let mut headers = callback.headers.clone();
        headers.insert(name, value.parse().unwrap());
        headers
    };
    assert_eq!(
        status(&with("x-api-key", "another"), &callback.body).unwrap_err(),
        401
    );
    for wrong in ["", "zz", "00", &"0".repeat(64)] {
        let headers = with("x-hmac-sha256-signature", wrong);
        assert_eq!(status(&headers, &callback.body).unwrap_err(), 403);
    }
    // One byte of the body changed.
    let mut body = callback.body.clone();
    body[20] ^= 1;
    assert_eq!(status(&callback.headers, &body).unwrap_err(), 403);
    // The signature is hexadecimal of either case.
    let signature = callback.headers["x-hmac-sha256-signature"]
        .to_str()
        .unwrap();
    let upper = with("x-hmac-sha256-signature", &signature.to_uppercase());
    status(&upper, &callback.body).unwrap();
}

#[tokio::test]
async fn a_receipt_whose_callback_was_lost_is_asked_for() {
    let it = GovUk::start().await;
    let message = text("07700 900002", "one");
    let id = it.sender.send(&message).await.unwrap().id.unwrap();
    let _ = it.double.settle_all();
    let receipt = it.sender.receipt_of(message.practice(), &id).await.unwrap();
    assert_eq!(receipt.reference, Some(message.reference()));
    assert_eq!(receipt.failure, Some(DeliveryFailure::Refused));
    for unknown in ["7a3c0000-0000-4000-8000-0000000000ff", "../templates"] {
        let error = it.sender.receipt_of(message.practice(), unknown).await;
        assert_eq!(error.unwrap_err().kind(), NotifyErrorKind::Rejected);
    }

    let it = Nhs::start().await;
    let message = to_patient(Channel::Sms, emis_messaging::MessageBody::text("one"));
    let id = it.sender.send(&message).await.unwrap().id.unwrap();
    assert_eq!(
        it.sender.receipt_of(&id).await.unwrap().state,
        MessageState::Accepted
    );
    it.double.make_unreachable("9990000018");
    let _ = it.double.settle_all();
    let receipt = it.sender.receipt_of(&id).await.unwrap();
    assert_eq!(receipt.reference, Some(message.reference()));
    assert_eq!(receipt.failure, Some(DeliveryFailure::NoContact));
    for unknown in ["2WL3qFTEFM0qMY8xjRbt1LIKCzM", "../accounts", ""] {
        let error = it.sender.receipt_of(unknown).await.unwrap_err();
        assert_eq!(error.kind(), NotifyErrorKind::Rejected);
    }
}

#[tokio::test]
async fn replies_whose_callbacks_were_lost_are_asked_for() {
    let it = GovUk::start().await;
    let from = it.clock.now();
    for n in 0..600 {
        it.clock.advance(SignedDuration::from_secs(1));
        it.double
            .receive_text("447700900123", &format!("CANCEL {n}"));
    }
    it.double.receive_text("60777", "You have won");
    let since = |seconds| from + SignedDuration::from_secs(seconds);
    let read = async |since| {
        let texts = it.sender.received_texts(&practice(), since).await.unwrap();
        let words = texts.into_iter().map(|it| it.text.into_exposed());
        words.collect::<Vec<_>>()
    };
    // More than two pages, oldest first.
    let all = read(since(0)).await;
    assert_eq!(all.len(), 600);
    assert_eq!(
        (all[0].as_str(), all[599].as_str()),
        ("CANCEL 0", "CANCEL 599")
    );
    assert_eq!(read(since(600)).await, ["CANCEL 599"]);
    assert!(read(since(601)).await.is_empty());
}

proptest! {
    /// A body that is no callback is refused, and never panics, and so is any other signature.
    #[test]
    fn any_callback_is_read_or_refused(
        body in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..200),
            r#"\{"(id|data|status|reference)":("[a-z0-9-]{0,36}"|\[\]|null|[0-9]{1,9})\}"#
                .prop_map(String::into_bytes),
        ],
        signature in "[0-9a-zA-Z]{0,70}",
    ) {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", "Bearer token".parse().unwrap());
        headers.insert("x-api-key", "token".parse().unwrap());
        headers.insert("x-hmac-sha256-signature", signature.parse().unwrap());
        let govuk = GovUkNotifyCallbacks::new("token".to_owned().into());
        prop_assert!(govuk.receipt(&headers, &body).is_err_and(|it| it.status() == 400));
        prop_assert!(govuk.inbound_text(&headers, &body).is_err_and(|it| it.status() == 400));
        let nhs = NhsNotifyCallbacks::new("app", "token".to_owned().into());
        prop_assert!(nhs.receipts(&headers, &body).is_err_and(|it| it.status() == 403));
    }
}
