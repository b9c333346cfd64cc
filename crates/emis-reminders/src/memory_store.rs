//! A store in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use emis_audit::Provenance;
use emis_messaging::{MessageReference, PracticeTask, TaskId};
use emis_settings::StoreError;
use emis_types::OdsCode;
use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp};

use crate::claim::{ClaimOutcome, ClaimRequest, OpenClaim, ReminderSettlement};
use crate::entry::{ReminderEntry, decide, generation, open_claims};
use crate::key::{ClaimOwner, ReminderKey};
use crate::store::{DayCounts, PlannedReminder, PollKind, ReminderStore, ToldChanges, order};

/// A store that forgets when the process ends: for tests and demonstrations only. Its clock is the
/// caller's.
///
/// ```
/// # use emis_reminders::MemoryReminderStore;
/// let store = MemoryReminderStore::default();
/// assert!(store.all_entries().is_empty());
/// ```
#[derive(Debug, Default)]
pub struct MemoryReminderStore(Mutex<BTreeMap<OdsCode, OfPractice>>);

#[derive(Debug, Default)]
struct OfPractice {
    entries: HashMap<ReminderKey, ReminderEntry>,
    planned: Vec<PlannedReminder>,
    polls: BTreeMap<PollKind, Timestamp>,
    days: BTreeMap<Date, DayCounts>,
    tasks: BTreeMap<TaskId, PracticeTask>,
}

impl MemoryReminderStore {
    /// Returns every entry, in the order of keys.
    pub fn all_entries(&self) -> Vec<ReminderEntry> {
        let practices = self.lock();
        let entries = practices.values().flat_map(|it| it.entries.values());
        let mut entries: Vec<_> = entries.cloned().collect();
        entries.sort_by(|one, other| one.key.cmp(&other.key));
        entries
    }

    /// Returns every task that was opened.
    pub fn all_tasks(&self) -> Vec<PracticeTask> {
        let practices = self.lock();
        let tasks = practices.values().flat_map(|it| it.tasks.values());
        tasks.cloned().collect()
    }

