//! Claims: one worker sends a message, once.

use std::sync::Arc;

use emis_reminders::{
    ClaimOutcome, ClaimOwner, ReminderKey, ReminderSettlement, ReminderStanding, ReminderStore,
};
use jiff::SignedDuration;
use jiff::civil::date;
use tokio::task::JoinSet;

use super::super::{by_author, ods, second};
use super::{
    LONG, OVER, by_email, claim, granted, is_in_flight, key, refused, request, request_since,
    settle,
};

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

/// A lease that ends later than any can was written under a wrong clock, and is taken over.
pub async fn a_claim_of_a_fast_clock_is_taken_over<S: ReminderStore>(store: &Arc<S>) {
    let years = SignedDuration::from_hours(24 * 1000);
    let made = store.claim(&request(&[key()], years, second(1))).await;
    granted(made.unwrap());
    let (practice, owner) = (ods("A20047"), ClaimOwner::random());
    let take = || store.take_over_expired(&practice, owner, LONG, second(3));
    assert_eq!(take().await.unwrap().len(), 1);
    assert_eq!(take().await.unwrap(), []);
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
