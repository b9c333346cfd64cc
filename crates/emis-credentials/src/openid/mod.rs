//! Tokens from EMIS's identity service.

mod address;
mod cache;
mod discovery;
mod exchange;
mod http;
mod refusal;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use emis_types::{Clock, SystemClock};
use url::Url;

use self::address::require_secure;
use self::cache::TokenCache;
use self::exchange::Exchange;
use self::http::Http;
use crate::{
    AccessToken, ClientAuthentication, ClientCredentials, Grant, TokenError, TokenErrorKind,
    TokenSource,
};

/// A [`TokenSource`] that asks an OpenID Connect identity service, such as EMIS's.
///
/// Make one for each practice and product and keep it: it is the cache. Clones share it.
///
/// - However many callers there are, one request is under way, and all who wait share what
///   becomes of it, a failure too.
/// - A token is renewed in the background in good time and used until its end while that fails.
/// - **A password that was refused is never sent again** by this source: every later call ends
///   with [`HeldBack`](TokenErrorKind::HeldBack). When the practice has entered a new password, make a new
///   source.
/// - After another refusal of the user (a locked account, say) it waits 15 minutes before it asks
///   again, and it waits as long as the service asks for, at most an hour.
/// - Nothing is sent to an address that is not `https`, loopback excepted, and redirects are not
///   followed.
///
/// Needs a Tokio runtime with I/O and time.
///
/// ```no_run
/// use emis_credentials::{ApiUser, ClientCredentials, Grant, OpenIdTokenSource, TokenSource};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let user = ApiUser::new("patchs", std::env::var("API_PASSWORD")?.into())?;
/// let source = OpenIdTokenSource::builder(
///     "https://identity.example.com/tenant/".parse()?,
///     ClientCredentials::new("client-id", std::env::var("CLIENT_SECRET")?.into()),
///     Grant::Password(user),
/// )
/// .scopes(["papi-appt.read", "papi-subjects.read"])
/// .build()?;
/// let token = source.token().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct OpenIdTokenSource {
    cache: Arc<TokenCache>,
    service: Arc<Service>,
}

/// What is asked, and where.
struct Service {
    http: Http,
    clock: Arc<dyn Clock>,
    issuer: Url,
    /// Given by the builder, in place of discovery.
    token_endpoint: Option<Url>,
    /// Found by discovery, and kept.
    found_endpoint: Mutex<Option<Url>>,
    exchange: Exchange,
}

impl Service {
    async fn fetch(self: Arc<Self>) -> Result<AccessToken, TokenError> {
        let grant = self.exchange.grant.name();
        let outcome = self.ask().await;
        match &outcome {
            Ok(token) => tracing::debug!(grant, expires_at = %token.expires_at(), "token fetched"),
            Err(error) => tracing::warn!(grant, kind = ?error.kind(), %error, "no token"),
        }
        outcome
    }

    async fn ask(&self) -> Result<AccessToken, TokenError> {
        let endpoint = self.endpoint().await?;
        let clock = self.clock.as_ref();
        let outcome = self.exchange.run(&self.http, endpoint, clock).await;
        if matches!(&outcome, Err(error) if error.kind() == TokenErrorKind::Malformed) {
            // Perhaps the endpoint has moved.
            *self.found() = None;
        }
        outcome
    }

    async fn endpoint(&self) -> Result<Url, TokenError> {
        let known = self.token_endpoint.clone().or_else(|| self.found().clone());
        if let Some(endpoint) = known {
            return Ok(endpoint);
        }
        let endpoint = discovery::token_endpoint(&self.http, &self.issuer).await?;
        Ok(self.found().insert(endpoint).clone())
    }

    fn found(&self) -> MutexGuard<'_, Option<Url>> {
        self.found_endpoint
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenIdTokenSource {
    /// How long one request may take, unless the builder says otherwise.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
    /// How long before its end a token is renewed, unless the builder says otherwise.
    pub const DEFAULT_REFRESH_EARLY: Duration = Duration::from_secs(5 * 60);

    /// Begins a source. `issuer` is the address under which
    /// `/.well-known/openid-configuration` lies.
    pub fn builder(
        issuer: Url,
        client: ClientCredentials,
        grant: Grant,
    ) -> OpenIdTokenSourceBuilder {
        OpenIdTokenSourceBuilder {
            issuer,
            token_endpoint: None,
            exchange: Exchange {
                client,
                authentication: ClientAuthentication::default(),
                grant,
                scopes: Vec::new(),
                parameters: Vec::new(),
            },
            clock: Arc::new(SystemClock),
            timeout: Self::DEFAULT_TIMEOUT,
            refresh_early: Self::DEFAULT_REFRESH_EARLY,
            password_was_refused: false,
        }
    }
}

#[async_trait]
impl TokenSource for OpenIdTokenSource {
    async fn token(&self) -> Result<AccessToken, TokenError> {
        let fetch = || Arc::clone(&self.service).fetch();
        self.cache.get(fetch).await
    }

    fn invalidate(&self, refused: &AccessToken) {
        self.cache.invalidate(refused);
    }
}

impl fmt::Debug for OpenIdTokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenIdTokenSource")
            .field("grant", &self.service.exchange.grant)
            .field("in_flight", &self.cache.is_in_flight())
            .finish_non_exhaustive()
    }
}

/// Options of an [`OpenIdTokenSource`].
#[must_use]
pub struct OpenIdTokenSourceBuilder {
    issuer: Url,
    token_endpoint: Option<Url>,
    exchange: Exchange,
    clock: Arc<dyn Clock>,
    timeout: Duration,
    refresh_early: Duration,
    password_was_refused: bool,
}

impl OpenIdTokenSourceBuilder {
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
    /// its life.
    pub fn refresh_early(mut self, early: Duration) -> Self {
        self.refresh_early = early;
        self
    }

    /// Whether this very password is known to have been refused, by another worker or before a
    /// restart: then it is held back from the start. Without a password this changes nothing.
    pub fn password_was_refused(mut self, refused: bool) -> Self {
        self.password_was_refused = refused;
        self
    }

    /// Makes the source. Nothing is sent yet. Fails with [`InsecureUrl`](TokenErrorKind::InsecureUrl) for
    /// an address that must not be told a secret, and with [`Unreachable`](TokenErrorKind::Unreachable)
    /// where TLS cannot be set up.
    pub fn build(self) -> Result<OpenIdTokenSource, TokenError> {
        require_secure(&self.issuer)?;
        self.token_endpoint
            .as_ref()
            .map_or(Ok(()), require_secure)?;
        let http = Http::new(&self.issuer, self.timeout, Arc::clone(&self.clock))?;
        let cache = TokenCache::new(Arc::clone(&self.clock), self.refresh_early);
        if self.password_was_refused && matches!(self.exchange.grant, Grant::Password(_)) {
            cache.hold_back();
        }
        Ok(OpenIdTokenSource {
            cache: Arc::new(cache),
            service: Arc::new(Service {
                http,
                clock: self.clock,
                issuer: self.issuer,
                token_endpoint: self.token_endpoint,
                found_endpoint: Mutex::default(),
                exchange: self.exchange,
            }),
        })
    }
}

impl fmt::Debug for OpenIdTokenSourceBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenIdTokenSourceBuilder")
            .field("grant", &self.exchange.grant)
            .finish_non_exhaustive()
    }
}
