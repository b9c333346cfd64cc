//! The messenger: each message once, and doubt settled.

use std::sync::Arc;

use emis_audit::Provenance;
use emis_messaging::{
    AttemptOutcome, Contact, Delivery, DeliveryFailure, DeliveryReceipt, LeaseOwner,
    MemoryMessageStore, Message, MessageBody, MessageClaim, MessageEntry, MessageKind,
    MessageReference, MessageState, MessageStore, MessageTopic, Messenger, Notifier,
    NotifierFuture, NotifyError, NotifyErrorKind, Outbox, RepeatSafety, SendOutcome,
    SenderCapabilities, TaskKind,
};
use emis_types::{ManualClock, OdsCode};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

struct World {
    outbox: Arc<Outbox>,
    store: Arc<MemoryMessageStore>,
    clock: Arc<ManualClock>,
}

fn now() -> Timestamp {
    "2026-06-01T09:00:00Z".parse().unwrap()
}

fn practice() -> OdsCode {
    "A20047".parse().unwrap()
}

fn message(kind: MessageKind) -> Message {
    let to = Contact::Sms("07700 900123".parse().unwrap());
    let reference = MessageReference::derive([kind.code(), "501"]);
    Message::new(practice(), kind, to, MessageBody::text("a text"), reference)
        .about(MessageTopic::patient("41".parse().unwrap()))
        .not_after("2026-06-02T08:30:00Z".parse().unwrap())
}

fn reminder() -> Message {
    message(MessageKind::Reminder)
}

impl World {
    fn new(repeat: RepeatSafety) -> Self {
        let mut capabilities = SenderCapabilities::new("outbox");
        capabilities.repeat = repeat;
        let clock = Arc::new(ManualClock::new(now()));
        Self {
            outbox: Arc::new(Outbox::with_capabilities(capabilities)),
            store: Arc::new(MemoryMessageStore::new(clock.clone())),
            clock,
        }
    }

    /// A worker that has not seen the others.
    fn messenger(&self) -> Messenger {
        self.messenger_of(self.outbox.clone())
    }

    fn messenger_of(&self, notifier: Arc<dyn Notifier>) -> Messenger {
        let tasks = Arc::clone(self.store.tasks());
        Messenger::new(notifier, self.store.clone(), tasks, self.clock.clone())
    }

    fn sent(&self) -> usize {
        self.outbox.messages().len()
    }

    async fn state(&self, message: &Message) -> MessageState {
        let practice = practice();
        let record = self.store.message(&practice, message.reference());
        record.await.unwrap().unwrap().state
    }

    fn hour_later(&self) {
        self.clock.advance(SignedDuration::from_hours(1));
    }

    fn tasks(&self) -> Vec<TaskKind> {
        self.store.tasks().all().iter().map(|it| it.kind).collect()
    }
}

#[tokio::test]
async fn a_lost_answer_of_a_searchable_sender_is_settled_by_asking() {
    let world = World::new(RepeatSafety::Searchable);
    world.outbox.fail_next(NotifyErrorKind::Unknown);
    let outcome = world.messenger().send(&reminder()).await.unwrap();
    assert!(matches!(outcome, SendOutcome::InDoubt));
    // The call may still be under way.
    let outcome = world.messenger().send(&reminder()).await.unwrap();
    assert!(matches!(outcome, SendOutcome::Held));
    world.hour_later();
    let outcome = world.messenger().send(&reminder()).await.unwrap();
    assert!(matches!(outcome, SendOutcome::Done(MessageState::Accepted)));
    assert_eq!(world.sent(), 1);
}

#[tokio::test]
async fn a_message_that_the_sender_does_not_have_is_sent() {
    let world = World::new(RepeatSafety::Searchable);
    let (owner, entry) = (LeaseOwner::random(), MessageEntry::from(&reminder()));
    // A worker that was cut off before it sent.
    let lease = SignedDuration::from_mins(1);
    let claimed = world.store.claim_message(&entry, &owner, lease, now());
    claimed.await.unwrap();
    world.hour_later();
    let report = world.messenger().settle_doubts(&practice()).await.unwrap();
    assert_eq!(report.not_sent, [reminder().reference()]);
    let outcome = world.messenger().send(&reminder()).await.unwrap();
    assert!(matches!(outcome, SendOutcome::Sent(_)));
    assert_eq!(world.sent(), 1);
}

