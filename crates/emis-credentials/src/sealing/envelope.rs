//! The binary form of a sealed API user, version 1.
//!
//! | Part | Size in bytes |
//! |---|---|
//! | `emis-sealed-api-user 1`, ODS code, organisation ID, each with a line feed | varies |
//! | number of recipients | 1 |
//! | for each: its short name, encapsulated key, wrapped content key | 8 + 32 + 48 |
//! | encrypted contents | 1040 |
//!
//! All but the contents is the header, which the contents authenticate. Each content key is wrapped
//! for the practice, the username and the whole list of recipients: see [`binding`].

use std::collections::BTreeSet;

use super::contents::ENCRYPTED;
use super::error::SealError;
use super::hpke::{WRAPPED, WrappedKey};
use super::key_text::KEY;
use super::recipient::RecipientId;

const VERSION: &str = "emis-sealed-api-user 1";

/// A header, and where it ends.
pub(super) struct Header {
    pub(super) ods_code: String,
    pub(super) organisation_id: String,
    /// Sorted by recipient.
    pub(super) keys: Vec<(RecipientId, WrappedKey)>,
}

impl Header {
    pub(super) fn recipients(&self) -> BTreeSet<RecipientId> {
        self.keys.iter().map(|(id, _)| *id).collect()
    }

    pub(super) fn write(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for line in [VERSION, &self.ods_code, &self.organisation_id] {
            bytes.extend_from_slice(line.as_bytes());
            bytes.push(b'\n');
        }
        // At most `Recipients::MAX`.
        bytes.push(u8::try_from(self.keys.len()).unwrap_or(u8::MAX));
        for (id, key) in &self.keys {
            bytes.extend_from_slice(id.as_bytes());
            bytes.extend_from_slice(&key.encapsulated);
            bytes.extend_from_slice(&key.wrapped);
        }
        bytes
    }
}

/// Splits an envelope into the header, read and as bytes, and the encrypted contents.
pub(super) fn read(envelope: &[u8]) -> Result<(Header, &[u8], &[u8]), SealError> {
    let mut rest = envelope;
    if line(&mut rest)? != VERSION {
        return Err(SealError::damaged());
    }
    let ods_code = line(&mut rest)?.to_owned();
    let organisation_id = line(&mut rest)?.to_owned();
    let [count] = chunk::<1>(&mut rest)?;
    let keys = (0..count).map(|_| {
        let id = RecipientId::from_bytes(chunk::<{ RecipientId::SIZE }>(&mut rest)?);
        let key = WrappedKey {
            encapsulated: chunk::<KEY>(&mut rest)?,
            wrapped: chunk::<WRAPPED>(&mut rest)?,
        };
        Ok((id, key))
    });
    let keys = keys.collect::<Result<_, SealError>>()?;
    let header = Header {
        ods_code,
        organisation_id,
        keys,
    };
    let (head, contents) = envelope
        .split_at_checked(envelope.len() - rest.len())
        .ok_or_else(SealError::damaged)?;
    if contents.len() != ENCRYPTED {
        return Err(SealError::damaged());
    }
    Ok((header, head, contents))
}

/// The bytes that each wrapped key is bound to. Each part has its length before it, so that no two
/// sets of parts run together to the same bytes.
pub(super) fn binding(
    ods_code: &str,
    organisation_id: &str,
    username: &str,
    recipients: &BTreeSet<RecipientId>,
) -> Vec<u8> {
    let recipients: Vec<u8> = recipients
        .iter()
        .flat_map(|id| id.as_bytes().iter().copied())
        .collect();
    let parts: [&[u8]; 5] = [
        VERSION.as_bytes(),
        ods_code.as_bytes(),
        organisation_id.as_bytes(),
        username.as_bytes(),
        &recipients,
    ];
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

fn line<'a>(rest: &mut &'a [u8]) -> Result<&'a str, SealError> {
    let end = rest.iter().position(|byte| *byte == b'\n');
    let (line, after) = end
        .and_then(|end| rest.split_at_checked(end))
        .ok_or_else(SealError::damaged)?;
    *rest = after.get(1..).unwrap_or_default();
    std::str::from_utf8(line).map_err(|_| SealError::damaged())
}

fn chunk<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], SealError> {
    let (chunk, after) = rest
        .split_first_chunk::<N>()
        .ok_or_else(SealError::damaged)?;
    *rest = after;
    Ok(*chunk)
}
