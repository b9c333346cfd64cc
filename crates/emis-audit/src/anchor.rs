//! Heads noted outside the store.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::entry::ChainHead;
use crate::error::AuditError;
use crate::log_id::AuditLogId;
use crate::store::AuditStore;
use crate::verify::{VerificationReport, verify};

/// The head of a log, noted outside the store at some time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditAnchor {
    /// The log.
    pub log: AuditLogId,
    /// The head of the log.
    #[serde(flatten)]
    pub head: ChainHead,
    /// The time at which it was noted.
    pub at: Timestamp,
}

impl AuditAnchor {
    /// Creates an anchor.
    pub const fn new(log: AuditLogId, head: ChainHead, at: Timestamp) -> Self {
        Self { log, head, at }
    }
}

/// Keeps anchors where the people and processes that may write to the store can't change them: a
/// write-once bucket, a log collector, another machine's disk.
#[async_trait]
pub trait AuditAnchorStore: Debug + Send + Sync {
    /// Appends anchors, durably.
    ///
    /// # Errors
    /// [`AuditError::anchors`] if they could not be written.
    ///
    /// # Cancel safety
    /// Each anchor is written whole or not at all; writing one twice does no harm.
    async fn append(&self, anchors: &[AuditAnchor]) -> Result<(), AuditError>;

    /// Returns every anchor that was ever appended.
    ///
    /// # Errors
    /// [`AuditError::anchors`] if they could not be read.
    async fn anchors(&self) -> Result<Vec<AuditAnchor>, AuditError>;
}

/// The result of verifying every log against its anchors.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct AnchorReport {
    /// The logs that verify, and that match everything that was noted of them.
    pub verified: Vec<(AuditLogId, VerificationReport)>,
    /// The logs that do not verify, or that could not be read, and why.
    pub failed: Vec<(AuditLogId, AuditError)>,
    /// The number of anchors that were compared.
    pub compared: usize,
}

impl AnchorReport {
    /// Returns `true` if every log verifies.
    pub fn is_good(&self) -> bool {
        self.failed.is_empty()
    }
}

/// Verifies every log against every anchor that was noted of it.
///
/// Logs that were noted and are gone from the store fail. A log without an anchor is only checked
/// against itself.
///
/// # Errors
/// [`Store`](crate::AuditErrorKind::Store) or [`Anchors`](crate::AuditErrorKind::Anchors) if the
/// logs can't be listed or the anchors can't be read. A log that fails is in the report.
pub async fn check_anchors(
    store: &dyn AuditStore,
    anchors: &dyn AuditAnchorStore,
) -> Result<AnchorReport, AuditError> {
    check(store, anchors.anchors().await?).await
}

async fn check(
    store: &dyn AuditStore,
    anchors: Vec<AuditAnchor>,
) -> Result<AnchorReport, AuditError> {
    let mut noted: BTreeMap<AuditLogId, BTreeSet<ChainHead>> = BTreeMap::new();
    let compared = anchors.len();
    for anchor in anchors {
        noted.entry(anchor.log).or_default().insert(anchor.head);
    }
    for log in store.logs().await? {
        noted.entry(log).or_default();
    }
    let mut report = AnchorReport {
        compared,
        ..AnchorReport::default()
    };
    for (log, noted) in noted {
        let noted: Vec<_> = noted.into_iter().collect();
        match verify(store, &log, &noted).await {
            Ok(verified) => report.verified.push((log, verified)),
            Err(error) => report.failed.push((log, error)),
        }
    }
    Ok(report)
}

/// Verifies every log against its anchors, then notes the heads that have moved since.
///
/// Run it once an hour or once a day, and before each [`delete_sealed`](crate::delete_sealed). The
/// head of a log that does not verify is not noted: it would vouch for what was forged.
///
/// # Errors
/// As [`check_anchors`]; also if the anchors can't be written.
///
/// # Cancel safety
/// Anchors are noted or not; noting one twice does no harm.
///
/// # Examples
///
/// ```no_run
/// use emis_audit::{AuditStore, FileAnchorStore, anchor_heads};
/// use emis_types::{Clock, SystemClock};
///
/// # async fn example(store: &dyn AuditStore) -> Result<(), emis_audit::AuditError> {
/// let anchors = FileAnchorStore::new("/mnt/write-once/emis-anchors.jsonl");
/// let report = anchor_heads(store, &anchors, SystemClock.now()).await?;
/// for (log, error) in &report.failed {
///     eprintln!("audit log {log}: {}", error.report());
/// }
/// # Ok(())
/// # }
/// ```
pub async fn anchor_heads(
    store: &dyn AuditStore,
    anchors: &dyn AuditAnchorStore,
    at: Timestamp,
) -> Result<AnchorReport, AuditError> {
    let present = anchors.anchors().await?;
    let noted: BTreeSet<_> = present
        .iter()
        .map(|anchor| (anchor.log.clone(), anchor.head))
        .collect();
    let report = check(store, present).await?;
    let heads = report.verified.iter();
    let moved: Vec<_> = heads
        .filter_map(|(log, verified)| Some((log.clone(), verified.head?)))
        .filter(|noting| !noted.contains(noting))
        .map(|(log, head)| AuditAnchor::new(log, head, at))
        .collect();
    if !moved.is_empty() {
        anchors.append(&moved).await?;
    }
    Ok(report)
}
