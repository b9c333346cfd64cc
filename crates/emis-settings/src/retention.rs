//! Retention periods, erasure of patients and off-boarding of practices.

use std::fmt::Debug;

use async_trait::async_trait;
use emis_audit::{AuditError, AuditStore, Provenance, StoreError, pseudonymise};
use emis_types::{OdsCode, PatientNumber};
use jiff::{Span, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// Removes records whose time is over, of a patient, of a practice or of everyone.
///
/// A record is *open* while its outcome in EMIS is unknown or can still change what the product
/// does: a booking in flight, a message in doubt, and either of them until the appointment has
/// begun, because it keeps the same booking or reminder from being made twice. Open records are
/// never removed.
///
/// Audit logs are not touched by these methods, except that each appends an event with the numbers
/// of removed records: see [`erase_patient`] and [`emis_audit::delete_sealed`].
#[async_trait]
pub trait RetentionStore: Debug + Send + Sync {
    /// Deletes what is kept of a patient: bookings and messages that are not open, tasks that are
    /// acknowledged, and exclusions that have ended. Exclusions in force and the list of opted-out patients stay: they keep the
    /// patient from being contacted. Appends `patient.erased`, without the patient's number, if
    /// anything was deleted.
    ///
    /// Idempotent.
    ///
    /// # Errors
    /// [`StoreError`] if the store fails. Nothing is deleted then.
    ///
    /// # Cancel safety
    /// Everything is deleted or nothing.
    async fn delete_patient_records(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<RemovalOutcome, StoreError>;

    /// Deletes what is kept of a practice: settings with the sealed API user, remembered commands,
    /// bookings, messages, tasks, exclusions, and the state of its connection. Appends
    /// `practice.off_boarded`. The audit log of the practice stays.
    ///
    /// While a booking is in flight or a message in doubt, nothing is deleted, and the outcome
    /// counts them: switch reminders and self-booking off, settle what is open, then repeat.
    ///
    /// Idempotent.
    ///
    /// # Errors
    /// [`StoreError`] if the store fails. Nothing is deleted then.
    ///
    /// # Cancel safety
    /// Everything is deleted or nothing.
    async fn off_board(
        &self,
        practice: &OdsCode,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<RemovalOutcome, StoreError>;

    /// Deletes the records of all practices that are older than `policy` allows and not open:
    /// bookings and messages by the time of their last change, exclusions by the time they ended.
    /// Appends `records.expired` to the log of each practice of which something was deleted.
    ///
    /// # Errors
    /// [`StoreError`] if the store fails. Practices that were dealt with before stay so.
    ///
    /// # Cancel safety
    /// The records of each practice are deleted together or not at all.
    async fn delete_expired(
        &self,
        policy: &RetentionPolicy,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<Vec<(OdsCode, RecordCounts)>, StoreError>;
}

/// The periods after which records are deleted, in days.
///
/// The defaults are a starting point for the product's own retention schedule, which its data
/// protection impact assessment decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct RetentionPolicy {
    /// Bookings, after their last change. Default: 730 (two years).
    pub booking_days: u16,
    /// Messages after their last change, and tasks after they were acknowledged. Default: 730 (two
    /// years).
    pub message_days: u16,
    /// Exclusions, after they ended. Default: 2,920 (eight years).
    pub ended_exclusion_days: u16,
}

impl Default for RetentionPolicy {
    fn default() -> Self {
        Self {
            booking_days: 730,
            message_days: 730,
            ended_exclusion_days: 2_920,
        }
    }
}

impl RetentionPolicy {
    /// Returns the time before which a record that was last changed is deleted at `now`.
    pub fn cutoff(days: u16, now: Timestamp) -> Timestamp {
        let hours: Span = (i64::from(days) * 24).hours();
        now.checked_sub(hours).unwrap_or(Timestamp::MIN)
    }
}

/// Numbers of records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordCounts {
    /// Bookings.
    pub bookings: u64,
    /// Claimed or settled messages.
    pub messages: u64,
    /// Exclusions and opt-outs.
    pub exclusions: u64,
    /// Tasks for the practice.
    #[serde(default)]
    pub tasks: u64,
}

impl RecordCounts {
    /// Returns `true` if all numbers are 0.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The outcome of removing the records of a patient or a practice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RemovalOutcome {
    /// The records that were deleted.
    pub deleted: RecordCounts,
    /// The open bookings, messages and tasks that were kept, and the exclusions in force.
    pub kept: RecordCounts,
    /// The number of entries of the audit log in which the patient's number was replaced.
    pub pseudonymised: u64,
}

impl RemovalOutcome {
    /// Creates an outcome. For stores.
    pub const fn new(deleted: RecordCounts, kept: RecordCounts) -> Self {
        Self {
            deleted,
            kept,
            pseudonymised: 0,
        }
    }

    /// Returns `true` if no booking, message or task was kept. Otherwise the removal must be
    /// repeated once they are settled or acknowledged and their appointments have begun.
    pub fn is_complete(&self) -> bool {
        self.kept.bookings == 0 && self.kept.messages == 0 && self.kept.tasks == 0
    }
}

/// Erases a patient from a practice's records, and replaces their number in its audit log by a
/// random pseudonym.
///
/// The log stays verifiable and still tells what was done, when and by whom; nothing in it leads to
/// the patient any more. It is left as it is while open bookings or messages are kept: repeat the
/// call then, until [`RemovalOutcome::is_complete`].
///
/// # Errors
/// [`AuditError`] if the store fails or the log does not verify. Repeat the call: it is idempotent.
///
/// # Cancel safety
/// The records are deleted first and the log is pseudonymised second, each in one transaction.
pub async fn erase_patient(
    records: &dyn RetentionStore,
    audit: &dyn AuditStore,
    practice: &OdsCode,
    patient: PatientNumber,
    by: &Provenance,
    at: Timestamp,
) -> Result<RemovalOutcome, AuditError> {
    let mut outcome = records
        .delete_patient_records(practice, patient, by, at)
        .await?;
    if outcome.is_complete() {
        let pseudonym = format!("erased-{}", uuid::Uuid::new_v4().simple());
        let log = practice.clone().into();
        outcome.pseudonymised = pseudonymise(audit, &log, patient, &pseudonym, by, at).await?;
    }
    Ok(outcome)
}
