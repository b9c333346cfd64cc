//! Following a chain, and writing it out.

use std::fmt;
use std::io::Write;

use crate::{
    AuditEntry, AuditEventKind, AuditLogId, AuditStore, ChainHead, ChainSegment, ChainStart,
    Digest, StoreError, StoreErrorKind,
};

/// How many entries are held at once.
const PAGE: u32 = 500;

/// What a chain that verifies holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerificationReport {
    /// How many entries there are.
    pub entries: u64,
    /// The number of the first that is kept: more than 1 where segments were deleted.
    pub first: u64,
    /// The end of the chain; none where it is empty. Keep it elsewhere, for
    /// [`verify`] to compare with next time.
    pub head: Option<ChainHead>,
}

/// The first link of a chain that is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChainBreak {
    /// The chain.
    pub chain: AuditLogId,
    /// The number of the entry at which it shows.
    pub number: u64,
    /// What is wrong there.
    pub kind: ChainBreakKind,
}

/// What is wrong with a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChainBreakKind {
    /// The entry is missing: removed, at the end or in between.
    Missing,
    /// The entry's text or digest was changed.
    Changed,
    /// The entry does not follow from the one before: one of them was replaced.
    NotFollowing,
    /// The beginning of the chain is gone, and no entry says that it was deleted by segments.
    DeletedUnsaid,
    /// A seal does not fit the segment that it vouches for.
    SealBroken,
    /// The chain no longer holds the entry that was noted elsewhere.
    NotAsNoted,
}

impl fmt::Display for ChainBreak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            ChainBreakKind::Missing => "is missing",
            ChainBreakKind::Changed => "was changed",
            ChainBreakKind::NotFollowing => "does not follow from the one before it",
            ChainBreakKind::DeletedUnsaid => {
                "is the first, and nothing says that those before it were deleted"
            }
            ChainBreakKind::SealBroken => "seals something else than what stands before it",
            ChainBreakKind::NotAsNoted => "is not the one that was noted",
        };
        write!(
            f,
            "audit chain {}: entry {} {what}",
            self.chain, self.number
        )
    }
}

/// Why a chain does not verify.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// It is broken.
    #[error("{0}")]
    Broken(ChainBreak),
    /// It could not be read.
    #[error("the audit trail could not be read")]
    Store(#[source] StoreError),
}

impl From<StoreError> for VerifyError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Follows a chain from its first entry to its last.
///
/// `noted` is a head that was kept elsewhere: without one, somebody who may write to the store and
/// rewrites the whole chain from some point on is not found out.
///
/// # Errors
/// The first broken link, or where the store can't be read.
pub async fn verify(
    trail: &dyn AuditStore,
    chain: &AuditLogId,
    noted: Option<ChainHead>,
) -> Result<VerificationReport, VerifyError> {
    // Before the entries: what is appended meanwhile comes after it.
    let end = trail.head(chain).await?;
    let start = trail.start(chain).await?;
    let mut walk = Walk::new(chain, start, noted);
    loop {
        let page = trail.entries(chain, walk.last, PAGE).await?;
        if page.is_empty() {
            break;
        }
        for entry in &page {
            walk.step(entry)?;
        }
    }
    walk.end(end)
}

/// Writes a chain as JSON Lines, an entry a line, and gives how many there were.
///
/// # Errors
/// Where the store can't be read ([`StoreErrorKind`] of the store), or `out` can't be written
/// ([`StoreErrorKind::Unavailable`]).
pub async fn export(
    trail: &dyn AuditStore,
    chain: &AuditLogId,
    out: &mut (dyn Write + Send),
) -> Result<u64, StoreError> {
    let unwritten = |error: std::io::Error| {
        let message = "the audit trail could not be written out";
        StoreError::new(StoreErrorKind::Unavailable, message).with_source(error)
    };
    let start = trail.start(chain).await?;
    let (mut last, mut count) = (start.number.saturating_sub(1), 0);
    loop {
        let page = trail.entries(chain, last, PAGE).await?;
        let Some(end) = page.last() else {
            out.flush().map_err(unwritten)?;
            return Ok(count);
        };
        last = end.number();
        for entry in &page {
            serde_json::to_writer(&mut *out, entry).map_err(|error| unwritten(error.into()))?;
            out.write_all(b"\n").map_err(unwritten)?;
            count += 1;
        }
    }
}

