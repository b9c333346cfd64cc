//! Access tokens: what they say, and which of them still count.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::operation::Scope;
use crate::world::{PracticeState, World, lock};

/// Tokens issued and not taken back.
#[derive(Debug)]
pub(crate) struct Tokens {
    /// Seconds that a token lives.
    lifetime: i64,
    live: Mutex<HashSet<String>>,
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
}

/// Who a token was given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// The API user, by password.
    User,
    /// The application, by its own secret.
    Application,
}

/// What a verified token allows.
#[derive(Debug)]
pub(crate) struct Bearer {
    pub(crate) practice: Arc<PracticeState>,
    authorizations: Vec<String>,
}

impl Bearer {
    pub(crate) fn may(&self, scope: Scope) -> bool {
        self.authorizations
            .iter()
            .any(|held| held == scope.as_str())
    }
}

impl World {
    /// Signs a token for one practice.
    pub(crate) fn issue(
        &self,
        holder: Holder,
        practice: &PracticeState,
        scopes: &[Scope],
    ) -> Option<String> {
        let issued = self.clock.now().as_second();
        let id = Uuid::new_v4().to_string();
        let mut claims = Map::new();
        let mut claim = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        claim("iss", self.issuer.as_str().into());
        claim("aud", self.application.client_id.as_str().into());
        claim("iat", issued.into());
        claim("nbf", issued.into());
        claim("exp", issued.saturating_add(self.tokens.lifetime).into());
        claim("jti", id.as_str().into());
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
                claim("ods", practice.ods.as_str().into());
                claim("cdb", practice.cdb.as_str().into());
            }
            Holder::Application => {
                claim("sub", self.application.ern.as_str().into());
                claim("appERN", self.application.ern.as_str().into());
                claim("appName", self.application.name.into());
            }
        }
        let token = self.key.sign(&Value::Object(claims))?;
        lock(&self.tokens.live).insert(id);
        Some(token)
    }

    /// What an `Authorization` header's value allows, if it holds a good token.
    pub(crate) fn bearer(&self, authorization: &str) -> Option<Bearer> {
        let (scheme, token) = authorization.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let claims = self.key.verify(token.trim())?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let expires = claims.get("exp").and_then(Value::as_i64)?;
        if expires <= self.clock.now().as_second()
            || !lock(&self.tokens.live).contains(text("jti")?)
        {
            return None;
        }
        let organisation = text("orgERN")?;
        let practice = self
            .practices
            .iter()
            .find(|practice| practice.org_ern == organisation)?;
        let authorizations = claims.get("authorizations")?.as_array()?;
        Some(Bearer {
            practice: Arc::clone(practice),
            authorizations: authorizations
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
        })
    }
}
