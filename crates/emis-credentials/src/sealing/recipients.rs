//! A list of recipients.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::error::{SealError, SealErrorKind};
use super::recipient::{Recipient, RecipientId};

/// One or more [`Recipient`]s. The identity of any of them opens what is sealed to the list.
///
/// A second recipient serves as a key of last resort that is kept offline, beside the one in use. As
/// text, they are separated by white space or commas.
///
/// # Examples
/// ```
/// use emis_credentials::{ApiUser, Recipients, SealContext, SealingIdentity};
///
/// let (in_use, offline) = (SealingIdentity::generate(), SealingIdentity::generate());
/// let text = format!("{}, {}", in_use.recipient(), offline.recipient());
/// let recipients: Recipients = text.parse()?;
///
/// let practice = SealContext::new("A20047".parse()?, "50002".parse()?);
/// let user = ApiUser::new("patchs", "correct horse".to_owned().into())?;
/// let sealed = recipients.seal(&user, &practice)?;
/// assert!(in_use.open(&sealed, &practice).is_ok());
/// assert!(offline.open(&sealed, &practice).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipients(Vec<Recipient>);

impl Recipients {
    /// The largest number of recipients of one value.
    pub const MAX: usize = 16;

    /// Creates a list; duplicates are dropped.
    ///
    /// # Errors
    /// [`InvalidKey`](SealErrorKind::InvalidKey) if it is empty or longer than
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

    /// Returns the recipients in the order in which they were given.
    pub fn iter(&self) -> impl Iterator<Item = &Recipient> {
        self.0.iter()
    }

    /// Returns the short names of the recipients.
    pub fn ids(&self) -> BTreeSet<RecipientId> {
        self.0.iter().map(Recipient::id).collect()
    }
}

impl From<Recipient> for Recipients {
    fn from(recipient: Recipient) -> Self {
        Self(vec![recipient])
    }
}

impl From<&Recipient> for Recipients {
    fn from(recipient: &Recipient) -> Self {
        Self::from(*recipient)
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
