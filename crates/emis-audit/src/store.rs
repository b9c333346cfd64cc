//! Where the audit trail is kept.

use std::fmt::Debug;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AuditEntry, AuditEvent, AuditLogId, ChainHead, Digest, Provenance, StoreError};

/// Keeps the audit trail. A store that also keeps settings and ledgers appends their events by
/// itself, in the transaction of what they tell of; there is no switch to turn that off.
///
/// Nothing in it can be changed, and nothing removed but whole segments.
#[async_trait]
pub trait AuditStore: Debug + Send + Sync {
    /// Appends an event to a chain, durably, and gives the new end of the chain.
    ///
    /// # Errors
    /// Where it could not be written.
    async fn record(&self, chain: &AuditLogId, event: &AuditEvent)
    -> Result<ChainHead, StoreError>;

    /// The entries of a chain after number `after`, at most `limit` of them, in their order.
    ///
    /// # Errors
    /// Where they could not be read.
    async fn entries(
        &self,
        chain: &AuditLogId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError>;

    /// The end of a chain as the store notes it beside the entries; none where it has none.
    ///
    /// # Errors
    /// Where it could not be read.
    async fn head(&self, chain: &AuditLogId) -> Result<Option<ChainHead>, StoreError>;

    /// Where the chain begins: after what was deleted.
    ///
    /// # Errors
    /// Where it could not be read.
    async fn start(&self, chain: &AuditLogId) -> Result<ChainStart, StoreError>;

    /// The chains that there are, in the order of their texts.
    ///
    /// # Errors
    /// Where they could not be read.
    async fn logs(&self) -> Result<Vec<AuditLogId>, StoreError>;

    /// Ends a segment: appends an entry that vouches for everything since the last one. None
    /// where nothing happened since.
    ///
    /// # Errors
    /// Where it could not be written.
    async fn seal(
        &self,
        chain: &AuditLogId,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<Option<ChainSegment>, StoreError>;

    /// Deletes the oldest sealed segments, as far as every event in them is older than `before`,
    /// and appends an entry that says so. Gives those that were deleted.
    ///
    /// # Errors
    /// Where it could not be done. Nothing is deleted then.
    async fn delete_sealed(
        &self,
        chain: &AuditLogId,
        before: Timestamp,
        by: &Provenance,
        at: Timestamp,
    ) -> Result<Vec<ChainSegment>, StoreError>;
}

/// Entries of a chain that were sealed together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ChainSegment {
    /// The number of its first entry.
    pub first: u64,
    /// The number of its last entry; the one after it is the seal.
    pub last: u64,
    /// The digest of its last entry.
    pub digest: Digest,
}

/// Where a chain begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainStart {
    /// The number of the first entry that is kept: 1 unless some were deleted.
    pub number: u64,
    /// The digest of the entry before it.
    pub previous: Digest,
}

impl ChainStart {
    /// The beginning of a chain from which nothing was deleted.
    pub const ORIGIN: Self = Self {
        number: 1,
        previous: Digest::ZERO,
    };
}
