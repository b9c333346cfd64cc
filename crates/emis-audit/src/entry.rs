//! Entries of a log, and the places in it.

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::event::AuditEvent;
use crate::log_id::AuditLogId;

/// An event in its place in a log.
///
/// Its JSON is one line of an [export](crate::export).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    #[serde(rename = "chain")]
    log: AuditLogId,
    number: u64,
    previous: Digest,
    digest: Digest,
    body: String,
}

/// The last entry of a log, by number and digest.
///
/// A head that was noted outside the store shows later that nothing up to it was changed, even if
/// the whole log was recomputed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ChainHead {
    /// The number of the entry.
    pub number: u64,
    /// The digest of the entry.
    pub digest: Digest,
}

/// The first entry that a log still holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainStart {
    /// The number of the first entry: 1 unless older entries were deleted.
    pub number: u64,
    /// The digest of the entry before it.
    pub previous: Digest,
}

impl ChainStart {
    /// The start of a log from which nothing was deleted.
    pub const ORIGIN: Self = Self {
        number: 1,
        previous: Digest::ZERO,
    };
}

/// A run of entries that were sealed together, and that are deleted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ChainSegment {
    /// The number of the first entry.
    pub first: u64,
    /// The number of the last entry; the entry after it is the seal.
    pub last: u64,
    /// The digest of the last entry.
    pub digest: Digest,
}

/// An entry whose body was replaced, as the event that records the replacement names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedactedEntry {
    /// The number of the entry.
    pub number: u64,
    /// The digest of the original entry, which the entry keeps.
    pub digest: Digest,
    /// The digest of the new body.
    pub body_digest: Digest,
    /// The new body. The event does not repeat it.
    #[serde(skip)]
    pub body: String,
}

impl AuditEntry {
    /// Creates the entry with number `number`, from 1, that follows the entry with the digest
    /// `previous`. For stores.
    pub fn following(log: &AuditLogId, number: u64, previous: Digest, event: &AuditEvent) -> Self {
        // An event is a map of texts, numbers and lists: it always has a JSON form.
        let body = serde_json::to_string(event).unwrap_or_default();
        let digest = digest_of(log, number, previous, &body);
        Self::stored(log.clone(), number, previous, digest, body)
    }

    /// Creates an entry from stored fields, intact or not. For stores.
    pub const fn stored(
        log: AuditLogId,
        number: u64,
        previous: Digest,
        digest: Digest,
        body: String,
    ) -> Self {
        Self {
            log,
            number,
            previous,
            digest,
            body,
        }
    }

    /// Returns the log that holds the entry.
    pub fn log(&self) -> &AuditLogId {
        &self.log
    }

    /// Returns the number of the entry, counted from 1 without gaps.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Returns the digest of the entry before this one.
    pub fn previous(&self) -> Digest {
        self.previous
    }

    /// Returns the SHA-256 digest of log, number, previous digest and body.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Returns the JSON of the event, exactly as it was digested.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// Returns the event, or `None` if the body is not one.
    pub fn event(&self) -> Option<AuditEvent> {
        serde_json::from_str(&self.body).ok()
    }

    /// Returns `true` if the digest is that of the fields.
    pub fn is_intact(&self) -> bool {
        self.digest == digest_of(&self.log, self.number, self.previous, &self.body)
    }

    /// Returns the entry as the head of its log.
    pub fn head(&self) -> ChainHead {
        ChainHead {
            number: self.number,
            digest: self.digest,
        }
    }

    /// Returns the entry with the body `body`, to be stored in place of this one.
    pub(crate) fn redacted(&self, event: &AuditEvent) -> RedactedEntry {
        let body = serde_json::to_string(event).unwrap_or_default();
        RedactedEntry {
            number: self.number,
            digest: self.digest,
            body_digest: Digest::of(&body),
            body,
        }
    }
}

/// Digests the fields of an entry. All but the last are single lines: none can run into the next.
fn digest_of(log: &AuditLogId, number: u64, previous: Digest, body: &str) -> Digest {
    Digest::of(format!("emis-audit-1\n{log}\n{number}\n{previous}\n{body}"))
}
