//! Reminders: claimed before they are sent.

use std::sync::Arc;

use emis_audit::{AuditEventKind, AuditEventOutcome, AuditStore};
use emis_reminders::{
    ClaimOutcome, ClaimOwner, ClaimRequest, DayCounts, GrantedClaim, MemoryReminderStore,
    PlannedReminder, PollKind, ReminderEntry, ReminderKey, ReminderSettlement, ReminderStanding,
    ReminderStore, RequestedReminder, ToldChanges,
};
use emis_settings::Channel;
use jiff::civil::{DateTime, date};
use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;

use super::{Dice, by_author, ods, second};

/// A time after every claim: no other reminder of the appointment counts.
const NEVER: Timestamp = Timestamp::MAX;
/// A lease that runs as long as a clause does.
const LONG: SignedDuration = SignedDuration::from_mins(30);
/// A lease that is over at once.
const OVER: SignedDuration = SignedDuration::ZERO;

fn key() -> ReminderKey {
    ReminderKey {
        practice: ods("A20047"),
        slot: "501".parse().unwrap(),
        patient: "41".parse().unwrap(),
        start: date(2026, 6, 2).at(9, 30, 0, 0),
        minutes_before: 24 * 60,
        channel: Channel::Sms,
        contact: "00000000000000a1".parse().unwrap(),
    }
}

fn by_email() -> ReminderKey {
    ReminderKey {
        channel: Channel::Email,
        contact: "00000000000000e1".parse().unwrap(),
        ..key()
    }
}

fn request(keys: &[ReminderKey], lease: SignedDuration, now: Timestamp) -> ClaimRequest {
    request_since(keys, NEVER, lease, now)
}

fn request_since(
    keys: &[ReminderKey],
    since: Timestamp,
    lease: SignedDuration,
    now: Timestamp,
) -> ClaimRequest {
    let reminders = keys.iter().map(|key| RequestedReminder {
        key: key.clone(),
        since,
    });
    ClaimRequest {
        reminders: reminders.collect(),
        owner: ClaimOwner::random(),
        lease,
        least_distance: SignedDuration::ZERO,
        now,
    }
}

async fn claim<S: ReminderStore>(store: &S, key: &ReminderKey, now: i64) -> ClaimOutcome {
    let request = request(std::slice::from_ref(key), LONG, second(now));
    store.claim(&request).await.unwrap()
}

fn granted(outcome: ClaimOutcome) -> GrantedClaim {
    match outcome {
        ClaimOutcome::Ours(granted) => granted,
        other => panic!("{other:?}"),
    }
}

/// Returns the standing that refused the claim of one reminder.
fn refused(outcome: ClaimOutcome) -> ReminderStanding {
    match outcome {
        ClaimOutcome::Standing(standing) => standing[0].1,
        other => panic!("{other:?}"),
    }
}

fn is_in_flight(outcome: ClaimOutcome) -> bool {
    matches!(refused(outcome), ReminderStanding::InFlight { .. })
}

async fn settle<S: ReminderStore>(
    store: &S,
    claim: &GrantedClaim,
    outcome: ReminderSettlement,
    now: i64,
) -> bool {
    let (practice, reference) = (&claim.keys[0].practice, claim.reference);
    let settled = store.settle(practice, reference, None, outcome, second(now), by_author());
    settled.await.unwrap()
}

async fn entries<S: ReminderStore>(store: &S) -> Vec<ReminderEntry> {
    let (from, until) = (DateTime::MIN, DateTime::MAX);
    let mut entries = store.reminders(&ods("A20047"), from, until).await.unwrap();
    entries.sort_by(|one, other| one.key.cmp(&other.key));
    entries
}

