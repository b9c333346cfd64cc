//! Reminders: claimed before they are sent.

use std::sync::Arc;

use emis_audit::{AuditEventKind, AuditEventOutcome, AuditStore};
use emis_reminders::{
    ClaimOutcome, MemoryReminderStore, OpenClaim, REMINDER_SETTLES_AFTER, ReminderKey,
    ReminderSettlement, ReminderStore, settle_by_hand,
};
use emis_settings::Channel;
use jiff::Timestamp;
use jiff::civil::date;
use tokio::task::JoinSet;

use super::{Dice, by_author, ods, second};

/// A time after every claim: no other reminder of the appointment counts.
const NEVER: Timestamp = Timestamp::MAX;

fn key() -> ReminderKey {
    ReminderKey {
        practice: ods("A20047"),
        slot: "501".parse().unwrap(),
        patient: "41".parse().unwrap(),
        start: date(2026, 6, 2).at(9, 30, 0, 0),
        minutes_before: 24 * 60,
        channel: Channel::Sms,
    }
}

/// A reminder is claimed once and sent once, by any channel.
pub async fn a_reminder_is_claimed_once_and_sent_once<S: ReminderStore>(store: &Arc<S>) {
    assert_eq!(store.peek(&key(), NEVER).await.unwrap(), ClaimOutcome::Ours);
    assert_eq!(
        store.claim(&key(), NEVER, second(1)).await.unwrap(),
        ClaimOutcome::Ours
    );
    let in_doubt = ClaimOutcome::InDoubt { since: second(1) };
    assert_eq!(
        store.claim(&key(), NEVER, second(2)).await.unwrap(),
        in_doubt
    );
    assert_eq!(store.peek(&key(), NEVER).await.unwrap(), in_doubt);
    store
        .settle(&key(), ReminderSettlement::Sent, second(3), by_author())
        .await
        .unwrap();
    assert_eq!(
        store.claim(&key(), NEVER, second(4)).await.unwrap(),
        ClaimOutcome::AlreadySent
    );

    // A reminder by the other channel would repeat it.
    let by_email = ReminderKey {
        channel: Channel::Email,
        ..key()
    };
    assert_eq!(
        store.claim(&by_email, NEVER, second(5)).await.unwrap(),
        ClaimOutcome::AlreadySent
    );
}

/// A reminder of another slot, patient or time is another one.
pub async fn another_slot_patient_or_time_is_another_reminder<S: ReminderStore>(store: &Arc<S>) {
    let others = [
        ReminderKey {
            practice: ods("Y00001"),
            ..key()
        },
        ReminderKey {
            slot: "502".parse().unwrap(),
            ..key()
        },
        ReminderKey {
            patient: "42".parse().unwrap(),
            ..key()
        },
        ReminderKey {
            start: date(2026, 6, 2).at(9, 40, 0, 0),
            ..key()
        },
        ReminderKey {
            minutes_before: 60,
            ..key()
        },
    ];
    for key in others.iter().chain([&key()]) {
        assert_eq!(
            store.claim(key, NEVER, second(1)).await.unwrap(),
            ClaimOutcome::Ours
        );
    }
}

/// A reminder of another offset counts if it was claimed since the given time.
pub async fn a_reminder_of_another_offset_counts_since_the_given_time<S: ReminderStore>(
    store: &Arc<S>,
) {
    let hour_before = ReminderKey {
        minutes_before: 60,
        ..key()
    };
    store.claim(&hour_before, NEVER, second(5)).await.unwrap();
    let in_doubt = ClaimOutcome::InDoubt { since: second(5) };
    assert_eq!(store.peek(&key(), second(5)).await.unwrap(), in_doubt);
    let claim = store.claim(&key(), second(5), second(9)).await.unwrap();
    assert_eq!(claim, in_doubt);

    let sent = ReminderSettlement::Sent;
    store
        .settle(&hour_before, sent, second(6), by_author())
        .await
        .unwrap();
    let claim = store.claim(&key(), second(5), second(9)).await.unwrap();
    assert_eq!(claim, ClaimOutcome::AlreadySent);
    let claim = store.claim(&key(), second(6), second(9)).await.unwrap();
    assert_eq!(claim, ClaimOutcome::Ours);
}

/// Of many concurrent claims exactly one may send.
pub async fn of_many_concurrent_claims_one_may_send<S>(store: &Arc<S>)
where
    S: ReminderStore + 'static,
{
    let mut workers = JoinSet::new();
    for n in 0..60 {
        let store = Arc::clone(store);
        let channel = [Channel::Sms, Channel::Email][n % 2];
        let key = ReminderKey { channel, ..key() };
        workers.spawn(async move { store.claim(&key, NEVER, second(1)).await.unwrap() });
    }
    let claims = workers.join_all().await;
    let ours = claims.iter().filter(|claim| **claim == ClaimOutcome::Ours);
    assert_eq!(ours.count(), 1);
    let in_doubt = ClaimOutcome::InDoubt { since: second(1) };
    assert!(
        claims
            .iter()
            .all(|claim| [ClaimOutcome::Ours, in_doubt].contains(claim))
    );
}

