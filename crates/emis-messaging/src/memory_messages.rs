//! A store of messages in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use emis_audit::{Provenance, StoreError};
use emis_types::{Clock, OdsCode, SystemClock};
use jiff::{SignedDuration, Timestamp};

use crate::ledger::{
    AttemptOutcome, ContactDigest, DeliveryReceipt, LeaseOwner, MessageClaim, MessageEntry,
    MessageLease, MessageRecord, MessageTicket,
};
use crate::memory_tasks::MemoryTaskStore;
use crate::message_store::MessageStore;
use crate::reference::MessageReference;
use crate::state::MessageState;
use crate::task::PracticeTask;

/// A [`MessageStore`] in memory, for tests and trials.
///
/// # Examples
/// ```
/// use emis_messaging::MemoryMessageStore;
/// assert!(MemoryMessageStore::default().all().is_empty());
/// ```
#[derive(Debug)]
pub struct MemoryMessageStore {
    contents: Mutex<Contents>,
    tasks: Arc<MemoryTaskStore>,
    clock: Arc<dyn Clock>,
}

#[derive(Debug, Default)]
struct Contents {
    records: BTreeMap<MessageReference, MessageRecord>,
    now: Timestamp,
}

impl Default for MemoryMessageStore {
    fn default() -> Self {
        Self::new(Arc::new(SystemClock))
    }
}

impl MemoryMessageStore {
    /// Creates an empty store whose leases end by `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            contents: Mutex::default(),
            tasks: Arc::default(),
            clock,
        }
    }

    /// Replaces the store that tasks are opened in.
    #[must_use]
    pub fn with_tasks(mut self, tasks: Arc<MemoryTaskStore>) -> Self {
        self.tasks = tasks;
        self
    }

    /// Returns every message, in the order of their references.
    pub fn all(&self) -> Vec<MessageRecord> {
        let contents = self.lock();
        let records = contents.records.values();
        records.map(|record| contents.told(record)).collect()
    }

    /// Returns the store of the tasks that come with settlements and receipts.
    pub fn tasks(&self) -> &Arc<MemoryTaskStore> {
        &self.tasks
    }

    fn lock(&self) -> MutexGuard<'_, Contents> {
        // Records are changed in single steps: a panic elsewhere cannot leave one half done.
        let mut contents = self.contents.lock().unwrap_or_else(PoisonError::into_inner);
        contents.now = self.clock.now();
        contents
    }
}

impl Contents {
    /// Returns a record with its lease as it stands now.
    fn told(&self, record: &MessageRecord) -> MessageRecord {
        let mut record = record.clone();
        if let Some(lease) = &mut record.lease {
            lease.lapsed = MessageLease::is_over(lease.until, self.now);
        }
        record
    }

    fn grant(
        &mut self,
        reference: MessageReference,
        owner: &LeaseOwner,
        lease: SignedDuration,
        at: Timestamp,
    ) -> Option<MessageTicket> {
        let until = self.now.saturating_add(lease).unwrap_or(Timestamp::MAX);
        let record = self.records.get_mut(&reference)?;
        record.state = MessageState::Claimed;
        record.attempts += 1;
        record.lease = Some(MessageLease::new(owner.clone(), until, self.now));
        record.changed_at = at;
        let practice = record.entry.practice.clone();
        Some(MessageTicket::new(practice, reference, record.attempts))
    }

    fn of(&self, receipt: &DeliveryReceipt) -> Option<MessageReference> {
        let known = receipt.reference.filter(|it| self.records.contains_key(it));
        known.or_else(|| {
            let id = receipt.sender_id.as_deref()?;
            let mut records = self.records.values();
            let record = records.find(|record| record.sender_id.as_deref() == Some(id))?;
            Some(record.entry.reference)
        })
    }

    fn sorted(&self, wanted: impl Fn(&MessageRecord) -> bool) -> Vec<MessageRecord> {
        let records = self.records.values().filter(|record| wanted(record));
        let mut records: Vec<_> = records.map(|record| self.told(record)).collect();
        records.sort_by_key(|record| (record.created_at, record.entry.reference));
        records
    }
}

