//! The history of a practice's diagnoses: the time since which a cause has been there.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use emis_settings::StoreError;
use emis_types::OdsCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cause::Cause;

/// The largest number of records that a store keeps of one practice.
pub const MOST_DIAGNOSIS_RECORDS: u32 = 100;

/// Diagnoses in a row with the same result. Holds codes and times; nothing about a patient and no
/// secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DiagnosisRecord {
    /// The time of the first of them.
    pub since: Timestamp,
    /// The time of the last of them.
    pub until: Timestamp,
    /// True if everything was checked and nothing was found.
    pub healthy: bool,
    /// The causes, most urgent first.
    pub causes: Vec<Cause>,
    /// The evidence of the first cause, at the last of them.
    pub evidence: Vec<String>,
}

impl DiagnosisRecord {
    /// Creates the record of one diagnosis.
    pub fn new(at: Timestamp, healthy: bool, causes: Vec<Cause>, evidence: Vec<String>) -> Self {
        Self {
            since: at,
            until: at,
            healthy,
            causes,
            evidence,
        }
    }

    /// Returns true if both have the same result, so that a store keeps them as one record.
    pub fn continues(&self, earlier: &Self) -> bool {
        (self.healthy, &self.causes) == (earlier.healthy, &earlier.causes)
    }

    /// Returns both as one record, with the evidence of the later one.
    #[must_use]
    pub fn extend(self, later: Self) -> Self {
        Self {
            since: self.since.min(later.since),
            until: self.until.max(later.until),
            ..later
        }
    }
}

/// Returns the time since which each of the latest diagnoses named the cause. `records` are in the
/// order of [`DiagnosisStore::diagnoses`].
pub(crate) fn seen_since(records: &[DiagnosisRecord], cause: Cause) -> Option<Timestamp> {
    let run = records.iter().take_while(|it| it.causes.contains(&cause));
    run.map(|it| it.since).min()
}

/// Returns the cause in the API user that diagnoses named last since all was well, and the time
/// since which they have named it.
pub(crate) fn user_cause(records: &[DiagnosisRecord]) -> Option<(Timestamp, Cause)> {
    let mut since_healthy = records.iter().take_while(|it| !it.healthy);
    let cause = since_healthy.find_map(|it| it.causes.first().filter(|it| it.concerns_user()))?;
    let from = records.iter().skip_while(|it| !it.causes.contains(cause));
    let run = from.take_while(|it| it.causes.contains(cause));
    Some((run.map(|it| it.since).min()?, *cause))
}

/// Returns the time of the last diagnosis that found nothing.
pub(crate) fn last_healthy(records: &[DiagnosisRecord]) -> Option<Timestamp> {
    let healthy = records.iter().filter(|it| it.healthy);
    healthy.map(|it| it.until).max()
}

/// Stores the results of diagnoses, for the time since which a cause has been there.
///
/// The stores of `emis-store` implement it. At most [`MOST_DIAGNOSIS_RECORDS`] are kept of a
/// practice, the latest ones.
#[async_trait]
pub trait DiagnosisStore: Debug + Send + Sync {
    /// Stores the result of a diagnosis. One that [continues](DiagnosisRecord::continues) the
    /// latest record extends it.
    ///
    /// # Errors
    /// Fails if the store can't be written.
    async fn note_diagnosis(
        &self,
        practice: &OdsCode,
        record: &DiagnosisRecord,
    ) -> Result<(), StoreError>;

    /// Returns the records of a practice, the latest first.
    ///
    /// # Errors
    /// Fails if the store can't be read.
    async fn diagnoses(&self, practice: &OdsCode) -> Result<Vec<DiagnosisRecord>, StoreError>;
}

/// Keeps the results of diagnoses in memory, for tests and for products of one process.
#[derive(Debug, Default)]
pub struct MemoryDiagnosisStore(Mutex<HashMap<OdsCode, Vec<DiagnosisRecord>>>);

impl MemoryDiagnosisStore {
    /// Creates an empty store.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl DiagnosisStore for MemoryDiagnosisStore {
    async fn note_diagnosis(
        &self,
        practice: &OdsCode,
        record: &DiagnosisRecord,
    ) -> Result<(), StoreError> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let records = kept.entry(practice.clone()).or_default();
        match records.first_mut() {
            Some(latest) if record.continues(latest) => {
                *latest = latest.clone().extend(record.clone());
            }
            _ => {
                // One record a moment, the later one.
                records.retain(|it| it.since != record.since);
                records.push(record.clone());
                records.sort_by_key(|it| std::cmp::Reverse(it.since));
                records.truncate(usize::try_from(MOST_DIAGNOSIS_RECORDS).unwrap_or(usize::MAX));
            }
        }
        Ok(())
    }

    async fn diagnoses(&self, practice: &OdsCode) -> Result<Vec<DiagnosisRecord>, StoreError> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(kept.get(practice).cloned().unwrap_or_default())
    }
}
