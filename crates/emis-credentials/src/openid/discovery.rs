//! OpenID Connect discovery of the endpoints.

use serde::Deserialize;
use url::Url;

use super::endpoint_rules::{is_same_issuer, require_as_secure};
use super::http::Http;
use crate::error::{TokenError, TokenErrorKind as Kind};
use crate::service_fault::ServiceFault;
use crate::text_encoding;

#[derive(Deserialize)]
struct Document {
    issuer: Url,
    token_endpoint: Url,
    #[serde(default)]
    authorization_endpoint: Option<Url>,
}

/// The endpoints that a discovery document names.
#[derive(Debug, Clone)]
pub(super) struct Endpoints {
    pub(super) token: Url,
    /// The endpoint at which users sign in.
    pub(super) authorization: Option<Url>,
}

/// The rules for a discovery document. A secret goes to the address that it names.
#[derive(Debug, Clone, Default)]
pub(super) struct DocumentRules {
    /// The issuer that the document must name, if not the address it was read from.
    pub(super) issuer: Option<Url>,
    /// Hosts of endpoints besides the issuer's own.
    pub(super) hosts: Vec<String>,
}

/// Reads `{issuer}/.well-known/openid-configuration`.
pub(super) async fn endpoints(
    http: &Http,
    issuer: &Url,
    rules: &DocumentRules,
) -> Result<Endpoints, TokenError> {
    let answer = http.get(document_address(issuer)).await;
    // No secret was sent yet, so no password is in doubt.
    let answer = answer.map_err(TokenError::before_sending)?;
    if !answer.status.is_success() {
        let status = answer.status.as_u16();
        return Err(answer.failure.map_or_else(
            || no_document(status),
            |failure| match failure.kind() {
                Kind::Malformed => no_document(status),
                _ => failure.before_sending(),
            },
        ));
    }
    read(&answer.body, issuer, rules)
}

/// Reads a discovery document, believing it if the rules hold.
pub(super) fn read(
    body: &[u8],
    issuer: &Url,
    rules: &DocumentRules,
) -> Result<Endpoints, TokenError> {
    let document = text_encoding::json_object::<Document>(body).ok_or_else(|| {
        malformed(
            "the identity service's discovery document cannot be understood",
            ServiceFault::NotADocument,
        )
    })?;
    if !is_same_issuer(&document.issuer, rules.issuer.as_ref().unwrap_or(issuer)) {
        return Err(malformed(
            "the identity service's discovery document names another issuer; if that is right, as \
             with Azure AD B2C, set it with document_issuer",
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
        let host = endpoint.host_str();
        let allowed = host == issuer.host_str()
            || rules
                .hosts
                .iter()
                .any(|allowed| host.is_some_and(|host| host.eq_ignore_ascii_case(allowed)));
        if !allowed {
            return Err(malformed(
                "the identity service's discovery document names an endpoint on another host; if \
                 that is right, allow it with endpoint_host",
                ServiceFault::OtherHost,
            ));
        }
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
