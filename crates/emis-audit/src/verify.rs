//! Verification of a log.

use crate::entry::ChainHead;
use crate::error::AuditError;
use crate::log_id::AuditLogId;
use crate::store::AuditStore;
use crate::walk::{Walk, undisturbed};

/// The result of verifying a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerificationReport {
    /// The number of entries.
    pub entries: u64,
    /// The number of the first entry: more than 1 if segments were deleted.
    pub first: u64,
    /// The head of the log, or `None` if it is empty.
    pub head: Option<ChainHead>,
}

/// Verifies a log from its first entry to its last.
///
/// `noted` holds heads of the log that were kept outside the store. Without one, a log that was
/// recomputed from some point on verifies. The newest of them must be covered: if the entry is
/// deleted, the log can't be told from a forged one, so that [`anchor_heads`](crate::anchor_heads)
/// belongs before every [`delete_sealed`](crate::delete_sealed).
///
/// # Errors
/// [`Broken`](crate::AuditErrorKind::Broken) with the first broken link, or
/// [`Store`](crate::AuditErrorKind::Store) if the store can't be read.
pub async fn verify(
    store: &dyn AuditStore,
    log: &AuditLogId,
    noted: &[ChainHead],
) -> Result<VerificationReport, AuditError> {
    undisturbed(store, log, async || {
        let mut walk = Walk::begin(store, log, noted).await?;
        walk.advance(|_, _| ()).await?;
        Ok(VerificationReport {
            entries: walk.entries(),
            first: walk.start.number,
            head: walk.head(),
        })
    })
    .await
}
