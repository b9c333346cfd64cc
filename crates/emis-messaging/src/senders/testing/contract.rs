//! The contract of every sender, as tests to run against a sender of your own.
//!
//! Each clause is an async function that takes a sender with a service behind it, and panics if the
//! sender breaks the clause. [`sender_contract!`](crate::sender_contract) makes a test of each.
//!
//! ```ignore
//! // In tests/contract.rs, with the feature `testing`, and `tokio` with `macros` and
//! // `rt-multi-thread`:
//! async fn fresh() -> MyHarness {
//!     MyHarness::new().await
//! }
//! emis_messaging::sender_contract!(fresh);
//! ```
//!
//! `fresh` is called once for each clause, and returns a [`SenderHarness`]: the sender, with a timeout of
//! a few seconds, and a double of its service that has taken no message.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a clause that is broken fails its test"
)]

use std::future::poll_fn;
use std::task::Poll;

use emis_settings::Channel;
use emis_types::OdsCode;

use super::fault::{SenderFault, SenderLie};
use crate::{
    Addressing, Contact, Message, MessageBody, MessageKind, MessageReference, Notifier,
    NotifyError, NotifyErrorKind as Kind, RepeatSafety, SenderCapabilities,
};

/// A sender with a double of its service.
pub trait SenderHarness: Send + Sync {
    /// Returns the sender. It gives up after a few seconds: long enough for a busy machine.
    fn sender(&self) -> &dyn Notifier;

    /// Makes the service fail at the next message. Returns `false` if its protocol knows no such
    /// fault; the clause then does without.
    fn fail_next(&self, fault: SenderFault) -> bool;

    /// Returns reference and text of every message that the service has taken, in order.
    fn taken(&self) -> Vec<(String, String)>;
}

const TEXT: &str = "Invented words for one patient only";
const LIES: [SenderLie; 5] = [
    SenderLie::Empty,
    SenderLie::WebPage,
    SenderLie::HalfJson,
    SenderLie::OtherReference,
    SenderLie::EmptyJson,
];

fn practice() -> OdsCode {
    "A20047".parse().unwrap()
}

/// Returns a message that a sender with these capabilities can send.
fn message(can: &SenderCapabilities) -> Message {
    let channel = can.routes.first().unwrap().channel;
    message_by(can.addressing, channel)
}

fn message_by(addressing: Addressing, channel: Channel) -> Message {
    let reference = MessageReference::random();
    let (contact, body) = match channel {
        Channel::Email => (
            Contact::Email("invented.patient@example.com".parse().unwrap()),
            MessageBody::email("Your appointment", TEXT),
        ),
        _ => (
            Contact::Sms("07700 900123".parse().unwrap()),
            MessageBody::text(TEXT),
        ),
    };
    let kind = MessageKind::Reminder;
    match addressing {
        Addressing::Contact => Message::new(practice(), kind, contact, body, reference),
        Addressing::NhsNumber => {
            let number = "999 000 0018".parse().unwrap();
            Message::to_patient(practice(), kind, number, channel, body, reference)
        }
    }
}

fn taken_of(harness: &impl SenderHarness, message: &Message) -> usize {
    let reference = message.reference().to_string();
    let taken = harness.taken();
    taken.iter().filter(|(of, _)| *of == reference).count()
}

/// Sends a message at which the service fails. Returns `None` if it knows no such fault.
async fn failing(
    harness: &impl SenderHarness,
    fault: SenderFault,
) -> Option<(Message, NotifyError)> {
    if !harness.fail_next(fault) {
        return None;
    }
    let message = message(harness.sender().capabilities());
    let sent = harness.sender().send(&message).await;
    Some((message, sent.unwrap_err()))
}

/// The stated capabilities are complete, and survive JSON.
pub async fn capabilities_are_plain_data(harness: &impl SenderHarness) {
    let can = harness.sender().capabilities();
    assert!(!can.name.is_empty());
    assert!(!can.routes.is_empty());
    assert!(can.routes.iter().all(|route| !route.legs.is_empty()));
    let json = serde_json::to_string(can).unwrap();
    let read: SenderCapabilities = serde_json::from_str(&json).unwrap();
    assert_eq!(read, *can);
}

/// A message is taken once, whole, under its reference.
pub async fn a_message_is_taken_once(harness: &impl SenderHarness) {
    let sender = harness.sender();
    let one = message(sender.capabilities());
    let delivery = sender.send(&one).await.unwrap();
    assert!(delivery.id.is_some_and(|id| !id.is_empty()));
    let reference = one.reference().to_string();
    assert_eq!(harness.taken(), [(reference, TEXT.to_owned())]);
    let other = message(sender.capabilities());
    sender.send(&other).await.unwrap();
    assert_eq!(harness.taken().len(), 2);
}

/// A refusal says that nothing was sent, and it is so.
pub async fn a_refused_message_was_not_sent(harness: &impl SenderHarness) {
    for fault in [
        SenderFault::Status(400),
        SenderFault::Status(403),
        SenderFault::RateLimit,
        SenderFault::DailyLimit,
    ] {
        if let Some((message, error)) = failing(harness, fault).await {
            assert!(error.kind().is_not_sent(), "{fault:?}: {error:?}");
            assert_eq!(taken_of(harness, &message), 0);
        }
    }
}

/// A limit of the account is no fault of the message or its contact, and says when to come back.
pub async fn a_limit_is_of_the_sender(harness: &impl SenderHarness) {
    for fault in [SenderFault::RateLimit, SenderFault::DailyLimit] {
        if let Some((message, error)) = failing(harness, fault).await {
            assert_eq!(error.kind(), Kind::Temporary, "{error:?}");
            assert!(error.is_of_sender() && error.retry_after().is_some());
            harness.sender().send(&message).await.unwrap();
        }
    }
}

