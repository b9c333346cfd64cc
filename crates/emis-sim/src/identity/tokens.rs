//! Access tokens: what they say, and which of them still count.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use crate::conditions::CLOCK_TOLERANCE;
use crate::operation::Scope;
use crate::world::{PracticeState, World, lock};

/// Tokens issued and not taken back.
#[derive(Debug)]
pub(crate) struct Tokens {
    /// Seconds that a token lives.
    lifetime: i64,
    /// By the whole token: a token with one letter changed is none that was issued, so that no
    /// signature has to be checked again.
    live: Mutex<HashMap<String, Live>>,
}

#[derive(Debug)]
struct Live {
    /// Id of the key that it is signed with.
    key: String,
    /// Seconds since 1970, like the next.
    begins: i64,
    expires: i64,
    bearer: Bearer,
}

impl Tokens {
    pub(crate) fn new(lifetime: SignedDuration) -> Self {
        Self {
            lifetime: lifetime.as_secs(),
            live: Mutex::default(),
        }
    }

    pub(crate) const fn lifetime(&self) -> i64 {
        self.lifetime
    }

    /// Takes every token back.
    pub(crate) fn expire(&self) {
        lock(&self.live).clear();
    }

    /// Takes back the token in an `Authorization` header's value.
    pub(crate) fn revoke(&self, authorization: &str) {
        if let Some(token) = bearer_token(authorization) {
            lock(&self.live).remove(token);
        }
    }
}

/// Who a token was given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// The API user, by password.
    User,
    /// The application, by its own secret.
    Application,
}

/// What a token allows.
#[derive(Debug, Clone)]
pub(crate) struct Bearer {
    pub(crate) practice: Arc<PracticeState>,
    scopes: Arc<[Scope]>,
}

impl Bearer {
    pub(crate) fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }
}

fn bearer_token(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl World {
    /// Signs a token for one practice.
    pub(crate) fn issue(
        &self,
        holder: Holder,
        practice: &Arc<PracticeState>,
        scopes: &[Scope],
    ) -> Option<String> {
        let issued = self.identity_now().as_second();
        let (cdb, ods) = practice.codes();
        let expires = issued.saturating_add(self.tokens.lifetime);
        let mut claims = Map::new();
        let mut claim = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        claim("iss", self.issuer.as_str().into());
        claim("aud", self.application.client_id.as_str().into());
        claim("iat", issued.into());
        claim("nbf", issued.into());
        claim("exp", expires.into());
        claim("jti", self.ids.draw().to_string().into());
        claim("orgERN", practice.org_ern.as_str().into());
        claim("orgName", practice.name.as_str().into());
        claim(
            "authorizations",
            scopes.iter().map(|scope| scope.as_str()).collect(),
        );
        match holder {
            Holder::User => {
                claim("sub", practice.user_ern.as_str().into());
                claim("userERN", practice.user_ern.as_str().into());
                claim("email", format!("{}@example.com", practice.username).into());
                claim("givenName", "Partner".into());
                claim("familyName", "API User".into());
                claim("roleERNs", json!([practice.role_ern]));
                claim("roleNames", json!(["Clinical Practitioner Access Role"]));
                claim("scp", "emisweb cdb ods emis-x".into());
                if !practice.nameless.load(Ordering::SeqCst) {
                    claim("ods", ods.into());
                    claim("cdb", cdb.into());
                }
            }
            Holder::Application => {
                claim("sub", self.application.ern.as_str().into());
                claim("appERN", self.application.ern.as_str().into());
                claim("appName", self.application.name.into());
            }
        }
        let (token, key) = self.keys.sign(&Value::Object(claims))?;
        let bearer = Bearer {
            practice: Arc::clone(practice),
            scopes: scopes.into(),
        };
        let live = Live {
            key,
            begins: issued,
            expires,
            bearer,
        };
        lock(&self.tokens.live).insert(token.clone(), live);
        Some(token)
    }

    /// Says who has signed in.
    pub(super) fn id_token(&self, practice: &PracticeState, nonce: Option<&str>) -> Option<String> {
        let now = self.identity_now().as_second();
        let claims = json!({
            "iss": self.issuer,
            "aud": self.application.client_id,
            "sub": practice.user_ern,
            "iat": now,
            "nbf": now,
            "exp": now.saturating_add(self.tokens.lifetime),
            "auth_time": now,
            "nonce": nonce,
            "acr": "b2c_1a_clientcredentials",
            "orgERN": practice.org_ern,
            "orgName": practice.name,
        });
        Some(self.keys.sign(&claims)?.0)
    }

    /// What an `Authorization` header's value allows, if it holds a good token.
    pub(crate) fn bearer(&self, authorization: &str) -> Option<Bearer> {
        let token = bearer_token(authorization)?;
        let live = lock(&self.tokens.live);
        let live = live.get(token)?;
        let now = self.clock.now().as_second();
        let holds = live.begins <= now.saturating_add(CLOCK_TOLERANCE) && now < live.expires;
        (holds && self.keys.publishes(&live.key)).then(|| live.bearer.clone())
    }
}
