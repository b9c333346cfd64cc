//! The ledger of reminders: what is claimed stays claimed.

use std::collections::BTreeSet;

use emis_reminders::{Claim, MemoryLedger, ReminderKey, ReminderLedger, Settlement};
use emis_settings::Channel;
use emis_store::SqliteStore;
use jiff::Timestamp;
use jiff::civil::date;
use proptest::prelude::*;
use tokio::task::JoinSet;

use crate::{Directory, ods, second};

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

#[tokio::test]
async fn a_reminder_is_claimed_once_and_sent_once() {
    let store = SqliteStore::in_memory().unwrap();
    assert_eq!(store.peek(&key(), NEVER).await.unwrap(), Claim::Ours);
    assert_eq!(
        store.claim(&key(), NEVER, second(1)).await.unwrap(),
        Claim::Ours
    );
    let in_doubt = Claim::InDoubt { since: second(1) };
    assert_eq!(
        store.claim(&key(), NEVER, second(2)).await.unwrap(),
        in_doubt
    );
    assert_eq!(store.peek(&key(), NEVER).await.unwrap(), in_doubt);
    store
        .settle(&key(), Settlement::Sent, second(3))
        .await
        .unwrap();
    assert_eq!(
        store.claim(&key(), NEVER, second(4)).await.unwrap(),
        Claim::AlreadySent
    );

    // The other channel would remind of the same thing.
    let by_email = ReminderKey {
        channel: Channel::Email,
        ..key()
    };
    assert_eq!(
        store.claim(&by_email, NEVER, second(5)).await.unwrap(),
        Claim::AlreadySent
    );
}

#[tokio::test]
async fn every_part_of_the_key_but_the_channel_makes_another_reminder() {
    let store = SqliteStore::in_memory().unwrap();
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
            Claim::Ours
        );
    }
}

#[tokio::test]
async fn a_reminder_of_another_distance_counts_from_the_moment_that_is_asked_for() {
    let store = SqliteStore::in_memory().unwrap();
    let hour_before = ReminderKey {
        minutes_before: 60,
        ..key()
    };
    store.claim(&hour_before, NEVER, second(5)).await.unwrap();
    let in_doubt = Claim::InDoubt { since: second(5) };
    assert_eq!(store.peek(&key(), second(5)).await.unwrap(), in_doubt);
    let claim = store.claim(&key(), second(5), second(9)).await.unwrap();
    assert_eq!(claim, in_doubt);

    let sent = Settlement::Sent;
    store.settle(&hour_before, sent, second(6)).await.unwrap();
    let claim = store.claim(&key(), second(5), second(9)).await.unwrap();
    assert_eq!(claim, Claim::AlreadySent);
    let claim = store.claim(&key(), second(6), second(9)).await.unwrap();
    assert_eq!(claim, Claim::Ours);
}

#[tokio::test]
async fn a_crash_between_claim_and_sending_leaves_it_in_doubt() {
    let directory = Directory::new();
    let store = SqliteStore::open(directory.file()).unwrap();
    assert_eq!(
        store.claim(&key(), NEVER, second(1)).await.unwrap(),
        Claim::Ours
    );
    drop(store);

    let store = SqliteStore::open(directory.file()).unwrap();
    let claim = store.claim(&key(), NEVER, second(2)).await.unwrap();
    assert_eq!(claim, Claim::InDoubt { since: second(1) });
}

