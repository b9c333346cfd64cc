//! Access tokens that were issued and not revoked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;

use super::practice::PracticeState;
use crate::operation::Scope;
use crate::sync::lock;

/// Largest number of seconds from now at which a token may become valid: the tolerance of Microsoft's
/// libraries for clocks that differ.
const CLOCK_TOLERANCE: i64 = 300;

/// The valid tokens.
#[derive(Debug)]
pub(crate) struct Tokens {
    /// Seconds.
    lifetime: i64,
    /// By the whole token. A token with one changed letter was not issued, so that signatures need
    /// not be verified.
    live: Mutex<HashMap<String, LiveToken>>,
}

/// A token that was issued. Times are seconds since 1970.
#[derive(Debug)]
pub(crate) struct LiveToken {
    /// Id of the signing key.
    pub(crate) key: String,
    pub(crate) valid_from: i64,
    pub(crate) expires: i64,
    pub(crate) bearer: Bearer,
}

/// The practice and the scopes of a token.
#[derive(Debug, Clone)]
pub(crate) struct Bearer {
    pub(crate) practice: Arc<PracticeState>,
    pub(crate) scopes: Arc<[Scope]>,
}

impl Bearer {
    /// Returns `true` if the token carries this scope.
    pub(crate) fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }
}

impl Tokens {
    pub(crate) fn new(lifetime: SignedDuration) -> Self {
        Self {
            lifetime: lifetime.as_secs(),
            live: Mutex::default(),
        }
    }

    /// Returns the lifetime of new tokens in seconds.
    pub(crate) const fn lifetime(&self) -> i64 {
        self.lifetime
    }

    pub(crate) fn insert(&self, token: String, live: LiveToken) {
        lock(&self.live).insert(token, live);
    }

    /// Revokes every token.
    pub(crate) fn expire(&self) {
        lock(&self.live).clear();
    }

    /// Revokes the token in the value of an `Authorization` header.
    pub(crate) fn revoke(&self, authorization: &str) {
        if let Some(token) = bearer_token(authorization) {
            lock(&self.live).remove(token);
        }
    }

    /// Returns the bearer and the signing key's id of the token in the value of an `Authorization`
    /// header, if the token is valid at this second.
    pub(super) fn bearer(&self, authorization: &str, now: i64) -> Option<(Bearer, String)> {
        let live = lock(&self.live);
        let token = live.get(bearer_token(authorization)?)?;
        let valid = token.valid_from <= now.saturating_add(CLOCK_TOLERANCE) && now < token.expires;
        valid.then(|| (token.bearer.clone(), token.key.clone()))
    }
}

fn bearer_token(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
