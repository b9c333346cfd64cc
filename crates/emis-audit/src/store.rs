//! The trait of stores that keep audit logs.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::entry::{AuditEntry, ChainHead, ChainStart, RedactedEntry};
use crate::error::StoreError;
use crate::event::AuditEvent;
use crate::log_id::AuditLogId;

/// The number of entries that are held in memory at once.
pub(crate) const PAGE: u32 = 500;

/// Keeps audit logs.
///
/// A store that also keeps settings or bookings appends their events by itself, in the transaction
/// of the change; there is no switch to turn that off. Entries are never changed or removed, except
/// by [`record_change`](Self::record_change), which records the fact in the log.
#[async_trait]
pub trait AuditStore: Debug + Send + Sync {
    /// Appends an event to a log, durably, and returns the new head.
    ///
    /// # Errors
    /// [`StoreError`] if the event could not be written.
    ///
    /// # Cancel safety
    /// The event is recorded or not; dropping the future leaves nothing half done.
    async fn record(&self, log: &AuditLogId, event: &AuditEvent) -> Result<ChainHead, StoreError>;

    /// Appends an event if the head of the log is still `head`, and makes the change that the event
    /// records in the same transaction. Returns `None`, with nothing changed, if the log has grown.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be written. Nothing is changed then.
    ///
    /// # Cancel safety
    /// The event and the change are written together or not at all.
    async fn record_change(
        &self,
        log: &AuditLogId,
        head: ChainHead,
        event: &AuditEvent,
        change: &LogChange,
    ) -> Result<Option<ChainHead>, StoreError>;

    /// Returns at most `limit` entries of a log after number `after`, in order.
    ///
    /// # Errors
    /// [`StoreError`] if they could not be read.
    async fn entries(
        &self,
        log: &AuditLogId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError>;

    /// Returns the head of a log as the store notes it beside the entries, or `None` for an empty
    /// log.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    async fn head(&self, log: &AuditLogId) -> Result<Option<ChainHead>, StoreError>;

    /// Returns the first entry that a log still holds.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    async fn start(&self, log: &AuditLogId) -> Result<ChainStart, StoreError>;

    /// Returns the ids of all logs, in the order of their texts.
    ///
    /// # Errors
    /// [`StoreError`] if they could not be read.
    async fn logs(&self) -> Result<Vec<AuditLogId>, StoreError>;
}

/// A change to existing entries, recorded by the event that is appended with it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogChange {
    /// No change: the event is a seal.
    None,
    /// Removes the entries before the new start.
    DropBefore(ChainStart),
    /// Replaces the bodies of entries, which keep their numbers and digests.
    Redact(Vec<RedactedEntry>),
}
