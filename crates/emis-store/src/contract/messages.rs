//! Messages: claimed before they are sent, and taken forward by receipts.

use std::sync::Arc;

use emis_audit::{AuditEventKind, AuditStore};
use emis_messaging::{
    AttemptOutcome, Contact, ContactDigest, DeliveryFailure, DeliveryReceipt, LeaseOwner,
    MemoryMessageStore, Message, MessageBody, MessageClaim, MessageEntry, MessageKind,
    MessageReference, MessageState, MessageStore, MessageTicket, MessageTopic, PracticeTask,
    TaskKind, TaskStore, TaskSubject,
};
use jiff::SignedDuration;
use jiff::civil::date;
use tokio::task::JoinSet;

use super::{Dice, by_author, ods, second};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// A lease that is over when it begins.
const NONE: SignedDuration = SignedDuration::ZERO;

fn owner(name: &str) -> LeaseOwner {
    name.parse().unwrap()
}

fn reference(n: u32) -> MessageReference {
    MessageReference::derive([n.to_string().as_str()])
}

fn contact() -> Contact {
    Contact::Sms("07700 900123".parse().unwrap())
}

fn entry(n: u32) -> MessageEntry {
    let start = date(2026, 6, 2).at(9, 30, 0, 0);
    let topic = |patient: i64| {
        MessageTopic::appointment(patient.try_into().unwrap(), "501".parse().unwrap(), start)
            .in_session("70".parse().unwrap())
            .allowing(emis_settings::PatientAction::Ask)
    };
    let (kind, body) = (MessageKind::Reminder, MessageBody::text("not kept"));
    let message = Message::new(ods("A20047"), kind, contact(), body, reference(n))
        .about(topic(41))
        .about(topic(42))
        .not_after(second(9_000));
    MessageEntry::from(&message)
}

fn accepted(id: &str) -> AttemptOutcome {
    AttemptOutcome::HandedOver {
        sender_id: Some(id.to_owned()),
        state: MessageState::Accepted,
    }
}

fn task() -> PracticeTask {
    let mut subject = TaskSubject::default();
    subject.message = Some(reference(1));
    PracticeTask::new(
        ods("A20047"),
        TaskKind::MessageUndelivered,
        subject,
        second(5),
    )
}

async fn claim<S: MessageStore>(store: &S, n: u32, lease: SignedDuration) -> MessageClaim {
    let (entry, one) = (entry(n), owner("one"));
    let claimed = store.claim_message(&entry, &one, lease, second(1));
    claimed.await.unwrap()
}

async fn granted<S: MessageStore>(store: &S, n: u32, lease: SignedDuration) -> MessageTicket {
    match claim(store, n, lease).await {
        MessageClaim::Granted(ticket) => ticket,
        other => panic!("{other:?}"),
    }
}

async fn settle<S: MessageStore>(
    store: &S,
    ticket: &MessageTicket,
    outcome: &AttemptOutcome,
) -> bool {
    let settled = store.settle_attempt(ticket, outcome, &[], by_author(), second(2));
    settled.await.unwrap()
}

/// A message is claimed by one worker, and done once it was handed over.
pub async fn a_message_is_claimed_once_and_sent_once<S: MessageStore>(store: &Arc<S>) {
    let ticket = granted(&**store, 1, HOUR).await;
    assert_eq!(claim(&**store, 1, HOUR).await, MessageClaim::Held);
    assert!(settle(&**store, &ticket, &accepted("s-1")).await);
    assert!(!settle(&**store, &ticket, &AttemptOutcome::NotSent).await);
    let done = MessageClaim::Done(MessageState::Accepted);
    assert_eq!(claim(&**store, 1, HOUR).await, done);
    granted(&**store, 2, HOUR).await;
}

