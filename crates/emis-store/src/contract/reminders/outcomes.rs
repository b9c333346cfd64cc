//! Outcomes of messages, and what becomes of the appointments that they tell.

use std::sync::Arc;

use emis_audit::{AuditEventKind, AuditEventOutcome, AuditStore};
use emis_reminders::{
    ReminderKey, ReminderSettlement, ReminderStanding, ReminderStore, ToldChanges,
};

use super::super::{ods, second};
use super::{by_email, claim, entries, granted, key, refused, settle};

/// A refusal is of the contact: a corrected number is tried.
pub async fn a_refusal_is_of_the_contact<S: ReminderStore>(store: &Arc<S>) {
    let first = granted(claim(&**store, &key(), 1).await);
    settle(&**store, &first, ReminderSettlement::Refused, 2).await;
    let again = claim(&**store, &key(), 3).await;
    assert_eq!(refused(again), ReminderStanding::Refused);
    let corrected = ReminderKey {
        contact: "00000000000000a2".parse().unwrap(),
        ..key()
    };
    let corrected = granted(claim(&**store, &corrected, 4).await);
    assert_ne!(corrected.reference, first.reference);
}

/// A message that was not delivered makes way for another contact.
pub async fn an_undelivered_message_is_refused<S: ReminderStore>(store: &Arc<S>) {
    let first = granted(claim(&**store, &key(), 1).await);
    let (practice, reference) = (ods("A20047"), first.reference);
    let undelivered = async || {
        let noted = store.note_undelivered(&practice, reference, second(3));
        noted.await.unwrap()
    };
    settle(&**store, &first, ReminderSettlement::NotSent, 2).await;
    assert!(!undelivered().await, "it was not sent");
    granted(claim(&**store, &key(), 2).await);
    assert!(undelivered().await, "the receipt came before the answer");
    assert!(!undelivered().await);
    let again = claim(&**store, &key(), 4).await;
    assert_eq!(refused(again), ReminderStanding::Refused);
    granted(claim(&**store, &by_email(), 5).await);
}

/// An appointment that is told again after another start is claimed under another reference.
pub async fn what_was_told_is_reopened<S: ReminderStore>(store: &Arc<S>) {
    let practice = ods("A20047");
    let first = granted(claim(&**store, &key(), 1).await);
    settle(&**store, &first, ReminderSettlement::Sent, 2).await;
    let note = async |changes: ToldChanges| {
        let noted = store.note_changes(&practice, &changes, &[], second(3));
        noted.await.unwrap();
    };
    let appointment = key().appointment();
    note(ToldChanges {
        gone: vec![appointment],
        ..ToldChanges::default()
    })
    .await;
    assert_eq!(entries(&**store).await[0].gone_at, Some(second(3)));
    note(ToldChanges {
        back: vec![appointment],
        ..ToldChanges::default()
    })
    .await;
    assert_eq!(entries(&**store).await[0].gone_at, None);
    let again = claim(&**store, &key(), 4).await;
    assert_eq!(refused(again), ReminderStanding::Sent);

    note(ToldChanges {
        reopened: vec![appointment],
        ..ToldChanges::default()
    })
    .await;
    let second_time = granted(claim(&**store, &key(), 5).await);
    assert_ne!(second_time.reference, first.reference);
    assert_eq!(entries(&**store).await[0].generation, 1);
}

/// Claims and settlements of messages are in the audit log.
pub async fn each_message_is_in_the_audit_log<S>(store: &Arc<S>)
where
    S: ReminderStore + AuditStore,
{
    let first = granted(claim(&**store, &key(), 1).await);
    claim(&**store, &key(), 2).await;
    settle(&**store, &first, ReminderSettlement::Sent, 3).await;
    settle(&**store, &first, ReminderSettlement::NotSent, 4).await;
    let events = store.entries_of(&ods("A20047")).await;
    let told: Vec<_> = events
        .iter()
        .map(|e| (e.kind().clone(), e.at(), e.outcome()))
        .collect();
    let (claimed, settled) = (
        AuditEventKind::REMINDER_CLAIMED,
        AuditEventKind::REMINDER_SETTLED,
    );
    assert_eq!(
        told,
        [
            (claimed, second(1), AuditEventOutcome::Unknown),
            (settled, second(3), AuditEventOutcome::Success),
        ]
    );
    assert_eq!(events[1].details()["patient"], 41);
    assert_eq!(
        events[1].details()["reference"],
        first.reference.to_string()
    );
}

/// Reads the events of a practice's log.
trait Events {
    async fn entries_of(&self, practice: &emis_types::OdsCode) -> Vec<emis_audit::AuditEvent>;
}

impl<S: AuditStore> Events for Arc<S> {
    async fn entries_of(&self, practice: &emis_types::OdsCode) -> Vec<emis_audit::AuditEvent> {
        let log = practice.clone().into();
        let entries = self.entries(&log, 0, 99).await.unwrap();
        entries.iter().map(|entry| entry.event().unwrap()).collect()
    }
}