/// An answer that is lost after the service took the message leaves the outcome unknown.
pub async fn a_lost_answer_is_unknown(harness: &impl SenderHarness) {
    for fault in [
        SenderFault::HangUpAfterCommit,
        SenderFault::StallAfterCommit,
        SenderFault::StatusAfterCommit(500),
        SenderFault::StatusAfterCommit(504),
        SenderFault::TooEarly,
    ] {
        if let Some((message, error)) = failing(harness, fault).await {
            assert_eq!(error.kind(), Kind::Unknown, "{fault:?}: {error:?}");
            assert_eq!(taken_of(harness, &message), 1);
        }
    }
}

/// An answer that is none to this message is not believed.
pub async fn a_false_answer_is_not_believed(harness: &impl SenderHarness) {
    for lie in LIES {
        for fault in [SenderFault::Lie(lie), SenderFault::LieAfterCommit(lie)] {
            if let Some((_, error)) = failing(harness, fault).await {
                assert_eq!(error.kind(), Kind::Unknown, "{fault:?}: {error:?}");
            }
        }
    }
}

/// Doubt is settled as the capabilities say, and the patient has one message.
pub async fn doubt_is_settled_as_stated(harness: &impl SenderHarness) {
    let sender = harness.sender();
    let repeat = sender.capabilities().repeat;
    for fault in [
        SenderFault::HangUp,
        SenderFault::HangUpAfterCommit,
        SenderFault::StallAfterCommit,
        SenderFault::StatusAfterCommit(500),
        SenderFault::LieAfterCommit(SenderLie::Empty),
    ] {
        let Some((message, _)) = failing(harness, fault).await else {
            continue;
        };
        let found = sender.find(&practice(), message.reference()).await;
        match repeat {
            RepeatSafety::Searchable => {
                let found = found.unwrap();
                assert_eq!(found.is_some(), fault.commits(), "{fault:?}");
                if let Some(delivery) = found {
                    assert!(delivery.id.is_some());
                } else {
                    sender.send(&message).await.unwrap();
                }
            }
            RepeatSafety::Idempotent => {
                sender.send(&message).await.unwrap();
                sender.send(&message).await.unwrap();
            }
            RepeatSafety::None => {
                assert!(found.is_err());
                continue;
            }
        }
        assert_eq!(taken_of(harness, &message), 1, "{fault:?}");
    }
}

/// Neither an error nor the sender itself prints anything of a message.
pub async fn nothing_of_a_message_prints(harness: &impl SenderHarness) {
    let mut printed = format!("{:?}", harness.sender());
    for fault in [
        SenderFault::Status(400),
        SenderFault::Status(403),
        SenderFault::RateLimit,
        SenderFault::HangUpAfterCommit,
        SenderFault::StallAfterCommit,
        SenderFault::StatusAfterCommit(500),
        SenderFault::LieAfterCommit(SenderLie::WebPage),
    ] {
        if let Some((message, error)) = failing(harness, fault).await {
            printed.push_str(&format!("{error:?} {}", error.report()));
            assert!(!printed.contains(&message.reference().to_string()));
        }
    }
    let secrets = [
        "Invented words",
        "7700",
        "900123",
        "invented.patient",
        "9990000018",
    ];
    for secret in secrets {
        assert!(!printed.contains(secret), "{secret} is in: {printed}");
    }
}

/// A call that is dropped leaves a sender that works.
pub async fn a_dropped_call_does_no_harm(harness: &impl SenderHarness) {
    let sender = harness.sender();
    let dropped = message(sender.capabilities());
    for polls in 0..4 {
        let mut call = sender.send(&dropped);
        for _ in 0..polls {
            let polled = poll_fn(|context| Poll::Ready(call.as_mut().poll(context).is_ready()));
            if polled.await {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(call);
    }
    let next = message(sender.capabilities());
    sender.send(&next).await.unwrap();
    assert_eq!(taken_of(harness, &next), 1);
}

/// A message that the sender cannot address, or of a channel that it does not serve, is not sent.
pub async fn a_message_it_cannot_address_is_not_sent(harness: &impl SenderHarness) {
    let sender = harness.sender();
    let can = sender.capabilities();
    let other = match can.addressing {
        Addressing::Contact => Addressing::NhsNumber,
        Addressing::NhsNumber => Addressing::Contact,
    };
    let mut foreign = vec![message_by(other, can.routes.first().unwrap().channel)];
    for channel in [Channel::Sms, Channel::Email] {
        if can.route(channel).is_none() {
            foreign.push(message_by(can.addressing, channel));
        }
    }
    for message in foreign {
        let error = sender.send(&message).await.unwrap_err();
        assert!(error.kind().is_not_sent() && error.kind() != Kind::Permanent);
    }
    assert!(harness.taken().is_empty());
}

/// Makes a test of every clause of the [contract](crate::senders::testing::contract).
#[macro_export]
macro_rules! sender_contract {
    ($fresh:path) => {
        $crate::sender_contract! { @clauses $fresh:
            capabilities_are_plain_data,
            a_message_is_taken_once,
            a_refused_message_was_not_sent,
            a_limit_is_of_the_sender,
            a_lost_answer_is_unknown,
            a_false_answer_is_not_believed,
            doubt_is_settled_as_stated,
            nothing_of_a_message_prints,
            a_dropped_call_does_no_harm,
            a_message_it_cannot_address_is_not_sent
        }
    };
    (@clauses $fresh:path: $($clause:ident),+) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $clause() {
                let harness = $fresh().await;
                $crate::senders::testing::contract::$clause(&harness).await;
            }
        )+
    };
}
