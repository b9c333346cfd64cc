//! The store of identity attempts and of the places that bookings take.

use std::fmt::Debug;

use async_trait::async_trait;
use emis_audit::Provenance;
use emis_settings::{BookingSettings, StoreError};
use emis_types::{OdsCode, PatientNumber};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::BookingId;
use crate::identity::policy::IdentityPolicy;
use crate::identity::subject::IdentitySubject;

/// Counts identity attempts and the bookings of a day, for all workers.
///
/// It dates everything by its own clock.
#[async_trait]
pub trait AdmissionStore: Debug + Send + Sync {
    /// Counts an attempt to prove an identity against each of the subjects, as if it had failed,
    /// and returns whether it may be made. Atomic: of attempts at once, no more are allowed than the
    /// policy bears. Nothing is counted unless the attempt is allowed.
    ///
    /// The attempt that locks a subject is the last that is allowed.
    ///
    /// # Errors
    /// If the store failed. The attempt must not be made then.
    ///
    /// # Cancel safety
    /// An implementation must leave the attempt counted for all subjects or for none.
    async fn begin_attempt(
        &self,
        practice: &OdsCode,
        subjects: &[IdentitySubject],
        policy: &IdentityPolicy,
        author: &Provenance,
    ) -> Result<IdentityAttemptOutcome, StoreError>;

    /// Forgets the failed attempts of subjects whose identity was proved, also the lock of the
    /// attempt that proved it.
    ///
    /// # Errors
    /// If the store failed.
    ///
    /// # Cancel safety
    /// An implementation must forget those of all subjects or of none.
    async fn forget_attempts(
        &self,
        practice: &OdsCode,
        subjects: &[IdentitySubject],
    ) -> Result<(), StoreError>;

    /// Takes back an attempt that was begun and could not be made.
    ///
    /// # Errors
    /// If the store failed.
    ///
    /// # Cancel safety
    /// An implementation must take it back from all subjects or from none.
    async fn return_attempt(
        &self,
        practice: &OdsCode,
        subjects: &[IdentitySubject],
    ) -> Result<(), StoreError>;

    /// Lifts the lock of a subject, for a member of staff. Returns `false` if it was not locked.
    ///
    /// # Errors
    /// If the store failed.
    ///
    /// # Cancel safety
    /// An implementation must leave the lock lifted or not.
    async fn unlock(
        &self,
        practice: &OdsCode,
        subject: &IdentitySubject,
        author: &Provenance,
    ) -> Result<bool, StoreError>;

    /// Returns the practice's locks, the one that ends first coming first.
    ///
    /// # Errors
    /// If the store failed.
    async fn locks(&self, practice: &OdsCode) -> Result<Vec<IdentityLock>, StoreError>;

    /// Takes a place for a booking on this day, UK time, unless the limits are reached. Atomic, and
    /// idempotent for one booking.
    ///
    /// # Errors
    /// If the store failed. Nothing must be sent then.
    ///
    /// # Cancel safety
    /// An implementation must leave the place taken or not.
    async fn take_place(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
        booking: &BookingId,
        limits: DayLimits,
    ) -> Result<PlaceOutcome, StoreError>;

    /// Returns the place of a booking that was not made. Idempotent.
    ///
    /// # Errors
    /// If the store failed.
    ///
    /// # Cancel safety
    /// An implementation must leave the place returned or not.
    async fn return_place(&self, practice: &OdsCode, booking: &BookingId)
    -> Result<(), StoreError>;
}

/// The outcome of [`AdmissionStore::begin_attempt`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityAttemptOutcome {
    /// The attempt may be made, and is counted.
    Allowed,
    /// Too many were wrong: the next may be made after this time.
    Wait(SignedDuration),
    /// Far too many were wrong: no attempt may be made for this time.
    Locked(SignedDuration),
}

/// A lock after too many wrong identities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IdentityLock {
    /// The subject.
    pub subject: IdentitySubject,
    /// The number of wrong attempts.
    pub failures: u32,
    /// The end of the lock.
    pub until: Timestamp,
}

impl IdentityLock {
    /// Creates a lock. For stores.
    pub const fn new(subject: IdentitySubject, failures: u32, until: Timestamp) -> Self {
        Self {
            subject,
            failures,
            until,
        }
    }
}

/// The largest numbers of bookings of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DayLimits {
    /// Of a patient.
    pub per_patient: Option<u32>,
    /// Of the practice.
    pub per_practice: Option<u32>,
}

impl DayLimits {
    /// Returns the limits that a practice has set.
    pub fn of(settings: &BookingSettings) -> Self {
        Self {
            per_patient: settings.max_a_day_per_patient,
            per_practice: settings.max_a_day,
        }
    }
}

/// The outcome of [`AdmissionStore::take_place`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlaceOutcome {
    /// The booking may be sent.
    Taken,
    /// The patient has booked as many as they can on this day.
    PatientLimit,
    /// The practice's patients have booked as many as they can on this day.
    PracticeLimit,
}
