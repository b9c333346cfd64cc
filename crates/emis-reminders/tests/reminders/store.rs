//! The contract of a reminder store: a reminder is claimed once and sent once.

use std::sync::Arc;

use emis_audit::Provenance;
use emis_reminders::{
    ClaimOutcome, MemoryReminderStore, OpenClaim, REMINDER_SETTLES_AFTER, ReminderKey,
    ReminderSettlement, ReminderStore, settle_by_hand,
};
use emis_settings::Channel;
use emis_types::{PatientNumber, SlotId};
use jiff::Timestamp;

use crate::support::wednesday_at;

fn key() -> ReminderKey {
    ReminderKey {
        practice: "A20047".parse().unwrap(),
        slot: SlotId::new(1).unwrap(),
        patient: PatientNumber::new(2).unwrap(),
        start: wednesday_at(9, 0),
        minutes_before: 1440,
        channel: Channel::Sms,
    }
}

/// A start from which no other reminder of the appointment counts.
const NEVER: Timestamp = Timestamp::MAX;

fn by_email() -> ReminderKey {
    ReminderKey {
        channel: Channel::Email,
        ..key()
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + second).unwrap()
}

#[tokio::test]
async fn a_claim_stands_until_it_is_settled() {
    let store = MemoryReminderStore::default();
    assert_eq!(store.peek(&key(), NEVER).await.unwrap(), ClaimOutcome::Ours);
    assert_eq!(
        store.claim(&key(), NEVER, at(0)).await.unwrap(),
        ClaimOutcome::Ours
    );
    let in_doubt = ClaimOutcome::InDoubt { since: at(0) };
    assert_eq!(store.claim(&key(), NEVER, at(9)).await.unwrap(), in_doubt);
    assert_eq!(store.peek(&key(), NEVER).await.unwrap(), in_doubt);
    assert_eq!(
        store.claim(&by_email(), NEVER, at(9)).await.unwrap(),
        in_doubt
    );
}

#[tokio::test]
async fn a_sent_reminder_is_not_sent_again_by_any_channel() {
    let store = MemoryReminderStore::default();
    store.claim(&key(), NEVER, at(0)).await.unwrap();
    store
        .settle(
            &key(),
            ReminderSettlement::Sent,
            at(1),
            &Provenance::product(),
        )
        .await
        .unwrap();
    for key in [key(), by_email()] {
        assert_eq!(
            store.claim(&key, NEVER, at(2)).await.unwrap(),
            ClaimOutcome::AlreadySent
        );
    }
    // It stays settled.
    store
        .settle(
            &key(),
            ReminderSettlement::NotSent,
            at(3),
            &Provenance::product(),
        )
        .await
        .unwrap();
    assert_eq!(
        store.claim(&key(), NEVER, at(4)).await.unwrap(),
        ClaimOutcome::AlreadySent
    );
}

#[tokio::test]
async fn an_unsent_reminder_can_be_claimed_again() {
    let store = MemoryReminderStore::default();
    store.claim(&key(), NEVER, at(0)).await.unwrap();
    store
        .settle(
            &key(),
            ReminderSettlement::NotSent,
            at(1),
            &Provenance::product(),
        )
        .await
        .unwrap();
    assert_eq!(
        store.claim(&key(), NEVER, at(2)).await.unwrap(),
        ClaimOutcome::Ours
    );
    let in_doubt = ClaimOutcome::InDoubt { since: at(2) };
    assert_eq!(store.peek(&key(), NEVER).await.unwrap(), in_doubt);
}

#[tokio::test]
async fn a_refused_reminder_can_use_another_channel() {
    let store = MemoryReminderStore::default();
    store.claim(&key(), NEVER, at(0)).await.unwrap();
    store
        .settle(
            &key(),
            ReminderSettlement::Refused,
            at(1),
            &Provenance::product(),
        )
        .await
        .unwrap();
    assert_eq!(
        store.claim(&key(), NEVER, at(2)).await.unwrap(),
        ClaimOutcome::Refused
    );
    assert_eq!(
        store.claim(&by_email(), NEVER, at(2)).await.unwrap(),
        ClaimOutcome::Ours
    );
}

