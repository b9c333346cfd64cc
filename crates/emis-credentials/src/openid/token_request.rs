//! The token request (RFC 6749, section 4).

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::form::{Form, basic};
use super::grant_type::GrantType;
use super::http::Http;
use super::token_response::{self, Issued};
use crate::api_user::ApiUser;
use crate::error::TokenError;
use crate::grant::{ClientAuthentication, ClientCredentials};
use emis_types::Clock;

/// A token request without its address and without what entitles to a token.
#[derive(Debug, Clone)]
pub(super) struct TokenRequest {
    pub(super) client: ClientCredentials,
    pub(super) authentication: ClientAuthentication,
    pub(super) scopes: Vec<String>,
    pub(super) parameters: Vec<(String, String)>,
}

/// The credential that entitles to a token, by one of OAuth 2.0's grants.
#[derive(Clone, Copy)]
pub(super) enum Proof<'a> {
    Client,
    Password(&'a ApiUser),
    Code {
        code: &'a SecretString,
        verifier: &'a SecretString,
        redirect_uri: &'a Url,
    },
    Refresh(&'a SecretString),
}

impl Proof<'_> {
    pub(super) fn grant_type(&self) -> GrantType {
        match self {
            Self::Client => GrantType::ClientCredentials,
            Self::Password(_) => GrantType::Password,
            Self::Code { .. } => GrantType::AuthorizationCode,
            Self::Refresh(_) => GrantType::RefreshToken,
        }
    }
}

impl TokenRequest {
    pub(super) async fn send(
        &self,
        proof: Proof<'_>,
        http: &Http,
        endpoint: Url,
        clock: &dyn Clock,
    ) -> Result<Issued, TokenError> {
        let asked_at = clock.now();
        let scopes = self.scopes.join(" ");
        let form = self.form(&proof, &scopes).encode();
        let authorization = match self.authentication {
            ClientAuthentication::Body => None,
            ClientAuthentication::Basic => {
                basic(&self.client.client_id, &self.client.client_secret)
            }
        };
        let answer = http.post(endpoint, form, authorization).await?;
        token_response::read(answer, proof.grant_type(), asked_at)
    }

    fn form<'a>(&'a self, proof: &Proof<'a>, scopes: &'a str) -> Form<'a> {
        let mut form = Form::default();
        form.field("grant_type", proof.grant_type().name());
        if self.authentication == ClientAuthentication::Body {
            form.field("client_id", &self.client.client_id);
            form.secret("client_secret", &self.client.client_secret);
        }
        match *proof {
            Proof::Client => {}
            Proof::Password(user) => {
                form.field("username", user.username());
                form.field("password", user.password().expose_secret());
            }
            Proof::Code {
                code,
                verifier,
                redirect_uri,
            } => {
                form.secret("code", code);
                form.secret("code_verifier", verifier);
                form.field("redirect_uri", redirect_uri.as_str());
            }
            Proof::Refresh(token) => form.secret("refresh_token", token),
        }
        // The scopes of the other two were granted when the user signed in.
        if matches!(proof, Proof::Client | Proof::Password(_)) && !scopes.is_empty() {
            form.field("scope", scopes);
        }
        for (name, value) in &self.parameters {
            form.field(name, value);
        }
        form
    }
}
