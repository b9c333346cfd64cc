//! Tokens from EMIS's identity service.

mod builder;
mod cache;
mod credential;
mod discovery;
mod endpoint_rules;
mod form;
mod grant_type;
mod http;
mod lockout;
mod refusal;
mod service;
mod session;
mod sign_in;
mod sign_in_flow;
mod source;
pub mod telemetry;
mod token_request;
mod token_response;

pub use builder::OpenIdTokenSourceBuilder;
pub use sign_in::{KeptSignIn, Launch, PendingSignIn, SignInRequest};
pub use source::OpenIdTokenSource;

/// Entry points of the fuzz targets.
#[doc(hidden)]
pub mod fuzzing {
    use jiff::Timestamp;
    use url::Url;

    use super::discovery::{self, DocumentRules};
    use super::grant_type::GrantType;
    use super::http::Answer;
    use super::token_response;
    use crate::access_token::AccessToken;
    use crate::error::TokenError;

    /// Reads a token answer to a request with a password.
    ///
    /// # Errors
    /// As a request for a token fails.
    pub fn token_answer(status: u16, body: &[u8]) -> Result<AccessToken, TokenError> {
        let answer = Answer::of_bytes(status, body);
        let issued = token_response::read(answer, GrantType::Password, Timestamp::UNIX_EPOCH)?;
        Ok(issued.token)
    }

    /// Reads a discovery document of an issuer. Returns the token endpoint.
    ///
    /// # Errors
    /// As discovery fails.
    pub fn discovery_document(issuer: &Url, body: &[u8]) -> Result<Url, TokenError> {
        let rules = DocumentRules::default();
        Ok(discovery::read(body, issuer, &rules)?.token)
    }
}
