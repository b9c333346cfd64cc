//! A sealed API user, as it is stored.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::api_user::username_mistake;

/// An API user whose password only a [`SealingIdentity`](crate::SealingIdentity) can read.
///
/// Made by [`Recipient::seal`](crate::Recipient::seal). Safe to store and to send: the username
/// is readable, the password is not. Serialises as `{"username": "…", "ciphertext": "base64"}`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Stored", try_from = "Stored")]
pub struct SealedApiUser {
    username: String,
    ciphertext: Vec<u8>,
}

impl SealedApiUser {
    pub(crate) fn new(username: &str, ciphertext: Vec<u8>) -> Self {
        Self {
            username: username.to_owned(),
            ciphertext,
        }
    }

    /// The username, as it stands in EMIS.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// The sealed contents: an age file.
    pub fn ciphertext(&self) -> &[u8] {
        &self.ciphertext
    }
}

impl fmt::Debug for SealedApiUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedApiUser")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    username: String,
    ciphertext: String,
}

impl From<SealedApiUser> for Stored {
    fn from(sealed: SealedApiUser) -> Self {
        Self {
            ciphertext: STANDARD.encode(&sealed.ciphertext),
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
            ciphertext,
        })
    }
}
