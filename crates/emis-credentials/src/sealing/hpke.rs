//! Wrapping of a content key for one recipient: HPKE (RFC 9180) in base mode, with X25519,
//! HKDF-SHA256 and AES-256-GCM, as rustls implements it over aws-lc-rs.

use rustls::crypto::aws_lc_rs::hpke::DH_KEM_X25519_HKDF_SHA256_AES_256 as SUITE;
use rustls::crypto::hpke::{EncapsulatedSecret, Hpke, HpkePrivateKey, HpkePublicKey};
use zeroize::Zeroizing;

use super::error::{SealError, SealErrorKind};
use super::key_text::KEY;
use super::recipient::Recipient;

/// The size of a wrapped content key: the key and the tag of AES-GCM.
pub(super) const WRAPPED: usize = KEY + 16;

/// A content key that one recipient can unwrap.
#[derive(Clone)]
pub(super) struct WrappedKey {
    pub(super) encapsulated: [u8; KEY],
    pub(super) wrapped: [u8; WRAPPED],
}

/// Wraps a content key, bound to `info`.
pub(super) fn wrap(
    info: &[u8],
    content_key: &[u8; KEY],
    recipient: &Recipient,
) -> Result<WrappedKey, SealError> {
    let failed = || SealError::new(SealErrorKind::Failed);
    let public = HpkePublicKey(recipient.key().to_vec());
    let (encapsulated, wrapped) = SUITE
        .seal(info, &[], content_key, &public)
        .map_err(|_| failed())?;
    Ok(WrappedKey {
        encapsulated: encapsulated.0.try_into().map_err(|_| failed())?,
        wrapped: wrapped.try_into().map_err(|_| failed())?,
    })
}

/// Unwraps a content key that was bound to the same `info`.
pub(super) fn unwrap(
    info: &[u8],
    key: &WrappedKey,
    secret: &[u8; KEY],
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let encapsulated = EncapsulatedSecret(key.encapsulated.to_vec());
    let secret = HpkePrivateKey::from(secret.to_vec());
    let content_key = SUITE.open(&encapsulated, info, &[], &key.wrapped, &secret);
    content_key
        .map(Zeroizing::new)
        .map_err(|_| SealError::damaged())
}
