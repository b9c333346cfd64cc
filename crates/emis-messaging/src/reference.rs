//! References of messages.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// The product's reference of a message, under which the sender keeps it.
///
/// A UUID without personal data. One that is [derived](Self::derive) from what a message is about
/// is equal in every run, so that after a lost answer the sender can be asked for it, and an
/// idempotent sender sends it once.
///
/// # Examples
/// ```
/// use emis_messaging::MessageReference;
///
/// let one = MessageReference::derive(["reminder", "A20047", "501", "2026-06-02T09:30"]);
/// assert_eq!(one, MessageReference::derive(["reminder", "A20047", "501", "2026-06-02T09:30"]));
/// assert_eq!(one.to_string().parse(), Ok(one));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageReference(Uuid);

impl MessageReference {
    /// Separates these references from every other use of the same text.
    const NAMESPACE: Uuid = Uuid::from_u128(0x6f3b_52d0_7c1e_4d0a_9a56_1f0e_8f0d_64c2);

    /// Returns a reference for previews, which are never sent.
    pub const fn sample() -> Self {
        Self(Self::NAMESPACE)
    }

    /// Derives the reference of the message that the given IDs and times name. They can't be
    /// recovered from it.
    pub fn derive<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        Self(derived(&Self::NAMESPACE, parts))
    }

    /// Creates a random reference, for a message that nothing but itself names.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

/// Derives a UUID from parts; the separator keeps "1", "23" apart from "12", "3".
pub(crate) fn derived<'a>(namespace: &Uuid, parts: impl IntoIterator<Item = &'a str>) -> Uuid {
    let parts: Vec<_> = parts.into_iter().collect();
    Uuid::new_v5(namespace, parts.join("/").as_bytes())
}

impl fmt::Display for MessageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// A text that is not a [`MessageReference`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("reference of a message is a UUID")]
pub struct MessageReferenceError;

impl FromStr for MessageReference {
    type Err = MessageReferenceError;

    fn from_str(text: &str) -> Result<Self, MessageReferenceError> {
        text.parse().map(Self).map_err(|_| MessageReferenceError)
    }
}

emis_types::serde_as_text!(MessageReference);
