//! The public half of a sealing key.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::error::SealError;
use super::key_text::{self, KEY};

/// A public key that API users are sealed to: the public half of a
/// [`SealingIdentity`](crate::SealingIdentity). As text it is `emis-recipient-1.…`.
///
/// It can only seal, so it is all that the part of a product needs that takes passwords in. It is
/// no secret, and anyone who has it can seal: that something opens does not prove who sealed it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Recipient([u8; KEY]);

impl Recipient {
    pub(super) fn new(key: [u8; KEY]) -> Self {
        Self(key)
    }

    pub(super) fn key(&self) -> &[u8; KEY] {
        &self.0
    }

    /// Returns the short name by which a [`SealedApiUser`](crate::SealedApiUser) names this
    /// recipient.
    pub fn id(&self) -> RecipientId {
        let hash = digest(&SHA256, self.to_string().as_bytes());
        RecipientId(hash.as_ref().first_chunk().copied().unwrap_or_default())
    }
}

impl FromStr for Recipient {
    type Err = SealError;

    fn from_str(text: &str) -> Result<Self, SealError> {
        key_text::decode(key_text::RECIPIENT, text).map(|key| Self(*key))
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&key_text::encode(key_text::RECIPIENT, &self.0))
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipient({self})")
    }
}

/// The short name of a [`Recipient`]: the first 8 bytes of the SHA-256 of its text, in hex. It tells
/// recipients apart and reveals nothing about their identities.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct RecipientId([u8; 8]);

impl RecipientId {
    pub(super) const SIZE: usize = 8;

    pub(super) fn from_bytes(bytes: [u8; Self::SIZE]) -> Self {
        Self(bytes)
    }

    pub(super) fn as_bytes(&self) -> &[u8; Self::SIZE] {
        &self.0
    }
}

impl fmt::Display for RecipientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for RecipientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecipientId({self})")
    }
}

impl From<RecipientId> for String {
    fn from(id: RecipientId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for RecipientId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let number = u64::from_str_radix(&text, 16)
            .map(u64::to_be_bytes)
            .map(Self);
        // Upper case and signs are not how it is written.
        let id = number.ok().filter(|id| id.to_string() == text);
        id.ok_or("the name of a recipient is not 16 hexadecimal digits")
    }
}