/// A message that was certainly not sent may be claimed again; one that failed may not.
pub async fn a_message_not_sent_may_be_claimed_again<S: MessageStore>(store: &Arc<S>) {
    let first = granted(&**store, 1, HOUR).await;
    assert!(settle(&**store, &first, &AttemptOutcome::NotSent).await);
    let second = granted(&**store, 1, HOUR).await;
    assert_eq!(second.attempt, 2);
    // The first ticket is of no more use.
    assert!(!settle(&**store, &first, &accepted("s-1")).await);
    let refused = AttemptOutcome::Failed(DeliveryFailure::Refused);
    assert!(settle(&**store, &second, &refused).await);
    let done = MessageClaim::Done(MessageState::Failed);
    assert_eq!(claim(&**store, 1, HOUR).await, done);
    let record = store.message(&ods("A20047"), reference(1)).await.unwrap();
    assert_eq!(record.unwrap().failure, Some(DeliveryFailure::Refused));
}

/// A lease that ended without an outcome leaves doubt, which one worker takes over.
pub async fn a_lease_that_ended_leaves_doubt<S: MessageStore>(store: &Arc<S>) {
    let (practice, two) = (ods("A20047"), owner("two"));
    let take = async |n, lease| {
        let taken = store.take_over(&practice, reference(n), &two, lease, second(3));
        taken.await.unwrap()
    };
    assert_eq!(take(1, HOUR).await, None);
    let first = granted(&**store, 1, NONE).await;
    assert_eq!(claim(&**store, 1, HOUR).await, MessageClaim::InDoubt);
    assert!(store.open_messages(&practice).await.unwrap()[0].is_in_doubt());

    let taken = take(1, HOUR).await.unwrap();
    assert_eq!(take(1, HOUR).await, None);
    assert_eq!(claim(&**store, 1, HOUR).await, MessageClaim::Held);
    let open = store.open_messages(&practice).await.unwrap();
    let lease = open[0].lease.clone().unwrap();
    assert_eq!((lease.owner, lease.lapsed), (two.clone(), false));
    assert!(!settle(&**store, &first, &accepted("s-1")).await);
    assert!(settle(&**store, &taken, &accepted("s-1")).await);
    assert_eq!(store.open_messages(&practice).await.unwrap(), []);
}

/// A lease that ends later than any can was written under a wrong clock, and is over.
pub async fn a_lease_of_a_fast_clock_leaves_doubt<S: MessageStore>(store: &Arc<S>) {
    let (practice, two) = (ods("A20047"), owner("two"));
    granted(&**store, 1, HOUR * 24 * 1000).await;
    assert_eq!(claim(&**store, 1, HOUR).await, MessageClaim::InDoubt);
    assert!(store.open_messages(&practice).await.unwrap()[0].is_in_doubt());
    let taken = store
        .take_over(&practice, reference(1), &two, HOUR, second(3))
        .await;
    assert!(taken.unwrap().is_some());
    assert_eq!(claim(&**store, 1, HOUR).await, MessageClaim::Held);
}

/// A record comes back as it was told, and only to its practice.
pub async fn a_message_comes_back_as_it_was_told<S: MessageStore>(store: &Arc<S>) {
    let ticket = granted(&**store, 1, HOUR).await;
    assert!(settle(&**store, &ticket, &accepted("s-1")).await);
    let record = store.message(&ods("A20047"), reference(1)).await.unwrap();
    let record = record.unwrap();
    assert_eq!(record.entry, entry(1));
    assert_eq!(record.sender_id.as_deref(), Some("s-1"));
    assert_eq!((record.state, record.attempts), (MessageState::Accepted, 1));
    assert_eq!(
        (record.created_at, record.changed_at),
        (second(1), second(2))
    );
    let other = store.message(&ods("Y00001"), reference(1)).await.unwrap();
    assert_eq!(other, None);
    let by_id = DeliveryReceipt::of_sender_id("s-1", MessageState::Delivered);
    assert_eq!(
        store.message_of(&by_id).await.unwrap(),
        Some(record.clone())
    );

    let to = ContactDigest::of(&contact());
    assert_eq!(store.messages_to(&to, second(1)).await.unwrap(), [record]);
    assert_eq!(store.messages_to(&to, second(2)).await.unwrap(), []);
    let other = ContactDigest::of(&Contact::Sms("07700 900124".parse().unwrap()));
    assert_eq!(store.messages_to(&other, second(0)).await.unwrap(), []);
}

