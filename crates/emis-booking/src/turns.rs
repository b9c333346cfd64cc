//! Turns: of the requests for one slot, or of one patient, in a process one is carried out at a time.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use emis_types::OdsCode;
use tokio::sync::OwnedMutexGuard;

/// The number of turns after which those that none is waiting for are forgotten.
const MOST_IDLE: usize = 1_000;

type Turn = Arc<tokio::sync::Mutex<()>>;

/// The slots or patients of each practice that requests in this process are about.
///
/// Of slots it spares EMIS the checks of a crowd: who comes after the first learns from the store that
/// the slot is taken. Nothing depends on it: the store decides.
#[derive(Debug)]
pub(crate) struct Turns<T>(Mutex<HashMap<(OdsCode, T), Turn>>);

impl<T> Default for Turns<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Eq + Hash> Turns<T> {
    /// Waits for the turn of a request, first come, first served.
    pub(crate) async fn take(&self, practice: &OdsCode, of: T) -> OwnedMutexGuard<()> {
        self.turn(practice, of).lock_owned().await
    }

    /// Waits for the turn of a request, first come, first served; no longer than `at_most`.
    pub(crate) async fn wait(
        &self,
        practice: &OdsCode,
        of: T,
        at_most: Duration,
    ) -> Option<OwnedMutexGuard<()>> {
        let turn = self.turn(practice, of);
        if let Ok(free) = Arc::clone(&turn).try_lock_owned() {
            return Some(free);
        }
        let waiting = tokio::time::timeout(at_most, turn.lock_owned());
        waiting.await.ok()
    }

    fn turn(&self, practice: &OdsCode, of: T) -> Turn {
        // No code that holds the lock can leave the map half changed.
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if turns.len() >= MOST_IDLE {
            turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        }
        let turn = turns.entry((practice.clone(), of)).or_default();
        Arc::clone(turn)
    }
}
