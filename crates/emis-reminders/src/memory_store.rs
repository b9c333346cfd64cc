//! A store in memory.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use emis_audit::Provenance;
use emis_settings::StoreError;
use emis_types::OdsCode;
use jiff::Timestamp;

use crate::store::{ClaimOutcome, OpenClaim, ReminderKey, ReminderSettlement, ReminderStore};

/// A store that forgets when the process ends: for tests and demonstrations only.
///
/// ```
/// # use emis_reminders::MemoryReminderStore;
/// let store = MemoryReminderStore::default();
/// assert!(store.entries().is_empty());
/// ```
#[derive(Debug, Default)]
pub struct MemoryReminderStore {
    entries: Mutex<HashMap<ReminderKey, Entry>>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    claimed_at: Timestamp,
    settled: Option<ReminderSettlement>,
}

impl MemoryReminderStore {
    /// Returns every claimed key and its settlement; `None` while in doubt.
    pub fn entries(&self) -> Vec<(ReminderKey, Option<ReminderSettlement>)> {
        self.lock()
            .iter()
            .map(|(key, entry)| (key.clone(), entry.settled))
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ReminderKey, Entry>> {
        // The map is changed in single steps, so a panic elsewhere cannot leave it half done.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn judge(
    entries: &HashMap<ReminderKey, Entry>,
    key: &ReminderKey,
    since: Timestamp,
) -> ClaimOutcome {
    let standing = entries.iter().filter(|(other, entry)| {
        key.same_appointment(other)
            && (key.minutes_before == other.minutes_before || entry.claimed_at >= since)
    });
    let mut in_doubt = None;
    for (_, entry) in standing {
        match entry.settled {
            Some(ReminderSettlement::Sent) => return ClaimOutcome::AlreadySent,
            None => in_doubt = in_doubt.max(Some(entry.claimed_at)),
            Some(ReminderSettlement::NotSent | ReminderSettlement::Refused) => {}
        }
    }
    match (in_doubt, entries.get(key).and_then(|entry| entry.settled)) {
        (Some(since), _) => ClaimOutcome::InDoubt { since },
        (None, Some(ReminderSettlement::Refused)) => ClaimOutcome::Refused,
        (None, _) => ClaimOutcome::Ours,
    }
}

#[async_trait]
impl ReminderStore for MemoryReminderStore {
    async fn peek(&self, key: &ReminderKey, since: Timestamp) -> Result<ClaimOutcome, StoreError> {
        Ok(judge(&self.lock(), key, since))
    }

    async fn claim(
        &self,
        key: &ReminderKey,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<ClaimOutcome, StoreError> {
        let mut entries = self.lock();
        let claim = judge(&entries, key, since);
        if claim == ClaimOutcome::Ours {
            let entry = Entry {
                claimed_at: now,
                settled: None,
            };
            entries.insert(key.clone(), entry);
        }
        Ok(claim)
    }

    async fn settle(
        &self,
        key: &ReminderKey,
        outcome: ReminderSettlement,
        _now: Timestamp,
        _author: &Provenance,
    ) -> Result<bool, StoreError> {
        let mut entries = self.lock();
        let open = entries.get_mut(key).filter(|entry| entry.settled.is_none());
        Ok(open.map(|entry| entry.settled = Some(outcome)).is_some())
    }

    async fn in_doubt(&self, practice: &OdsCode) -> Result<Vec<OpenClaim>, StoreError> {
        let entries = self.lock();
        let mut open: Vec<_> = entries
            .iter()
            .filter(|(key, entry)| key.practice == *practice && entry.settled.is_none())
            .map(|(key, entry)| OpenClaim::new(key.clone(), entry.claimed_at))
            .collect();
        open.sort_by_key(|claim| {
            let key = &claim.key;
            (
                claim.since,
                key.slot,
                key.patient,
                key.start,
                key.minutes_before,
            )
        });
        Ok(open)
    }
}
