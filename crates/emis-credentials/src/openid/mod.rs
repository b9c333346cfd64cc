//! Tokens from EMIS's identity service.

mod address;
mod builder;
mod cache;
mod credential;
mod discovery;
mod exchange;
mod form;
mod granted;
mod http;
mod lockout;
mod refusal;
mod service;
mod session;
mod sign_in;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use url::Url;

pub use self::builder::OpenIdTokenSourceBuilder;
use self::cache::TokenCache;
use self::credential::Credential;
use self::exchange::Exchange;
use self::lockout::LockoutGuard;
use self::service::Service;
use self::session::Session;
pub use self::sign_in::{KeptSignIn, Launch, PendingSignIn, SignInRequest};
use crate::{
    AccessToken, ClientCredentials, Discovery, Grant, PasswordFingerprint, RefreshTokenStore,
    RefusedPasswords, TokenError, TokenSource,
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
    credential: Credential,
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
        let credential = Credential::from(grant);
        let exchange = Exchange {
            parameters: extra_parameters
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            ..(*self.exchange).clone()
        };
        Self {
            cache: Arc::new(self.cache.empty_copy(credential.is_password())),
            service: Arc::clone(&self.service),
            exchange: Arc::new(exchange),
            credential,
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

    /// Begins the sign-in of a user, by the authorization code grant with PKCE: for a launch from
    /// EMIS, say. This source's own grant does not matter; the user's tokens come from the source
    /// that [`finish_sign_in`](Self::finish_sign_in) makes.
    ///
    /// ```no_run
    /// use std::sync::Arc;
    /// use emis_credentials::{Launch, OpenIdTokenSource, RefreshTokenInMemory, SignInRequest};
    /// # use emis_credentials::KeptSignIn;
    /// # use url::Url;
    /// # async fn example(
    /// #     product: OpenIdTokenSource, opened: Url, issuer: Url, came_back_to: Url,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// // EMIS opened the product's launch address:
    /// let launch = Launch::read(&opened, &issuer)?;
    /// let request = SignInRequest::new("https://product.example.com/signed-in".parse()?);
    /// let pending = product.begin_sign_in(request.launch(&launch)).await?;
    /// let address = pending.address().clone(); // redirect the browser there,
    /// let kept = pending.keep().expose_secret(); // and keep this in its session.
    ///
    /// // The browser came back to the redirect URI:
    /// let kept = KeptSignIn::restore(&kept)?;
    /// let session = Arc::new(RefreshTokenInMemory::new());
    /// let user = product.finish_sign_in(kept, &came_back_to, session).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Where the service does not say where users sign in, or can't be asked.
    pub async fn begin_sign_in(&self, request: SignInRequest) -> Result<PendingSignIn, TokenError> {
        let sign_in_at = self.service.authorization_endpoint().await?;
        let token_at = self.service.token_endpoint().await?;
        Ok(request.begin(&self.exchange, sign_in_at, token_at))
    }

    /// Finishes the sign-in, with the address that the browser came back to, and gives a source of
    /// the user's tokens. It goes on by the refresh token that it keeps in `session`, where EMIS
    /// gives one; the same source is made again by [`for_grant`](Self::for_grant) and
    /// [`Grant::Refresh`]. A sign-in is finished once.
    ///
    /// # Errors
    /// [`SignInAgain`](crate::TokenErrorKind::SignInAgain) where the browser does not come from
    /// this sign-in, the user gave up, or the code is refused; otherwise as
    /// [`token`](TokenSource::token).
    pub async fn finish_sign_in(
        &self,
        kept: KeptSignIn,
        came_back_to: &Url,
        session: Arc<dyn RefreshTokenStore>,
    ) -> Result<Self, TokenError> {
        let code = kept.code(came_back_to, &self.service.issuer)?;
        let asked_at = self.service.clock.now();
        let issued = self
            .service
            .fetch(&self.exchange, kept.proof(&code))
            .await?;
        let session = Arc::new(Session::new(session));
        session.keep(issued.refresh).await;
        let cache = self.cache.empty_copy(false);
        cache.put(issued.token, asked_at);
        Ok(Self {
            cache: Arc::new(cache),
            service: Arc::clone(&self.service),
            exchange: Arc::clone(&self.exchange),
            credential: Credential::Session(session),
            guard: None,
        })
    }

    fn fetch(&self) -> impl Future<Output = Result<AccessToken, TokenError>> + Send + use<> {
        let source = self.clone();
        async move {
            let request = source.credential.fetch(&source.service, &source.exchange);
            match &source.guard {
                Some(guard) => {
                    guard
                        .send_once(source.service.clock.as_ref(), request)
                        .await
                }
                None => request.await,
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

    async fn discover(&self) -> Result<Discovery, TokenError> {
        self.service.discover().await
    }

    fn invalidate(&self, refused: &AccessToken) {
        self.cache.invalidate(refused);
    }
}

impl fmt::Debug for OpenIdTokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenIdTokenSource")
            .field("grant", &self.credential)
            .field("in_flight", &self.cache.is_in_flight())
            .finish_non_exhaustive()
    }
}
