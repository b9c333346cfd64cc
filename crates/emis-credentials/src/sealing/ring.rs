//! Several keys at once, so that one can take another's place without a pause.

use std::collections::BTreeSet;
use std::fmt;
use std::io::Read;
use std::str::FromStr;

use zeroize::Zeroizing;

use super::{
    Recipient, RecipientId, Recipients, SealContext, SealError, SealErrorKind, SealedApiUser,
    SealingIdentity, contents,
};
use crate::{ApiUser, PasswordFingerprint};

/// The keys that a product holds: it seals to the first, and opens with any.
///
/// As text it is an age key file: an identity on each line, lines that begin with `#` left out.
/// `Debug` shows the short names of the recipients.
///
/// A key is rotated without a pause in three steps, each of which can be undone until the next:
///
/// 1. Every worker is given the new key **after** the old one, so that all can open what any will
///    seal; then the new one **before** the old one, so that what is typed in from now on is sealed
///    to it.
/// 2. What is stored is [sealed anew](Self::reseal), in the background.
/// 3. When nothing stored needs the old key any more, it is taken away.
///
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
    /// The first again, and the others.
    all: Vec<SealingIdentity>,
}

impl IdentityRing {
    /// A ring of these keys, the one that is sealed to first.
    ///
    /// # Errors
    /// [`InvalidKey`](SealErrorKind::InvalidKey) where there are none, or more than
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

    /// Each key, the first first.
    pub fn iter(&self) -> impl Iterator<Item = &SealingIdentity> {
        self.all.iter()
    }

    /// The recipient of the first key: to whom to seal.
    pub fn first_recipient(&self) -> Recipient {
        self.first.recipient()
    }

    /// The short names of the recipients whose keys are here.
    pub fn recipient_ids(&self) -> BTreeSet<RecipientId> {
        self.iter()
            .map(|identity| identity.recipient().id())
            .collect()
    }

    /// Opens a sealed API user, if it was sealed to any of these keys for this practice.
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

    /// Seals a sealed API user anew, to `recipients`; gives nothing back where it is sealed to
    /// exactly those already. It is opened in either case, so that what is damaged is noticed
    /// while it can still be mended.
    ///
    /// # Errors
    /// As [`open`](Self::open); and [`NotForUs`](SealErrorKind::NotForUs) where none of the
    /// recipients is of this ring.
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

    /// The fingerprints of this practice's API user by every key, for
    /// [`remembering`](crate::OpenIdTokenSource::remembering): a refusal that was written down by
    /// the old key is known by the new one, too.
    pub fn fingerprints(&self, user: &ApiUser, context: &SealContext) -> Vec<PasswordFingerprint> {
        let by = |identity: &SealingIdentity| identity.fingerprint(user, context);
        self.all.iter().map(by).collect()
    }
}

pub(super) fn open(
    identities: &[SealingIdentity],
    sealed: &SealedApiUser,
    context: &SealContext,
) -> Result<ApiUser, SealError> {
    let refused = |error| match error {
        age::DecryptError::NoMatchingKeys => SealError::new(SealErrorKind::WrongIdentity),
        _ => SealError::damaged(),
    };
    let ciphertext = sealed.ciphertext();
    let decryptor = age::Decryptor::new_buffered(ciphertext).map_err(refused)?;
    let keys = identities.iter().map(|identity| &identity.0 as _);
    let mut reader = decryptor.decrypt(keys).map_err(refused)?;
    // There is less inside than outside, so this does not grow, which would leave copies behind.
    let mut plain = Zeroizing::new(Vec::with_capacity(ciphertext.len()));
    reader
        .read_to_end(&mut plain)
        .map_err(|_| SealError::damaged())?;
    contents::read(&plain, sealed, context)
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
