//! Where the token endpoint is: OpenID Connect discovery.

use serde::Deserialize;
use url::Url;

use super::address::require_as_secure;
use super::http::Http;
use crate::{ServiceFault, TokenError, TokenErrorKind as Kind};

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
    let answer = answer.map_err(|error| match error.http_status() {
        Some(status) if error.kind() == Kind::Malformed => no_document(status),
        _ => error.before_sending(),
    })?;
    if !answer.status().is_success() {
        return Err(no_document(answer.status().as_u16()));
    }
    let document: Document = serde_json::from_slice(answer.body()).map_err(|_| {
        malformed(
            "the identity service's discovery document cannot be understood",
            ServiceFault::NotADocument,
        )
    })?;
    if without_slash(&document.issuer) != without_slash(issuer) {
        return Err(malformed(
            "the identity service's discovery document names another issuer",
            ServiceFault::OtherIssuer,
        ));
    }
    let endpoints = [
        Some(&document.token_endpoint),
        document.authorization_endpoint.as_ref(),
    ];
    for endpoint in endpoints.into_iter().flatten() {
        require_as_secure(endpoint, issuer)
            .map_err(|error| error.with_fault(ServiceFault::InsecureAddress))?;
    }
    Ok(Endpoints {
        token: document.token_endpoint,
        authorization: document.authorization_endpoint,
    })
}

fn malformed(message: &'static str, fault: ServiceFault) -> TokenError {
    TokenError::with_message(Kind::Malformed, message).with_fault(fault)
}

fn no_document(status: u16) -> TokenError {
    malformed(
        "the identity service has no discovery document at this issuer",
        ServiceFault::NoDocument,
    )
    .with_http_status(status)
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
