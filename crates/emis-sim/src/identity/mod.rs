//! The identity service: discovery document, signing keys, tokens.

mod authenticate;
mod authorize;
mod grant;
mod issue;
mod refusal;
mod sign_in_page;

use http::StatusCode;
use http::header::AUTHORIZATION;
use serde_json::{Value, json};

pub(crate) use refusal::error_answer;

use crate::operation::SimOperation;
use crate::protocol::{Answer, Request, parse_form};
use crate::world::World;

/// Answers a request for the identity service.
pub(crate) fn answer(world: &World, request: &Request) -> Answer {
    let form = || parse_form(&request.body);
    match request.operation {
        SimOperation::Token => grant::answer(world, request.header(AUTHORIZATION), &form()),
        SimOperation::Authorize => authorize::authorize(world, &request.query.to_form()),
        SimOperation::SignIn => authorize::sign_in(world, &form()),
        SimOperation::Jwks => Answer::json(StatusCode::OK, &world.keys.jwks()),
        _ => Answer::json(StatusCode::OK, &discovery(&world.issuer)),
    }
}

/// Returns the discovery document, with the claims and methods of the real one.
fn discovery(issuer: &str) -> Value {
    let at = |operation: SimOperation| {
        let path = operation.path();
        format!("{issuer}{}", path.strip_prefix("/identity").unwrap_or(path))
    };
    json!({
        "issuer": issuer,
        "authorization_endpoint": at(SimOperation::Authorize),
        "token_endpoint": at(SimOperation::Token),
        "jwks_uri": at(SimOperation::Jwks),
        "response_modes_supported": ["query"],
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
