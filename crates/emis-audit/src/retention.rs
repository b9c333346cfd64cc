//! Removal of old entries, by whole segments.

use jiff::Timestamp;
use serde_json::json;

use crate::entry::{ChainHead, ChainSegment, ChainStart};
use crate::error::AuditError;
use crate::event::{AuditEvent, AuditEventKind};
use crate::log_id::AuditLogId;
use crate::provenance::Provenance;
use crate::store::{AuditStore, LogChange};
use crate::walk::{Walk, undisturbed};

/// Ends a segment: appends an entry that vouches for everything since the last seal.
///
/// The whole log is verified first. Returns `None` if nothing was recorded since the last seal.
///
/// # Errors
/// [`Broken`](crate::AuditErrorKind::Broken) if the log does not verify,
/// [`Store`](crate::AuditErrorKind::Store) if the store fails. Nothing is written then.
///
/// # Cancel safety
/// The seal is written or not.
pub async fn seal(
    store: &dyn AuditStore,
    log: &AuditLogId,
    by: &Provenance,
    at: Timestamp,
) -> Result<Option<ChainSegment>, AuditError> {
    undisturbed(store, log, || attempt_seal(store, log, by, at)).await
}

async fn attempt_seal(
    store: &dyn AuditStore,
    log: &AuditLogId,
    by: &Provenance,
    at: Timestamp,
) -> Result<Option<ChainSegment>, AuditError> {
    let mut walk = Walk::begin(store, log, &[]).await?;
    loop {
        walk.advance(|_, _| ()).await?;
        let Some(head) = walk.head() else {
            return Ok(None);
        };
        let segment = ChainSegment {
            first: walk.unsealed_from,
            last: head.number,
            digest: head.digest,
        };
        // The seal of the last segment is the first entry of the next, and alone is no reason.
        if segment.first > 1 && segment.first == segment.last {
            return Ok(None);
        }
        let event = AuditEvent::new(AuditEventKind::AUDIT_SEALED, at, by.clone())
            .detail("segment", json!(segment));
        let recorded = store
            .record_change(log, head, &event, &LogChange::None)
            .await?;
        if recorded.is_some() {
            return Ok(Some(segment));
        }
    }
}

/// Deletes the oldest sealed segments in which every event is older than `before`, records the
/// deletion in the log, and returns the deleted segments.
///
/// The whole log is verified first, against the heads in `noted`, and nothing but digested entries
/// decides what is old. Note the head of the log outside the store before: see
/// [`anchor_heads`](crate::anchor_heads).
///
/// # Errors
/// [`Broken`](crate::AuditErrorKind::Broken) if the log does not verify,
/// [`Store`](crate::AuditErrorKind::Store) if the store fails. Nothing is deleted then.
///
/// # Cancel safety
/// The segments are deleted and the deletion is recorded together, or not at all.
pub async fn delete_sealed(
    store: &dyn AuditStore,
    log: &AuditLogId,
    before: Timestamp,
    noted: &[ChainHead],
    by: &Provenance,
    at: Timestamp,
) -> Result<Vec<ChainSegment>, AuditError> {
    undisturbed(store, log, || {
        attempt_delete(store, log, before, noted, by, at)
    })
    .await
}

async fn attempt_delete(
    store: &dyn AuditStore,
    log: &AuditLogId,
    before: Timestamp,
    noted: &[ChainHead],
    by: &Provenance,
    at: Timestamp,
) -> Result<Vec<ChainSegment>, AuditError> {
    let mut walk = Walk::begin(store, log, noted).await?;
    loop {
        walk.advance(|_, _| ()).await?;
        let sealed = walk.sealed.iter();
        let old: Vec<_> = sealed
            .take_while(|sealed| sealed.newest_at < before)
            .map(|sealed| sealed.segment)
            .collect();
        let (Some(through), Some(head)) = (old.last(), walk.head()) else {
            return Ok(Vec::new());
        };
        let start = ChainStart {
            number: through.last + 1,
            previous: through.digest,
        };
        let event = AuditEvent::new(AuditEventKind::AUDIT_DELETED, at, by.clone())
            .detail("through", json!(through));
        let change = LogChange::DropBefore(start);
        if store
            .record_change(log, head, &event, &change)
            .await?
            .is_some()
        {
            return Ok(old);
        }
    }
}
