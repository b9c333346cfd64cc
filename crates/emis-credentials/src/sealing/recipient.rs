//! To whom API users are sealed.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use age::x25519;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::Write;

use super::{SealContext, SealError, SealErrorKind, SealedApiUser, contents};
use crate::ApiUser;

/// To whom API users are sealed: the public half of a [`SealingIdentity`](crate::SealingIdentity).
/// As text it is an age recipient, `age1…`.
///
/// It can only seal, so it is all that the part of a product needs that takes passwords in. It is
/// no secret, and anyone who has it can seal: that something opens does not say who sealed it.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient(x25519::Recipient);

impl Recipient {
    pub(super) fn new(key: x25519::Recipient) -> Self {
        Self(key)
    }

    /// Seals an API user for storage, to this recipient alone. See [`Recipients::seal`].
    ///
    /// # Errors
    /// [`Failed`](SealErrorKind::Failed), which should not happen.
    pub fn seal(&self, user: &ApiUser, context: &SealContext) -> Result<SealedApiUser, SealError> {
        Recipients::from(self).seal(user, context)
    }

    /// The name by which a [`SealedApiUser`] tells to whom it was sealed.
    pub fn id(&self) -> RecipientId {
        let hash = Sha256::digest(self.to_string());
        let (name, _) = hash.split_first_chunk().unwrap_or((&[0; 8], &[]));
        RecipientId(*name)
    }
}

impl FromStr for Recipient {
    type Err = SealError;

    fn from_str(text: &str) -> Result<Self, SealError> {
        let key = text.trim().parse().map(Self);
        key.map_err(|_| SealError::new(SealErrorKind::InvalidKey))
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipient({self})")
    }
}

/// The short name of a [`Recipient`]: the first 8 bytes of the SHA-256 of its text, in hex. It
/// tells recipients apart, and nothing about their identities.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct RecipientId([u8; 8]);

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
        // Upper case and signs are not how we write it.
        let id = number.ok().filter(|id| id.to_string() == text);
        id.ok_or("the name of a recipient is not 16 hexadecimal digits")
    }
}

/// One or more [`Recipient`]s: whoever holds the identity of any of them can open what is sealed.
///
/// More than one serve a key of last resort that is kept offline, beside the one in use. As text,
/// they are separated by white space or commas.
///
/// ```
/// use emis_credentials::{ApiUser, IdentityRing, Recipients, SealContext, SealingIdentity};
///
/// let (in_use, in_the_safe) = (SealingIdentity::generate(), SealingIdentity::generate());
/// let text = format!("{}, {}", in_use.recipient(), in_the_safe.recipient());
/// let recipients: Recipients = text.parse()?;
///
/// let practice = SealContext::new("A20047".parse()?, "50002".parse()?);
/// let user = ApiUser::new("patchs", "correct horse".to_owned().into())?;
/// let sealed = recipients.seal(&user, &practice)?;
/// assert!(in_use.open(&sealed, &practice).is_ok());
/// assert!(in_the_safe.open(&sealed, &practice).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipients(Vec<Recipient>);

impl Recipients {
    /// The most recipients of one value.
    pub const MAX: usize = 16;

    /// These recipients, each once.
    ///
    /// # Errors
    /// [`InvalidKey`](SealErrorKind::InvalidKey) where there are none, or more than
    /// [`MAX`](Self::MAX).
    pub fn new(recipients: impl IntoIterator<Item = Recipient>) -> Result<Self, SealError> {
        let mut unique: Vec<Recipient> = Vec::new();
        for recipient in recipients {
            if !unique.contains(&recipient) {
                unique.push(recipient);
            }
        }
        if unique.is_empty() || unique.len() > Self::MAX {
            return Err(SealError::new(SealErrorKind::InvalidKey));
        }
        Ok(Self(unique))
    }

    /// Each recipient, in the order in which they were given.
    pub fn iter(&self) -> impl Iterator<Item = &Recipient> {
        self.0.iter()
    }

    /// Their short names.
    pub fn ids(&self) -> BTreeSet<RecipientId> {
        self.0.iter().map(Recipient::id).collect()
    }

    /// Seals an API user for storage, for one practice.
    ///
    /// # Errors
    /// [`Failed`](SealErrorKind::Failed), which should not happen.
    pub fn seal(&self, user: &ApiUser, context: &SealContext) -> Result<SealedApiUser, SealError> {
        let failed = |_| SealError::new(SealErrorKind::Failed);
        let ids = self.ids();
        let plain = contents::write(user, context, &ids)?;
        let keys = self.0.iter().map(|recipient| &recipient.0 as _);
        let encryptor = age::Encryptor::with_recipients(keys)
            .map_err(|_| SealError::new(SealErrorKind::Failed))?;
        let mut ciphertext = Vec::new();
        let mut writer = encryptor.wrap_output(&mut ciphertext).map_err(failed)?;
        writer.write_all(plain.as_bytes()).map_err(failed)?;
        writer.finish().map_err(failed)?;
        Ok(SealedApiUser::new(user.username(), ids, ciphertext))
    }
}

impl From<Recipient> for Recipients {
    fn from(recipient: Recipient) -> Self {
        Self(vec![recipient])
    }
}

impl From<&Recipient> for Recipients {
    fn from(recipient: &Recipient) -> Self {
        recipient.clone().into()
    }
}

impl From<&Recipients> for Recipients {
    fn from(recipients: &Recipients) -> Self {
        recipients.clone()
    }
}

impl FromStr for Recipients {
    type Err = SealError;

    fn from_str(text: &str) -> Result<Self, SealError> {
        let words = text.split(|c: char| c == ',' || c.is_whitespace());
        let recipients: Result<Vec<_>, _> = words
            .filter(|word| !word.is_empty())
            .map(Recipient::from_str)
            .collect();
        Self::new(recipients?)
    }
}

impl fmt::Display for Recipients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, recipient) in self.0.iter().enumerate() {
            let separator = if place == 0 { "" } else { "," };
            write!(f, "{separator}{recipient}")?;
        }
        Ok(())
    }
}
