//! The access token.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use crate::token_claims::TokenClaims;

/// A bearer token for the Partner API. Cheap to clone; wiped from memory with its last clone;
/// `Debug` shows when it expires and nothing else.
#[derive(Clone)]
pub struct AccessToken(Arc<Inner>);

struct Inner {
    bearer: SecretString,
    claims: TokenClaims,
    expires_at: Timestamp,
}

impl AccessToken {
    /// Creates a token that is valid until `expires_at`.
    pub fn new(bearer: SecretString, expires_at: Timestamp) -> Self {
        let claims = TokenClaims::read(bearer.expose_secret());
        Self(Arc::new(Inner {
            bearer,
            claims,
            expires_at,
        }))
    }

    /// Returns the bearer with another end.
    pub(crate) fn expiring_at(&self, expires_at: Timestamp) -> Self {
        Self(Arc::new(Inner {
            bearer: self.0.bearer.clone(),
            claims: self.0.claims.clone(),
            expires_at,
        }))
    }

    /// Returns the bearer, for the `Authorization` header.
    pub fn expose(&self) -> &str {
        self.0.bearer.expose_secret()
    }

    /// Returns the claims of the token. Not verified: see [`TokenClaims`].
    pub fn claims(&self) -> &TokenClaims {
        &self.0.claims
    }

    /// Returns the end of the token's life, by the identity service's word.
    pub fn expires_at(&self) -> Timestamp {
        self.0.expires_at
    }

    /// Returns `true` if both are the same bearer.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.expose() == other.expose()
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("expires_at", &self.0.expires_at)
            .finish_non_exhaustive()
    }
}
