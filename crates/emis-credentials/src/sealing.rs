//! Passwords sealed for storage.

use std::fmt;
use std::str::FromStr;

use age::x25519;
use emis_types::{OdsCode, OrganisationId};
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{ApiUser, PasswordFingerprint, SealedApiUser};

/// The contents are padded to a multiple of this, so that the size does not tell how long the
/// password is.
const BLOCK: usize = 512;
/// The first line of the contents. The practice, the username and the password follow, a line
/// each; the password comes last because it may hold anything, except a space at its end.
const FORMAT: &str = "emis-api-user 1";

/// The practice that a sealed API user belongs to. It is sealed in, so that what was sealed for
/// one practice, or for another organisation ID of the same practice, does not open for this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealContext {
    ods_code: OdsCode,
    organisation_id: OrganisationId,
}

impl SealContext {
    /// A practice by both its numbers.
    pub fn new(ods_code: OdsCode, organisation_id: OrganisationId) -> Self {
        Self {
            ods_code,
            organisation_id,
        }
    }

    /// The practice's ODS code.
    pub fn ods_code(&self) -> &OdsCode {
        &self.ods_code
    }

    /// The practice's EMIS organisation ID (CDB number).
    pub fn organisation_id(&self) -> &OrganisationId {
        &self.organisation_id
    }
}

/// To whom API users are sealed: the public half of a [`SealingIdentity`]. As text it is an age
/// recipient, `age1…`.
///
/// It can only seal, so it is all that the part of a product needs that takes passwords in. It is
/// no secret, and anyone who has it can seal: that something opens does not say who sealed it.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient(x25519::Recipient);

impl Recipient {
    /// Seals an API user for storage.
    pub fn seal(&self, user: &ApiUser, context: &SealContext) -> Result<SealedApiUser, SealError> {
        let mut plain = Zeroizing::new(String::with_capacity(8 * BLOCK));
        for line in [
            FORMAT,
            context.ods_code.as_str(),
            context.organisation_id.as_str(),
            user.username(),
        ] {
            plain.push_str(line);
            plain.push('\n');
        }
        plain.push_str(user.password().expose_secret());
        while !plain.len().is_multiple_of(BLOCK) {
            plain.push(' ');
        }
        let ciphertext = age::encrypt(&self.0, plain.as_bytes())
            .map_err(|_| SealError::new(SealErrorKind::Failed))?;
        Ok(SealedApiUser::new(user.username(), ciphertext))
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

/// The key that opens what was sealed to its [`recipient`](Self::recipient). As text it is an
/// age identity, `AGE-SECRET-KEY-1…`. `Debug` is redacted.
///
/// Only the part of a product that fetches tokens needs it.
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
pub struct SealingIdentity(x25519::Identity);

impl SealingIdentity {
    /// A new key, from the operating system's randomness.
    pub fn generate() -> Self {
        Self(x25519::Identity::generate())
    }

    /// The public half.
    pub fn recipient(&self) -> Recipient {
        Recipient(self.0.to_public())
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
            context.ods_code.as_str(),
            context.organisation_id.as_str(),
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
    pub fn open(
        &self,
        sealed: &SealedApiUser,
        context: &SealContext,
    ) -> Result<ApiUser, SealError> {
        let plain = age::decrypt(&self.0, sealed.ciphertext()).map_err(|error| match error {
            age::DecryptError::NoMatchingKeys => SealError::new(SealErrorKind::WrongIdentity),
            _ => SealError::damaged(),
        })?;
        let plain = Zeroizing::new(plain);
        let plain = std::str::from_utf8(&plain).map_err(|_| SealError::damaged())?;

        let mut lines = plain.splitn(5, '\n');
        let mut line = || lines.next().ok_or_else(SealError::damaged);
        let (format, ods_code, organisation_id) = (line()?, line()?, line()?);
        let (username, password) = (line()?, line()?.trim_end_matches(' '));

        if format != FORMAT || username != sealed.username() {
            return Err(SealError::damaged());
        }
        if ods_code.parse().as_ref() != Ok(&context.ods_code)
            || organisation_id.parse().as_ref() != Ok(&context.organisation_id)
        {
            return Err(SealError::new(SealErrorKind::WrongPractice));
        }
        ApiUser::new(username, password.into()).map_err(|_| SealError::damaged())
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

/// Why an API user could not be sealed or opened. Says nothing of what is inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealError {
    kind: SealErrorKind,
}

/// The kinds of [`SealError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SealErrorKind {
    /// A text that is not an age recipient or identity.
    InvalidKey,
    /// It was sealed to another key, or the part that says to whom is damaged.
    WrongIdentity,
    /// It was sealed for another practice or another organisation ID.
    WrongPractice,
    /// It was changed after sealing, or is not a sealed API user at all.
    Damaged,
    /// Sealing itself failed.
    Failed,
}

impl SealError {
    fn new(kind: SealErrorKind) -> Self {
        Self { kind }
    }

    fn damaged() -> Self {
        Self::new(SealErrorKind::Damaged)
    }

    /// What went wrong.
    pub fn kind(&self) -> SealErrorKind {
        self.kind
    }
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            SealErrorKind::InvalidKey => "the sealing key is not an age x25519 key",
            SealErrorKind::WrongIdentity => "the API user was sealed to another key",
            SealErrorKind::WrongPractice => {
                "the API user was sealed for another practice or organisation ID"
            }
            SealErrorKind::Damaged => "the sealed API user is damaged",
            SealErrorKind::Failed => "the API user could not be sealed",
        })
    }
}

impl std::error::Error for SealError {}
