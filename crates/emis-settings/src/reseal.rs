//! Sealing what is stored to other keys, in the background.

use std::error::Error;
use std::fmt;

use emis_credentials::{
    IdentityRing, MemoryUnavailable, RecipientId, Recipients, RefusedPasswords, SealError,
};
use emis_types::{Clock, OdsCode};

use crate::{PracticeSettings, SettingsRevision, SettingsStore, StoreError, StoreErrorKind};
use emis_audit::Provenance;

/// How often somebody else may change a practice's settings between our reading and our writing.
const TRIES: usize = 5;

/// What [`reseal_api_users`] did.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct ResealReport {
    /// The practices whose API user was sealed anew.
    pub resealed: Vec<OdsCode>,
    /// Those whose API user was sealed to the right recipients already.
    pub unchanged: Vec<OdsCode>,
    /// Those whose API user stayed as it was, and why. Nothing is lost: the old keys open it.
    pub failed: Vec<(OdsCode, ResealError)>,
}

/// Why a practice's API user could not be sealed anew.
#[derive(Debug)]
#[non_exhaustive]
pub enum ResealError {
    /// It can't be opened, or would be sealed to nobody who could open it again.
    Sealed(SealError),
    /// The settings could not be read or written.
    Store(StoreError),
    /// The memory of refused passwords could not be read or written.
    Memory(MemoryUnavailable),
}

/// Seals the API user of every practice to `recipients`, where it is not sealed to exactly those
/// already, so that keys which are no longer among them can be retired: see [`practices_needing`].
///
/// It may run while the product is at work, more than once, and in several processes: what a
/// practice enters meanwhile is not overwritten. One practice's failure is in the report and keeps
/// no other from its turn. That a password was refused stays known under the new keys.
///
/// # Errors
/// Where the store can't say which practices it has.
pub async fn reseal_api_users(
    store: &dyn SettingsStore,
    refused: &dyn RefusedPasswords,
    keys: &IdentityRing,
    recipients: &Recipients,
    clock: &dyn Clock,
) -> Result<ResealReport, StoreError> {
    let mut report = ResealReport::default();
    for practice in store.list().await? {
        match reseal(store, refused, keys, recipients, clock, &practice).await {
            Ok(Some(true)) => report.resealed.push(practice),
            Ok(Some(false)) => report.unchanged.push(practice),
            Ok(None) => {}
            Err(error) => report.failed.push((practice, error)),
        }
    }
    Ok(report)
}

/// The practices whose API user nobody could open any more if the key of `retired` were taken away
/// and those of `kept` stayed: none, when it may go. Needs no key itself.
///
/// What an earlier release sealed does not say to whom, and counts as needing every key, until it
/// is sealed anew.
///
/// # Errors
/// Where the store can't be read.
pub async fn practices_needing(
    store: &dyn SettingsStore,
    retired: RecipientId,
    kept: &Recipients,
) -> Result<Vec<OdsCode>, StoreError> {
    let kept = kept.ids();
    let mut needing = Vec::new();
    for practice in store.list().await? {
        let settings = store.load(&practice).await?;
        let Some(sealed) = settings.as_ref().and_then(PracticeSettings::api_user) else {
            continue;
        };
        let to = sealed.recipients();
        let others = to.iter().any(|id| *id != retired && kept.contains(id));
        if to.is_empty() || (to.contains(&retired) && !others) {
            needing.push(practice);
        }
    }
    Ok(needing)
}

/// Whether the practice's API user was sealed anew; nothing where it has none.
async fn reseal(
    store: &dyn SettingsStore,
    refused: &dyn RefusedPasswords,
    keys: &IdentityRing,
    recipients: &Recipients,
    clock: &dyn Clock,
    practice: &OdsCode,
) -> Result<Option<bool>, ResealError> {
    for _ in 0..TRIES {
        let Some(mut settings) = store.load(practice).await? else {
            return Ok(None);
        };
        let (Some(sealed), Some(context)) = (settings.api_user(), settings.seal_context()) else {
            return Ok(None);
        };
        let user = keys.open(sealed, &context)?;
        let fingerprints = keys.fingerprints(&user, &context);
        let Some(resealed) = keys.reseal(sealed, &context, recipients)? else {
            return Ok(Some(false));
        };
        // First the memory: a password that is forgotten would be sent to EMIS once more.
        let mut known = false;
        for fingerprint in &fingerprints {
            known |= refused.contains(fingerprint).await?;
        }
        for fingerprint in fingerprints.iter().filter(|_| known) {
            refused.remember(fingerprint).await?;
        }
        settings.api_user = Some(resealed);
        let mut revision = SettingsRevision::new(settings, Provenance::product(), clock.now());
        revision.command = "reseal-api-user";
        match store.save(&revision).await {
            Ok(_) => return Ok(Some(true)),
            Err(error) if error.kind() == StoreErrorKind::Conflict => {}
            Err(error) => return Err(error.into()),
        }
    }
    let conflict = "somebody else kept changing the settings";
    Err(StoreError::new(StoreErrorKind::Conflict, conflict).into())
}

impl fmt::Display for ResealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the API user was not sealed anew")
    }
}

impl Error for ResealError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(match self {
            Self::Sealed(error) => error,
            Self::Store(error) => error,
            Self::Memory(error) => error,
        })
    }
}

impl From<SealError> for ResealError {
    fn from(error: SealError) -> Self {
        Self::Sealed(error)
    }
}

impl From<StoreError> for ResealError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<MemoryUnavailable> for ResealError {
    fn from(error: MemoryUnavailable) -> Self {
        Self::Memory(error)
    }
}