/// The store in memory is the model: both return the same for random calls.
pub async fn it_returns_what_the_store_in_memory_returns<S: ReminderStore>(store: &Arc<S>) {
    let model = MemoryReminderStore::default();
    let mut dice = Dice(11);
    for n in 0..600 {
        // A new appointment from time to time, so that some claims succeed.
        let (era, now) = (n / 12, second(n % 12));
        let since = second(dice.throw(14) as i64);
        let key = ReminderKey {
            slot: (era + 1).try_into().unwrap(),
            channel: dice.one_of(&[Channel::Sms, Channel::Email]),
            minutes_before: dice.one_of(&[60, 1440]),
            ..key()
        };
        match dice.throw(3) {
            0 => assert_eq!(
                store.peek(&key, since).await.unwrap(),
                model.peek(&key, since).await.unwrap()
            ),
            1 => assert_eq!(
                store.claim(&key, since, now).await.unwrap(),
                model.claim(&key, since, now).await.unwrap()
            ),
            _ => {
                let outcomes = [
                    ReminderSettlement::Sent,
                    ReminderSettlement::NotSent,
                    ReminderSettlement::Refused,
                ];
                let outcome = dice.one_of(&outcomes);
                store.settle(&key, outcome, now, by_author()).await.unwrap();
                model.settle(&key, outcome, now, by_author()).await.unwrap();
            }
        }
    }
}

/// The open claims of a practice are listed, oldest first.
pub async fn claims_in_doubt_are_listed_until_they_are_settled<S: ReminderStore>(store: &Arc<S>) {
    let later = ReminderKey {
        slot: "502".parse().unwrap(),
        channel: Channel::Email,
        ..key()
    };
    let elsewhere = ReminderKey {
        practice: ods("Y00001"),
        ..key()
    };
    for (key, at) in [(&later, 2), (&key(), 1), (&elsewhere, 1)] {
        store.claim(key, NEVER, second(at)).await.unwrap();
    }
    let open = [
        OpenClaim::new(key(), second(1)),
        OpenClaim::new(later.clone(), second(2)),
    ];
    assert_eq!(store.in_doubt(&ods("A20047")).await.unwrap(), open);
    let sent = ReminderSettlement::Sent;
    assert!(
        store
            .settle(&key(), sent, second(3), by_author())
            .await
            .unwrap()
    );
    assert!(
        !store
            .settle(&key(), sent, second(4), by_author())
            .await
            .unwrap()
    );
    assert_eq!(store.in_doubt(&ods("A20047")).await.unwrap(), open[1..]);
}

/// A reminder that a person settles has its author and origin in the audit log.
pub async fn a_reminder_settled_by_hand_has_its_author<S>(store: &Arc<S>)
where
    S: ReminderStore + AuditStore,
{
    store.claim(&key(), NEVER, second(0)).await.unwrap();
    let (sent, now) = (ReminderSettlement::Sent, second(0) + REMINDER_SETTLES_AFTER);
    let settled = settle_by_hand(&**store, &key(), sent, now, by_author()).await;
    assert!(settled.unwrap());
    let entries = store.entries(&ods("A20047").into(), 1, 9).await.unwrap();
    let events: Vec<_> = entries.iter().map(|entry| entry.event().unwrap()).collect();
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].by(), events[0].at()), (by_author(), now));
    assert_eq!(events[0].by().origin(), Some("settings page"));
}

/// Claims and settlements of messages are in the audit log.
pub async fn each_message_is_in_the_audit_log<S>(store: &Arc<S>)
where
    S: ReminderStore + AuditStore,
{
    store.claim(&key(), NEVER, second(1)).await.unwrap();
    store.claim(&key(), NEVER, second(2)).await.unwrap();
    store
        .settle(&key(), ReminderSettlement::Sent, second(3), by_author())
        .await
        .unwrap();
    store
        .settle(&key(), ReminderSettlement::NotSent, second(4), by_author())
        .await
        .unwrap();
    let entries = store.entries(&ods("A20047").into(), 0, 9).await.unwrap();
    let events: Vec<_> = entries.iter().map(|entry| entry.event().unwrap()).collect();
    let told: Vec<_> = events
        .iter()
        .map(|e| (e.kind().clone(), e.at(), e.outcome()))
        .collect();
    assert_eq!(
        told,
        [
            (
                AuditEventKind::MESSAGE_CLAIMED,
                second(1),
                AuditEventOutcome::Unknown
            ),
            (
                AuditEventKind::MESSAGE_SETTLED,
                second(3),
                AuditEventOutcome::Success
            ),
        ]
    );
    assert_eq!(events[1].details()["patient"], 41);
}
