//! The token request itself, in OAuth 2.0's terms.

use std::borrow::Cow;
use std::sync::OnceLock;

use emis_types::Clock;
use jiff::Timestamp;
use oauth2::basic::{BasicRevocationErrorResponse, BasicTokenIntrospectionResponse};
use oauth2::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, EndpointNotSet, EndpointSet,
    PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError, ResourceOwnerPassword,
    ResourceOwnerUsername, Scope, StandardRevocableToken, TokenUrl,
};
use secrecy::SecretString;
use url::Url;

use super::form::{self, FormSecrets};
use super::granted::Granted;
use super::http::{Confidential, Http};
use super::refusal::Refusal;
use crate::{
    AccessToken, ApiUser, ClientAuthentication, ClientCredentials, TokenError,
    TokenErrorKind as Kind,
};

/// Everything about a token request but where it goes and what entitles to a token.
#[derive(Debug, Clone)]
pub(super) struct Exchange {
    pub(super) client: ClientCredentials,
    pub(super) authentication: ClientAuthentication,
    pub(super) scopes: Vec<String>,
    pub(super) parameters: Vec<(String, String)>,
}

/// What entitles to a token: one of OAuth 2.0's grants.
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

/// What came of it.
pub(super) struct Issued {
    pub(super) token: AccessToken,
    pub(super) refresh: Option<SecretString>,
}

pub(super) type Client = oauth2::Client<
    Refusal,
    Granted,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// A request of whichever kind, with what every kind is given.
macro_rules! send {
    ($request:expr, $parameters:expr, $http:expr) => {{
        let mut request = $request;
        for (name, value) in $parameters {
            request = request.add_extra_param(name, value);
        }
        request.request_async($http).await
    }};
}

impl Exchange {
    pub(super) async fn run(
        &self,
        proof: Proof<'_>,
        http: &Http,
        endpoint: Url,
        clock: &dyn Clock,
    ) -> Result<Issued, TokenError> {
        let asked_at = clock.now();
        let mut secrets = FormSecrets::default();
        let client = self.client(endpoint, &mut secrets);
        let scopes = self.scopes.iter().cloned().map(Scope::new);
        let parameters = self
            .parameters
            .iter()
            .map(|(name, value)| (Cow::from(name.as_str()), Cow::from(value.as_str())));
        let asked_to_wait = OnceLock::new();
        let http = |secrets| Confidential {
            http,
            secrets,
            authorization: self.authorization(),
            asked_to_wait: &asked_to_wait,
        };

        let answer = match proof {
            Proof::Client => {
                let request = client.exchange_client_credentials().add_scopes(scopes);
                send!(request, parameters, &http(secrets))
            }
            Proof::Password(user) => {
                let username = ResourceOwnerUsername::new(user.username().to_owned());
                let password =
                    ResourceOwnerPassword::new(secrets.blank("password", user.password()));
                let request = client.exchange_password(&username, &password);
                send!(request.add_scopes(scopes), parameters, &http(secrets))
            }
            Proof::Code {
                code,
                verifier,
                redirect_uri,
            } => {
                let code = AuthorizationCode::new(secrets.blank("code", code));
                let verifier = PkceCodeVerifier::new(secrets.blank("code_verifier", verifier));
                let redirect_uri = Cow::Owned(RedirectUrl::from_url(redirect_uri.clone()));
                let request = client
                    .exchange_code(code)
                    .set_pkce_verifier(verifier)
                    .set_redirect_uri(redirect_uri);
                send!(request, parameters, &http(secrets))
            }
            Proof::Refresh(token) => {
                let token = RefreshToken::new(secrets.blank("refresh_token", token));
                let request = client.exchange_refresh_token(&token);
                send!(request, parameters, &http(secrets))
            }
        };
        match answer {
            Ok(granted) => granted.issue(asked_at),
            Err(RequestTokenError::Request(error)) => Err(error),
            Err(RequestTokenError::ServerResponse(refusal)) => {
                let error = refusal.into_error(proof.grant_type()).after_sending();
                Err(error.with_retry_after(asked_to_wait.get().copied()))
            }
            // Both may quote the answer, so nothing of them is kept.
            Err(RequestTokenError::Parse(..) | RequestTokenError::Other(_)) => {
                Err(TokenError::new(Kind::Malformed).after_sending())
            }
        }
    }

    pub(super) fn client<'a>(&'a self, endpoint: Url, secrets: &mut FormSecrets<'a>) -> Client {
        let (auth_type, blank) = match self.authentication {
            ClientAuthentication::Body => {
                let blank = secrets.blank("client_secret", &self.client.client_secret);
                (AuthType::RequestBody, blank)
            }
            // The header is replaced by ours.
            ClientAuthentication::Basic => (AuthType::BasicAuth, String::new()),
        };
        oauth2::Client::new(ClientId::new(self.client.client_id.clone()))
            .set_client_secret(ClientSecret::new(blank))
            .set_auth_type(auth_type)
            .set_token_uri(TokenUrl::from_url(endpoint))
    }

    fn authorization(&self) -> Option<oauth2::http::HeaderValue> {
        match self.authentication {
            ClientAuthentication::Body => None,
            ClientAuthentication::Basic => {
                form::basic(&self.client.client_id, &self.client.client_secret)
            }
        }
    }
}

/// Which of OAuth 2.0's grants a request was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GrantType {
    ClientCredentials,
    Password,
    AuthorizationCode,
    RefreshToken,
}

impl GrantType {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::Password => "password",
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
        }
    }
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

/// The moment after a life that begins at another; the end of time where there is no such moment.
pub(super) fn after(from: Timestamp, life: jiff::SignedDuration) -> Timestamp {
    from.checked_add(life).unwrap_or(Timestamp::MAX)
}
