//! A sealed API user, as it is stored.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use emis_types::Sensitive;
use serde::{Deserialize, Serialize};

use super::recipient::RecipientId;
use crate::api_user::username_mistake;

/// An API user with a sealed password. Only a holder of an identity that it was sealed to can read the
/// password.
///
/// Made by [`Recipients::seal`](crate::Recipients::seal). Safe to store and to send: the username
/// and the short names of the recipients are readable, the password is not. Serialises as
/// `{"username": "…", "recipients": ["…"], "ciphertext": "base64"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Stored", try_from = "Stored")]
pub struct SealedApiUser {
    username: String,
    recipients: BTreeSet<RecipientId>,
    ciphertext: Sensitive<Vec<u8>>,
}

impl SealedApiUser {
    pub(super) fn new(
        username: &str,
        recipients: BTreeSet<RecipientId>,
        ciphertext: Vec<u8>,
    ) -> Self {
        Self {
            username: username.to_owned(),
            recipients,
            ciphertext: Sensitive::new(ciphertext),
        }
    }

    /// Returns the username, as it is in EMIS.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Returns the short names of the recipients. A change of this list is noticed when the value is
    /// opened.
    pub fn recipients(&self) -> &BTreeSet<RecipientId> {
        &self.recipients
    }

    /// Returns the sealed contents, with the practice and the recipients in a header.
    pub fn ciphertext(&self) -> &[u8] {
        self.ciphertext.expose()
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    username: String,
    recipients: BTreeSet<RecipientId>,
    ciphertext: String,
}

impl From<SealedApiUser> for Stored {
    fn from(sealed: SealedApiUser) -> Self {
        Self {
            ciphertext: STANDARD.encode(sealed.ciphertext()),
            recipients: sealed.recipients,
            username: sealed.username,
        }
    }
}

impl TryFrom<Stored> for SealedApiUser {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        if username_mistake(&stored.username).is_some() {
            return Err("the username of a sealed API user is not a username");
        }
        let ciphertext = STANDARD
            .decode(&stored.ciphertext)
            .map_err(|_| "the ciphertext of a sealed API user is not base64")?;
        Ok(Self {
            username: stored.username,
            recipients: stored.recipients,
            ciphertext: Sensitive::new(ciphertext),
        })
    }
}
