//! Where the token endpoint is: OpenID Connect discovery.

use serde::Deserialize;
use url::Url;

use super::address::require_as_secure;
use super::http::Http;
use crate::{TokenError, TokenErrorKind as Kind};

#[derive(Deserialize)]
struct Document {
    issuer: Url,
    token_endpoint: Url,
    #[serde(default)]
    authorization_endpoint: Option<Url>,
}

/// The addresses that a discovery document names.
#[derive(Debug, Clone)]
pub(super) struct Endpoints {
    pub(super) token: Url,
    /// Where users sign in.
    pub(super) authorization: Option<Url>,
}

/// Reads `{issuer}/.well-known/openid-configuration`. The document must be the issuer's own: a
/// secret goes to the address that it names.
pub(super) async fn endpoints(http: &Http, issuer: &Url) -> Result<Endpoints, TokenError> {
    let answer = http.get(document_address(issuer)).await;
    // No secret was sent yet, so no password is in doubt.
    let answer = answer.map_err(TokenError::before_sending)?;
    if !answer.status().is_success() {
        return Err(TokenError::with_message(
            Kind::Malformed,
            "the identity service has no discovery document at this issuer",
        ));
    }
    let document: Document = serde_json::from_slice(answer.body()).map_err(|_| {
        TokenError::with_message(
            Kind::Malformed,
            "the identity service's discovery document cannot be understood",
        )
    })?;
    if without_slash(&document.issuer) != without_slash(issuer) {
        return Err(TokenError::with_message(
            Kind::Malformed,
            "the identity service's discovery document names another issuer",
        ));
    }
    require_as_secure(&document.token_endpoint, issuer)?;
    if let Some(endpoint) = &document.authorization_endpoint {
        require_as_secure(endpoint, issuer)?;
    }
    Ok(Endpoints {
        token: document.token_endpoint,
        authorization: document.authorization_endpoint,
    })
}

fn document_address(issuer: &Url) -> Url {
    let mut address = issuer.clone();
    let path = format!(
        "{}/.well-known/openid-configuration",
        issuer.path().trim_end_matches('/')
    );
    address.set_path(&path);
    address
}

fn without_slash(url: &Url) -> &str {
    url.as_str().trim_end_matches('/')
}