#[tokio::test]
async fn an_unclaimed_reminder_is_not_settled() {
    let store = MemoryReminderStore::default();
    store
        .settle(
            &key(),
            ReminderSettlement::Sent,
            at(0),
            &Provenance::product(),
        )
        .await
        .unwrap();
    assert_eq!(store.peek(&key(), NEVER).await.unwrap(), ClaimOutcome::Ours);
    assert!(store.entries().is_empty());
}

#[tokio::test]
async fn a_reminder_at_another_offset_counts_since_the_given_time() {
    let store = MemoryReminderStore::default();
    let week_before = ReminderKey {
        minutes_before: 7 * 1440,
        ..key()
    };
    store.claim(&week_before, NEVER, at(5)).await.unwrap();
    let in_doubt = ClaimOutcome::InDoubt { since: at(5) };
    assert_eq!(store.peek(&key(), at(5)).await.unwrap(), in_doubt);
    assert_eq!(store.claim(&key(), at(5), at(9)).await.unwrap(), in_doubt);

    let sent = ReminderSettlement::Sent;
    store
        .settle(&week_before, sent, at(6), &Provenance::product())
        .await
        .unwrap();
    let already = store.claim(&by_email(), at(5), at(9)).await.unwrap();
    assert_eq!(already, ClaimOutcome::AlreadySent);
    assert_eq!(store.peek(&key(), at(6)).await.unwrap(), ClaimOutcome::Ours);

    let another_patient = ReminderKey {
        patient: PatientNumber::new(9).unwrap(),
        ..key()
    };
    let claim = store.claim(&another_patient, at(0), at(9)).await.unwrap();
    assert_eq!(claim, ClaimOutcome::Ours);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_concurrent_claims_wins() {
    let store = Arc::new(MemoryReminderStore::default());
    let claims: Vec<_> = (0..50)
        .map(|n| {
            let store = store.clone();
            let key = if n % 2 == 0 { key() } else { by_email() };
            tokio::spawn(async move { store.claim(&key, NEVER, at(n)).await.unwrap() })
        })
        .collect();
    let mut won = 0;
    for claim in claims {
        won += usize::from(claim.await.unwrap() == ClaimOutcome::Ours);
    }
    assert_eq!(won, 1);
}

#[test]
fn each_part_of_a_key_distinguishes_reminders() {
    let others = [
        ReminderKey {
            practice: "Z90001".parse().unwrap(),
            ..key()
        },
        ReminderKey {
            slot: SlotId::new(9).unwrap(),
            ..key()
        },
        ReminderKey {
            patient: PatientNumber::new(9).unwrap(),
            ..key()
        },
        ReminderKey {
            start: wednesday_at(9, 10),
            ..key()
        },
        ReminderKey {
            minutes_before: 60,
            ..key()
        },
    ];
    for other in &others {
        let timing_only = other.minutes_before != key().minutes_before;
        assert_eq!(key().same_appointment(other), timing_only);
        assert_ne!(key().reference(), other.reference());
    }
    assert!(key().same_appointment(&by_email()));
    assert_ne!(key().reference(), by_email().reference());
}

#[test]
fn a_reference_is_stable() {
    // A changed reference would make messages in doubt impossible to find.
    insta::assert_snapshot!(key().reference(), @"ec44ff8c-452d-5893-9da0-942d2f3b7a06");
}

#[tokio::test]
async fn a_claim_is_settled_by_hand_once_its_sender_has_finished() {
    let store = MemoryReminderStore::default();
    let by = Provenance::product();
    store.claim(&key(), NEVER, at(0)).await.unwrap();
    let practice = key().practice;
    let open = [OpenClaim::new(key(), at(0))];
    assert_eq!(store.in_doubt(&practice).await.unwrap(), open);
    assert_eq!(
        store.in_doubt(&"Y00001".parse().unwrap()).await.unwrap(),
        []
    );

    let not_sent = ReminderSettlement::NotSent;
    let later = at(0) + REMINDER_SETTLES_AFTER;
    for (key, now, settled) in [
        (key(), at(3_599), false),
        (by_email(), later, false),
        (key(), later, true),
        (key(), later, false),
    ] {
        let by_hand = settle_by_hand(&store, &key, not_sent, now, &by).await;
        assert_eq!(by_hand.unwrap(), settled);
    }
    assert_eq!(store.in_doubt(&practice).await.unwrap(), []);
    assert_eq!(store.peek(&key(), NEVER).await.unwrap(), ClaimOutcome::Ours);
}
