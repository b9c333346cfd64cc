//! The text form of keys: a prefix, then base64url of the key and a checksum.
//!
//! The checksum is the first four bytes of the SHA-256 of the prefix and the key, so that a key that
//! was mistyped, cut short or taken for one of another kind is refused where it is read.

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::error::{SealError, SealErrorKind};

/// The size of a key, public or secret.
pub(super) const KEY: usize = 32;
const CHECKSUM: usize = 4;
/// The size of base64 of a key and its checksum; both are multiples of three and four bytes.
const TEXT: usize = (KEY + CHECKSUM) / 3 * 4;

pub(super) const IDENTITY: &str = "emis-identity-1.";
pub(super) const RECIPIENT: &str = "emis-recipient-1.";

/// Writes a key into a buffer that is large enough from the start and wiped.
pub(super) fn encode(prefix: &str, key: &[u8; KEY]) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0; KEY + CHECKSUM]);
    let (head, tail) = bytes.split_at_mut(KEY);
    head.copy_from_slice(key);
    tail.copy_from_slice(&checksum(prefix, key));
    let mut text = Zeroizing::new(String::with_capacity(prefix.len() + TEXT));
    text.push_str(prefix);
    URL_SAFE_NO_PAD.encode_string(bytes.as_slice(), &mut text);
    text
}

pub(super) fn decode(prefix: &str, text: &str) -> Result<Zeroizing<[u8; KEY]>, SealError> {
    let invalid = || SealError::new(SealErrorKind::InvalidKey);
    let encoded = text.trim().strip_prefix(prefix).ok_or_else(invalid)?;
    let mut bytes = Zeroizing::new([0; KEY + CHECKSUM]);
    match URL_SAFE_NO_PAD.decode_slice(encoded, bytes.as_mut()) {
        Ok(length) if length == KEY + CHECKSUM => {}
        _ => return Err(invalid()),
    }
    let (head, tail) = bytes.split_first_chunk::<KEY>().ok_or_else(invalid)?;
    if tail != checksum(prefix, head) {
        return Err(invalid());
    }
    Ok(Zeroizing::new(*head))
}

fn checksum(prefix: &str, key: &[u8; KEY]) -> [u8; CHECKSUM] {
    let mut hash = Context::new(&SHA256);
    hash.update(prefix.as_bytes());
    hash.update(key);
    let hash = hash.finish();
    let first = hash.as_ref().first_chunk();
    first.copied().unwrap_or_default()
}
