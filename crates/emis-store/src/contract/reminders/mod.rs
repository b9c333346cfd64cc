//! Reminders: claimed before they are sent.

mod claims;
mod model;
mod outcomes;
mod runs;

use emis_reminders::{
    ClaimOutcome, ClaimOwner, ClaimRequest, GrantedClaim, ReminderEntry, ReminderKey,
    ReminderSettlement, ReminderStanding, ReminderStore, RequestedReminder,
};
use emis_settings::Channel;
use jiff::civil::{DateTime, date};
use jiff::{SignedDuration, Timestamp};

use super::{by_author, ods, second};

pub use claims::*;
pub use model::*;
pub use outcomes::*;
pub use runs::*;

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