/// Receipts in any order, twice and late, take a message forward and never back.
pub async fn receipts_in_any_order_never_go_back<S: MessageStore>(store: &Arc<S>) {
    let states = [
        MessageState::Sending,
        MessageState::Failed,
        MessageState::Delivered,
        MessageState::Read,
    ];
    let mut dice = Dice(7);
    for n in 0..24 {
        let ticket = granted(&**store, n, HOUR).await;
        let id = format!("s-{n}");
        let mut furthest = MessageState::Claimed;
        for step in 0..8 {
            if step == dice.throw(8) {
                settle(&**store, &ticket, &accepted(&id)).await;
                furthest = furthest.max(MessageState::Accepted);
            }
            let state = dice.one_of(&states);
            let by_reference = DeliveryReceipt::of_reference(reference(n), state);
            let receipt = match dice.throw(2) {
                0 => by_reference,
                _ => DeliveryReceipt::of_sender_id(&id, state).with_reference(reference(n)),
            };
            let recorded = store
                .record_receipt(&receipt, &[], second(3))
                .await
                .unwrap();
            assert_eq!(recorded, furthest < state);
            furthest = furthest.max(state);
            let record = store.message(&ods("A20047"), reference(n)).await.unwrap();
            assert_eq!(record.unwrap().state, furthest);
        }
    }
}

/// A receipt settles doubt, and a receipt of an unknown message changes nothing.
pub async fn a_receipt_settles_doubt<S: MessageStore>(store: &Arc<S>) {
    let delivered = DeliveryReceipt::of_sender_id("s-1", MessageState::Delivered);
    let record = |receipt: DeliveryReceipt| {
        let store = Arc::clone(store);
        async move {
            store
                .record_receipt(&receipt, &[], second(3))
                .await
                .unwrap()
        }
    };
    assert!(!record(delivered.clone()).await);
    assert!(!record(delivered.clone().with_reference(reference(1))).await);
    let ticket = granted(&**store, 1, NONE).await;
    assert!(record(delivered.clone().with_reference(reference(1))).await);
    // From then on it is known by the sender's ID.
    assert!(!record(delivered).await);
    let done = MessageClaim::Done(MessageState::Delivered);
    assert_eq!(claim(&**store, 1, HOUR).await, done);
    assert!(!settle(&**store, &ticket, &AttemptOutcome::NotSent).await);
}

/// Tasks are opened with the settlement or the receipt that decides them, and not without it.
pub async fn tasks_are_opened_with_what_decides_them<S>(store: &Arc<S>)
where
    S: MessageStore + TaskStore,
{
    let practice = ods("A20047");
    let ticket = granted(&**store, 1, HOUR).await;
    assert!(settle(&**store, &ticket, &accepted("s-1")).await);
    let (refused, tasks) = (AttemptOutcome::Failed(DeliveryFailure::Refused), [task()]);
    let late = store.settle_attempt(&ticket, &refused, &tasks, by_author(), second(3));
    assert!(!late.await.unwrap());
    assert_eq!(store.tasks(&practice).await.unwrap(), []);

    let failed = DeliveryReceipt::of_reference(reference(1), MessageState::Failed)
        .failed(DeliveryFailure::Unreached);
    assert!(
        store
            .record_receipt(&failed, &tasks, second(4))
            .await
            .unwrap()
    );
    assert_eq!(store.tasks(&practice).await.unwrap(), tasks);
    let done = store.acknowledge_task(&practice, task().id, by_author(), second(9));
    assert!(done.await.unwrap());
    assert!(
        !store
            .record_receipt(&failed, &tasks, second(5))
            .await
            .unwrap()
    );
    assert_eq!(store.tasks(&practice).await.unwrap(), []);

    let ticket = granted(&**store, 2, HOUR).await;
    let mut other = task();
    other.id = emis_messaging::TaskId::random();
    let settled = store.settle_attempt(
        &ticket,
        &refused,
        std::slice::from_ref(&other),
        by_author(),
        second(3),
    );
    assert!(settled.await.unwrap());
    assert_eq!(store.tasks(&practice).await.unwrap(), [other]);
}

