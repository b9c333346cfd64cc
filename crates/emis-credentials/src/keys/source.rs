//! The trait of places that hold sealing keys.

use std::fmt::Debug;

use super::error::{KeySourceError, KeySourceErrorKind};
use crate::sealing::{IdentityRing, SealingIdentity};
use crate::text_encoding;

/// A place that holds the keys which open sealed API users: a [file](crate::FileKeySource), an
/// [environment variable](crate::EnvKeySource), the operating system's keyring, a vault.
///
/// It holds the text of an [`IdentityRing`]: an identity on each line, the one to seal to first. It
/// is read once, when the product starts, and may block. Keys that come from elsewhere, such as the
/// network, are fetched before that: an `IdentityRing` and a [`SealingIdentity`] are sources, too.
///
/// # Examples
/// ```no_run
/// use emis_credentials::{FileKeySource, KeySource};
///
/// let ring = FileKeySource::new("/run/secrets/emis-sealing-keys").load()?;
/// println!("sealing to {}", ring.first_recipient());
/// # Ok::<(), emis_credentials::KeySourceError>(())
/// ```
pub trait KeySource: Debug + Send + Sync {
    /// Loads the keys.
    ///
    /// # Errors
    /// If there are none, or they are not kept safe. The people who run the product have to act.
    fn load(&self) -> Result<IdentityRing, KeySourceError>;
}

impl KeySource for IdentityRing {
    fn load(&self) -> Result<IdentityRing, KeySourceError> {
        Ok(self.clone())
    }
}

impl KeySource for SealingIdentity {
    fn load(&self) -> Result<IdentityRing, KeySourceError> {
        Ok(self.clone().into())
    }
}

/// Reads keys from text, with or without a byte order mark. The caller wipes the text.
pub(super) fn parse(text: &[u8]) -> Result<IdentityRing, KeySourceErrorKind> {
    let text = text_encoding::decode(text).ok_or(KeySourceErrorKind::NoKeys)?;
    text.parse().map_err(|_| KeySourceErrorKind::NoKeys)
}
