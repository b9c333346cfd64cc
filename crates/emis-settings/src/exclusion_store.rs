//! Stores of exclusions.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use emis_audit::{Provenance, StoreError};
use emis_types::{OdsCode, PatientNumber};
use jiff::Timestamp;

use crate::exclusion::{ActiveExclusions, Exclusion, ExclusionEnd, ExclusionKind};

/// Keeps opt-outs and exclusions, one record for each period: years later it is still known whether
/// a patient had opted out when a message was sent to them.
///
/// Patients are identified by their numbers in the practice's EMIS. When the EMIS organisation ID
/// changes, the numbers are other people's: see [`UpdateOutcome`](crate::UpdateOutcome).
#[async_trait]
pub trait ExclusionStore: Debug + Send + Sync {
    /// Begins an exclusion, durably. Returns `false`, with nothing changed, if it is in force.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be written.
    ///
    /// # Cancel safety
    /// The exclusion and its event are written together or not at all.
    async fn exclude(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
        kind: ExclusionKind,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Ends an exclusion, durably. Returns `false`, with nothing changed, if none is in force.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be written.
    ///
    /// # Cancel safety
    /// As [`exclude`](Self::exclude).
    async fn readmit(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
        kind: ExclusionKind,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Returns the exclusions of a practice that are in force.
    ///
    /// # Errors
    /// [`StoreError`] if they could not be read. No reminder is sent then.
    async fn active(&self, practice: &OdsCode) -> Result<ActiveExclusions, StoreError>;

    /// Returns every exclusion of a patient, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] if they could not be read.
    async fn history(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
    ) -> Result<Vec<Exclusion>, StoreError>;
}

/// An [`ExclusionStore`] in memory, for tests and trials.
#[derive(Debug, Default)]
pub struct MemoryExclusionStore(Mutex<BTreeMap<OdsCode, Vec<Exclusion>>>);

impl MemoryExclusionStore {
    /// Creates an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn of<T>(&self, practice: &OdsCode, act: impl FnOnce(&mut Vec<Exclusion>) -> T) -> T {
        // No code that holds the lock can leave an entry half written.
        let mut practices = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        act(practices.entry(practice.clone()).or_default())
    }
}

#[async_trait]
impl ExclusionStore for MemoryExclusionStore {
    async fn exclude(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
        kind: ExclusionKind,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(self.of(practice, |entries| {
            let is_new = !entries.iter().any(|entry| entry.is_active(patient, kind));
            if is_new {
                entries.push(Exclusion::since(patient, kind, at, by.clone()));
            }
            is_new
        }))
    }

    async fn readmit(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
        kind: ExclusionKind,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(self.of(practice, |entries| {
            let mut entries = entries.iter_mut();
            let active = entries.find(|entry| entry.is_active(patient, kind));
            let ended = active.map(|entry| entry.ended = Some(ExclusionEnd::new(at, by.clone())));
            ended.is_some()
        }))
    }

    async fn active(&self, practice: &OdsCode) -> Result<ActiveExclusions, StoreError> {
        Ok(self.of(practice, |entries| {
            let active = entries.iter().filter(|entry| entry.ended.is_none());
            active.map(|entry| (entry.patient, entry.kind)).collect()
        }))
    }

    async fn history(
        &self,
        practice: &OdsCode,
        patient: PatientNumber,
    ) -> Result<Vec<Exclusion>, StoreError> {
        Ok(self.of(practice, |entries| {
            let of_patient = entries.iter().filter(|entry| entry.patient == patient);
            of_patient.cloned().collect()
        }))
    }
}
