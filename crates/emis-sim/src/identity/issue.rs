//! Issues tokens.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::{Map, Value, json};

use crate::operation::Scope;
use crate::world::{Bearer, LiveToken, PracticeState, World};

/// The holder of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    /// The API user.
    User,
    /// The application itself.
    Application,
}

impl World {
    /// Issues a signed access token for a practice. Returns `None` if the crypto library fails.
    pub(super) fn issue(
        &self,
        holder: Holder,
        practice: &Arc<PracticeState>,
        scopes: &[Scope],
    ) -> Option<String> {
        let issued = self.identity_now().as_second();
        let (cdb, ods) = practice.codes();
        let expires = issued.saturating_add(self.tokens.lifetime());
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
                if !practice.unnamed.load(Ordering::SeqCst) {
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
        let live = LiveToken {
            key,
            valid_from: issued,
            expires,
            bearer,
        };
        self.tokens.insert(token.clone(), live);
        Some(token)
    }

    /// Returns a signed ID token, or `None` if the crypto library fails.
    pub(super) fn id_token(&self, practice: &PracticeState, nonce: Option<&str>) -> Option<String> {
        let now = self.identity_now().as_second();
        let claims = json!({
            "iss": self.issuer,
            "aud": self.application.client_id,
            "sub": practice.user_ern,
            "iat": now,
            "nbf": now,
            "exp": now.saturating_add(self.tokens.lifetime()),
            "auth_time": now,
            "nonce": nonce,
            "acr": "b2c_1a_clientcredentials",
            "orgERN": practice.org_ern,
            "orgName": practice.name,
        });
        Some(self.keys.sign(&claims)?.0)
    }
}
