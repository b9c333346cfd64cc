//! The identity service: discovery document, signing keys, tokens.

mod authorize;
mod client;
mod consent;
mod grant;
mod keys;
mod refusal;
mod sign_in_page;
mod tokens;

use http::StatusCode;
use serde_json::{Value, json};

pub(crate) use client::{Form, read_form};
pub(crate) use consent::Consents;
pub(crate) use grant::AUTHORIZATION;
pub(crate) use keys::Keys;
pub(crate) use refusal::error_answer;
pub(crate) use tokens::{Bearer, Tokens};

use crate::operation::Operation;
use crate::server::{Answer, Request};
use crate::world::World;

/// Answers a request for the identity service.
pub(crate) fn answer(world: &World, request: &Request) -> Answer {
    let form = || read_form(request.body());
    match request.operation {
        Operation::Token => grant::answer(world, request.header(AUTHORIZATION), &form()),
        Operation::Authorize => authorize::authorize(world, &request.query.to_form()),
        Operation::SignIn => authorize::sign_in(world, &form()),
        Operation::Jwks => Answer::json(StatusCode::OK, &world.keys.jwks()),
        _ => Answer::json(StatusCode::OK, &discovery(&world.issuer)),
    }
}

/// The discovery document, with the claims and methods that the real one declares.
fn discovery(issuer: &str) -> Value {
    let at = |operation: Operation| {
        let path = operation.path();
        format!("{issuer}{}", path.strip_prefix("/identity").unwrap_or(path))
    };
    json!({
        "issuer": issuer,
        "authorization_endpoint": at(Operation::Authorize),
        "token_endpoint": at(Operation::Token),
        "jwks_uri": at(Operation::Jwks),
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
