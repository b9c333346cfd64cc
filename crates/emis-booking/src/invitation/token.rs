//! Tokens of links.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use emis_audit::Digest;
use emis_types::Sensitive;
use serde::{Deserialize, Deserializer};

/// The secret part of a link: 256 random bits, written as 43 characters of base64url.
///
/// It exists in the link alone. The store has its digest, by which the link is found, and from
/// which the token can't be computed. `Debug` does not show it.
///
/// # Examples
/// ```
/// use emis_booking::LinkToken;
///
/// let token = LinkToken::random();
/// let address = format!("https://book.example.com/{}", token.expose());
/// let back: LinkToken = address.rsplit('/').next().unwrap_or_default().parse()?;
/// assert_eq!(back.digest(), token.digest());
/// assert_eq!(format!("{token:?}"), "LinkToken([redacted])");
/// # Ok::<(), emis_booking::LinkTokenError>(())
/// ```
#[derive(Debug, Clone)]
pub struct LinkToken(Sensitive<[u8; 32]>);

impl LinkToken {
    /// Creates a random token.
    pub fn random() -> Self {
        Self(Sensitive::new(rand::random()))
    }

    /// Returns the text for the link.
    pub fn expose(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.expose())
    }

    /// Returns the digest, which is stored.
    pub fn digest(&self) -> Digest {
        Digest::of(self.0.expose())
    }
}

/// A text that is not a [`LinkToken`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("link token must be 43 characters of base64url")]
pub struct LinkTokenError;

impl FromStr for LinkToken {
    type Err = LinkTokenError;

    fn from_str(text: &str) -> Result<Self, LinkTokenError> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim());
        let bytes = bytes.map_err(|_| LinkTokenError)?;
        let bytes = <[u8; 32]>::try_from(bytes).map_err(|_| LinkTokenError)?;
        Ok(Self(Sensitive::new(bytes)))
    }
}

impl<'de> Deserialize<'de> for LinkToken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