#[tokio::test]
async fn a_process_that_never_closes_its_store_loses_nothing() {
    let directory = Directory::new();
    let killed = SqliteStore::open(directory.file()).unwrap();
    killed.claim(&key(), NEVER, second(1)).await.unwrap();
    killed
        .settle(&key(), Settlement::Sent, second(2))
        .await
        .unwrap();
    // What a killed process leaves: its connection was never closed.
    std::mem::forget(killed);

    let store = SqliteStore::open(directory.file()).unwrap();
    assert_eq!(
        store.claim(&key(), NEVER, second(3)).await.unwrap(),
        Claim::AlreadySent
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_claim_at_once_exactly_one_may_send() {
    let directory = Directory::new();
    let stores = [(); 3].map(|()| SqliteStore::open(directory.file()).unwrap());
    let mut workers = JoinSet::new();
    for n in 0..60 {
        let store = stores[n % 3].clone();
        let channel = if n % 2 == 0 {
            Channel::Sms
        } else {
            Channel::Email
        };
        let key = ReminderKey { channel, ..key() };
        workers.spawn(async move { store.claim(&key, NEVER, second(1)).await });
    }
    let claims: Vec<Claim> = workers
        .join_all()
        .await
        .into_iter()
        .collect::<Result<_, _>>()
        .unwrap();
    let ours = claims.iter().filter(|claim| **claim == Claim::Ours).count();
    assert_eq!(ours, 1);
    let in_doubt = Claim::InDoubt { since: second(1) };
    assert!(
        claims
            .iter()
            .all(|claim| matches!(claim, Claim::Ours) || *claim == in_doubt)
    );
}

#[tokio::test]
async fn the_ledger_on_disk_holds_ids_and_times_and_nothing_else() {
    let directory = Directory::new();
    let store = SqliteStore::open(directory.file()).unwrap();
    store.claim(&key(), NEVER, second(1)).await.unwrap();
    store
        .settle(&key(), Settlement::Sent, second(2))
        .await
        .unwrap();
    drop(store);
    let connection = rusqlite::Connection::open(directory.file()).unwrap();
    let columns: BTreeSet<String> = connection
        .prepare("SELECT name FROM pragma_table_info('reminders')")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let expected = [
        "channel",
        "claimed_at",
        "minutes_before",
        "outcome",
        "patient",
        "practice",
        "settled_at",
        "slot",
        "start",
    ];
    assert_eq!(columns, expected.map(str::to_owned).into());
}

#[derive(Debug, Clone)]
enum Step {
    Peek(ReminderKey, Timestamp),
    Claim(ReminderKey, Timestamp),
    Settle(ReminderKey, Settlement),
}

/// Few keys, so that steps meet.
fn step() -> impl Strategy<Value = Step> {
    let channel = prop_oneof![Just(Channel::Sms), Just(Channel::Email)];
    let key =
        (channel, prop_oneof![Just(60u32), Just(1440)]).prop_map(|(channel, minutes_before)| {
            ReminderKey {
                channel,
                minutes_before,
                ..key()
            }
        });
    let outcome = prop_oneof![
        Just(Settlement::Sent),
        Just(Settlement::NotSent),
        Just(Settlement::Refused),
    ];
    let since = || (0..25i64).prop_map(second);
    prop_oneof![
        (key.clone(), since()).prop_map(|(key, since)| Step::Peek(key, since)),
        (key.clone(), since()).prop_map(|(key, since)| Step::Claim(key, since)),
        (key, outcome).prop_map(|(key, outcome)| Step::Settle(key, outcome)),
    ]
}

proptest! {
    /// The ledger in memory is the model: both must answer alike, whatever is asked.
    #[test]
    fn it_answers_as_the_ledger_in_memory_does(steps in proptest::collection::vec(step(), 1..25)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (store, model) = (SqliteStore::in_memory().unwrap(), MemoryLedger::default());
            for (step, now) in steps.into_iter().zip((1..).map(second)) {
                match step {
                    Step::Peek(key, since) => prop_assert_eq!(
                        store.peek(&key, since).await.unwrap(),
                        model.peek(&key, since).await.unwrap()
                    ),
                    Step::Claim(key, since) => prop_assert_eq!(
                        store.claim(&key, since, now).await.unwrap(),
                        model.claim(&key, since, now).await.unwrap()
                    ),
                    Step::Settle(key, outcome) => {
                        store.settle(&key, outcome, now).await.unwrap();
                        model.settle(&key, outcome, now).await.unwrap();
                    }
                }
            }
            Ok(())
        })?;
    }
}
