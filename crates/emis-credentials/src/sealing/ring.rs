//! Several keys at once, so that one can replace another without an interruption.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::context::SealContext;
use super::error::{SealError, SealErrorKind};
use super::identity::SealingIdentity;
use super::open::open;
use super::recipient::{Recipient, RecipientId};
use super::recipients::Recipients;
use super::sealed::SealedApiUser;
use crate::api_user::ApiUser;
use crate::refused_passwords::PasswordFingerprint;

/// The keys that a product holds: it seals to the first and opens with any.
///
/// As text it is an identity on each line; lines that begin with `#` are ignored. `Debug` shows the
/// short names of the recipients.
///
/// A key is rotated without an interruption in three steps, each of which can be undone until the
/// next:
///
/// 1. Every worker is given the new key **after** the old one, so that all can open what any will
///    seal; then the new one **before** the old one, so that later entries are sealed to it.
/// 2. What is stored is [resealed](Self::reseal) in the background.
/// 3. Once nothing stored needs the old key, it is removed.
///
/// # Examples
/// ```
/// use emis_credentials::{ApiUser, IdentityRing, SealContext, SealingIdentity};
///
/// let (old, new) = (SealingIdentity::generate(), SealingIdentity::generate());
/// let practice = SealContext::new("A20047".parse()?, "50002".parse()?);
/// let user = ApiUser::new("patchs", "correct horse".to_owned().into())?;
/// let stored = old.recipient().seal(&user, &practice)?;
///
/// let ring = IdentityRing::new([new.clone(), old])?;
/// let resealed = ring
///     .reseal(&stored, &practice, &ring.first_recipient().into())?
///     .expect("it was sealed to the old key");
/// assert!(new.open(&resealed, &practice).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct IdentityRing {
    first: SealingIdentity,
    /// All keys, the first included.
    all: Vec<SealingIdentity>,
}

impl IdentityRing {
    /// Creates a ring; the first key is the one to seal to, and duplicates are dropped.
    ///
    /// # Errors
    /// [`InvalidKey`](SealErrorKind::InvalidKey) if there are none, or more than
    /// [`Recipients::MAX`].
    pub fn new(identities: impl IntoIterator<Item = SealingIdentity>) -> Result<Self, SealError> {
        let mut all: Vec<SealingIdentity> = Vec::new();
        for identity in identities {
            if all
                .iter()
                .all(|known| known.recipient() != identity.recipient())
            {
                all.push(identity);
            }
        }
        match all.first() {
            Some(first) if all.len() <= Recipients::MAX => Ok(Self {
                first: first.clone(),
                all,
            }),
            _ => Err(SealError::new(SealErrorKind::InvalidKey)),
        }
    }

    /// Returns the keys in order.
    pub fn iter(&self) -> impl Iterator<Item = &SealingIdentity> {
        self.all.iter()
    }

    /// Returns the recipient of the first key, which is the one to seal to.
    pub fn first_recipient(&self) -> Recipient {
        self.first.recipient()
    }

    /// Returns the short names of the recipients whose keys are in the ring.
    pub fn recipient_ids(&self) -> BTreeSet<RecipientId> {
        self.iter()
            .map(|identity| identity.recipient().id())
            .collect()
    }

    /// Opens a sealed API user that was sealed to any of these keys for this practice.
    ///
    /// # Errors
    /// [`WrongIdentity`](SealErrorKind::WrongIdentity),
    /// [`WrongPractice`](SealErrorKind::WrongPractice) or [`Damaged`](SealErrorKind::Damaged).
    pub fn open(
        &self,
        sealed: &SealedApiUser,
        context: &SealContext,
    ) -> Result<ApiUser, SealError> {
        open(&self.all, sealed, context)
    }

    /// Seals a sealed API user anew to `recipients`. Returns `None` if it is sealed to exactly those
    /// already. It is opened in either case, so that damage is noticed while it can be repaired.
    ///
    /// # Errors
    /// As [`open`](Self::open); [`NotForUs`](SealErrorKind::NotForUs) if none of the recipients is of
    /// this ring.
    pub fn reseal(
        &self,
        sealed: &SealedApiUser,
        context: &SealContext,
        recipients: &Recipients,
    ) -> Result<Option<SealedApiUser>, SealError> {
        let wanted = recipients.ids();
        if wanted.is_disjoint(&self.recipient_ids()) {
            return Err(SealError::new(SealErrorKind::NotForUs));
        }
        let user = self.open(sealed, context)?;
        if *sealed.recipients() == wanted {
            return Ok(None);
        }
        recipients.seal(&user, context).map(Some)
    }

    /// Returns the fingerprints of this practice's API user by every key, for
    /// [`remembering`](crate::OpenIdTokenSource::remembering): a refusal that was recorded under the
    /// old key is known under the new one, too.
    pub fn fingerprints(&self, user: &ApiUser, context: &SealContext) -> Vec<PasswordFingerprint> {
        let by = |identity: &SealingIdentity| identity.fingerprint(user, context);
        self.all.iter().map(by).collect()
    }
}

impl From<SealingIdentity> for IdentityRing {
    fn from(identity: SealingIdentity) -> Self {
        Self {
            first: identity.clone(),
            all: vec![identity],
        }
    }
}

impl FromStr for IdentityRing {
    type Err = SealError;

    fn from_str(text: &str) -> Result<Self, SealError> {
        let lines = text.lines().map(str::trim);
        let identities: Result<Vec<_>, _> = lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(SealingIdentity::from_str)
            .collect();
        Self::new(identities?)
    }
}

impl fmt::Debug for IdentityRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IdentityRing")
            .field(&self.recipient_ids())
            .finish()
    }
}
