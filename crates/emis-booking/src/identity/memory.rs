//! Identity attempts and places in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use emis_audit::Provenance;
use emis_settings::StoreError;
use emis_types::{Clock, OdsCode, PatientNumber, uk};
use jiff::civil::Date;

use crate::id::BookingId;
use crate::identity::admission::{
    AdmissionStore, DayLimits, IdentityAttemptOutcome, IdentityLock, PlaceOutcome,
};
use crate::identity::failures::IdentityFailures;
use crate::identity::policy::IdentityPolicy;
use crate::identity::subject::IdentitySubject;

/// Counts identity attempts and bookings within one process, for tests and trials: other workers do
/// not see them.
#[derive(Debug)]
pub struct MemoryAdmissionStore {
    clock: Arc<dyn Clock>,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    failures: BTreeMap<(OdsCode, IdentitySubject), IdentityFailures>,
    places: BTreeMap<BookingId, (OdsCode, PatientNumber, Date)>,
}

impl MemoryAdmissionStore {
    /// Creates an empty store.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            kept: Mutex::default(),
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // No code that holds the lock can leave an entry half written.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl AdmissionStore for MemoryAdmissionStore {
    async fn begin_attempt(
        &self,
        practice: &OdsCode,
        subjects: &[IdentitySubject],
        policy: &IdentityPolicy,
        _author: &Provenance,
    ) -> Result<IdentityAttemptOutcome, StoreError> {
        let now = self.clock.now();
        let mut kept = self.kept();
        let of = |kept: &Kept, subject: &IdentitySubject| {
            let failures = kept.failures.get(&(practice.clone(), *subject));
            failures.copied().unwrap_or(IdentityFailures::none())
        };
        let outcomes = subjects.iter().map(|it| of(&kept, it).outcome(policy, now));
        let outcome = IdentityAttemptOutcome::hardest(outcomes);
        if outcome == IdentityAttemptOutcome::Allowed {
            for subject in subjects {
                let failures = of(&kept, subject).and_one(policy, now);
                kept.failures.insert((practice.clone(), *subject), failures);
            }
        }
        Ok(outcome)
    }

    async fn forget_attempts(
        &self,
        practice: &OdsCode,
        subjects: &[IdentitySubject],
    ) -> Result<(), StoreError> {
        let mut kept = self.kept();
        for subject in subjects {
            kept.failures.remove(&(practice.clone(), *subject));
        }
        Ok(())
    }

    async fn return_attempt(
        &self,
        practice: &OdsCode,
        subjects: &[IdentitySubject],
    ) -> Result<(), StoreError> {
        let mut kept = self.kept();
        for subject in subjects {
            if let Some(failures) = kept.failures.get_mut(&(practice.clone(), *subject)) {
                *failures = failures.but_one();
            }
        }
        Ok(())
    }

    async fn unlock(
        &self,
        practice: &OdsCode,
        subject: &IdentitySubject,
        _author: &Provenance,
    ) -> Result<bool, StoreError> {
        let removed = self.kept().failures.remove(&(practice.clone(), *subject));
        Ok(removed.is_some_and(|it| it.locked_until.is_some()))
    }

    async fn locks(&self, practice: &OdsCode) -> Result<Vec<IdentityLock>, StoreError> {
        let now = self.clock.now();
        let kept = self.kept();
        let of_practice = kept.failures.iter().filter(|(key, _)| key.0 == *practice);
        let mut locks: Vec<_> = of_practice
            .filter_map(|((_, subject), it)| {
                let until = it.locked_until.filter(|until| now < *until)?;
                Some(IdentityLock::new(*subject, it.count, until))
            })
            .collect();
        locks.sort_by_key(|lock| (lock.until, lock.subject));
        Ok(locks)
    }

    async fn take_place(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
        booking: &BookingId,
        limits: DayLimits,
    ) -> Result<PlaceOutcome, StoreError> {
        let day = uk::at(self.clock.now()).date();
        let mut kept = self.kept();
        if kept.places.contains_key(booking) {
            return Ok(PlaceOutcome::Taken);
        }
        let today = |it: &&(OdsCode, PatientNumber, Date)| it.0 == *practice && it.2 == day;
        let all = kept.places.values().filter(today).count();
        let own = kept.places.values().filter(today);
        let own = own.filter(|it| it.1 == patient).count();
        let outcome = limits.outcome(own, all);
        if outcome == PlaceOutcome::Taken {
            kept.places
                .insert(*booking, (practice.clone(), patient, day));
        }
        Ok(outcome)
    }

    async fn return_place(
        &self,
        practice: &OdsCode,
        booking: &BookingId,
    ) -> Result<(), StoreError> {
        let mut kept = self.kept();
        kept.places
            .retain(|id, (of, ..)| id != booking || of != practice);
        Ok(())
    }
}
