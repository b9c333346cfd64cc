//! The last calls of a practice, shared by all processes of the product: the web server that
//! diagnoses did not make the worker's calls.

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

/// Stores the times at which a practice's calls last worked and last failed, one row for each
/// practice and [`Capability`], and whether each operation works. Holds times and codes, and
/// nothing about a patient.
///
/// The stores of `emis-store` implement it. An [`ActivityLog`](crate::ActivityLog) writes to it and
/// reads it before a diagnosis.
#[async_trait]
pub trait LastCallsStore: Debug + Send + Sync {
    /// Stores the last calls of some capabilities. The later of two times stays; an unknown time
    /// changes nothing.
    ///
    /// # Errors
    /// Fails if the store can't be written.
    async fn note_calls(&self, practice: &OdsCode, calls: &[LastCalls]) -> Result<(), StoreError>;

    /// Returns the last calls of a practice, in the order of [`Capability::ALL`], without unused
    /// capabilities.
    ///
    /// # Errors
    /// Fails if the store can't be read.
    async fn last_calls(&self, practice: &OdsCode) -> Result<Vec<LastCalls>, StoreError>;

    /// Stores whether operations worked. The later of two verdicts on an operation stays; at
    /// equal times, the last one stored.
    ///
    /// # Errors
    /// Fails if the store can't be written.
    async fn note_verdicts(
        &self,
        practice: &OdsCode,
        verdicts: &[CallVerdict],
    ) -> Result<(), StoreError>;

    /// Returns the last verdict on each operation, in the order of EMIS's document.
    ///
    /// # Errors
    /// Fails if the store can't be read.
    async fn verdicts(&self, practice: &OdsCode) -> Result<Vec<CallVerdict>, StoreError>;
}

/// The outcome of the last call of an operation, as far as other processes have to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallVerdict {
    /// The operation.
    pub operation: Operation,
    /// The time of the call.
    pub at: Timestamp,
    /// The refusal or failure; none if the call worked.
    pub refusal: Option<CallRefusal>,
}

/// A refusal by EMIS (HTTP 403), or another failure that a diagnosis's own call does not clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRefusal {
    /// EMIS's outcome code.
    pub legacy_outcome: Option<i32>,
    /// EMIS's ID of its answer, to quote to EMIS support.
    pub message_id: Option<Uuid>,
    /// True if EMIS did not refuse the call, but it failed. Nothing else is known of it.
    #[serde(default)]
    pub failed: bool,
}

/// Keeps last calls in memory, for tests and for products of one process.
#[derive(Debug, Default)]
pub struct MemoryLastCallsStore {
    calls: Mutex<HashMap<(OdsCode, Capability), LastCalls>>,
    verdicts: Mutex<HashMap<(OdsCode, Operation), CallVerdict>>,
}

impl MemoryLastCallsStore {
    /// Creates an empty store.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl LastCallsStore for MemoryLastCallsStore {
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
        verdicts: &[CallVerdict],
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

    async fn verdicts(&self, practice: &OdsCode) -> Result<Vec<CallVerdict>, StoreError> {
        let kept = self.verdicts.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |&operation| kept.get(&(practice.clone(), operation)).copied();
        Ok(Operation::ALL.iter().filter_map(of).collect())
    }
}
