//! Logs in memory, open to tampering.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use emis_audit::{
    AuditEntry, AuditEvent, AuditLogId, AuditStore, ChainHead, ChainStart, Digest, LogChange,
    StoreError,
};

use crate::log;

/// A log as a database holds it, column by column.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    pub(crate) entries: Vec<Row>,
    pub(crate) head: ChainHead,
    pub(crate) start: ChainStart,
}

/// An entry as a database holds it.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) log: AuditLogId,
    pub(crate) number: u64,
    pub(crate) previous: Digest,
    pub(crate) digest: Digest,
    pub(crate) body: String,
}

impl Log {
    pub(crate) fn append(&mut self, log: &AuditLogId, event: &AuditEvent) -> ChainHead {
        let entry = AuditEntry::following(log, self.head.number + 1, self.head.digest, event);
        self.head = entry.head();
        self.entries.push(Row {
            log: log.clone(),
            number: entry.number(),
            previous: entry.previous(),
            digest: entry.digest(),
            body: entry.body().to_owned(),
        });
        self.head
    }

    /// Makes a change, as a store does in the transaction of its event.
    pub(crate) fn make(&mut self, change: &LogChange) {
        match change {
            LogChange::DropBefore(start) => {
                self.entries.retain(|row| row.number >= start.number);
                self.start = *start;
            }
            LogChange::Redact(entries) => {
                for redacted in entries {
                    let mut rows = self.entries.iter_mut();
                    let row = rows.find(|row| row.number == redacted.number).unwrap();
                    row.body.clone_from(&redacted.body);
                }
            }
            _ => {}
        }
    }

    /// Computes the log anew from the entry at `index` on, as an attacker would.
    pub(crate) fn recompute(&mut self, index: usize) {
        let mut previous = match index.checked_sub(1) {
            Some(before) => self.entries[before].digest,
            None => self.start.previous,
        };
        for row in &mut self.entries[index..] {
            let event = serde_json::from_str(&row.body).unwrap();
            let entry = AuditEntry::following(&row.log, row.number, previous, &event);
            (row.previous, row.digest) = (previous, entry.digest());
            row.body = entry.body().to_owned();
            previous = row.digest;
        }
        self.head.digest = previous;
    }
}

/// A change that another process makes while a log is read.
type Meddling = Box<dyn FnOnce(&mut Log) + Send>;

#[derive(Default)]
pub(crate) struct MemoryLogs(Mutex<BTreeMap<AuditLogId, Log>>, Mutex<Option<Meddling>>);

impl fmt::Debug for MemoryLogs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryLogs")
    }
}

impl MemoryLogs {
    fn logs(&self) -> MutexGuard<'_, BTreeMap<AuditLogId, Log>> {
        self.0.lock().unwrap()
    }

    /// Changes the log of the practice behind the back of the store.
    pub(crate) fn tamper(&self, change: impl FnOnce(&mut Log)) {
        change(self.logs().get_mut(&log()).unwrap());
    }

    /// Changes the log of the practice right before the next entries are read.
    pub(crate) fn meddle(&self, change: impl FnOnce(&mut Log) + Send + 'static) {
        *self.1.lock().unwrap() = Some(Box::new(change));
    }

    pub(crate) fn log(&self) -> Log {
        self.logs()[&log()].clone()
    }

    pub(crate) fn restore(&self, kept: Log) {
        self.logs().insert(log(), kept);
    }

    pub(crate) fn drop_log(&self) {
        self.logs().clear();
    }
}

#[async_trait]
impl AuditStore for MemoryLogs {
    async fn record(&self, log: &AuditLogId, event: &AuditEvent) -> Result<ChainHead, StoreError> {
        let mut logs = self.logs();
        let kept = logs.entry(log.clone()).or_insert_with(|| Log {
            entries: Vec::new(),
            head: ChainHead {
                number: 0,
                digest: Digest::ZERO,
            },
            start: ChainStart::ORIGIN,
        });
        Ok(kept.append(log, event))
    }

    async fn record_change(
        &self,
        log: &AuditLogId,
        head: ChainHead,
        event: &AuditEvent,
        change: &LogChange,
    ) -> Result<Option<ChainHead>, StoreError> {
        let mut logs = self.logs();
        let Some(kept) = logs.get_mut(log).filter(|kept| kept.head == head) else {
            return Ok(None);
        };
        kept.make(change);
        Ok(Some(kept.append(log, event)))
    }

    async fn entries(
        &self,
        log: &AuditLogId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let mut logs = self.logs();
        if let Some(meddling) = self.1.lock().unwrap().take() {
            meddling(logs.get_mut(log).unwrap());
        }
        let mut rows: Vec<_> = logs.get(log).into_iter().flat_map(|l| &l.entries).collect();
        rows.sort_by_key(|row| row.number);
        let rows = rows.into_iter().filter(|row| row.number > after);
        let entries = rows.map(|row| {
            let body = row.body.clone();
            AuditEntry::stored(row.log.clone(), row.number, row.previous, row.digest, body)
        });
        Ok(entries.take(limit.try_into().unwrap()).collect())
    }

    async fn head(&self, log: &AuditLogId) -> Result<Option<ChainHead>, StoreError> {
        let head = self.logs().get(log).map(|kept| kept.head);
        Ok(head.filter(|head| head.number > 0))
    }

    async fn start(&self, log: &AuditLogId) -> Result<ChainStart, StoreError> {
        let start = self.logs().get(log).map(|kept| kept.start);
        Ok(start.unwrap_or(ChainStart::ORIGIN))
    }

    async fn logs(&self) -> Result<Vec<AuditLogId>, StoreError> {
        Ok(self.logs().keys().cloned().collect())
    }
}
