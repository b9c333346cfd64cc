//! The key that opens what was sealed.

use std::fmt;
use std::str::FromStr;

use age::x25519;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::ring::open;
use super::{Recipient, SealContext, SealError, SealErrorKind, SealedApiUser};
use crate::{ApiUser, PasswordFingerprint};

/// The key that opens what was sealed to its [`recipient`](Self::recipient). As text it is an
/// age identity, `AGE-SECRET-KEY-1…`. `Debug` is redacted.
///
/// Only the part of a product that fetches tokens needs it. Where there are several, because keys
/// are rotated, put them into an [`IdentityRing`](crate::IdentityRing).
///
/// ```
/// use emis_credentials::{ApiUser, SealContext, SealingIdentity};
///
/// let identity = SealingIdentity::generate();
/// let practice = SealContext::new("A20047".parse()?, "50002".parse()?);
///
/// let user = ApiUser::new("patchs", "correct horse".to_owned().into())?;
/// let sealed = identity.recipient().seal(&user, &practice)?;
/// assert_eq!(sealed.username(), "patchs");
///
/// let opened = identity.open(&sealed, &practice)?;
/// assert_eq!(opened.username(), "patchs");
///
/// let elsewhere = SealContext::new("A20047".parse()?, "50003".parse()?);
/// assert!(identity.open(&sealed, &elsewhere).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SealingIdentity(pub(super) x25519::Identity);

impl SealingIdentity {
    /// A new key, from the operating system's randomness.
    pub fn generate() -> Self {
        Self(x25519::Identity::generate())
    }

    /// The public half.
    pub fn recipient(&self) -> Recipient {
        Recipient::new(self.0.to_public())
    }

    /// The key as text, to put it into the product's store of secrets.
    pub fn expose_secret(&self) -> SecretString {
        SecretString::from(self.0.to_string().expose_secret())
    }

    /// The fingerprint under which the refusal of this practice's API user is
    /// [remembered](crate::RefusedPasswords): HMAC-SHA-256 under a key that is derived from this
    /// one.
    pub fn fingerprint(&self, user: &ApiUser, context: &SealContext) -> PasswordFingerprint {
        let secret = self.0.to_string();
        let mut key = keyed(secret.expose_secret().as_bytes());
        key.update(b"emis-partner refused password 1");
        let key = Zeroizing::new(<[u8; 32]>::from(key.finalize().into_bytes()));
        let mut hash = keyed(&*key);
        for part in [
            context.ods_code().as_str(),
            context.organisation_id().as_str(),
            user.username(),
            user.password().expose_secret(),
        ] {
            // The length first, so that no two sets of parts run together to the same bytes.
            hash.update(&(part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        PasswordFingerprint::new(hash.finalize().into_bytes().into())
    }

    /// Opens a sealed API user, if it was sealed to this key for this practice.
    ///
    /// # Errors
    /// [`WrongIdentity`](SealErrorKind::WrongIdentity),
    /// [`WrongPractice`](SealErrorKind::WrongPractice) or [`Damaged`](SealErrorKind::Damaged).
    pub fn open(
        &self,
        sealed: &SealedApiUser,
        context: &SealContext,
    ) -> Result<ApiUser, SealError> {
        open(std::slice::from_ref(self), sealed, context)
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    // HMAC takes keys of any length; the fallback is never reached.
    Mac::new_from_slice(key).unwrap_or_else(|_| Mac::new(&Default::default()))
}

impl FromStr for SealingIdentity {
    type Err = SealError;

    fn from_str(text: &str) -> Result<Self, SealError> {
        let key = text.trim().parse().map(Self);
        key.map_err(|_| SealError::new(SealErrorKind::InvalidKey))
    }
}

impl fmt::Debug for SealingIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealingIdentity").finish_non_exhaustive()
    }
}
