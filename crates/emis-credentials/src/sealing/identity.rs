//! The key that opens sealed API users.

use std::str::FromStr;

use aws_lc_rs::agreement::{PrivateKey, X25519};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use emis_types::Sensitive;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::context::SealContext;
use super::error::SealError;
use super::key_text::{self, KEY};
use super::recipient::Recipient;
use crate::api_user::ApiUser;
use crate::refused_passwords::PasswordFingerprint;

/// The key that opens what was sealed to its [`recipient`](Self::recipient): an X25519 key. As text
/// it is `emis-identity-1.…`. `Debug` is redacted, and the key is wiped when dropped.
///
/// Only the part of a product that fetches tokens needs it. While keys are rotated there are several:
/// put them into an [`IdentityRing`](crate::IdentityRing).
///
/// # Examples
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
#[derive(Debug, Clone)]
pub struct SealingIdentity {
    secret: Sensitive<Zeroizing<[u8; KEY]>>,
    recipient: Recipient,
}

impl SealingIdentity {
    /// Generates a key from the operating system's randomness.
    pub fn generate() -> Self {
        Self::from_secret(Zeroizing::new(rand::random()))
    }

    fn from_secret(secret: Zeroizing<[u8; KEY]>) -> Self {
        // Any 32 bytes are an X25519 key, so this does not fail. Sealing to the zero point, the
        // fallback, fails.
        let public = PrivateKey::from_private_key(&X25519, secret.as_ref())
            .ok()
            .and_then(|key| key.compute_public_key().ok())
            .and_then(|key| key.as_ref().try_into().ok());
        Self {
            secret: Sensitive::new(secret),
            recipient: Recipient::new(public.unwrap_or_default()),
        }
    }

    /// Returns the public half.
    pub fn recipient(&self) -> Recipient {
        self.recipient
    }

    pub(super) fn secret(&self) -> &[u8; KEY] {
        self.secret.expose()
    }

    /// Returns the key as text, for the product's store of secrets.
    pub fn expose_secret(&self) -> SecretString {
        let text = key_text::encode(key_text::IDENTITY, self.secret());
        SecretString::from(text.as_str())
    }

    /// Returns the fingerprint under which the refusal of this practice's API user is
    /// [remembered](crate::RefusedPasswordStore): HMAC-SHA-256 under a key derived from this one.
    pub fn fingerprint(&self, user: &ApiUser, context: &SealContext) -> PasswordFingerprint {
        let secret = hmac::Key::new(HMAC_SHA256, self.secret());
        let key = hmac::sign(&secret, b"emis-partner refused password 1");
        let mut hash = hmac::Context::with_key(&hmac::Key::new(HMAC_SHA256, key.as_ref()));
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
        let fingerprint = hash.sign();
        PasswordFingerprint::new(fingerprint.as_ref().try_into().unwrap_or_default())
    }
}

impl FromStr for SealingIdentity {
    type Err = SealError;

    fn from_str(text: &str) -> Result<Self, SealError> {
        key_text::decode(key_text::IDENTITY, text).map(Self::from_secret)
    }
}
