//! The identity service: discovery document, signing keys, tokens.

mod grant;
mod keys;
mod tokens;

use serde_json::{Value, json};

pub(crate) use grant::{AUTHORIZATION, Form, answer as token_answer, error_answer, read_form};
pub(crate) use keys::SigningKey;
pub(crate) use tokens::{Bearer, Tokens};

use crate::operation::Operation;

/// The discovery document, with the claims and methods that the real one declares.
pub(crate) fn discovery(issuer: &str) -> Value {
    let at = |operation: Operation| {
        let path = operation.path();
        format!("{issuer}{}", path.strip_prefix("/identity").unwrap_or(path))
    };
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/oauth2/authorize"),
        "token_endpoint": at(Operation::Token),
        "jwks_uri": at(Operation::Jwks),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": [],
        "claims_supported": [
            "sub", "appERN", "appName", "authorizations", "orgERN", "orgName",
            "iss", "iat", "exp", "aud", "acr", "nonce", "auth_time"
        ],
    })
}
