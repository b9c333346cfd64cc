//! What can be chosen about a source.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use emis_types::{Clock, SystemClock};
use url::Url;

use super::OpenIdTokenSource;
use super::address::{require_as_secure, require_secure};
use super::cache::TokenCache;
use super::credential::Credential;
use super::exchange::Exchange;
use super::http::Http;
use super::service::Service;
use crate::{ClientAuthentication, ClientCredentials, Grant, Network, TokenError, TokenErrorKind};

/// Options of an [`OpenIdTokenSource`].
#[must_use]
pub struct OpenIdTokenSourceBuilder {
    issuer: Url,
    token_endpoint: Option<Url>,
    authorization_endpoint: Option<Url>,
    network: Network,
    grant: Grant,
    exchange: Exchange,
    clock: Arc<dyn Clock>,
    timeout: Duration,
    refresh_early: Duration,
}

impl OpenIdTokenSourceBuilder {
    pub(super) fn new(issuer: Url, client: ClientCredentials, grant: Grant) -> Self {
        Self {
            issuer,
            token_endpoint: None,
            authorization_endpoint: None,
            network: Network::new(),
            grant,
            exchange: Exchange {
                client,
                authentication: ClientAuthentication::default(),
                scopes: Vec::new(),
                parameters: Vec::new(),
            },
            clock: Arc::new(SystemClock),
            timeout: OpenIdTokenSource::DEFAULT_TIMEOUT,
            refresh_early: OpenIdTokenSource::DEFAULT_REFRESH_EARLY,
        }
    }

    /// The scopes to ask for. Without, the parameter is left out and the service decides.
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.exchange.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Adds a parameter to the form of the token request. This is where a practice is chosen if
    /// EMIS binds tokens to practices that way, which it has not published. Names that OAuth 2.0
    /// defines are not for here.
    pub fn extra_parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.exchange.parameters.push((name.into(), value.into()));
        self
    }

    /// Where the client ID and secret stand in the request: in the form, by default.
    pub fn client_authentication(mut self, authentication: ClientAuthentication) -> Self {
        self.exchange.authentication = authentication;
        self
    }

    /// Skips discovery: for a service whose document lies elsewhere or names another issuer.
    pub fn token_endpoint(mut self, endpoint: Url) -> Self {
        self.token_endpoint = Some(endpoint);
        self
    }

    /// Where users sign in, for a service whose discovery document does not say.
    pub fn authorization_endpoint(mut self, endpoint: Url) -> Self {
        self.authorization_endpoint = Some(endpoint);
        self
    }

    /// How the service is reached: proxy, root certificates.
    pub fn network(mut self, network: Network) -> Self {
        self.network = network;
        self
    }

    /// The clock by which tokens expire: the machine's, by default.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// How long each request may take, connecting included: discovery and token request are two.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long before its end a token is renewed, but never earlier than in the last fifth of
    /// its life. Each source takes up to a fifth of that off, at random, so that those which began
    /// together do not renew together.
    pub fn refresh_early(mut self, early: Duration) -> Self {
        self.refresh_early = early;
        self
    }

    /// Makes the source. Nothing is sent yet.
    ///
    /// Fails with [`InsecureUrl`](crate::TokenErrorKind::InsecureUrl) for an address that must
    /// not be told a secret, and with [`Configuration`](crate::TokenErrorKind::Configuration) where
    /// the [network](Self::network) contradicts itself or TLS cannot be set up.
    pub fn build(self) -> Result<OpenIdTokenSource, TokenError> {
        require_secure(&self.issuer)?;
        self.network
            .check()
            .map_err(|_| TokenError::new(TokenErrorKind::Configuration))?;
        let endpoints = [&self.token_endpoint, &self.authorization_endpoint];
        for endpoint in endpoints.into_iter().flatten() {
            require_as_secure(endpoint, &self.issuer)?;
        }
        let clock = Arc::clone(&self.clock);
        let http = Http::new(&self.issuer, &self.network, self.timeout, clock)?;
        let credential = Credential::from(self.grant);
        let clock = Arc::clone(&self.clock);
        let cache = TokenCache::new(clock, self.refresh_early, credential.is_password());
        Ok(OpenIdTokenSource {
            cache: Arc::new(cache),
            exchange: Arc::new(self.exchange),
            credential,
            guard: None,
            service: Arc::new(Service {
                http,
                clock: self.clock,
                issuer: self.issuer,
                token_endpoint: self.token_endpoint,
                authorization_endpoint: self.authorization_endpoint,
                found: Mutex::default(),
            }),
        })
    }
}

impl fmt::Debug for OpenIdTokenSourceBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenIdTokenSourceBuilder")
            .field("grant", &self.grant)
            .finish_non_exhaustive()
    }
}
