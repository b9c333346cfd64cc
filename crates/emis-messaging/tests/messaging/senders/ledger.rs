//! Senders under the ledger of messages: answers that are lost, and receipts in any order.

use std::sync::Arc;

use emis_messaging::senders::GovUkNotifyCallbacks;
use emis_messaging::senders::NhsNotifyCallbacks;
use emis_messaging::senders::testing::SenderFault;
use emis_messaging::senders::testing::contract::SenderHarness;
use emis_messaging::{
    DeliveryReceipt, MemoryMessageStore, Message, MessageBody, MessageState, Messenger, Notifier,
    SendOutcome,
};
use emis_settings::Channel;
use emis_types::ManualClock;
use jiff::SignedDuration;
use proptest::prelude::*;

use super::support::{GovUk, Nhs, practice, text, to_patient};

fn messenger(
    sender: Arc<dyn Notifier>,
    clock: &Arc<ManualClock>,
) -> (Messenger, Arc<MemoryMessageStore>) {
    let store = Arc::new(MemoryMessageStore::new(clock.clone()));
    let tasks = Arc::clone(store.tasks());
    let messenger = Messenger::new(sender, store.clone(), tasks, clock.clone());
    (messenger, store)
}

/// Sends a message at which the service fails, and again after the claim's end. The service has it
/// once, and the ledger knows.
async fn settles(
    harness: &impl SenderHarness,
    sender: Arc<dyn Notifier>,
    clock: &Arc<ManualClock>,
    message: &Message,
    fault: SenderFault,
) {
    let (messenger, store) = messenger(sender, clock);
    assert!(harness.fail_next(fault));
    let first = messenger.send(message).await.unwrap();
    assert!(
        matches!(first, SendOutcome::InDoubt),
        "{fault:?}: {first:?}"
    );
    clock.advance(SignedDuration::from_mins(10));
    let again = messenger.send(message).await.unwrap();
    assert!(
        matches!(again, SendOutcome::Done(_) | SendOutcome::Sent(_)),
        "{fault:?}: {again:?}"
    );
    let reference = message.reference().to_string();
    let taken = harness.taken().into_iter().filter(|it| it.0 == reference);
    assert_eq!(taken.count(), 1, "{fault:?}");
    let [record] = store.all().try_into().unwrap();
    assert_eq!(record.state, MessageState::Accepted);
}

const LOST: [SenderFault; 4] = [
    SenderFault::HangUp,
    SenderFault::HangUpAfterCommit,
    SenderFault::StallAfterCommit,
    SenderFault::StatusAfterCommit(500),
];

#[tokio::test]
async fn a_lost_answer_of_govuk_notify_is_settled_by_asking() {
    let it = GovUk::start().await;
    for fault in LOST {
        let message = text("07700 900123", "one");
        settles(&it, it.sender.clone(), &it.clock, &message, fault).await;
    }
}

#[tokio::test]
async fn a_lost_answer_of_nhs_notify_is_settled_by_sending_again() {
    let it = Nhs::start().await;
    for fault in LOST.into_iter().chain([SenderFault::TooEarly]) {
        let message = to_patient(Channel::Sms, MessageBody::text("one"));
        settles(&it, it.sender.clone(), &it.clock, &message, fault).await;
    }
}

/// Records receipts in an order, and returns the states of the messages at the end.
async fn recorded(
    messages: &[Message],
    sender: Arc<dyn Notifier>,
    clock: &Arc<ManualClock>,
    receipts: impl FnOnce() -> Vec<DeliveryReceipt>,
) -> Vec<MessageState> {
    let (messenger, store) = messenger(sender, clock);
    for message in messages {
        let sent = messenger.send(message).await.unwrap();
        assert!(matches!(sent, SendOutcome::Sent(_)));
    }
    for receipt in receipts() {
        messenger.record_receipt(&receipt).await.unwrap();
    }
    let all = store.all();
    let state = |message: &Message| {
        let mut records = all.iter();
        let of_message = records.find(|it| it.entry.reference == message.reference());
        of_message.unwrap().state
    };
    messages.iter().map(state).collect()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Receipts of both services come in any order and twice; each message ends in its last state.
    #[test]
    fn receipts_in_any_order_end_in_the_last_state(order in Just((0..8_usize).collect::<Vec<_>>()).prop_shuffle()) {
        runtime().block_on(async {
            let it = GovUk::start().await;
            let numbers = ["07700 900123", "07700 900002"];
            let messages = numbers.map(|number| text(number, "one"));
            let reader = GovUkNotifyCallbacks::new(it.double.callback_token().to_owned().into());
            let states = recorded(&messages, it.sender.clone(), &it.clock, || {
                let mut all = Vec::new();
                for message in it.double.messages() {
                    all.extend(it.double.settle(message.id, "sending"));
                }
                all.extend(it.double.settle_all());
                // Eight receipts: each of the four twice.
                let twice = [all.clone(), all].concat();
                let pick = |n: &usize| reader.receipt(&twice[*n].headers, &twice[*n].body).unwrap();
                order.iter().map(pick).collect()
            })
            .await;
            assert_eq!(states, [MessageState::Delivered, MessageState::Failed]);

            let it = Nhs::start().await;
            let messages = [(); 4].map(|()| to_patient(Channel::Sms, MessageBody::text("one")));
            let (application, key) = it.double.callback_secrets();
            let reader = NhsNotifyCallbacks::new(application, key.to_owned().into());
            let states = recorded(&messages, it.sender.clone(), &it.clock, || {
                let all = it.double.settle_all();
                let twice = [all.clone(), all].concat();
                let read = |n: &usize| reader.receipts(&twice[*n].headers, &twice[*n].body).unwrap();
                order.iter().flat_map(read).map(|it| it.receipt).collect()
            })
            .await;
            assert_eq!(states, [MessageState::Delivered; 4]);
        });
    }
}

#[tokio::test]
async fn a_receipt_of_another_system_is_no_message_of_ours() {
    let it = GovUk::start().await;
    let (messenger, _) = messenger(it.sender.clone(), &it.clock);
    let stranger = text("07700 900123", "one");
    it.sender.send(&stranger).await.unwrap();
    let callback = it.double.settle_all().remove(0);
    let reader = GovUkNotifyCallbacks::new(it.double.callback_token().to_owned().into());
    let receipt = reader.receipt(&callback.headers, &callback.body).unwrap();
    assert!(!messenger.record_receipt(&receipt).await.unwrap());
    let doubts = messenger.settle_doubts(&practice()).await.unwrap();
    assert_eq!(doubts, Default::default());
}
