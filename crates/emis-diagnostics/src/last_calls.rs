//! When calls last worked, for every process of the product: what a worker's calls came to is
//! nothing that the web server, asked for a diagnosis, can remember.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use emis_settings::StoreError;
use emis_types::OdsCode;

use crate::capability::{Capability, LastCalls};

/// Where it is kept when a practice's calls last worked and last failed: moments and nothing
/// else, one row for each practice and [`Capability`].
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
}

/// Keeps it for as long as the process lasts: for tests, and for products of one process.
#[derive(Debug, Default)]
pub struct LastCallsInMemory(Mutex<HashMap<(OdsCode, Capability), LastCalls>>);

impl LastCallsInMemory {
    /// With nothing in it.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl LastCallsStore for LastCallsInMemory {
    async fn note_calls(&self, practice: &OdsCode, calls: &[LastCalls]) -> Result<(), StoreError> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for &new in calls {
            kept.entry((practice.clone(), new.capability))
                .and_modify(|known| *known = known.and(new))
                .or_insert(new);
        }
        Ok(())
    }

    async fn last_calls(&self, practice: &OdsCode) -> Result<Vec<LastCalls>, StoreError> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |&capability| kept.get(&(practice.clone(), capability)).copied();
        Ok(Capability::ALL.iter().filter_map(of).collect())
    }
}
