//! Where the sealing keys come from.

mod environment;
mod error;
mod file;
#[cfg(feature = "keyring")]
mod keyring;

use std::fmt::Debug;

pub use environment::KeyInEnvironment;
pub use error::{KeySourceError, KeySourceErrorKind};
pub use file::KeyFile;
#[cfg(feature = "keyring")]
pub use keyring::KeyInKeyring;

use crate::{IdentityRing, SealingIdentity};

/// Something that holds the keys which open sealed API users: a [file](KeyFile), an [environment
/// variable](KeyInEnvironment), the operating system's keyring, a vault.
///
/// What it holds is the text of an [`IdentityRing`]: an age identity on each line, the one that is
/// sealed to first. It is asked once, when the product is put together, and may block meanwhile.
/// Keys that come from elsewhere, over the network say, are fetched before that: an `IdentityRing`
/// and a [`SealingIdentity`] are sources, too.
///
/// ```no_run
/// use emis_credentials::{KeyFile, KeySource};
///
/// let ring = KeyFile::new("/run/secrets/emis-sealing-keys").load()?;
/// println!("sealing to {}", ring.first_recipient());
/// # Ok::<(), emis_credentials::KeySourceError>(())
/// ```
pub trait KeySource: Debug + Send + Sync {
    /// The keys.
    ///
    /// # Errors
    /// Where there are none to be had, or they are not kept safe. Whoever runs the product acts.
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

/// Keys as text. The text itself must be wiped by whoever read it.
fn parse(text: &str) -> Result<IdentityRing, KeySourceErrorKind> {
    text.parse().map_err(|_| KeySourceErrorKind::NoKeys)
}
