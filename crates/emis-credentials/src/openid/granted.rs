//! The answer to a token request.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use oauth2::basic::BasicTokenType;
use oauth2::{RefreshToken, Scope};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::exchange::{Issued, after};
use crate::{AccessToken, TokenClaims, TokenError, TokenErrorKind as Kind};

/// How long a token counts as good that does not say: a few calls, then ask again.
const UNSTATED_LIFE: SignedDuration = SignedDuration::from_mins(5);

/// The answer to a token request. `Debug` is safe: oauth2's tokens redact themselves.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Granted {
    access_token: oauth2::AccessToken,
    #[serde(skip, default = "bearer")]
    token_type: BasicTokenType,
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<u64>,
    #[serde(default)]
    refresh_token: Option<RefreshToken>,
}

fn bearer() -> BasicTokenType {
    BasicTokenType::Bearer
}

/// A number, or a number in a string: Azure AD has been seen to send both.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text.trim().parse().ok(),
        number => number.as_u64(),
    })
}

impl Granted {
    /// The token, with the moment of its end by *our* clock: a life that the service states,
    /// counted from the moment of the request, which errs on the safe side. So clocks that are
    /// minutes apart do no harm.
    pub(super) fn issue(self, asked_at: Timestamp) -> Result<Issued, TokenError> {
        let stated = self.expires_in.map(|seconds| {
            let seconds = seconds.try_into().unwrap_or(i64::MAX);
            after(asked_at, SignedDuration::from_secs(seconds))
        });
        let bearer = SecretString::from(self.access_token.into_secret());
        if !is_bearer(bearer.expose_secret()) {
            return Err(TokenError::with_message(
                Kind::Malformed,
                "the identity service gave a token that can't be used",
            )
            .after_sending());
        }
        let unstated = AccessToken::new(bearer, after(asked_at, UNSTATED_LIFE));
        let end = stated.or_else(|| end_by_claims(unstated.claims(), asked_at));
        let token = end.map_or_else(|| unstated.clone(), |end| unstated.expiring_at(end));
        if token.expires_at() <= asked_at {
            return Err(TokenError::with_message(
                Kind::Malformed,
                "the identity service gave a token that has expired already",
            )
            .after_sending());
        }
        let refresh = self.refresh_token.map(|token| token.into_secret().into());
        Ok(Issued { token, refresh })
    }
}

/// Whether it can stand in a header.
fn is_bearer(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The token's own word: from `iat` to `exp`, which one clock told, or `exp` as it stands.
fn end_by_claims(claims: &TokenClaims, asked_at: Timestamp) -> Option<Timestamp> {
    let end = claims.expires_at?;
    Some(match claims.issued_at {
        Some(issued_at) => after(asked_at, end.duration_since(issued_at)),
        None => end,
    })
}

impl oauth2::TokenResponse for Granted {
    type TokenType = BasicTokenType;

    fn access_token(&self) -> &oauth2::AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &BasicTokenType {
        &self.token_type
    }

    fn expires_in(&self) -> Option<Duration> {
        self.expires_in.map(Duration::from_secs)
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        None
    }
}
