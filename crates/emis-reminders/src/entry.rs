//! The entries that a store keeps of reminders, and the decisions that follow from them.

use emis_messaging::MessageReference;
use jiff::Timestamp;

use crate::claim::{
    ClaimOutcome, ClaimRequest, GrantedClaim, LONGEST_LEASE, OpenClaim, ReminderSettlement,
    ReminderStanding,
};
use crate::key::{ClaimOwner, ReminderKey, reference};

/// A reminder as a store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReminderEntry {
    /// The reminder.
    pub key: ReminderKey,
    /// The reference of the message that carries it.
    pub reference: MessageReference,
    /// The number of times that it was told before, and superseded since.
    pub generation: u32,
    /// The time of the claim.
    pub claimed_at: Timestamp,
    /// The owner of the claim, and the end of the lease by the store's clock.
    pub lease: (ClaimOwner, Timestamp),
    /// The outcome; `None` while the claim is open.
    pub settled: Option<ReminderSettlement>,
    /// The time at which EMIS was seen not to list the appointment any more.
    pub gone_at: Option<Timestamp>,
}

impl ReminderEntry {
    /// Creates the entry of a reminder that was just claimed. For stores.
    pub const fn claimed(
        key: ReminderKey,
        reference: MessageReference,
        generation: u32,
        claimed_at: Timestamp,
        lease: (ClaimOwner, Timestamp),
    ) -> Self {
        Self {
            key,
            reference,
            generation,
            claimed_at,
            lease,
            settled: None,
            gone_at: None,
        }
    }

    /// Returns whether the patient was told, or may have been told, of this appointment.
    pub fn is_told(&self) -> bool {
        matches!(
            self.settled,
            None | Some(ReminderSettlement::Sent | ReminderSettlement::Unknown)
        )
    }

    /// Returns whether the lease of an open claim is over at `now`.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        let ends = self.lease.1;
        let over = ends <= now || ends.duration_since(now) > LONGEST_LEASE;
        self.settled.is_none() && over
    }
}

/// Returns the standing of a reminder by the entries of its appointment.
///
/// The entries that stand for it are those with the same
/// [`minutes_before`](ReminderKey::minutes_before), and those claimed at `since` or later: a
/// practice may change how long before it reminds, and its patients are not reminded again. Of
/// several the first of this order decides: one that was sent, one that is in flight or in doubt,
/// one of the very key that was refused.
pub fn standing<'a>(
    key: &ReminderKey,
    since: Timestamp,
    now: Timestamp,
    entries: impl IntoIterator<Item = &'a ReminderEntry>,
) -> ReminderStanding {
    let mut standing = ReminderStanding::Free;
    let stands = |entry: &&ReminderEntry| {
        key.same_appointment(&entry.key)
            && (key.minutes_before == entry.key.minutes_before || entry.claimed_at >= since)
    };
    for entry in entries.into_iter().filter(stands) {
        match entry.settled {
            Some(ReminderSettlement::Sent | ReminderSettlement::Unknown) => {
                return ReminderStanding::Sent;
            }
            None if entry.is_expired(now) => {
                standing = match standing {
                    ReminderStanding::InFlight { .. } => standing,
                    ReminderStanding::InDoubt { since } => ReminderStanding::InDoubt {
                        since: since.max(entry.claimed_at),
                    },
                    _ => ReminderStanding::InDoubt {
                        since: entry.claimed_at,
                    },
                };
            }
            None => {
                standing = ReminderStanding::InFlight {
                    until: entry.lease.1,
                };
            }
            Some(ReminderSettlement::Refused) if entry.key == *key => {
                if standing == ReminderStanding::Free {
                    standing = ReminderStanding::Refused;
                }
            }
            Some(_) => {}
        }
    }
    standing
}

/// Decides on a claim by the entries of its appointments, and the time of the last message to its
/// contact. For stores: the answer must be made durable in the same transaction.
pub fn decide(
    request: &ClaimRequest,
    now: Timestamp,
    entries: &[ReminderEntry],
    last_to_contact: Option<Timestamp>,
) -> ClaimOutcome {
    let (mut keys, mut others) = (Vec::new(), Vec::new());
    for reminder in &request.reminders {
        match standing(&reminder.key, reminder.since, now, entries) {
            ReminderStanding::Free => keys.push(reminder.key.clone()),
            stands => others.push((reminder.key.clone(), stands)),
        }
    }
    if keys.is_empty() {
        return ClaimOutcome::Standing(others);
    }
    // A time that is still ahead was written under a wrong clock.
    let last = last_to_contact.filter(|last| *last <= request.now);
    if let Some(until) = last.and_then(|last| last.checked_add(request.least_distance).ok())
        && request.now < until
    {
        return ClaimOutcome::TooSoon { until };
    }
    keys.sort();
    let reference = reference(keys.iter().map(|key| (key, generation(key, entries))));
    let tried_before = entries.iter().any(|entry| entry.reference == reference);
    ClaimOutcome::Ours(GrantedClaim {
        reference,
        keys,
        others,
        tried_before,
    })
}

/// Returns the generation in which a reminder is claimed next. For stores.
pub fn generation(key: &ReminderKey, entries: &[ReminderEntry]) -> u32 {
    let of_appointment = entries.iter().filter(|it| key.same_appointment(&it.key));
    let superseded = of_appointment.map(|entry| {
        let again = entry.settled == Some(ReminderSettlement::Superseded);
        entry.generation.saturating_add(u32::from(again))
    });
    superseded.max().unwrap_or(0)
}

/// Gathers open entries into the messages that carry them, oldest first.
pub fn open_claims(entries: impl IntoIterator<Item = ReminderEntry>) -> Vec<OpenClaim> {
    let mut claims: Vec<OpenClaim> = Vec::new();
    for entry in entries.into_iter().filter(|entry| entry.settled.is_none()) {
        match claims.iter_mut().find(|it| it.reference == entry.reference) {
            Some(claim) => claim.keys.push(entry.key),
            None => claims.push(OpenClaim::new(
                entry.reference,
                vec![entry.key],
                entry.claimed_at,
                entry.lease.1,
            )),
        }
    }
    for claim in &mut claims {
        claim.keys.sort();
    }
    claims.sort_by(|one, other| (one.since, &one.keys).cmp(&(other.since, &other.keys)));
    claims
}