#[tokio::test]
async fn an_idempotent_sender_is_sent_the_message_again() {
    let world = World::new(RepeatSafety::Idempotent);
    world.outbox.fail_next(NotifyErrorKind::Unknown);
    world.messenger().send(&reminder()).await.unwrap();
    world.hour_later();
    let outcome = world.messenger().send(&reminder()).await.unwrap();
    assert!(matches!(outcome, SendOutcome::Sent(_)));
    assert_eq!(world.sent(), 1);
}

#[tokio::test]
async fn doubt_about_a_plain_gateway_is_a_task_that_a_person_settles() {
    let world = World::new(RepeatSafety::None);
    world.outbox.fail_next(NotifyErrorKind::Unknown);
    world.messenger().send(&reminder()).await.unwrap();
    world.hour_later();
    for _ in 0..2 {
        let outcome = world.messenger().send(&reminder()).await.unwrap();
        assert!(matches!(outcome, SendOutcome::InDoubt));
        world.messenger().settle_doubts(&practice()).await.unwrap();
    }
    assert_eq!(world.tasks(), [TaskKind::MessageInDoubt]);
    let sent = AttemptOutcome::HandedOver {
        sender_id: None,
        state: MessageState::Accepted,
    };
    let (by, reference) = (Provenance::product(), reminder().reference());
    let messenger = world.messenger();
    let practice = practice();
    let settle = || messenger.settle_by_hand(&practice, reference, &sent, &by);
    assert!(settle().await.unwrap());
    assert!(!settle().await.unwrap());
    assert_eq!(
        (world.sent(), world.state(&reminder()).await),
        (1, MessageState::Accepted)
    );
}

#[tokio::test]
async fn nothing_is_sent_after_its_time() {
    for repeat in [RepeatSafety::Searchable, RepeatSafety::Idempotent] {
        let world = World::new(repeat);
        world.outbox.fail_next(NotifyErrorKind::Temporary);
        world.messenger().send(&reminder()).await.unwrap();
        world.clock.advance(SignedDuration::from_hours(24));
        let outcome = world.messenger().send(&reminder()).await.unwrap();
        assert!(matches!(outcome, SendOutcome::Expired));
        assert_eq!(
            (world.sent(), world.state(&reminder()).await),
            (0, MessageState::Failed)
        );
    }
}

#[tokio::test]
async fn doubt_that_outlives_its_message_is_settled_without_sending() {
    for repeat in [RepeatSafety::Searchable, RepeatSafety::Idempotent] {
        let world = World::new(repeat);
        let (owner, entry) = (LeaseOwner::random(), MessageEntry::from(&reminder()));
        let lease = SignedDuration::from_mins(1);
        let claimed = world.store.claim_message(&entry, &owner, lease, now());
        claimed.await.unwrap();
        world.clock.advance(SignedDuration::from_hours(48));
        let report = world.messenger().settle_doubts(&practice()).await.unwrap();
        assert_eq!(report.not_sent.len(), 1);
        assert_eq!(
            (world.sent(), world.state(&reminder()).await),
            (0, MessageState::Failed)
        );
    }
}

#[tokio::test]
async fn a_refused_contact_is_final_and_a_mistake_in_the_setup_is_not() {
    let world = World::new(RepeatSafety::Searchable);
    world.outbox.fail_next(NotifyErrorKind::Rejected);
    world.outbox.fail_next(NotifyErrorKind::Permanent);
    for _ in 0..2 {
        let outcome = world.messenger().send(&reminder()).await.unwrap();
        assert!(matches!(outcome, SendOutcome::NotSent(_)));
    }
    let outcome = world.messenger().send(&reminder()).await.unwrap();
    assert!(matches!(outcome, SendOutcome::Done(MessageState::Failed)));
    assert_eq!(world.sent(), 0);
}