/// A reminder is claimed once and sent once, by any channel.
pub async fn a_reminder_is_claimed_once_and_sent_once<S: ReminderStore>(store: &Arc<S>) {
    let first = granted(claim(&**store, &key(), 1).await);
    assert_eq!(first.keys, [key()]);
    assert!(is_in_flight(claim(&**store, &key(), 2).await));
    assert!(is_in_flight(claim(&**store, &by_email(), 2).await));
    assert!(settle(&**store, &first, ReminderSettlement::Sent, 3).await);
    assert!(!settle(&**store, &first, ReminderSettlement::NotSent, 3).await);
    for key in [key(), by_email()] {
        let claim = claim(&**store, &key, 4).await;
        assert_eq!(refused(claim), ReminderStanding::Sent);
    }
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
    let mut references = Vec::new();
    for key in others.iter().chain([&key()]) {
        references.push(granted(claim(&**store, key, 1).await).reference);
    }
    references.sort_unstable();
    references.dedup();
    assert_eq!(references.len(), 6);
}

/// A reminder of another offset counts if it was claimed since the given time.
pub async fn a_reminder_of_another_offset_counts_since_the_given_time<S: ReminderStore>(
    store: &Arc<S>,
) {
    let hour_before = ReminderKey {
        minutes_before: 60,
        ..key()
    };
    let first = granted(claim(&**store, &hour_before, 5).await);
    let since = async |since, now| {
        let request = request_since(&[key()], second(since), LONG, second(now));
        store.claim(&request).await.unwrap()
    };
    assert!(is_in_flight(since(5, 9).await));
    settle(&**store, &first, ReminderSettlement::Sent, 6).await;
    assert_eq!(refused(since(5, 9).await), ReminderStanding::Sent);
    granted(since(6, 9).await);
}

/// Of many concurrent claims exactly one may send.
pub async fn of_many_concurrent_claims_one_may_send<S>(store: &Arc<S>)
where
    S: ReminderStore + 'static,
{
    let mut workers = JoinSet::new();
    for n in 0..60 {
        let store = Arc::clone(store);
        let key = [key(), by_email()][n % 2].clone();
        workers.spawn(async move { claim(&*store, &key, 1).await });
    }
    let claims = workers.join_all().await;
    let ours = claims
        .iter()
        .filter(|it| matches!(it, ClaimOutcome::Ours(_)));
    assert_eq!(ours.count(), 1);
}

/// One message may remind of several appointments: all are claimed and settled as one, and what is
/// not free is left out.
pub async fn a_message_of_several_is_claimed_and_settled_as_one<S: ReminderStore>(store: &Arc<S>) {
    let [one, two, three] = ["1", "2", "3"].map(|slot| ReminderKey {
        slot: slot.parse().unwrap(),
        ..key()
    });
    let sent = granted(claim(&**store, &two, 1).await);
    settle(&**store, &sent, ReminderSettlement::Sent, 1).await;
    let all = [three.clone(), two.clone(), one.clone()];
    let claim = store.claim(&request(&all, LONG, second(2))).await.unwrap();
    let both = granted(claim);
    assert_eq!(both.keys, [one, three]);
    assert_eq!(both.others, [(two, ReminderStanding::Sent)]);
    assert!(!both.tried_before);
    let open = store.open_claims(&ods("A20047")).await.unwrap();
    assert_eq!((open.len(), &open[0].keys), (1, &both.keys));
    assert!(settle(&**store, &both, ReminderSettlement::NotSent, 3).await);
    assert_eq!(store.open_claims(&ods("A20047")).await.unwrap(), []);

    // Tried again it is the same message.
    let again = store.claim(&request(&all, LONG, second(4))).await.unwrap();
    let again = granted(again);
    assert_eq!(
        (again.reference, again.tried_before),
        (both.reference, true)
    );
}

