//! Tokens from EMIS's identity service.

mod address;
mod builder;
mod cache;
mod discovery;
mod exchange;
mod http;
mod lockout;
mod refusal;
mod service;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use url::Url;

pub use self::builder::OpenIdTokenSourceBuilder;
use self::cache::TokenCache;
use self::exchange::Exchange;
use self::lockout::LockoutGuard;
use self::service::Service;
use crate::{
    AccessToken, ClientCredentials, Grant, PasswordFingerprint, RefusedPasswords, TokenError,
    TokenSource,
};

/// A [`TokenSource`] that asks an OpenID Connect identity service, such as EMIS's.
///
/// Make one for each practice and keep it: it is the cache, and clones share it. A product with
/// many practices makes the first by the [builder](Self::builder) and the others
/// [from it](Self::for_grant).
///
/// - However many callers there are, one request is under way, and all who wait share what
///   becomes of it, a failure too.
/// - A token is renewed in the background in good time and used until its end while that fails.
/// - **A password that was refused is never sent again** by this source: every later call ends
///   with [`HeldBack`](crate::TokenErrorKind::HeldBack). When the practice has entered a new
///   password, make a new source. To keep that promise over restarts and among processes, give it
///   a [memory](Self::remembering).
/// - After a password went out and no answer came that can be understood, it waits a minute, then
///   two, and so on up to 15: the service may have counted it as wrong.
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
    exchange: Arc<Exchange>,
    guard: Option<LockoutGuard>,
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
        OpenIdTokenSourceBuilder::new(issuer, client, grant)
    }

    /// A source for somebody else at the same service, such as the API user of another practice.
    ///
    /// It shares the connection set-up and what discovery found, and has all options of this
    /// one, except the [extra parameters](OpenIdTokenSourceBuilder::extra_parameter), which are
    /// given anew. It has a cache of its own: no token and no refusal passes between the two.
    #[must_use]
    pub fn for_grant(
        &self,
        grant: Grant,
        extra_parameters: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Self {
        let by_password = matches!(grant, Grant::Password(_));
        let exchange = Exchange {
            grant,
            parameters: extra_parameters
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            ..(*self.exchange).clone()
        };
        Self {
            cache: Arc::new(self.cache.empty_copy(by_password)),
            service: Arc::clone(&self.service),
            exchange: Arc::new(exchange),
            guard: None,
        }
    }

    /// The same source with a memory of refused passwords that it shares with other processes.
    ///
    /// A password that is in it is held back without being sent, and a refusal is written into it.
    /// It is asked again every 30 seconds, so that whoever has mended the password in EMIS can
    /// [have it forgotten](RefusedPasswords::forget). Of several processes one sends the password
    /// at a time, so that a wrong one is sent once even if all of them start at once.
    ///
    /// `fingerprints` are those of this password by every key that is in use: see
    /// [`SealingIdentity::fingerprint`](crate::SealingIdentity::fingerprint).
    #[must_use]
    pub fn remembering(
        self,
        memory: Arc<dyn RefusedPasswords>,
        fingerprints: impl IntoIterator<Item = PasswordFingerprint>,
    ) -> Self {
        let patience = self.service.http.timeout();
        Self {
            cache: Arc::new(self.cache.remembered()),
            guard: Some(LockoutGuard::new(memory, fingerprints, patience)),
            ..self
        }
    }

    fn fetch(&self) -> impl Future<Output = Result<AccessToken, TokenError>> + Send + use<> {
        let (service, exchange) = (Arc::clone(&self.service), Arc::clone(&self.exchange));
        let guard = self.guard.clone();
        async move {
            match guard {
                Some(guard) => {
                    let clock = service.clock.as_ref();
                    guard.send_once(clock, service.fetch(&exchange)).await
                }
                None => service.fetch(&exchange).await,
            }
        }
    }
}

#[async_trait]
impl TokenSource for OpenIdTokenSource {
    async fn token(&self) -> Result<AccessToken, TokenError> {
        self.cache.get(|| self.fetch()).await
    }

    async fn fresh_token(&self) -> Result<AccessToken, TokenError> {
        self.cache.get_fresh(|| self.fetch()).await
    }

    fn invalidate(&self, refused: &AccessToken) {
        self.cache.invalidate(refused);
    }
}

impl fmt::Debug for OpenIdTokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenIdTokenSource")
            .field("grant", &self.exchange.grant)
            .field("in_flight", &self.cache.is_in_flight())
            .finish_non_exhaustive()
    }
}
