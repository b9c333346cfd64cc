//! The sealed contents: the password, padded to one size and encrypted with AES-256-GCM in a buffer
//! that is wiped.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::error::{SealError, SealErrorKind};
use crate::api_user::ApiUser;

/// The contents always have this size, so that it does not reveal the length of the password. The
/// longest password fits. A password has no white space at its end, so spaces pad it.
const SIZE: usize = 4 * ApiUser::MAX_PASSWORD;
const TAG: usize = 16;
/// The size of the encrypted contents.
pub(super) const ENCRYPTED: usize = SIZE + TAG;

/// Encrypts the password, authenticating `header`. The key must be used once.
pub(super) fn encrypt(
    password: &SecretString,
    key: &[u8],
    header: &[u8],
) -> Result<Vec<u8>, SealError> {
    let failed = || SealError::new(SealErrorKind::Failed);
    let password = password.expose_secret().as_bytes();
    // Of the right size from the start: a buffer that grows leaves copies behind.
    let mut contents = Zeroizing::new(Vec::with_capacity(ENCRYPTED));
    contents.extend_from_slice(password);
    if contents.len() > SIZE {
        return Err(failed());
    }
    contents.resize(SIZE, b' ');
    cipher(key)
        .and_then(|(key, nonce)| {
            key.seal_in_place_append_tag(nonce, Aad::from(header), &mut *contents)
        })
        .map_err(|_| failed())?;
    Ok(contents.to_vec())
}

/// Decrypts the password if neither it nor `header` was changed.
pub(super) fn decrypt(
    encrypted: &[u8],
    key: &[u8],
    header: &[u8],
) -> Result<SecretString, SealError> {
    let mut contents = Zeroizing::new(encrypted.to_vec());
    let (key, nonce) = cipher(key).map_err(|_| SealError::damaged())?;
    let plain = key
        .open_in_place(nonce, Aad::from(header), &mut contents)
        .map_err(|_| SealError::damaged())?;
    let password = std::str::from_utf8(plain).map_err(|_| SealError::damaged())?;
    Ok(password.trim_end_matches(' ').into())
}

fn cipher(key: &[u8]) -> Result<(LessSafeKey, Nonce), Unspecified> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key)?);
    // Each key encrypts one message, so the nonce need not vary.
    Ok((key, Nonce::assume_unique_for_key([0; NONCE_LEN])))
}
