//! The options of a token source.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use emis_types::{Clock, OdsCode, SystemClock};
use url::Url;

use super::cache::TokenCache;
use super::credential::Credential;
use super::discovery::DocumentRules;
use super::endpoint_rules::{require_as_secure, require_secure};
use super::http::Http;
use super::service::Service;
use super::source::OpenIdTokenSource;
use super::token_request::TokenRequest;
use crate::error::{TokenError, TokenErrorKind};
use crate::grant::{ClientAuthentication, ClientCredentials, Grant};
use crate::network::Network;

impl OpenIdTokenSource {
    /// Returns a builder. `issuer` is the address whose `/.well-known/openid-configuration` is the
    /// discovery document.
    pub fn builder(
        issuer: Url,
        client: ClientCredentials,
        grant: Grant,
    ) -> OpenIdTokenSourceBuilder {
        OpenIdTokenSourceBuilder::new(issuer, client, grant)
    }
}

/// The builder of an [`OpenIdTokenSource`].
#[must_use]
pub struct OpenIdTokenSourceBuilder {
    issuer: Url,
    token_endpoint: Option<Url>,
    authorization_endpoint: Option<Url>,
    network: Network,
    grant: Grant,
    request: TokenRequest,
    rules: DocumentRules,
    practice: Option<OdsCode>,
    clock: Arc<dyn Clock>,
    timeout: Duration,
    refresh_early: Duration,
}

impl OpenIdTokenSourceBuilder {
    fn new(issuer: Url, client: ClientCredentials, grant: Grant) -> Self {
        Self {
            issuer,
            token_endpoint: None,
            authorization_endpoint: None,
            network: Network::new(),
            grant,
            rules: DocumentRules::default(),
            practice: None,
            request: TokenRequest {
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

    /// Sets the scopes to ask for. The default is none: the service decides.
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.request.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Adds a parameter to the form of the token request. It chooses the practice if EMIS binds tokens
    /// to practices that way, which it has not published. Do not use names that OAuth 2.0 defines.
    pub fn extra_parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.request.parameters.push((name.into(), value.into()));
        self
    }

    /// Sets the place of the client ID and secret in the request. The default is the form.
    pub fn client_authentication(mut self, authentication: ClientAuthentication) -> Self {
        self.request.authentication = authentication;
        self
    }

    /// Sets the token endpoint and skips discovery, for a service without a discovery document.
    pub fn token_endpoint(mut self, endpoint: Url) -> Self {
        self.token_endpoint = Some(endpoint);
        self
    }

    /// Sets the issuer that the discovery document names, if it is not the address that it is read
    /// from: Azure AD B2C's differs.
    pub fn document_issuer(mut self, issuer: Url) -> Self {
        self.rules.issuer = Some(issuer);
        self
    }

    /// Allows the discovery document to name endpoints on this host. By default only the issuer's own
    /// host is allowed: a password goes to the address that the document names.
    pub fn endpoint_host(mut self, host: impl Into<String>) -> Self {
        self.rules.hosts.push(host.into());
        self
    }

    /// Names the practice in spans and metrics: see [`telemetry`](crate::telemetry).
    pub fn practice(mut self, practice: OdsCode) -> Self {
        self.practice = Some(practice);
        self
    }

    /// Sets the endpoint at which users sign in, for a service whose discovery document names none.
    pub fn authorization_endpoint(mut self, endpoint: Url) -> Self {
        self.authorization_endpoint = Some(endpoint);
        self
    }

    /// Sets the proxy and root certificates.
    pub fn network(mut self, network: Network) -> Self {
        self.network = network;
        self
    }

    /// Sets the clock by which tokens expire. The default is the system's.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sets the timeout of each request, connecting included. Discovery and token request are two.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the time before its end at which a token is renewed, but never earlier than in the last
    /// fifth of its life. Each source takes up to a fifth of that off, at random, so that sources
    /// that started together do not renew together.
    pub fn refresh_early(mut self, early: Duration) -> Self {
        self.refresh_early = early;
        self
    }

    /// Builds the source. Nothing is sent yet.
    ///
    /// # Errors
    /// [`InsecureUrl`](crate::TokenErrorKind::InsecureUrl) for an address that must not be sent a
    /// secret; [`Configuration`](crate::TokenErrorKind::Configuration) if the
    /// [network](Self::network) settings contradict each other or TLS can't be set up.
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
            request: Arc::new(self.request),
            practice: self.practice,
            credential,
            guard: None,
            service: Arc::new(Service {
                http,
                clock: self.clock,
                issuer: self.issuer,
                rules: self.rules,
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