/// A claim whose lease is over is in doubt, and is taken over by one. The owner of before can't
/// settle it any more.
pub async fn a_lease_that_is_over_is_taken_over_once<S>(store: &Arc<S>)
where
    S: ReminderStore + 'static,
{
    let practice = ods("A20047");
    let before = request(&[key()], OVER, second(1));
    let left = granted(store.claim(&before).await.unwrap());
    let doubt = ReminderStanding::InDoubt { since: second(1) };
    assert_eq!(refused(claim(&**store, &key(), 2).await), doubt);
    let running = ReminderKey {
        slot: "502".parse().unwrap(),
        ..key()
    };
    granted(claim(&**store, &running, 2).await);

    let mut workers = JoinSet::new();
    for _ in 0..20 {
        let (store, practice) = (Arc::clone(store), practice.clone());
        workers.spawn(async move {
            let owner = ClaimOwner::random();
            let taken = store
                .take_over_expired(&practice, owner, LONG, second(3))
                .await;
            (owner, taken.unwrap())
        });
    }
    let mut taken: Vec<_> = workers.join_all().await;
    taken.retain(|(_, claims)| !claims.is_empty());
    let [(owner, claims)] = &taken[..] else {
        panic!("{} took it over", taken.len());
    };
    assert_eq!(claims.len(), 1);
    assert_eq!(
        (claims[0].reference, &claims[0].keys),
        (left.reference, &left.keys)
    );
    assert!(is_in_flight(claim(&**store, &key(), 4).await));

    let sent = ReminderSettlement::Sent;
    let by = async |owner| {
        let settled = store.settle(
            &practice,
            left.reference,
            Some(owner),
            sent,
            second(5),
            by_author(),
        );
        settled.await.unwrap()
    };
    assert!(!by(before.owner).await);
    assert!(by(*owner).await);
    assert_eq!(
        refused(claim(&**store, &key(), 6).await),
        ReminderStanding::Sent
    );
}

/// Messages to one contact keep the least distance, whichever patients they are of.
pub async fn messages_to_one_contact_keep_their_distance<S: ReminderStore>(store: &Arc<S>) {
    let sent = granted(claim(&**store, &key(), 100).await);
    settle(&**store, &sent, ReminderSettlement::Sent, 100).await;
    let child = ReminderKey {
        slot: "502".parse().unwrap(),
        patient: "42".parse().unwrap(),
        ..key()
    };
    let other = ReminderKey {
        contact: "00000000000000a2".parse().unwrap(),
        ..child.clone()
    };
    let after = async |key: &ReminderKey, now, distance| {
        let mut request = request(std::slice::from_ref(key), LONG, second(now));
        request.least_distance = SignedDuration::from_secs(distance);
        store.claim(&request).await.unwrap()
    };
    let until = second(160);
    assert_eq!(
        after(&child, 159, 60).await,
        ClaimOutcome::TooSoon { until }
    );
    // A message that is still ahead was noted under a wrong clock.
    let ahead = granted(after(&child, 99, 60).await);
    assert!(settle(&**store, &ahead, ReminderSettlement::NotSent, 99).await);
    let claim = granted(after(&child, 160, 60).await);
    settle(&**store, &claim, ReminderSettlement::NotSent, 160).await;
    granted(after(&other, 161, 60).await);
}

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

