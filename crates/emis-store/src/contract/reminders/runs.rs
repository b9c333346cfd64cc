//! Clauses about runs: polls, the planned list and the counts of days.

use std::sync::Arc;

use emis_reminders::{DayCounts, PlannedReminder, PollKind, ReminderKey, ReminderStore};
use jiff::SignedDuration;
use jiff::civil::{DateTime, date};
use tokio::task::JoinSet;

use super::super::{ods, second};
use super::{OVER, key};

/// Polls of a practice keep their distance, even if several workers make them.
pub async fn polls_of_a_practice_keep_their_distance<S>(store: &Arc<S>)
where
    S: ReminderStore + 'static,
{
    let five = SignedDuration::from_mins(5);
    let mut workers = JoinSet::new();
    for _ in 0..20 {
        let store = Arc::clone(store);
        workers.spawn(async move {
            let practice = ods("A20047");
            let poll = store.begin_poll(&practice, PollKind::Sending, five, second(1));
            poll.await.unwrap()
        });
    }
    let polls = workers.join_all().await;
    assert_eq!(polls.iter().filter(|wait| wait.is_none()).count(), 1);
    let poll = async |practice: &str, kind, least| {
        let practice = ods(practice);
        let begun = store.begin_poll(&practice, kind, least, second(2));
        begun.await.unwrap()
    };
    assert!(poll("A20047", PollKind::Sending, five).await.is_some());
    assert_eq!(poll("A20047", PollKind::Planning, five).await, None);
    assert_eq!(poll("Y00001", PollKind::Sending, five).await, None);
    assert_eq!(poll("A20047", PollKind::Sending, OVER).await, None);
}

/// The planned list of a practice is replaced as a whole, and read in the order of its times.
pub async fn the_planned_list_is_replaced<S: ReminderStore>(store: &Arc<S>) {
    let practice = ods("A20047");
    let planned = |slot: i64, day: i8, send_day: i8| {
        let key = ReminderKey {
            slot: slot.try_into().unwrap(),
            start: date(2026, 6, day).at(9, 30, 0, 0),
            ..key()
        };
        PlannedReminder {
            appointment: key.appointment(),
            rule: 1,
            minutes_before: 10_080,
            send_at: date(2026, 6, send_day).at(9, 30, 0, 0),
        }
    };
    let all = [planned(1, 20, 13), planned(2, 12, 5), planned(3, 19, 12)];
    store.replace_planned(&practice, &all).await.unwrap();
    let due = async |after: i8, until: i8| {
        let noon = |day| date(2026, 6, day).at(12, 0, 0, 0);
        let planned = store.planned(&practice, noon(after), noon(until));
        planned.await.unwrap()
    };
    assert_eq!(due(1, 30).await, [all[1], all[2], all[0]]);
    assert_eq!(due(12, 12).await, [all[2]]);
    store.replace_planned(&practice, &all[..1]).await.unwrap();
    assert_eq!(due(1, 30).await, all[..1]);
    assert_eq!(
        store
            .planned(&ods("Y00001"), DateTime::MIN, DateTime::MAX)
            .await
            .unwrap(),
        []
    );
}

/// The counts of a day's runs add up.
pub async fn the_counts_of_days_add_up<S>(store: &Arc<S>)
where
    S: ReminderStore + 'static,
{
    let practice = ods("A20047");
    let counts = |day: i8, listed, sent| {
        let mut counts = DayCounts::none(date(2026, 6, day));
        (counts.runs, counts.listed, counts.sent, counts.failed) = (1, listed, sent, 2);
        counts
    };
    let mut workers = JoinSet::new();
    for n in 0..10 {
        let (store, practice) = (Arc::clone(store), practice.clone());
        let counts = counts(2, 30 + n, 3);
        workers.spawn(async move { store.note_run(&practice, &counts).await.unwrap() });
    }
    workers.join_all().await;
    store.note_run(&practice, &counts(1, 7, 0)).await.unwrap();
    let mut sum = counts(2, 39, 30);
    (sum.runs, sum.failed) = (10, 20);
    let from = async |day: i8| store.days(&practice, date(2026, 6, day)).await.unwrap();
    assert_eq!(from(1).await, [counts(1, 7, 0), sum]);
    assert_eq!(from(2).await, [sum]);
}
