//! Sealing.

use zeroize::Zeroizing;

use super::context::SealContext;
use super::envelope::{Header, binding};
use super::error::SealError;
use super::key_text::KEY;
use super::recipient::Recipient;
use super::recipients::Recipients;
use super::sealed::SealedApiUser;
use super::{contents, hpke};
use crate::api_user::ApiUser;

impl Recipient {
    /// Seals an API user for storage, to this recipient alone. See [`Recipients::seal`].
    ///
    /// # Errors
    /// [`Failed`](crate::SealErrorKind::Failed) if the recipient is no usable key.
    pub fn seal(&self, user: &ApiUser, context: &SealContext) -> Result<SealedApiUser, SealError> {
        Recipients::from(self).seal(user, context)
    }
}

impl Recipients {
    /// Seals an API user for storage, for one practice.
    ///
    /// # Errors
    /// [`Failed`](crate::SealErrorKind::Failed) if a recipient is no usable key.
    pub fn seal(&self, user: &ApiUser, context: &SealContext) -> Result<SealedApiUser, SealError> {
        let (ods_code, organisation_id) = (context.ods_code(), context.organisation_id());
        let ids = self.ids();
        let info = binding(
            ods_code.as_str(),
            organisation_id.as_str(),
            user.username(),
            &ids,
        );
        let content_key = Zeroizing::new(rand::random::<[u8; KEY]>());
        let mut keys = Vec::new();
        for recipient in self.iter() {
            keys.push((recipient.id(), hpke::wrap(&info, &content_key, recipient)?));
        }
        keys.sort_by_key(|(id, _)| *id);
        let header = Header {
            ods_code: ods_code.to_string(),
            organisation_id: organisation_id.to_string(),
            keys,
        };
        let mut envelope = header.write();
        let encrypted = contents::encrypt(user.password(), content_key.as_ref(), &envelope)?;
        envelope.extend_from_slice(&encrypted);
        Ok(SealedApiUser::new(user.username(), ids, envelope))
    }
}