#[tokio::test]
async fn a_message_that_must_arrive_and_did_not_is_a_task() {
    let world = World::new(RepeatSafety::Searchable);
    for kind in [MessageKind::Reminder, MessageKind::CancellationFailed] {
        world.messenger().send(&message(kind)).await.unwrap();
        let failed = DeliveryReceipt::of_reference(message(kind).reference(), MessageState::Failed)
            .failed(DeliveryFailure::Unreached);
        for first in [true, false] {
            assert_eq!(
                world.messenger().record_receipt(&failed).await.unwrap(),
                first
            );
        }
    }
    assert_eq!(world.tasks(), [TaskKind::MessageUndelivered]);
}

/// A notifier that never answers.
#[derive(Debug)]
struct Endless(SenderCapabilities);

impl Notifier for Endless {
    fn capabilities(&self) -> &SenderCapabilities {
        &self.0
    }

    fn send<'a>(&'a self, _: &'a Message) -> NotifierFuture<'a, Delivery> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_never_answers_leaves_doubt() {
    let world = World::new(RepeatSafety::Searchable);
    let endless = Arc::new(Endless(SenderCapabilities::new("endless")));
    let outcome = world.messenger_of(endless).send(&reminder()).await.unwrap();
    assert!(matches!(outcome, SendOutcome::InDoubt));
    world.hour_later();
    let outcome = world.messenger().send(&reminder()).await.unwrap();
    assert!(matches!(outcome, SendOutcome::Sent(_)));
}

/// A call that was given up may reach the sender after it was asked.
#[tokio::test]
async fn a_message_that_reached_the_sender_late_is_not_sent_again() {
    let world = World::new(RepeatSafety::Searchable);
    let (owner, entry) = (LeaseOwner::random(), MessageEntry::from(&reminder()));
    let lease = SignedDuration::from_mins(1);
    let claimed = world.store.claim_message(&entry, &owner, lease, now());
    claimed.await.unwrap();
    world.hour_later();
    let report = world.messenger().settle_doubts(&practice()).await.unwrap();
    assert_eq!(report.not_sent.len(), 1);
    world.outbox.send(&reminder()).await.unwrap();
    let outcome = world.messenger().send(&reminder()).await.unwrap();
    assert!(matches!(outcome, SendOutcome::Sent(_)));
    assert_eq!(world.sent(), 1);
}

/// A worker that comes back after another took its message over can't settle it.
#[tokio::test]
async fn an_attempt_that_was_taken_over_settles_nothing() {
    let world = World::new(RepeatSafety::Searchable);
    let (owner, entry) = (LeaseOwner::random(), MessageEntry::from(&reminder()));
    let lease = SignedDuration::from_mins(1);
    let claimed = world.store.claim_message(&entry, &owner, lease, now());
    let MessageClaim::Granted(first) = claimed.await.unwrap() else {
        panic!("the message was not granted");
    };
    world.hour_later();
    let (rival, reference) = (LeaseOwner::random(), reminder().reference());
    let (practice, hour) = (practice(), SignedDuration::from_hours(1));
    let taken = world
        .store
        .take_over(&practice, reference, &rival, hour, now());
    let second = taken.await.unwrap().unwrap();
    let by = Provenance::product();
    for (ticket, settles) in [(&first, false), (&second, true)] {
        let outcome = AttemptOutcome::NotSent;
        let settled = world
            .store
            .settle_attempt(ticket, &outcome, &[], &by, now());
        assert_eq!(settled.await.unwrap(), settles);
    }
}

/// A sender that keeps messages and answers no question.
#[derive(Debug)]
struct Deaf(Arc<Outbox>);

impl Notifier for Deaf {
    fn capabilities(&self) -> &SenderCapabilities {
        self.0.capabilities()
    }

    fn send<'a>(&'a self, message: &'a Message) -> NotifierFuture<'a, Delivery> {
        self.0.send(message)
    }

    fn find<'a>(
        &'a self,
        _: &'a OdsCode,
        _: MessageReference,
    ) -> NotifierFuture<'a, Option<Delivery>> {
        let error = NotifyError::new(NotifyErrorKind::Temporary, "it can't be asked");
        Box::pin(async move { Err(error) })
    }
}