#[async_trait]
impl MessageStore for MemoryMessageStore {
    async fn claim_message(
        &self,
        entry: &MessageEntry,
        owner: &LeaseOwner,
        lease: SignedDuration,
        at: Timestamp,
    ) -> Result<MessageClaim, StoreError> {
        let mut contents = self.lock();
        let known = contents.records.get(&entry.reference);
        match known.map(|record| contents.told(record)) {
            None => {
                let record = MessageRecord::queued(entry.clone(), at);
                contents.records.insert(entry.reference, record);
            }
            Some(record) if !record.state.is_open() => return Ok(MessageClaim::Done(record.state)),
            Some(record) if record.is_in_doubt() => return Ok(MessageClaim::InDoubt),
            Some(record) if record.state == MessageState::Claimed => return Ok(MessageClaim::Held),
            Some(_) => {}
        }
        let ticket = contents.grant(entry.reference, owner, lease, at);
        Ok(ticket.map_or(MessageClaim::Held, MessageClaim::Granted))
    }

    async fn take_over(
        &self,
        practice: &OdsCode,
        reference: MessageReference,
        owner: &LeaseOwner,
        lease: SignedDuration,
        at: Timestamp,
    ) -> Result<Option<MessageTicket>, StoreError> {
        let mut contents = self.lock();
        let record = contents.records.get(&reference);
        let in_doubt = record.is_some_and(|record| {
            record.entry.practice == *practice && contents.told(record).is_in_doubt()
        });
        if !in_doubt {
            return Ok(None);
        }
        Ok(contents.grant(reference, owner, lease, at))
    }

    async fn settle_attempt(
        &self,
        ticket: &MessageTicket,
        outcome: &AttemptOutcome,
        tasks: &[PracticeTask],
        _by: &Provenance,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut contents = self.lock();
        let record = contents.records.get_mut(&ticket.reference);
        let Some(record) = record.filter(|record| {
            record.state == MessageState::Claimed
                && record.attempts == ticket.attempt
                && record.entry.practice == ticket.practice
        }) else {
            return Ok(false);
        };
        match outcome {
            AttemptOutcome::HandedOver { sender_id, state } => {
                record.sender_id.clone_from(sender_id);
                record.state = *state;
            }
            AttemptOutcome::NotSent => record.state = MessageState::Queued,
            AttemptOutcome::Failed(failure) => {
                record.state = MessageState::Failed;
                record.failure = Some(*failure);
            }
        }
        record.lease = None;
        record.changed_at = at;
        self.tasks.open(tasks);
        Ok(true)
    }

    async fn record_receipt(
        &self,
        receipt: &DeliveryReceipt,
        tasks: &[PracticeTask],
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut contents = self.lock();
        let reference = contents.of(receipt);
        let record = reference.and_then(|it| contents.records.get_mut(&it));
        let Some(record) = record.filter(|record| record.state < receipt.state) else {
            return Ok(false);
        };
        record.state = receipt.state;
        record.failure = receipt.failure;
        if record.sender_id.is_none() {
            record.sender_id.clone_from(&receipt.sender_id);
        }
        record.lease = None;
        record.changed_at = at;
        self.tasks.open(tasks);
        Ok(true)
    }

    async fn message_of(
        &self,
        receipt: &DeliveryReceipt,
    ) -> Result<Option<MessageRecord>, StoreError> {
        let contents = self.lock();
        let record = contents
            .of(receipt)
            .and_then(|it| contents.records.get(&it));
        Ok(record.map(|record| contents.told(record)))
    }

    async fn message(
        &self,
        practice: &OdsCode,
        reference: MessageReference,
    ) -> Result<Option<MessageRecord>, StoreError> {
        let contents = self.lock();
        let record = contents.records.get(&reference);
        let record = record.filter(|record| record.entry.practice == *practice);
        Ok(record.map(|record| contents.told(record)))
    }

    async fn open_messages(&self, practice: &OdsCode) -> Result<Vec<MessageRecord>, StoreError> {
        let contents = self.lock();
        Ok(contents.sorted(|it| it.entry.practice == *practice && it.state.is_open()))
    }

    async fn messages_to(
        &self,
        contact: &ContactDigest,
        since: Timestamp,
    ) -> Result<Vec<MessageRecord>, StoreError> {
        let contents = self.lock();
        Ok(contents
            .sorted(|it| it.entry.contact.as_ref() == Some(contact) && it.created_at >= since))
    }
}