    fn of<T>(&self, practice: &OdsCode, act: impl FnOnce(&mut OfPractice) -> T) -> T {
        act(self.lock().entry(practice.clone()).or_default())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<OdsCode, OfPractice>> {
        // Changed in steps that can't fail, so a panic elsewhere can't leave it half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OfPractice {
    fn claim(&mut self, request: &ClaimRequest) -> ClaimOutcome {
        let Some(first) = request.reminders.first() else {
            return ClaimOutcome::Standing(Vec::new());
        };
        let concerned = |entry: &&ReminderEntry| {
            let mut reminders = request.reminders.iter();
            reminders.any(|reminder| reminder.key.same_appointment(&entry.key))
        };
        let entries: Vec<_> = self.entries.values().filter(concerned).cloned().collect();
        let to_contact = self.entries.values().filter(|entry| {
            entry.key.contact == first.key.contact
                && entry.key.channel == first.key.channel
                && matches!(entry.settled, None | Some(ReminderSettlement::Sent))
        });
        let last = to_contact.map(|entry| entry.claimed_at).max();
        let outcome = decide(request, request.now, &entries, last);
        if let ClaimOutcome::Ours(granted) = &outcome {
            let ends = request.now.checked_add(request.lease);
            let lease = (request.owner, ends.unwrap_or(Timestamp::MAX));
            for key in &granted.keys {
                let generation = generation(key, &entries);
                let (reference, now) = (granted.reference, request.now);
                let entry = ReminderEntry::claimed(key.clone(), reference, generation, now, lease);
                self.entries.insert(key.clone(), entry);
            }
        }
        outcome
    }

    fn note_changes(&mut self, changes: &ToldChanges, now: Timestamp) {
        for entry in self.entries.values_mut() {
            let appointment = entry.key.appointment();
            if changes.gone.contains(&appointment) {
                entry.gone_at = entry.gone_at.or(Some(now));
            }
            if changes.back.contains(&appointment) {
                entry.gone_at = None;
            }
            if changes.reopened.contains(&appointment) && entry.is_told() && entry.settled.is_some()
            {
                entry.gone_at = None;
                entry.settled = Some(ReminderSettlement::Superseded);
            }
        }
    }
}

#[async_trait]
impl ReminderStore for MemoryReminderStore {
    async fn reminders(
        &self,
        practice: &OdsCode,
        from: DateTime,
        until: DateTime,
    ) -> Result<Vec<ReminderEntry>, StoreError> {
        Ok(self.of(practice, |it| {
            let entries = it.entries.values();
            let within = entries.filter(|it| from <= it.key.start && it.key.start <= until);
            within.cloned().collect()
        }))
    }

    async fn claim(&self, request: &ClaimRequest) -> Result<ClaimOutcome, StoreError> {
        let Some(first) = request.reminders.first() else {
            return Ok(ClaimOutcome::Standing(Vec::new()));
        };
        Ok(self.of(&first.key.practice, |it| it.claim(request)))
    }

    async fn settle(
        &self,
        practice: &OdsCode,
        reference: MessageReference,
        owner: Option<ClaimOwner>,
        outcome: ReminderSettlement,
        _now: Timestamp,
        _author: &Provenance,
    ) -> Result<bool, StoreError> {
        Ok(self.of(practice, |it| {
            let open = it.entries.values_mut().filter(|entry| {
                entry.reference == reference
                    && entry.settled.is_none()
                    && owner.is_none_or(|owner| entry.lease.0 == owner)
            });
            open.map(|entry| entry.settled = Some(outcome)).count() > 0
        }))
    }

    async fn take_over_expired(
        &self,
        practice: &OdsCode,
        owner: ClaimOwner,
        lease: SignedDuration,
        now: Timestamp,
    ) -> Result<Vec<OpenClaim>, StoreError> {
        Ok(self.of(practice, |it| {
            let expired = it.entries.values_mut().filter(|it| it.is_expired(now));
            let taken: Vec<_> = expired
                .map(|entry| {
                    entry.lease = (owner, now.checked_add(lease).unwrap_or(Timestamp::MAX));
                    entry.clone()
                })
                .collect();
            open_claims(taken)
        }))
    }

    async fn open_claims(&self, practice: &OdsCode) -> Result<Vec<OpenClaim>, StoreError> {
        Ok(self.of(practice, |it| open_claims(it.entries.values().cloned())))
    }

    async fn note_undelivered(
        &self,
        practice: &OdsCode,
        reference: MessageReference,
        _now: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(self.of(practice, |it| {
            let sent = it
                .entries
                .values_mut()
                .filter(|entry| entry.reference == reference && entry.is_told());
            let refused = Some(ReminderSettlement::Refused);
            sent.map(|entry| entry.settled = refused).count() > 0
        }))
    }

    async fn note_changes(
        &self,
        practice: &OdsCode,
        changes: &ToldChanges,
        tasks: &[PracticeTask],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.of(practice, |it| {
            it.note_changes(changes, now);
            for task in tasks {
                it.tasks.entry(task.id).or_insert_with(|| task.clone());
            }
        });
        Ok(())
    }

    async fn begin_poll(
        &self,
        practice: &OdsCode,
        poll: PollKind,
        least: SignedDuration,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.of(practice, |it| {
            // A poll that is still ahead was noted under a wrong clock.
            let last = it.polls.get(&poll).filter(|last| **last <= now);
            let next = last.and_then(|last| last.checked_add(least).ok());
            let wait = next.filter(|next| now < *next);
            if wait.is_none() {
                it.polls.insert(poll, now);
            }
            wait
        }))
    }

    async fn replace_planned(
        &self,
        practice: &OdsCode,
        planned: &[PlannedReminder],
    ) -> Result<(), StoreError> {
        self.of(practice, |it| planned.clone_into(&mut it.planned));
        Ok(())
    }

    async fn planned(
        &self,
        practice: &OdsCode,
        after: DateTime,
        until: DateTime,
    ) -> Result<Vec<PlannedReminder>, StoreError> {
        Ok(self.of(practice, |it| {
            let planned = it.planned.iter();
            let wanted = planned.filter(|it| it.send_at <= until && it.appointment.start > after);
            let mut wanted: Vec<_> = wanted.copied().collect();
            wanted.sort_by_key(|it| (it.send_at, order(&it.appointment), it.minutes_before));
            wanted
        }))
    }

    async fn note_run(&self, practice: &OdsCode, counts: &DayCounts) -> Result<(), StoreError> {
        self.of(practice, |it| {
            let day = it.days.entry(counts.day);
            day.or_insert(DayCounts::none(counts.day)).add(counts);
        });
        Ok(())
    }

    async fn days(&self, practice: &OdsCode, from: Date) -> Result<Vec<DayCounts>, StoreError> {
        Ok(self.of(practice, |it| {
            it.days.range(from..).map(|(_, day)| *day).collect()
        }))
    }
}
