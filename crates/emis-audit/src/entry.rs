//! Events in a row, each vouching for the one before.

use std::fmt;
use std::str::FromStr;

use emis_types::OdsCode;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::AuditEvent;

/// Which chain an entry is in: one for each practice, and one for what belongs to no practice.
///
/// Its text is the ODS code, or `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum AuditLogId {
    /// The product's own, such as passwords that EMIS refused.
    Product,
    /// A practice's.
    Practice(OdsCode),
}

impl AuditLogId {
    /// The text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Product => "-",
            Self::Practice(practice) => practice.as_str(),
        }
    }
}

impl From<OdsCode> for AuditLogId {
    fn from(practice: OdsCode) -> Self {
        Self::Practice(practice)
    }
}

/// A text that names no [`AuditLogId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("chain must be an ODS code, or a hyphen")]
pub struct InvalidAuditLogId;

impl FromStr for AuditLogId {
    type Err = InvalidAuditLogId;

    fn from_str(text: &str) -> Result<Self, InvalidAuditLogId> {
        if text == "-" {
            return Ok(Self::Product);
        }
        text.parse()
            .map(Self::Practice)
            .map_err(|_| InvalidAuditLogId)
    }
}

impl TryFrom<String> for AuditLogId {
    type Error = InvalidAuditLogId;

    fn try_from(text: String) -> Result<Self, InvalidAuditLogId> {
        text.parse()
    }
}

impl From<AuditLogId> for String {
    fn from(chain: AuditLogId) -> Self {
        chain.as_str().to_owned()
    }
}

impl fmt::Display for AuditLogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A SHA-256 digest, in text as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// What stands before the first entry of a chain.
    pub const ZERO: Self = Self([0; 32]);

    /// The digest of some bytes.
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

/// A text that is not a [`Digest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("digest must be 64 lower-case hexadecimal digits")]
pub struct InvalidDigest;

impl FromStr for Digest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        let digit = |byte: &u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != 32 || !rest.is_empty() {
            return Err(InvalidDigest);
        }
        let mut bytes = [0; 32];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            let (high, low) = digit(high).zip(digit(low)).ok_or(InvalidDigest)?;
            *byte = high << 4 | low;
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Digest {
    type Error = InvalidDigest;

    fn try_from(text: String) -> Result<Self, InvalidDigest> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// An event in its place in a chain.
///
/// Its JSON is a line of an [export](crate::export).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    chain: AuditLogId,
    number: u64,
    previous: Digest,
    digest: Digest,
    body: String,
}

/// The last entry of a chain: its number and its digest. Noted somewhere else from time to time,
/// it shows later that nothing up to it was changed, not even all of it at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ChainHead {
    /// The number of the entry.
    pub number: u64,
    /// Its digest.
    pub digest: Digest,
}

impl AuditEntry {
    /// The entry that follows the one with the digest `previous`, as number `number` (from 1).
    /// For stores.
    pub fn following(
        chain: &AuditLogId,
        number: u64,
        previous: Digest,
        event: &AuditEvent,
    ) -> Self {
        // An event is a map of texts, numbers and lists: it always has a JSON form.
        let body = serde_json::to_string(event).unwrap_or_default();
        let digest = digest(chain, number, previous, &body);
        Self {
            chain: chain.clone(),
            number,
            previous,
            digest,
            body,
        }
    }

    /// An entry as it was stored, intact or not. For stores.
    pub const fn stored(
        chain: AuditLogId,
        number: u64,
        previous: Digest,
        digest: Digest,
        body: String,
    ) -> Self {
        Self {
            chain,
            number,
            previous,
            digest,
            body,
        }
    }

    /// The chain it is in.
    pub fn chain(&self) -> &AuditLogId {
        &self.chain
    }

    /// Its number in the chain, from 1 without gaps.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The digest of the entry before it.
    pub fn previous(&self) -> Digest {
        self.previous
    }

    /// Its own digest: SHA-256 of chain, number, previous digest and body.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The event's JSON, exactly as it was digested.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The event; none where the body is not one, which is never so in an entry that is intact
    /// and was made here.
    pub fn event(&self) -> Option<AuditEvent> {
        serde_json::from_str(&self.body).ok()
    }

    /// Whether its digest is that of what it holds.
    pub fn is_intact(&self) -> bool {
        self.digest == digest(&self.chain, self.number, self.previous, &self.body)
    }

    /// The entry as the end of its chain.
    pub fn head(&self) -> ChainHead {
        ChainHead {
            number: self.number,
            digest: self.digest,
        }
    }
}

/// No field can run into the next: all but the last are of one line.
fn digest(chain: &AuditLogId, number: u64, previous: Digest, body: &str) -> Digest {
    Digest::of(format!(
        "emis-audit-1\n{chain}\n{number}\n{previous}\n{body}"
    ))
}
