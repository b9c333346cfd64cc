//! The ledger of messages: what it has, the reminders follow.

use std::sync::Arc;

use emis_audit::Provenance;
use emis_messaging::{
    AttemptOutcome, DeliveryFailure, DeliveryReceipt, MessageState, MessageStore, Messenger,
    NotifyErrorKind, Outbox, RepeatSafety, SenderCapabilities,
};
use emis_reminders::{ReminderSettlement, ReminderStore, SuppressionReason, record_receipt};
use emis_settings::{Channel, PatientAction};
use emis_types::Clock;
use jiff::SignedDuration;

use crate::support::{Hasty, LEASE, Story, london, messenger, reason_for};

impl Story {
    fn messenger(&self) -> Messenger {
        messenger(self.outbox.clone(), &self.ledger, &self.clock)
    }

    async fn receipt(&self, receipt: &DeliveryReceipt) -> bool {
        let (messenger, now) = (self.messenger(), self.clock.now());
        let recorded = record_receipt(&messenger, &*self.store, receipt, now);
        recorded.await.unwrap()
    }
}

#[tokio::test]
async fn every_message_of_a_run_is_in_the_ledger_with_its_appointments() {
    let mut story = Story::begin().await;
    story.set_reminders(|it| it.patient_may = PatientAction::Ask);
    story.book_regulars(3);
    let report = story.run().await;
    assert_eq!(report.sent.len(), 3);
    for sent in &report.sent {
        let practice = story.settings.ods_code();
        let record = story.ledger.message(practice, sent.reference);
        let record = record.await.unwrap().unwrap();
        assert_eq!(record.state, MessageState::Accepted);
        assert_eq!(record.sender_id, sent.delivery_id);
        let topic = record.entry.topics[0];
        assert_eq!(topic.patient, sent.appointment.patient);
        assert_eq!(topic.slot, Some(sent.appointment.slot));
        assert_eq!(topic.start, Some(sent.appointment.start));
        assert_eq!(topic.may, PatientAction::Ask);
        let start = london(sent.appointment.start).timestamp();
        let last = start.checked_sub(SignedDuration::from_hours(1)).unwrap();
        assert_eq!(record.entry.not_after, Some(last), "the minimum notice");
    }
}

/// A receipt that says that a message failed refuses its contact: the next is tried.
#[tokio::test]
async fn a_failed_receipt_frees_the_reminder_for_the_next_contact() {
    let story = Story::begin().await;
    let (patient, _) = story.book_regulars(1)[0];
    let practice = &story.practice;
    practice.set_email(patient, "someone@example.com").unwrap();
    let first = story.run().await;
    assert_eq!(first.sent[0].channel, Channel::Sms);
    let failed = DeliveryReceipt::of_reference(first.sent[0].reference, MessageState::Failed)
        .failed(DeliveryFailure::Unreached);
    assert!(story.receipt(&failed).await);
    assert!(!story.receipt(&failed).await, "it came twice");
    let next = story.run().await;
    assert_eq!(next.sent[0].channel, Channel::Email);
    // The last contact fails too.
    let failed = DeliveryReceipt::of_reference(next.sent[0].reference, MessageState::Failed)
        .failed(DeliveryFailure::Refused);
    assert!(story.receipt(&failed).await);
    let last = story.run().await;
    let refused = Some(SuppressionReason::ContactRefused);
    assert_eq!(reason_for(&last, patient), refused);
    assert_eq!(story.outbox.messages().len(), 2);
}

#[tokio::test]
async fn a_late_failure_does_not_undo_a_delivery() {
    let story = Story::begin().await;
    story.book_regulars(1);
    let reference = story.run().await.sent[0].reference;
    let delivered = DeliveryReceipt::of_reference(reference, MessageState::Delivered);
    assert!(story.receipt(&delivered).await);
    let failed = DeliveryReceipt::of_reference(reference, MessageState::Failed)
        .failed(DeliveryFailure::Unreached);
    assert!(!story.receipt(&failed).await);
    assert_eq!(story.run().await.already_sent.len(), 1);
}

#[tokio::test]
async fn a_receipt_that_comes_before_the_answer_counts() {
    let story = Story::begin().await;
    let (patient, _) = story.book_regulars(1)[0];
    story.practice.set_email(patient, "").unwrap();
    let hasty = Hasty {
        outbox: story.outbox.clone(),
        ledger: story.ledger.clone(),
        store: story.store.clone(),
        clock: story.clock.clone(),
    };
    let report = story
        .reminders_through(Arc::new(hasty))
        .run()
        .await
        .unwrap();
    assert_eq!((report.sent.len(), report.failed.len()), (0, 1));
    let next = story.run().await;
    let refused = Some(SuppressionReason::ContactRefused);
    assert_eq!(reason_for(&next, patient), refused);
}