/// The store in memory is the model: both return the same for random calls.
pub async fn it_returns_what_the_store_in_memory_returns<S: ReminderStore>(store: &Arc<S>) {
    /// The end of a lease goes by the clock of each store.
    fn without_clock(outcome: ClaimOutcome) -> String {
        let ended = ReminderStanding::InFlight {
            until: Timestamp::MAX,
        };
        let strip = |mut all: Vec<(ReminderKey, ReminderStanding)>| {
            for (_, standing) in &mut all {
                if matches!(standing, ReminderStanding::InFlight { .. }) {
                    *standing = ended;
                }
            }
            all
        };
        match outcome {
            ClaimOutcome::Standing(all) => format!("{:?}", strip(all)),
            ClaimOutcome::Ours(mut granted) => {
                granted.others = strip(granted.others);
                format!("{granted:?}")
            }
            other => format!("{other:?}"),
        }
    }
    let model = MemoryReminderStore::default();
    let practice = ods("A20047");
    let mut dice = Dice(11);
    let mut claims: Vec<GrantedClaim> = Vec::new();
    for n in 0..600_i64 {
        // A new appointment from time to time, so that some claims succeed.
        let (era, now) = (n / 12, second(n));
        let key = |dice: &mut Dice, slot: i64| ReminderKey {
            slot: (10 * era + slot + 1).try_into().unwrap(),
            minutes_before: dice.one_of(&[60, 1440]),
            ..dice
                .one_of(&[0, 1])
                .eq(&0)
                .then(key)
                .unwrap_or_else(by_email)
        };
        match dice.throw(4) {
            0 | 1 => {
                let first = key(&mut dice, 0);
                let second_key = ReminderKey {
                    slot: (10 * era + 2).try_into().unwrap(),
                    ..first.clone()
                };
                let keys = [first, second_key];
                let count = 1 + usize::try_from(dice.throw(2)).unwrap();
                let lease = dice.one_of(&[OVER, LONG]);
                let since = second(n - dice.throw(14) as i64);
                let mut request = request_since(&keys[..count], since, lease, now);
                request.least_distance = SignedDuration::from_secs(dice.one_of(&[0, 3]));
                let (one, other) = (store.claim(&request).await, model.claim(&request).await);
                let (one, other) = (one.unwrap(), other.unwrap());
                if let ClaimOutcome::Ours(granted) = &one {
                    claims.push(granted.clone());
                }
                assert_eq!(without_clock(one), without_clock(other), "step {n}");
            }
            2 if !claims.is_empty() => {
                let place = usize::try_from(dice.throw(claims.len() as u64)).unwrap();
                let outcome = dice.one_of(ReminderSettlement::ALL);
                let settled = settle(&**store, &claims[place], outcome, n).await;
                assert_eq!(settled, settle(&model, &claims[place], outcome, n).await);
            }
            _ => {
                let mut changes = ToldChanges::default();
                let appointment = key(&mut dice, 0).appointment();
                let kind = dice.throw(3);
                let list = match kind {
                    0 => &mut changes.gone,
                    1 => &mut changes.back,
                    _ => &mut changes.reopened,
                };
                list.push(appointment);
                let noted = store.note_changes(&practice, &changes, &[], now).await;
                noted.unwrap();
                model
                    .note_changes(&practice, &changes, &[], now)
                    .await
                    .unwrap();
            }
        }
    }
    let told = |entries: Vec<ReminderEntry>| {
        let told = entries.into_iter().map(|it| {
            let key = it.key;
            (
                key,
                it.reference,
                it.generation,
                it.claimed_at,
                it.settled,
                it.gone_at,
            )
        });
        told.collect::<Vec<_>>()
    };
    assert_eq!(told(entries(&**store).await), told(entries(&model).await));
}

/// The open claims of a practice are listed, oldest first.
pub async fn open_claims_are_listed_until_they_are_settled<S: ReminderStore>(store: &Arc<S>) {
    let later = ReminderKey {
        slot: "502".parse().unwrap(),
        ..by_email()
    };
    let elsewhere = ReminderKey {
        practice: ods("Y00001"),
        ..key()
    };
    let mut granted_claims = Vec::new();
    for (key, at) in [(&later, 2), (&key(), 1), (&elsewhere, 1)] {
        granted_claims.push(granted(claim(&**store, key, at).await));
    }
    let open = async || {
        let open = store.open_claims(&ods("A20047")).await.unwrap();
        let open = open.into_iter().map(|it| (it.keys, it.since));
        open.collect::<Vec<_>>()
    };
    let expected = [(vec![key()], second(1)), (vec![later.clone()], second(2))];
    assert_eq!(open().await, expected);
    settle(&**store, &granted_claims[1], ReminderSettlement::Sent, 3).await;
    assert_eq!(open().await, expected[1..]);
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