struct Walk<'a> {
    chain: &'a AuditLogId,
    start: ChainStart,
    noted: Option<ChainHead>,
    last: u64,
    digest: Digest,
    unsealed_from: u64,
    deletion_said: bool,
}

impl<'a> Walk<'a> {
    fn new(chain: &'a AuditLogId, start: ChainStart, noted: Option<ChainHead>) -> Self {
        Self {
            chain,
            start,
            noted,
            last: start.number.saturating_sub(1),
            digest: start.previous,
            unsealed_from: start.number,
            deletion_said: start == ChainStart::ORIGIN,
        }
    }

    fn broken(&self, number: u64, kind: ChainBreakKind) -> VerifyError {
        VerifyError::Broken(ChainBreak {
            chain: self.chain.clone(),
            number,
            kind,
        })
    }

    fn step(&mut self, entry: &AuditEntry) -> Result<(), VerifyError> {
        let expected = self.last + 1;
        if entry.number() != expected {
            return Err(self.broken(expected, ChainBreakKind::Missing));
        }
        if !entry.is_intact() || entry.chain() != self.chain {
            return Err(self.broken(expected, ChainBreakKind::Changed));
        }
        if entry.previous() != self.digest {
            return Err(self.broken(expected, ChainBreakKind::NotFollowing));
        }
        if self
            .noted
            .is_some_and(|noted| noted.number == expected && noted != entry.head())
        {
            return Err(self.broken(expected, ChainBreakKind::NotAsNoted));
        }
        let Some(event) = entry.event() else {
            return Err(self.broken(expected, ChainBreakKind::Changed));
        };
        if *event.kind() == AuditEventKind::AUDIT_SEALED {
            let sealed: Option<ChainSegment> = read(event.details().get("segment"));
            // The first entry that is kept may be the seal of what was deleted.
            let fits = sealed.is_some_and(|sealed| {
                (sealed.last, sealed.digest) == (self.last, self.digest)
                    && (expected == self.start.number || sealed.first == self.unsealed_from)
            });
            if !fits {
                return Err(self.broken(expected, ChainBreakKind::SealBroken));
            }
            self.unsealed_from = expected;
        } else if *event.kind() == AuditEventKind::AUDIT_DELETED {
            let through: Option<ChainSegment> = read(event.details().get("through"));
            self.deletion_said |= through.is_some_and(|through| {
                through.last.checked_add(1) == Some(self.start.number)
                    && through.digest == self.start.previous
            });
        }
        self.last = expected;
        self.digest = entry.digest();
        Ok(())
    }

    fn end(self, end: Option<ChainHead>) -> Result<VerificationReport, VerifyError> {
        if end.is_some_and(|end| end.number > self.last) {
            return Err(self.broken(self.last + 1, ChainBreakKind::Missing));
        }
        if self.noted.is_some_and(|noted| noted.number > self.last) {
            return Err(self.broken(self.last + 1, ChainBreakKind::Missing));
        }
        if !self.deletion_said {
            return Err(self.broken(self.start.number, ChainBreakKind::DeletedUnsaid));
        }
        let entries = self.last + 1 - self.start.number;
        // What was appended after the head was read is not compared with it.
        if end.is_some_and(|end| end.number == self.last && end.digest != self.digest) {
            return Err(self.broken(self.last, ChainBreakKind::NotAsNoted));
        }
        Ok(VerificationReport {
            entries,
            first: self.start.number,
            head: (entries > 0).then_some(ChainHead {
                number: self.last,
                digest: self.digest,
            }),
        })
    }
}

fn read<T: serde::de::DeserializeOwned>(value: Option<&serde_json::Value>) -> Option<T> {
    T::deserialize(value?).ok()
}