/// A worker that was cut off before it handed the message over has sent nothing, also where its sender
/// can tell nothing.
#[tokio::test]
async fn what_the_ledger_does_not_have_was_not_sent() {
    let mut capabilities = SenderCapabilities::new("outbox");
    capabilities.repeat = RepeatSafety::None;
    let outbox = Arc::new(Outbox::with_capabilities(capabilities));
    let story = Story::begin().await;
    story.book_regulars(1);
    let run = async || story.reminders_through(outbox.clone()).run().await.unwrap();
    outbox.fail_next(NotifyErrorKind::Temporary);
    outbox.fail_next(NotifyErrorKind::Temporary);
    assert_eq!(run().await.failed.len(), 1);
    // The same claim, by a worker that goes no further.
    let practice = story.settings.ods_code();
    let (from, until) = (jiff::civil::DateTime::MIN, jiff::civil::DateTime::MAX);
    let entries = story.store.reminders(practice, from, until).await.unwrap();
    let (key, owner) = (entries[0].key.clone(), emis_reminders::ClaimOwner::random());
    let request = emis_reminders::ClaimRequest::one(key, owner, story.clock.now());
    story.store.claim(&request).await.unwrap();
    // It may be about to send.
    let early = run().await;
    assert_eq!((early.settled.len(), early.in_flight.len()), (0, 1));
    story.clock.advance(LEASE);
    let next = run().await;
    assert_eq!(next.settled[0].outcome, ReminderSettlement::NotSent);
    assert_eq!(next.sent.len(), 1);
    assert!(story.ledger.tasks().all().is_empty());
}

/// Doubt is settled in the ledger, and the reminder follows.
#[tokio::test]
async fn a_person_settles_the_doubt_of_a_reminder_in_the_ledger() {
    let mut capabilities = SenderCapabilities::new("outbox");
    capabilities.repeat = RepeatSafety::None;
    let outbox = Arc::new(Outbox::with_capabilities(capabilities));
    let accepted = AttemptOutcome::HandedOver {
        sender_id: None,
        state: MessageState::Accepted,
    };
    let refused = AttemptOutcome::Failed(DeliveryFailure::Refused);
    for (found, outcome, counts) in [
        (accepted, ReminderSettlement::Sent, (1, 0)),
        (AttemptOutcome::NotSent, ReminderSettlement::NotSent, (0, 1)),
        (refused, ReminderSettlement::Refused, (0, 0)),
    ] {
        let story = Story::begin().await;
        let (patient, _) = story.book_regulars(1)[0];
        story.practice.set_email(patient, "").unwrap();
        let run = async || story.reminders_through(outbox.clone()).run().await.unwrap();
        outbox.fail_next(NotifyErrorKind::Unknown);
        assert_eq!(run().await.in_doubt.len(), 1);
        story.clock.advance(LEASE);
        let reference = story.ledger.all()[0].entry.reference;
        let (practice, by) = (story.settings.ods_code(), Provenance::product());
        let messenger = story.messenger();
        let settled = messenger.settle_by_hand(practice, reference, &found, &by);
        assert!(settled.await.unwrap());
        let next = run().await;
        assert_eq!(next.settled.len(), 1);
        assert_eq!(next.settled[0].outcome, outcome);
        assert_eq!((next.already_sent.len(), next.sent.len()), counts);
    }
}

/// A plan claims nothing, and asks EMIS no more often than runs do.
#[tokio::test]
async fn a_plan_claims_nothing_and_is_a_poll() {
    let story = Story::begin().await;
    story.book_regulars(3);
    let reminders = story.reminders();
    let plan = reminders.plan(story.clock.now()).await.unwrap();
    assert_eq!((plan.due.len(), plan.kept.len()), (3, 0));
    assert_eq!(story.run().await.sent.len(), 3);
    let again = reminders.plan(story.clock.now()).await.unwrap();
    assert_eq!((again.due.len(), again.kept.len()), (0, 3));

    let polite = story
        .reminders()
        .least_between_polls(SignedDuration::from_mins(5));
    let idle = polite.plan(story.clock.now()).await.unwrap().idle;
    assert_eq!(idle, Some(SuppressionReason::PolledRecently));
    assert!(story.ledger.all().len() == 3 && story.outbox.messages().len() == 3);
}

/// Tomorrow's reminders are seen today.
#[tokio::test]
async fn a_plan_looks_at_a_later_time() {
    let story = Story::begin().await;
    story.book_regulars(1);
    let later = story
        .clock
        .now()
        .checked_add(SignedDuration::from_hours(6))
        .unwrap();
    let start = crate::support::wednesday_at(15, 0);
    let patient = story.of_kind(emis_sim::PatientKind::Regular)[5];
    story.book_between(
        patient,
        start,
        start.saturating_add(SignedDuration::from_mins(50)),
    );
    let due = async |at| story.reminders().plan(at).await.unwrap().due.len();
    assert_eq!(due(story.clock.now()).await, 1);
    assert_eq!(due(later).await, 2);
}
