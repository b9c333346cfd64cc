//! Identity attempts, and the places that bookings take.

use async_trait::async_trait;
use emis_audit::{AuditEvent, AuditEventKind, Provenance};
use emis_booking::{
    AdmissionStore, BookingId, DayLimits, IdentityAttemptOutcome, IdentityFailures, IdentityLock,
    IdentityPolicy, IdentitySubject, PlaceOutcome,
};
use emis_settings::StoreError;
use emis_types::{OdsCode, PatientNumber, uk};
use jiff::Timestamp;

use super::chain_lock::ChainLock;
use super::handle::Store;
use crate::sql::tables::{BOOKING_PLACES, IDENTITY_FAILURES};
use crate::sql::{Fault, Statement, Write, values};

const ATTEMPT: (&str, &str) = ("identity_attempt", "the identity attempt can't be counted");
const LOCKS: (&str, &str) = (
    "identity_locks",
    "the identity locks can't be read or changed",
);
const PLACE: (&str, &str) = (
    "take_place",
    "the place of the booking can't be taken or returned",
);

const SUBJECT: &str = "practice = $1 AND subject = $2";
const OF_BOOKING: &str = "practice = $1 AND booking = $2";
const OF_DAY: &str = "practice = $1 AND day = $2";

#[async_trait]
impl<D> AdmissionStore for Store<D> {
    async fn begin_attempt(
        &self,
        practice: &OdsCode,
        subjects: &[IdentitySubject],
        policy: &IdentityPolicy,
        author: &Provenance,
    ) -> Result<IdentityAttemptOutcome, StoreError> {
        self.run(ATTEMPT, practice.as_str(), async {
            let mut write = self.database.write().await?;
            // The attempts of a practice follow each other.
            let mut lock = ChainLock::acquire(&mut write, practice.clone()).await?;
            let now = self.present_in(&mut write).await?;
            let mut before = Vec::new();
            for subject in subjects {
                before.push(failures(&mut write, practice, subject).await?);
            }
            let outcomes = before.iter().map(|failures| failures.outcome(policy, now));
            let outcome = IdentityAttemptOutcome::hardest(outcomes);
            if outcome != IdentityAttemptOutcome::Allowed {
                return Ok(outcome);
            }
            for (subject, before) in subjects.iter().zip(before) {
                let after = before.and_one(policy, now);
                let put = put(practice, subject, &after);
                if after.locked_until.is_some() {
                    let kind = AuditEventKind::IDENTITY_LOCKED;
                    let event = event(kind, subject, now, author);
                    lock.append_with(&mut write, &event, vec![put]).await?;
                } else {
                    write.execute_all(vec![put]).await?;
                }
            }
            write.commit().await?;
            Ok(outcome)
        })
        .await
    }

    async fn forget_attempts(
        &self,
        practice: &OdsCode,
        subjects: &[IdentitySubject],
    ) -> Result<(), StoreError> {
        self.run(ATTEMPT, practice.as_str(), async {
            let mut write = self.database.write().await?;
            for subject in subjects {
                let values = values![practice, subject.to_string()];
                write.delete(&IDENTITY_FAILURES, SUBJECT, values).await?;
            }
            write.commit().await
        })
        .await
    }

    async fn return_attempt(
        &self,
        practice: &OdsCode,
        subjects: &[IdentitySubject],
    ) -> Result<(), StoreError> {
        self.run(ATTEMPT, practice.as_str(), async {
            let mut write = self.database.write().await?;
            ChainLock::acquire(&mut write, practice.clone()).await?;
            for subject in subjects {
                let failures = failures(&mut write, practice, subject).await?;
                let put = put(practice, subject, &failures.but_one());
                write.execute_all(vec![put]).await?;
            }
            write.commit().await
        })
        .await
    }

