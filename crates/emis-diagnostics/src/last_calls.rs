//! When calls last worked, and which EMIS refuses, for every process of the product: what a
//! worker's calls came to is nothing that the web server, asked for a diagnosis, can remember.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use emis_client::Operation;
use emis_settings::StoreError;
use emis_types::OdsCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::capability::{Capability, LastCalls};

/// Where it is kept when a practice's calls last worked and last failed, one row for each practice
/// and [`Capability`], and whether EMIS lets each operation pass. Moments and codes, and nothing
/// about a patient.
///
/// The stores of `emis-store` implement it. An [`ActivityLog`](crate::ActivityLog) writes to it
/// now and then, and learns from it before a diagnosis.
#[async_trait]
pub trait LastCallsStore: Debug + Send + Sync {
    /// Notes what is known of some capabilities. Of two moments the later one stays, whoever comes
    /// first; one that is not known changes nothing.
    ///
    /// # Errors
    /// Where it can't be written.
    async fn note_calls(&self, practice: &OdsCode, calls: &[LastCalls]) -> Result<(), StoreError>;

    /// What is known of a practice, in the order of [`Capability::ALL`]; nothing of capabilities
    /// that were never used.
    ///
    /// # Errors
    /// Where it can't be read.
    async fn last_calls(&self, practice: &OdsCode) -> Result<Vec<LastCalls>, StoreError>;

    /// Notes whether EMIS let operations pass. Of two verdicts on an operation that of the later
    /// moment stays, and where they are of one moment, that which comes last.
    ///
    /// # Errors
    /// Where it can't be written.
    async fn note_verdicts(
        &self,
        practice: &OdsCode,
        verdicts: &[Verdict],
    ) -> Result<(), StoreError>;

    /// The last verdict on each operation that the product has called for a practice, in the
    /// order of EMIS's document.
    ///
    /// # Errors
    /// Where it can't be read.
    async fn verdicts(&self, practice: &OdsCode) -> Result<Vec<Verdict>, StoreError>;
}

/// Whether EMIS let a call of an operation pass, whatever else became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// The operation.
    pub operation: Operation,
    /// When that was.
    pub at: Timestamp,
    /// How EMIS refused it; none where it passed.
    pub refusal: Option<Refusal>,
}

/// How EMIS refused a call: what came with its 403.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// EMIS's outcome code.
    pub legacy_outcome: Option<i32>,
    /// EMIS's id of its answer, to quote to EMIS support.
    pub message_id: Option<Uuid>,
}

/// Keeps it for as long as the process lasts: for tests, and for products of one process.
#[derive(Debug, Default)]
pub struct LastCallsInMemory {
    calls: Mutex<HashMap<(OdsCode, Capability), LastCalls>>,
    verdicts: Mutex<HashMap<(OdsCode, Operation), Verdict>>,
}

impl LastCallsInMemory {
    /// With nothing in it.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl LastCallsStore for LastCallsInMemory {
    async fn note_calls(&self, practice: &OdsCode, calls: &[LastCalls]) -> Result<(), StoreError> {
        let mut kept = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        for &new in calls {
            kept.entry((practice.clone(), new.capability))
                .and_modify(|known| *known = known.and(new))
                .or_insert(new);
        }
        Ok(())
    }

    async fn last_calls(&self, practice: &OdsCode) -> Result<Vec<LastCalls>, StoreError> {
        let kept = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |&capability| kept.get(&(practice.clone(), capability)).copied();
        Ok(Capability::ALL.iter().filter_map(of).collect())
    }

    async fn note_verdicts(
        &self,
        practice: &OdsCode,
        verdicts: &[Verdict],
    ) -> Result<(), StoreError> {
        let mut kept = self.verdicts.lock().unwrap_or_else(PoisonError::into_inner);
        for &new in verdicts {
            let known = kept.entry((practice.clone(), new.operation));
            let known = known.or_insert(new);
            if known.at <= new.at {
                *known = new;
            }
        }
        Ok(())
    }

    async fn verdicts(&self, practice: &OdsCode) -> Result<Vec<Verdict>, StoreError> {
        let kept = self.verdicts.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |&operation| kept.get(&(practice.clone(), operation)).copied();
        Ok(Operation::ALL.iter().filter_map(of).collect())
    }
}
