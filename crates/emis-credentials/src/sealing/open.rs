//! Opening.

use super::context::SealContext;
use super::envelope::{self, binding};
use super::error::{SealError, SealErrorKind};
use super::identity::SealingIdentity;
use super::sealed::SealedApiUser;
use super::{contents, hpke};
use crate::api_user::ApiUser;

impl SealingIdentity {
    /// Opens a sealed API user that was sealed to this key for this practice.
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

/// Opens with the first identity that it was sealed to.
pub(super) fn open(
    identities: &[SealingIdentity],
    sealed: &SealedApiUser,
    context: &SealContext,
) -> Result<ApiUser, SealError> {
    let (header, head, encrypted) = envelope::read(sealed.ciphertext())?;
    let ours = header.keys.iter().find_map(|(id, key)| {
        let ours = |identity: &&SealingIdentity| identity.recipient().id() == *id;
        Some((identities.iter().find(ours)?, key))
    });
    let (identity, key) = ours.ok_or_else(|| SealError::new(SealErrorKind::WrongIdentity))?;
    // The list of recipients is outside the envelope too, where it could be changed.
    if header.recipients() != *sealed.recipients() {
        return Err(SealError::damaged());
    }
    let info = binding(
        &header.ods_code,
        &header.organisation_id,
        sealed.username(),
        sealed.recipients(),
    );
    let content_key = hpke::unwrap(&info, key, identity.secret())?;
    let password = contents::decrypt(encrypted, &content_key, head)?;
    if header.ods_code.parse().as_ref() != Ok(context.ods_code())
        || header.organisation_id.parse().as_ref() != Ok(context.organisation_id())
    {
        return Err(SealError::new(SealErrorKind::WrongPractice));
    }
    ApiUser::new(sealed.username(), password).map_err(|_| SealError::damaged())
}