/// Of many concurrent claims of a message, and of many workers that take it over, one may send.
pub async fn of_many_concurrent_claims_one_may_send<S>(store: &Arc<S>)
where
    S: MessageStore + 'static,
{
    let mut claims = JoinSet::new();
    for _ in 0..12 {
        let store = Arc::clone(store);
        claims.spawn(async move { claim(&*store, 1, HOUR).await });
    }
    let claims = claims.join_all().await;
    let granted_ones = claims
        .iter()
        .filter(|it| matches!(it, MessageClaim::Granted(_)));
    assert_eq!(granted_ones.count(), 1);

    granted(&**store, 2, NONE).await;
    let mut takers = JoinSet::new();
    for _ in 0..12 {
        let store = Arc::clone(store);
        takers.spawn(async move {
            let (practice, two) = (ods("A20047"), owner("two"));
            let taken = store.take_over(&practice, reference(2), &two, HOUR, second(3));
            taken.await.unwrap()
        });
    }
    assert_eq!(takers.join_all().await.iter().flatten().count(), 1);
}

/// Any sequence of calls returns what the store in memory returns.
pub async fn it_returns_what_the_store_in_memory_returns<S: MessageStore>(store: &Arc<S>) {
    let model = MemoryMessageStore::default();
    let mut dice = Dice(20_260_602);
    let mut tickets: Vec<(MessageTicket, MessageTicket)> = Vec::new();
    for _ in 0..300 {
        let n = u32::try_from(dice.throw(6)).unwrap();
        let lease = dice.one_of(&[NONE, HOUR]);
        match dice.throw(5) {
            0 | 1 => {
                let ours = claim(&**store, n, lease).await;
                let theirs = claim(&model, n, lease).await;
                assert_eq!(ours, theirs);
                if let (MessageClaim::Granted(one), MessageClaim::Granted(other)) = (ours, theirs) {
                    tickets.push((one, other));
                }
            }
            2 => {
                let (practice, two) = (ods("A20047"), owner("two"));
                let ours = store.take_over(&practice, reference(n), &two, lease, second(1));
                let theirs = model.take_over(&practice, reference(n), &two, lease, second(1));
                let taken = (ours.await.unwrap(), theirs.await.unwrap());
                assert_eq!(taken.0, taken.1);
                if let (Some(one), Some(other)) = taken {
                    tickets.push((one, other));
                }
            }
            3 => {
                let Some((one, other)) = tickets.pop() else {
                    continue;
                };
                let outcome = match dice.throw(4) {
                    0 => AttemptOutcome::Failed(DeliveryFailure::Refused),
                    1 => accepted("s"),
                    _ => AttemptOutcome::NotSent,
                };
                let ours = settle(&**store, &one, &outcome).await;
                assert_eq!(ours, settle(&model, &other, &outcome).await);
            }
            _ => {
                let state = dice.one_of(&[MessageState::Sending, MessageState::Delivered]);
                let receipt = DeliveryReceipt::of_reference(reference(n), state);
                if dice.throw(6) > 0 {
                    continue;
                }
                let ours = store
                    .record_receipt(&receipt, &[], second(1))
                    .await
                    .unwrap();
                let theirs = model
                    .record_receipt(&receipt, &[], second(1))
                    .await
                    .unwrap();
                assert_eq!(ours, theirs);
            }
        }
    }
}

/// Each step of a message is in the audit log, without contact or text.
pub async fn each_step_is_in_the_audit_log<S>(store: &Arc<S>)
where
    S: MessageStore + AuditStore,
{
    let ticket = granted(&**store, 1, HOUR).await;
    assert!(settle(&**store, &ticket, &accepted("s-1")).await);
    let delivered = DeliveryReceipt::of_sender_id("s-1", MessageState::Delivered);
    for _ in 0..2 {
        store
            .record_receipt(&delivered, &[], second(4))
            .await
            .unwrap();
    }
    let entries = store.entries(&ods("A20047").into(), 0, 9).await.unwrap();
    let kinds: Vec<_> = entries
        .iter()
        .map(|it| it.event().unwrap().kind().clone())
        .collect();
    assert_eq!(
        kinds,
        [
            AuditEventKind::MESSAGE_CLAIMED,
            AuditEventKind::MESSAGE_SETTLED,
            AuditEventKind::MESSAGE_RECEIPT
        ]
    );
    let digest = ContactDigest::of(&contact());
    for word in ["07700", "not kept", digest.as_str()] {
        assert!(entries.iter().all(|it| !it.body().contains(word)), "{word}");
    }
}
