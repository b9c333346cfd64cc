//! The store in memory as the model of every store.

use std::sync::Arc;

use emis_reminders::{
    ClaimOutcome, GrantedClaim, MemoryReminderStore, ReminderEntry, ReminderKey,
    ReminderSettlement, ReminderStanding, ReminderStore, ToldChanges,
};
use jiff::{SignedDuration, Timestamp};

use super::super::{Dice, ods, second};
use super::{LONG, OVER, by_email, entries, key, request_since, settle};

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
