//! The walk along a log, entry by entry, that everything else is decided by.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use crate::digest::Digest;
use crate::entry::{AuditEntry, ChainHead, ChainSegment, ChainStart, RedactedEntry};
use crate::error::{AuditError, ChainBreak, ChainBreakKind, Failure};
use crate::event::{AuditEvent, AuditEventKind};
use crate::log_id::AuditLogId;
use crate::store::{AuditStore, PAGE};

/// A sealed segment, and the time of its newest event, both taken from digested entries.
pub(crate) struct Sealed {
    pub(crate) segment: ChainSegment,
    pub(crate) newest_at: Timestamp,
}

/// An entry whose body is not the one that it was digested with.
struct Altered {
    digest: Digest,
    body_digest: Digest,
    /// The last recorded redaction of the entry is the one that it now holds.
    recorded: bool,
}

/// The state of a walk: what was seen up to the last entry.
pub(crate) struct Walk<'a> {
    store: &'a dyn AuditStore,
    log: &'a AuditLogId,
    pub(crate) start: ChainStart,
    /// Heads that were noted elsewhere, by number.
    noted: BTreeSet<ChainHead>,
    last: u64,
    digest: Digest,
    /// Entries with another body than they were digested with, by number.
    altered: BTreeMap<u64, Altered>,
    pub(crate) unsealed_from: u64,
    newest_at: Option<Timestamp>,
    pub(crate) sealed: Vec<Sealed>,
    deletion_recorded: bool,
}

impl<'a> Walk<'a> {
    /// Begins a walk at the start of a log.
    pub(crate) async fn begin(
        store: &'a dyn AuditStore,
        log: &'a AuditLogId,
        noted: &[ChainHead],
    ) -> Result<Self, AuditError> {
        let start = store.start(log).await?;
        let walk = Self {
            store,
            log,
            start,
            noted: noted.iter().copied().collect(),
            last: start.number.saturating_sub(1),
            digest: start.previous,
            altered: BTreeMap::new(),
            unsealed_from: start.number,
            newest_at: None,
            sealed: Vec::new(),
            deletion_recorded: start == ChainStart::ORIGIN,
        };
        walk.check_noted()?;
        Ok(walk)
    }

    /// Walks to the present end, passes each entry to `see`, and compares the end with the head
    /// that the store notes. May be called again when the log has grown.
    pub(crate) async fn advance(
        &mut self,
        mut see: impl FnMut(&AuditEntry, &AuditEvent) + Send,
    ) -> Result<(), AuditError> {
        // Read before the entries: an entry that is appended meanwhile comes after it.
        let before = self.store.head(self.log).await?;
        let begun_at = self.last;
        self.noted
            .extend(before.filter(|head| head.number > begun_at));
        loop {
            let page = self.store.entries(self.log, self.last, PAGE).await?;
            if page.is_empty() {
                break;
            }
            for entry in &page {
                let event = self.step(entry)?;
                see(entry, &event);
            }
        }
        // Read again: the entries may have grown since, but the head never lags behind them.
        let after = self.store.head(self.log).await?;
        if self
            .noted
            .last()
            .is_some_and(|noted| noted.number > self.last)
        {
            return Err(self.broken(self.last + 1, ChainBreakKind::Missing));
        }
        let lags = after.is_none_or(|head| head.number < self.last) && self.entries() > 0;
        let differs =
            after.is_some_and(|head| head.number == self.last && head.digest != self.digest);
        if lags || differs {
            return Err(self.broken(self.last, ChainBreakKind::HeadWrong));
        }
        let mut altered = self.altered.iter();
        if let Some((number, _)) = altered.find(|(_, entry)| !entry.recorded) {
            return Err(self.broken(*number, ChainBreakKind::Changed));
        }
        if !self.deletion_recorded {
            return Err(self.broken(self.start.number, ChainBreakKind::UnrecordedDeletion));
        }
        Ok(())
    }

    /// Returns the number of entries walked.
    pub(crate) fn entries(&self) -> u64 {
        (self.last + 1).saturating_sub(self.start.number)
    }

    /// Returns the last entry walked, or `None` if the log is empty.
    pub(crate) fn head(&self) -> Option<ChainHead> {
        (self.entries() > 0).then_some(ChainHead {
            number: self.last,
            digest: self.digest,
        })
    }

    /// Checks that heads noted before the start are covered: the entry before the start is known
    /// by its digest, and what is older only by a later noted head, which vouches for all of it.
    fn check_noted(&self) -> Result<(), AuditError> {
        let Some(newest) = self.noted.last() else {
            return Ok(());
        };
        if newest.number < self.last {
            return Err(self.broken(newest.number, ChainBreakKind::NotCovered));
        }
        self.compare_noted()
    }

