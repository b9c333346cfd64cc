//! Wrong attempts and places as a store keeps them. Pure: the stores differ in nothing but how they
//! write them down.

use jiff::Timestamp;

use crate::identity::admission::{DayLimits, IdentityAttemptOutcome, PlaceOutcome};
use crate::identity::policy::IdentityPolicy;

/// The wrong attempts of a subject, as a store keeps them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct IdentityFailures {
    /// The number of them.
    pub count: u32,
    /// The time of the next attempt.
    pub next: Timestamp,
    /// The end of the lock, if they locked.
    pub locked_until: Option<Timestamp>,
}

impl IdentityFailures {
    /// Creates no wrong attempts.
    pub const fn none() -> Self {
        Self {
            count: 0,
            next: Timestamp::MIN,
            locked_until: None,
        }
    }

    /// Restores what a store kept.
    pub const fn stored(count: u32, next: Timestamp, locked_until: Option<Timestamp>) -> Self {
        Self {
            count,
            next,
            locked_until,
        }
    }

    /// Returns whether an attempt may be made at this time, without counting it. A wait or a lock
    /// that is longer than the policy's was begun by a clock that was wrong, and is void.
    pub fn outcome(&self, policy: &IdentityPolicy, now: Timestamp) -> IdentityAttemptOutcome {
        let is_true = |until: Timestamp| until.duration_since(now) <= policy.lock_for;
        match self.locked_until {
            Some(until) if !is_true(until) => IdentityAttemptOutcome::Allowed,
            None if !is_true(self.next) => IdentityAttemptOutcome::Allowed,
            Some(until) if now < until => IdentityAttemptOutcome::Locked(until.duration_since(now)),
            // A lock that has ended leaves nothing behind.
            Some(_) => IdentityAttemptOutcome::Allowed,
            None if now < self.next => IdentityAttemptOutcome::Wait(self.next.duration_since(now)),
            None => IdentityAttemptOutcome::Allowed,
        }
    }

    /// Returns the failures with one more, at this time.
    #[must_use]
    pub fn and_one(&self, policy: &IdentityPolicy, now: Timestamp) -> Self {
        let before = match self.locked_until {
            Some(until) if now >= until || until.duration_since(now) > policy.lock_for => 0,
            _ => self.count,
        };
        let count = before.saturating_add(1);
        let after = |wait| now.checked_add(wait).unwrap_or(Timestamp::MAX);
        Self {
            count,
            next: after(policy.wait_after(count)),
            locked_until: policy.locks_after(count).then(|| after(policy.lock_for)),
        }
    }
}

impl IdentityFailures {
    /// Returns the failures without the last one, which was not made after all.
    #[must_use]
    pub const fn but_one(&self) -> Self {
        Self {
            count: self.count.saturating_sub(1),
            ..Self::none()
        }
    }
}

impl IdentityAttemptOutcome {
    /// Returns the outcome of an attempt against several subjects: the hardest counts.
    pub fn hardest(outcomes: impl IntoIterator<Item = Self>) -> Self {
        use IdentityAttemptOutcome::{Allowed, Locked, Wait};
        outcomes.into_iter().fold(Allowed, |a, b| match (a, b) {
            (Locked(a), Locked(b)) => Locked(a.max(b)),
            (Locked(time), _) | (_, Locked(time)) => Locked(time),
            (Wait(a), Wait(b)) => Wait(a.max(b)),
            (Wait(time), Allowed) | (Allowed, Wait(time)) => Wait(time),
            (Allowed, Allowed) => Allowed,
        })
    }
}

impl DayLimits {
    /// Returns the outcome where so many places are taken by the patient, and by all.
    pub fn outcome(&self, own: usize, all: usize) -> PlaceOutcome {
        let reached = |taken: usize, limit: Option<u32>| {
            let limit = limit.and_then(|limit| usize::try_from(limit).ok());
            limit.is_some_and(|limit| taken >= limit)
        };
        if reached(own, self.per_patient) {
            PlaceOutcome::PatientLimit
        } else if reached(all, self.per_practice) {
            PlaceOutcome::PracticeLimit
        } else {
            PlaceOutcome::Taken
        }
    }
}
