//! Rotation of the keys that API users are sealed to.

use emis_audit::{Provenance, StoreError, StoreErrorKind};
use emis_credentials::{
    IdentityRing, RecipientId, Recipients, RefusedPasswordStore, RefusedPasswordStoreError,
    SealError, copy_refusals,
};
use emis_types::{Clock, OdsCode};

use crate::practice::PracticeSettings;
use crate::store::{SettingsRevision, SettingsStore};

/// The number of attempts to seal a practice's API user while others change its settings.
const ATTEMPTS: usize = 5;

/// The result of [`reseal_api_users`].
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct ResealReport {
    /// The practices whose API user was sealed again.
    pub resealed: Vec<OdsCode>,
    /// The practices whose API user was sealed to the right recipients already.
    pub unchanged: Vec<OdsCode>,
    /// The practices whose API user was left as it was, and why. The old keys still open it.
    pub failed: Vec<(OdsCode, ResealError)>,
}

/// The failure to seal a practice's API user again.
#[derive(Debug, thiserror::Error)]
#[error("the API user was not sealed again")]
pub struct ResealError(#[source] ResealFailure);

#[derive(Debug, thiserror::Error)]
enum ResealFailure {
    #[error(transparent)]
    Sealed(#[from] SealError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    RefusedPasswordStore(#[from] RefusedPasswordStoreError),
}

/// The kinds of [`ResealError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResealErrorKind {
    /// The API user can't be opened, or can't be sealed to the new recipients.
    Sealed,
    /// The settings could not be read or written.
    Store,
    /// The refused passwords could not be read or written.
    RefusedPasswordStore,
}

impl ResealError {
    /// Returns the kind of failure.
    pub fn kind(&self) -> ResealErrorKind {
        match &self.0 {
            ResealFailure::Sealed(_) => ResealErrorKind::Sealed,
            ResealFailure::Store(_) => ResealErrorKind::Store,
            ResealFailure::RefusedPasswordStore(_) => ResealErrorKind::RefusedPasswordStore,
        }
    }

    /// Returns the error and its causes in one line.
    pub fn report(&self) -> String {
        emis_types::report(self)
    }
}

impl<E: Into<ResealFailure>> From<E> for ResealError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// Seals the API user of every practice to `recipients`, unless it is sealed to exactly those, so
/// that other keys can be retired: see [`practices_needing`].
///
/// It may run while the product is in use, more than once, and in several processes: a change that a
/// practice makes meanwhile is not overwritten. The failure of one practice is in the report and
/// does not stop the others. A refused password stays known under the new keys.
///
/// # Errors
/// [`StoreError`] if the practices can't be listed.
///
/// # Cancel safety
/// Each API user is sealed again or left as it was.
pub async fn reseal_api_users(
    store: &dyn SettingsStore,
    refused: &dyn RefusedPasswordStore,
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

/// Returns the practices whose API user could no longer be opened if the key of `retired` were taken
/// away and those of `kept` stayed: none if it can be retired. Needs no key itself.
///
/// API users that an earlier release sealed do not name their recipients, and count as needing every
/// key until they are sealed again.
///
/// # Errors
/// [`StoreError`] if the store can't be read.
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

/// Returns whether the practice's API user was sealed again, or `None` if it has none.
async fn reseal(
    store: &dyn SettingsStore,
    refused: &dyn RefusedPasswordStore,
    keys: &IdentityRing,
    recipients: &Recipients,
    clock: &dyn Clock,
    practice: &OdsCode,
) -> Result<Option<bool>, ResealError> {
    for _ in 0..ATTEMPTS {
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
        // The refused passwords first: one that is forgotten would be sent to EMIS once more.
        copy_refusals(refused, &fingerprints).await?;
        settings.api_user = Some(resealed);
        let mut revision = SettingsRevision::new(settings, Provenance::product(), clock.now());
        revision.command = "reseal-api-user";
        match store.save(&revision).await {
            Ok(_) => return Ok(Some(true)),
            Err(error) if error.is_conflict() => {}
            Err(error) => return Err(error.into()),
        }
    }
    let conflict = "other changes of the settings were saved first, again and again";
    Err(StoreError::new(StoreErrorKind::Conflict, conflict).into())
}