    /// Compares the last entry with the heads that were noted of it.
    fn compare_noted(&self) -> Result<(), AuditError> {
        let least = ChainHead {
            number: self.last,
            digest: Digest::ZERO,
        };
        let mut of_last = self
            .noted
            .range(least..)
            .take_while(|noted| noted.number == self.last);
        if of_last.any(|noted| noted.digest != self.digest) {
            return Err(self.broken(self.last, ChainBreakKind::NotAsNoted));
        }
        Ok(())
    }

    fn broken(&self, number: u64, kind: ChainBreakKind) -> AuditError {
        Failure::Broken(ChainBreak {
            log: self.log.clone(),
            number,
            kind,
        })
        .into()
    }

    fn step(&mut self, entry: &AuditEntry) -> Result<AuditEvent, AuditError> {
        let expected = self.last + 1;
        if entry.number() != expected {
            return Err(self.broken(expected, ChainBreakKind::Missing));
        }
        if entry.log() != self.log {
            return Err(self.broken(expected, ChainBreakKind::Changed));
        }
        if entry.previous() != self.digest {
            return Err(if !entry.is_intact() {
                self.broken(expected, ChainBreakKind::Changed)
            } else if self.altered.contains_key(&self.last) {
                self.broken(self.last, ChainBreakKind::Changed)
            } else {
                self.broken(expected, ChainBreakKind::NotFollowing)
            });
        }
        if !entry.is_intact() {
            let altered = Altered {
                digest: entry.digest(),
                body_digest: Digest::of(entry.body()),
                recorded: false,
            };
            self.altered.insert(expected, altered);
        }
        let Some(event) = entry.event() else {
            return Err(self.broken(expected, ChainBreakKind::Changed));
        };
        if entry.is_intact() {
            self.read_own_events(expected, &event)?;
        } else if event.kind().as_str().starts_with("audit.") {
            // Entries that describe the log itself are never redacted.
            return Err(self.broken(expected, ChainBreakKind::Changed));
        }
        self.last = expected;
        self.digest = entry.digest();
        self.newest_at = self.newest_at.max(Some(event.at()));
        self.compare_noted()?;
        Ok(event)
    }

    /// Takes in an event by which the log describes itself.
    fn read_own_events(&mut self, expected: u64, event: &AuditEvent) -> Result<(), AuditError> {
        if *event.kind() == AuditEventKind::AUDIT_SEALED {
            let segment: Option<ChainSegment> = read(event, "segment");
            // The first entry that is kept may be the seal of a deleted segment.
            let fits = segment.filter(|segment| {
                (segment.last, segment.digest) == (self.last, self.digest)
                    && (expected == self.start.number || segment.first == self.unsealed_from)
            });
            let Some(segment) = fits else {
                return Err(self.broken(expected, ChainBreakKind::SealBroken));
            };
            if let Some(newest_at) = self.newest_at.take() {
                self.sealed.push(Sealed { segment, newest_at });
            }
            self.unsealed_from = expected;
        } else if *event.kind() == AuditEventKind::AUDIT_DELETED {
            let through: Option<ChainSegment> = read(event, "through");
            self.deletion_recorded |= through.is_some_and(|through| {
                through.last.checked_add(1) == Some(self.start.number)
                    && through.digest == self.start.previous
            });
        } else if *event.kind() == AuditEventKind::AUDIT_REDACTED {
            let entries: Option<Vec<RedactedEntry>> = read(event, "entries");
            let entries = entries.unwrap_or_default().into_iter();
            for redacted in entries.filter(|entry| entry.number >= self.start.number) {
                // An entry that is intact in spite of its redaction holds what was taken out.
                let Some(altered) = self.altered.get_mut(&redacted.number) else {
                    return Err(self.broken(redacted.number, ChainBreakKind::Changed));
                };
                altered.recorded = altered.digest == redacted.digest
                    && altered.body_digest == redacted.body_digest;
            }
        }
        Ok(())
    }
}

fn read<T: DeserializeOwned>(event: &AuditEvent, detail: &str) -> Option<T> {
    T::deserialize(event.details().get(detail)?).ok()
}

/// Runs `attempt` again if the log was found to be broken and has grown meanwhile: a deletion or a
/// redaction that is made during a walk looks like a break.
pub(crate) async fn undisturbed<T, F>(
    store: &dyn AuditStore,
    log: &AuditLogId,
    attempt: impl Fn() -> F + Send,
) -> Result<T, AuditError>
where
    F: Future<Output = Result<T, AuditError>> + Send,
{
    const REPETITIONS: u8 = 3;
    for _ in 0..REPETITIONS {
        let head = store.head(log).await?;
        match attempt().await {
            Err(error) if error.chain_break().is_some() => {
                if store.head(log).await? == head {
                    return Err(error);
                }
            }
            done => return done,
        }
    }
    attempt().await
}
