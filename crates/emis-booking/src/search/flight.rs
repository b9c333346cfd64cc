//! Single-flight reads.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use emis_client::ClientError;
use jiff::{SignedDuration, Timestamp};

/// The result of a read, shared by all that waited for it.
pub(crate) type Shared<T> = Result<Arc<T>, Arc<ClientError>>;

/// One thing to read from EMIS, and its last reading. Of many callers at once, one reads.
#[derive(Debug)]
pub(crate) struct Flight<T> {
    begun: AtomicU64,
    /// Held by the caller that reads.
    reading: tokio::sync::Mutex<()>,
    last: Mutex<Option<Reading<T>>>,
}

#[derive(Debug)]
struct Reading<T> {
    /// The number of this reading among those of its flight.
    number: u64,
    /// The order of its begin among all readings and changes of the cache.
    tick: u64,
    at: Timestamp,
    result: Shared<T>,
}

impl<T> Default for Flight<T> {
    fn default() -> Self {
        Self {
            begun: AtomicU64::new(0),
            reading: tokio::sync::Mutex::default(),
            last: Mutex::new(None),
        }
    }
}

impl<T> Flight<T> {
    /// Returns a reading, with its tick, that is younger than `fresh_for` or was begun after this
    /// call; reads if there is none. A failure is shared by those that waited for it, and not kept
    /// for others.
    ///
    /// If the caller that reads is dropped, the next one reads.
    pub(crate) async fn read(
        &self,
        now: Timestamp,
        fresh_for: SignedDuration,
        tick: impl FnOnce() -> u64,
        read: impl Future<Output = Result<T, ClientError>>,
    ) -> (u64, Shared<T>) {
        let begun_before = self.begun.load(Ordering::SeqCst);
        let _reading = self.reading.lock().await;
        if let Some(kept) = &*self.last() {
            let fresh = kept.result.is_ok() && is_fresh(kept.at, now, fresh_for);
            if fresh || kept.number > begun_before {
                return (kept.tick, kept.result.clone());
            }
        }
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let tick = tick();
        let result = read.await.map(Arc::new).map_err(Arc::new);
        *self.last() = Some(Reading {
            number,
            tick,
            at: now,
            result: result.clone(),
        });
        (tick, result)
    }

    /// Returns the last reading if it is fresh, also while the next one is in flight.
    pub(crate) fn peek(&self, now: Timestamp, fresh_for: SignedDuration) -> Option<Arc<T>> {
        let last = self.last();
        let kept = last.as_ref()?;
        let value = kept.result.as_ref().ok()?;
        is_fresh(kept.at, now, fresh_for).then(|| Arc::clone(value))
    }

    fn last(&self) -> MutexGuard<'_, Option<Reading<T>>> {
        // A reading is replaced in one step.
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns whether something of the time `at` is fresh. A clock that went back makes it stale.
pub(crate) fn is_fresh(at: Timestamp, now: Timestamp, fresh_for: SignedDuration) -> bool {
    let age = now.duration_since(at);
    !age.is_negative() && age < fresh_for
}
