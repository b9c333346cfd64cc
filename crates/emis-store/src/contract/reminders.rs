//! The ledger of reminders: what is claimed stays claimed.

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

use super::{Dice, ods, second, them};

/// No other reminder of the appointment counts.
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

/// Claimed once, sent once, through whichever channel.
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
        .settle(&key(), ReminderSettlement::Sent, second(3), them())
        .await
        .unwrap();
    assert_eq!(
        store.claim(&key(), NEVER, second(4)).await.unwrap(),
        ClaimOutcome::AlreadySent
    );

    // The other channel would remind of the same thing.
    let by_email = ReminderKey {
        channel: Channel::Email,
        ..key()
    };
    assert_eq!(
        store.claim(&by_email, NEVER, second(5)).await.unwrap(),
        ClaimOutcome::AlreadySent
    );
}

/// Another slot, patient or time is another reminder.
pub async fn every_part_of_the_key_but_the_channel_makes_another_reminder<S: ReminderStore>(
    store: &Arc<S>,
) {
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

/// Nobody is reminded again because the practice changed when it reminds.
pub async fn a_reminder_of_another_distance_counts_from_the_moment_that_is_asked_for<
    S: ReminderStore,
>(
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
        .settle(&hour_before, sent, second(6), them())
        .await
        .unwrap();
    let claim = store.claim(&key(), second(5), second(9)).await.unwrap();
    assert_eq!(claim, ClaimOutcome::AlreadySent);
    let claim = store.claim(&key(), second(6), second(9)).await.unwrap();
    assert_eq!(claim, ClaimOutcome::Ours);
}

/// Of many who claim at the same moment one may send.
pub async fn of_many_who_claim_at_once_exactly_one_may_send<S>(store: &Arc<S>)
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

/// The ledger in memory is the model: both answer alike, whatever is asked.
pub async fn it_answers_as_the_ledger_in_memory_does<S: ReminderStore>(store: &Arc<S>) {
    let model = MemoryReminderStore::default();
    let mut dice = Dice(11);
    for n in 0..600 {
        // A new appointment from time to time, so that claims are won as well as lost.
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
                store.settle(&key, outcome, now, them()).await.unwrap();
                model.settle(&key, outcome, now, them()).await.unwrap();
            }
        }
    }
}

/// Open claims are listed, oldest first, and only those of the practice.
pub async fn what_is_in_doubt_is_listed_until_it_is_settled<S: ReminderStore>(store: &Arc<S>) {
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
    assert!(store.settle(&key(), sent, second(3), them()).await.unwrap());
    assert!(!store.settle(&key(), sent, second(4), them()).await.unwrap());
    assert_eq!(store.in_doubt(&ods("A20047")).await.unwrap(), open[1..]);
}

/// Who settles a reminder by hand is known, and from where.
pub async fn a_reminder_settled_by_hand_has_its_author<S>(store: &Arc<S>)
where
    S: ReminderStore + AuditStore,
{
    store.claim(&key(), NEVER, second(0)).await.unwrap();
    let (sent, now) = (ReminderSettlement::Sent, second(0) + REMINDER_SETTLES_AFTER);
    let settled = settle_by_hand(&**store, &key(), sent, now, them()).await;
    assert!(settled.unwrap());
    let entries = store.entries(&ods("A20047").into(), 1, 9).await.unwrap();
    let events: Vec<_> = entries.iter().map(|entry| entry.event().unwrap()).collect();
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].by(), events[0].at()), (them(), now));
    assert_eq!(events[0].by().origin(), Some("settings page"));
}

/// Messages are in the audit trail: that they were claimed, and what became of them.
pub async fn each_message_is_in_the_audit_trail<S>(store: &Arc<S>)
where
    S: ReminderStore + AuditStore,
{
    store.claim(&key(), NEVER, second(1)).await.unwrap();
    store.claim(&key(), NEVER, second(2)).await.unwrap();
    store
        .settle(&key(), ReminderSettlement::Sent, second(3), them())
        .await
        .unwrap();
    store
        .settle(&key(), ReminderSettlement::NotSent, second(4), them())
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
