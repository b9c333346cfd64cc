//! The token request itself, in OAuth 2.0's terms.

use std::borrow::Cow;
use std::time::Duration;

use emis_types::Clock;
use jiff::{SignedDuration, Timestamp};
use oauth2::basic::{
    BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AuthType, ClientId, ClientSecret, EndpointNotSet, EndpointSet, RequestTokenError,
    ResourceOwnerPassword, ResourceOwnerUsername, Scope, StandardRevocableToken, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

use super::http::Http;
use super::refusal::Refusal;
use crate::{
    AccessToken, ClientAuthentication, ClientCredentials, Grant, TokenError, TokenErrorKind as Kind,
};

/// How long a token counts as good that does not say: a few calls, then ask again.
const UNSTATED_LIFE: SignedDuration = SignedDuration::from_mins(5);

/// Everything about a token request but where it goes.
#[derive(Debug, Clone)]
pub(super) struct Exchange {
    pub(super) client: ClientCredentials,
    pub(super) authentication: ClientAuthentication,
    pub(super) grant: Grant,
    pub(super) scopes: Vec<String>,
    pub(super) parameters: Vec<(String, String)>,
}

type Client = oauth2::Client<
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

impl Exchange {
    pub(super) async fn run(
        &self,
        http: &Http,
        endpoint: Url,
        clock: &dyn Clock,
    ) -> Result<AccessToken, TokenError> {
        let asked_at = clock.now();
        let client = self.client(endpoint);
        let scopes = self.scopes.iter().cloned().map(Scope::new);
        let parameters = self
            .parameters
            .iter()
            .map(|(name, value)| (Cow::from(name.as_str()), Cow::from(value.as_str())));

        let answer = match &self.grant {
            Grant::ClientCredentials => {
                let mut request = client.exchange_client_credentials().add_scopes(scopes);
                for (name, value) in parameters {
                    request = request.add_extra_param(name, value);
                }
                request.request_async(http).await
            }
            Grant::Password(user) => {
                let username = ResourceOwnerUsername::new(user.username().to_owned());
                let password = password_of(user.password());
                let mut request = client
                    .exchange_password(&username, &password)
                    .add_scopes(scopes);
                for (name, value) in parameters {
                    request = request.add_extra_param(name, value);
                }
                let answer = request.request_async(http).await;
                drop(Zeroizing::new(password.into_secret()));
                answer
            }
        };
        match answer {
            Ok(granted) => Ok(granted.into_token(asked_at)),
            Err(RequestTokenError::Request(error)) => Err(error),
            Err(RequestTokenError::ServerResponse(refusal)) => {
                Err(refusal.into_error(&self.grant).after_sending())
            }
            // Both may quote the answer, so nothing of them is kept.
            Err(RequestTokenError::Parse(..) | RequestTokenError::Other(_)) => {
                Err(TokenError::new(Kind::Malformed).after_sending())
            }
        }
    }

    fn client(&self, endpoint: Url) -> Client {
        let secret = self.client.client_secret.expose_secret().to_owned();
        oauth2::Client::new(ClientId::new(self.client.client_id.clone()))
            .set_client_secret(ClientSecret::new(secret))
            .set_auth_type(match self.authentication {
                ClientAuthentication::Body => AuthType::RequestBody,
                ClientAuthentication::Basic => AuthType::BasicAuth,
            })
            .set_token_uri(TokenUrl::from_url(endpoint))
    }
}

fn password_of(password: &SecretString) -> ResourceOwnerPassword {
    ResourceOwnerPassword::new(password.expose_secret().to_owned())
}

/// The answer to a token request. `Debug` is safe: oauth2's token redacts itself.
#[derive(Debug, Deserialize, Serialize)]
struct Granted {
    access_token: oauth2::AccessToken,
    #[serde(skip, default = "bearer")]
    token_type: BasicTokenType,
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<u64>,
}

fn bearer() -> BasicTokenType {
    BasicTokenType::Bearer
}

/// A number, or a number in a string: Azure AD has been seen to send both.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text.trim().parse().ok(),
        number => number.as_u64(),
    })
}

impl Granted {
    /// `expires_in` counts from the moment of the request, which errs on the safe side. The
    /// token's own `exp` is second choice, because it is told by another clock than ours.
    fn into_token(self, asked_at: Timestamp) -> AccessToken {
        let after = |life: SignedDuration| asked_at.checked_add(life).unwrap_or(Timestamp::MAX);
        let bearer = SecretString::from(self.access_token.into_secret());
        let unstated = AccessToken::new(bearer, after(UNSTATED_LIFE));
        let stated = self
            .expires_in
            .map(|seconds| {
                after(SignedDuration::from_secs(
                    seconds.try_into().unwrap_or(i64::MAX),
                ))
            })
            .or(unstated.claims().expires_at);
        match stated {
            Some(moment) => unstated.expiring_at(moment),
            None => unstated,
        }
    }
}

impl oauth2::TokenResponse for Granted {
    type TokenType = BasicTokenType;

    fn access_token(&self) -> &oauth2::AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &BasicTokenType {
        &self.token_type
    }

    fn expires_in(&self) -> Option<Duration> {
        self.expires_in.map(Duration::from_secs)
    }

    fn refresh_token(&self) -> Option<&oauth2::RefreshToken> {
        None
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        None
    }
}