    async fn unlock(
        &self,
        practice: &OdsCode,
        subject: &IdentitySubject,
        author: &Provenance,
    ) -> Result<bool, StoreError> {
        self.run(LOCKS, practice.as_str(), async {
            let mut write = self.database.write().await?;
            let mut lock = ChainLock::acquire(&mut write, practice.clone()).await?;
            let now = self.present_in(&mut write).await?;
            let failures = failures(&mut write, practice, subject).await?;
            let locked = failures.locked_until.is_some_and(|until| now < until);
            let values = values![practice, subject.to_string()];
            write.delete(&IDENTITY_FAILURES, SUBJECT, values).await?;
            if locked {
                let kind = AuditEventKind::IDENTITY_UNLOCKED;
                lock.append(&mut write, &event(kind, subject, now, author))
                    .await?;
            }
            write.commit().await?;
            Ok(locked)
        })
        .await
    }

    async fn locks(&self, practice: &OdsCode) -> Result<Vec<IdentityLock>, StoreError> {
        self.run(LOCKS, practice.as_str(), async {
            let now = self.present().await?;
            // All are read, so that an end that was not recorded by the store is found.
            let rows =
                self.database
                    .records(&IDENTITY_FAILURES, "practice = $1", values![practice]);
            let mut locks = Vec::new();
            for row in rows.await? {
                if let Some(until) = row.optional(4)?.filter(|until| now < *until) {
                    locks.push(IdentityLock::new(row.parsed(1)?, row.number(2)?, until));
                }
            }
            locks.sort_by_key(|lock| (lock.until, lock.subject));
            Ok(locks)
        })
        .await
    }

    async fn take_place(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
        booking: &BookingId,
        limits: DayLimits,
    ) -> Result<PlaceOutcome, StoreError> {
        self.run(PLACE, practice.as_str(), async {
            let mut write = self.database.write().await?;
            ChainLock::acquire(&mut write, practice.clone()).await?;
            let now = self.present_in(&mut write).await?;
            let (id, day) = (booking.to_string(), uk::at(now).date().to_string());
            let taken = write.records(&BOOKING_PLACES, OF_DAY, values![practice, &day]);
            let (mut own, mut all) = (0, 0);
            for row in taken.await? {
                if row.text(0)? == id {
                    return Ok(PlaceOutcome::Taken);
                }
                all += 1;
                own += usize::from(row.int(2)? == i64::from(patient.get()));
            }
            let outcome = limits.outcome(own, all);
            if outcome == PlaceOutcome::Taken {
                let place = values![id, practice, patient.get(), day];
                let insert = BOOKING_PLACES.insert_new(place);
                write.execute_all(vec![insert]).await?;
                write.commit().await?;
            }
            Ok(outcome)
        })
        .await
    }

    async fn return_place(
        &self,
        practice: &OdsCode,
        booking: &BookingId,
    ) -> Result<(), StoreError> {
        self.run(PLACE, practice.as_str(), async {
            let mut write = self.database.write().await?;
            let values = values![practice, booking.to_string()];
            write.delete(&BOOKING_PLACES, OF_BOOKING, values).await?;
            write.commit().await
        })
        .await
    }
}

async fn failures(
    write: &mut Write,
    practice: &OdsCode,
    subject: &IdentitySubject,
) -> Result<IdentityFailures, Fault> {
    let values = values![practice, subject.to_string()];
    let row = write.record(&IDENTITY_FAILURES, SUBJECT, values).await?;
    let Some(row) = row else {
        return Ok(IdentityFailures::none());
    };
    let (count, next) = (row.number(2)?, row.parsed(3)?);
    Ok(IdentityFailures::stored(count, next, row.optional(4)?))
}

fn put(practice: &OdsCode, subject: &IdentitySubject, failures: &IdentityFailures) -> Statement {
    let count = i64::from(failures.count);
    let (next, locked_until) = (failures.next, failures.locked_until);
    IDENTITY_FAILURES.put(values![
        practice,
        subject.to_string(),
        count,
        next,
        locked_until
    ])
}

fn event(
    kind: AuditEventKind,
    subject: &IdentitySubject,
    at: Timestamp,
    author: &Provenance,
) -> AuditEvent {
    let event = AuditEvent::new(kind, at, author.clone());
    match subject {
        IdentitySubject::Patient(patient) => event.detail("patient", patient.get()),
        other => event.detail("subject", other.to_string()),
    }
}
