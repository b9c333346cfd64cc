//! Errors of stores and of verification.

use std::error::Error;
use std::fmt;

use emis_types::report;

use crate::log_id::AuditLogId;

/// The failure of a store: of settings, bookings, reminders or the audit log.
///
/// Its text is written by the store and holds no stored value.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct StoreError {
    kind: StoreErrorKind,
    message: &'static str,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// The kinds of [`StoreError`]. Nothing was changed unless the kind says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// Another writer saved first.
    Conflict,
    /// The store could not be reached, read or written. Retry: every operation of a store is
    /// idempotent. The operation may have been done if the connection broke during the commit.
    Unavailable,
    /// The store is overloaded: every connection is in use, or another process holds the file.
    /// Retry later.
    Busy,
    /// The disk or the space granted to the database is full.
    Full,
    /// The store is read-only.
    ReadOnly,
    /// Stored data can't be read: it is damaged, or a newer release wrote it. A retry does not help.
    Corrupt,
    /// The database can't hold the value.
    Unstorable,
}

impl StoreError {
    /// Creates an error whose message says what could not be done. For stores.
    pub fn new(kind: StoreErrorKind, message: &'static str) -> Self {
        Self {
            kind,
            message,
            source: None,
        }
    }

    /// Adds the cause, whose text must be free of stored values too.
    #[must_use]
    pub fn with_source(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// Returns the kind of failure.
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// Returns `true` if the operation may succeed when it is repeated unchanged.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self.kind,
            StoreErrorKind::Unavailable | StoreErrorKind::Busy
        )
    }

    /// Returns `true` if another writer saved first.
    pub fn is_conflict(&self) -> bool {
        self.kind == StoreErrorKind::Conflict
    }

    /// Returns the error and its causes in one line.
    pub fn report(&self) -> String {
        report(self)
    }
}

/// The failure of a verification, of anchoring, of retention or of a redaction.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct AuditError(#[from] Failure);

#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Broken(ChainBreak),
    #[error("the audit log could not be read or written")]
    Store(#[from] StoreError),
    #[error("the anchors of the audit log could not be {action}")]
    Anchors {
        action: &'static str,
        source: Box<dyn Error + Send + Sync>,
    },
    #[error("the audit log could not be exported")]
    Export(#[source] std::io::Error),
}

/// The kinds of [`AuditError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuditErrorKind {
    /// The log is broken: [`AuditError::chain_break`] says where.
    Broken,
    /// The store failed.
    Store,
    /// The anchors could not be read or written.
    Anchors,
    /// The export could not be written.
    Export,
}

impl AuditError {
    /// Creates the error of an anchor store that failed; `action` is a participle such as `read`.
    /// For implementations of [`AuditAnchorStore`](crate::AuditAnchorStore).
    pub fn anchors(action: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let source = source.into();
        Self(Failure::Anchors { action, source })
    }

    /// Returns the kind of failure.
    pub fn kind(&self) -> AuditErrorKind {
        match &self.0 {
            Failure::Broken(_) => AuditErrorKind::Broken,
            Failure::Store(_) => AuditErrorKind::Store,
            Failure::Anchors { .. } => AuditErrorKind::Anchors,
            Failure::Export(_) => AuditErrorKind::Export,
        }
    }

    /// Returns the first broken link, if the log is broken.
    pub fn chain_break(&self) -> Option<&ChainBreak> {
        match &self.0 {
            Failure::Broken(broken) => Some(broken),
            _ => None,
        }
    }

    /// Returns the failure of the store, if there was one.
    pub fn store_error(&self) -> Option<&StoreError> {
        match &self.0 {
            Failure::Store(error) => Some(error),
            _ => None,
        }
    }

    /// Returns `true` if a retry may succeed: the store was unavailable or busy.
    pub fn is_retryable(&self) -> bool {
        self.store_error().is_some_and(StoreError::is_retryable)
    }

    /// Returns the error and its causes in one line.
    pub fn report(&self) -> String {
        report(self)
    }
}

impl From<StoreError> for AuditError {
    fn from(error: StoreError) -> Self {
        Self(Failure::Store(error))
    }
}

/// The first broken link of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChainBreak {
    /// The log.
    pub log: AuditLogId,
    /// The number of the entry at which the break shows.
    pub number: u64,
    /// The kind of break.
    pub kind: ChainBreakKind,
}

/// The kinds of [`ChainBreak`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChainBreakKind {
    /// The entry is missing: removed, at the end or in between.
    Missing,
    /// A field of the entry was changed, and no later entry records a redaction of it.
    Changed,
    /// The entry does not follow from the one before: one of them was replaced.
    NotFollowing,
    /// The oldest entries are gone, and no entry records their deletion.
    UnrecordedDeletion,
    /// A seal does not match the segment before it.
    SealBroken,
    /// The entry differs from the head that was noted.
    NotAsNoted,
    /// The entry was noted and is deleted, and no later noted head vouches for the log since.
    NotCovered,
    /// The store's own note of the head does not match the entries.
    HeadWrong,
}

impl fmt::Display for ChainBreak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            ChainBreakKind::Missing => "is missing",
            ChainBreakKind::Changed => "was changed",
            ChainBreakKind::NotFollowing => "does not follow from the entry before it",
            ChainBreakKind::UnrecordedDeletion => {
                "is the first, and no entry records the deletion of earlier ones"
            }
            ChainBreakKind::SealBroken => "does not seal the segment before it",
            ChainBreakKind::NotAsNoted => "differs from the head that was noted",
            ChainBreakKind::NotCovered => {
                "was noted and is deleted, and no later noted head vouches for the log since"
            }
            ChainBreakKind::HeadWrong => "is not the last, as the store says",
        };
        write!(f, "audit log {}: entry {} {what}", self.log, self.number)
    }
}