#[tokio::test]
async fn doubt_stays_while_the_sender_cannot_be_asked() {
    let world = World::new(RepeatSafety::Searchable);
    let deaf = Arc::new(Deaf(world.outbox.clone()));
    world.outbox.fail_next(NotifyErrorKind::Unknown);
    for _ in 0..3 {
        let messenger = world.messenger_of(deaf.clone());
        let outcome = messenger.send(&reminder()).await.unwrap();
        assert!(matches!(outcome, SendOutcome::InDoubt));
        world.hour_later();
    }
    assert_eq!(world.sent(), 1);
}

/// A claim outlasts asking, sending, and a call that was given up but is still under way.
#[test]
fn a_lease_outlasts_the_timeouts() {
    let timeout = SignedDuration::try_from(Messenger::SEND_TIMEOUT).unwrap();
    let lease = World::new(RepeatSafety::Searchable).messenger().lease();
    assert!(lease >= timeout * 2 + SignedDuration::from_mins(5));
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Send(Option<NotifyErrorKind>),
    /// A worker is cut off right after it was granted the message.
    CutOff,
    Settle,
    Receipt(MessageState),
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let failure = prop_oneof![
        3 => Just(None),
        1 => Just(Some(NotifyErrorKind::Temporary)),
        2 => Just(Some(NotifyErrorKind::Unknown)),
        1 => Just(Some(NotifyErrorKind::Rejected)),
    ];
    let step = prop_oneof![
        4 => failure.prop_map(Step::Send),
        2 => Just(Step::CutOff),
        2 => Just(Step::Settle),
        1 => Just(Step::Receipt(MessageState::Delivered)),
        3 => (1_i64..40).prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 1..25)
}

proptest! {
    /// Receipts in any order, late and twice, take a message forward and never back.
    #[test]
    fn receipts_never_take_a_message_back(states in proptest::collection::vec(0_usize..4, 1..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(async {
            let world = World::new(RepeatSafety::Searchable);
            world.messenger().send(&reminder()).await.unwrap();
            let mut furthest = MessageState::Accepted;
            for state in states {
                let state = MessageState::ALL[state + 3];
                let receipt = DeliveryReceipt::of_reference(reminder().reference(), state);
                let recorded = world.messenger().record_receipt(&receipt).await.unwrap();
                prop_assert_eq!(recorded, furthest < state);
                furthest = furthest.max(state);
                prop_assert_eq!(world.state(&reminder()).await, furthest);
            }
            Ok(())
        })?;
    }

    /// Through any failures, crashes, receipts and waits: at most one message reaches the patient,
    /// none after its time, and with a sender that can be asked no doubt outlasts a quiet hour.
    #[test]
    fn a_message_is_sent_at_most_once(steps in steps(), idempotent in any::<bool>()) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let repeat = match idempotent {
                true => RepeatSafety::Idempotent,
                false => RepeatSafety::Searchable,
            };
            let world = World::new(repeat);
            for step in steps {
                match step {
                    Step::Send(failure) => {
                        failure.into_iter().for_each(|it| world.outbox.fail_next(it));
                        world.messenger().send(&reminder()).await.unwrap();
                    }
                    Step::CutOff => {
                        let (owner, entry) = (LeaseOwner::random(), MessageEntry::from(&reminder()));
                        let lease = SignedDuration::from_mins(6);
                        let claimed = world.store.claim_message(&entry, &owner, lease, now());
                        claimed.await.unwrap();
                    }
                    Step::Settle => {
                        world.messenger().settle_doubts(&practice()).await.unwrap();
                    }
                    Step::Receipt(state) if world.sent() > 0 => {
                        let receipt = DeliveryReceipt::of_reference(reminder().reference(), state);
                        world.messenger().record_receipt(&receipt).await.unwrap();
                    }
                    Step::Receipt(_) => {}
                    Step::Wait(minutes) => {
                        world.clock.advance(SignedDuration::from_mins(minutes));
                    }
                }
                prop_assert!(world.sent() <= 1);
            }
            world.hour_later();
            let last = world.messenger();
            // Failures that were left over.
            for _ in 0..30 {
                last.send(&reminder()).await.unwrap();
                world.hour_later();
            }
            let state = world.state(&reminder()).await;
            prop_assert!(!state.is_open(), "{state}");
            prop_assert_eq!(world.sent() == 1, state != MessageState::Failed);
            Ok(())
        })?;
    }
}
