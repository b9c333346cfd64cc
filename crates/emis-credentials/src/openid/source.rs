//! The token source.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use emis_types::OdsCode;

use super::cache::TokenCache;
use super::credential::Credential;
use super::lockout::{LockoutGuard, Purpose};
use super::service::Service;
use super::telemetry;
use super::token_request::TokenRequest;
use crate::access_token::AccessToken;
use crate::error::TokenError;
use crate::grant::Grant;
use crate::refused_passwords::{PasswordFingerprint, RefusedPasswordStore};
use crate::token_source::{Discovery, TokenSource};

/// A [`TokenSource`] that asks an OpenID Connect identity service, such as EMIS's.
///
/// Make one for each practice and keep it: it is the cache, and clones share it. A product with
/// many practices makes the first with the [builder](Self::builder) and the others
/// [from it](Self::for_grant).
///
/// - Requests are single-flight: all callers wait for one request and share its outcome, failures
///   included.
/// - A token is renewed early in the background, and stays in use until its end if that fails.
/// - **A password that was refused is never sent again** by this source: every later call fails
///   with [`HeldBack`](crate::TokenErrorKind::HeldBack). When the practice has entered a new
///   password, make a new source. A [store](Self::remembering) extends this over restarts and to
///   all processes.
/// - After a password was sent and no intelligible answer came, it waits one minute, then two, up to
///   15: the service may have counted the password as wrong.
/// - After another refusal of the user, such as a locked account, it waits 15 minutes, or as long as
///   the service asks for, at most an hour.
/// - Nothing is sent to an address that is not `https`, loopback excepted, or to a host that discovery
///   names and the product does not [allow](crate::OpenIdTokenSourceBuilder::endpoint_host).
///   Redirects are not followed.
///
/// Needs a Tokio runtime with I/O and time.
///
/// # Examples
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
    pub(super) cache: Arc<TokenCache>,
    pub(super) service: Arc<Service>,
    pub(super) request: Arc<TokenRequest>,
    pub(super) credential: Credential,
    pub(super) guard: Option<LockoutGuard>,
    pub(super) practice: Option<OdsCode>,
}

impl OpenIdTokenSource {
    /// The default timeout of one request.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
    /// The default time before its end at which a token is renewed.
    pub const DEFAULT_REFRESH_EARLY: Duration = Duration::from_secs(5 * 60);

    /// Returns a source for another grant at the same service, such as the API user of another
    /// practice.
    ///
    /// It shares the connection settings and the result of discovery, and has all options of this one
    /// except the [practice](Self::for_practice) and the
    /// [extra parameters](crate::OpenIdTokenSourceBuilder::extra_parameter), which are given anew. It
    /// has its own cache: no token and no refusal passes between the two.
    #[must_use]
    pub fn for_grant(
        &self,
        grant: Grant,
        extra_parameters: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Self {
        let credential = Credential::from(grant);
        let request = TokenRequest {
            parameters: extra_parameters
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            ..(*self.request).clone()
        };
        Self {
            cache: Arc::new(self.cache.empty_copy(credential.is_password())),
            service: Arc::clone(&self.service),
            request: Arc::new(request),
            credential,
            guard: None,
            practice: None,
        }
    }

    /// Names the practice in spans and metrics: see [`telemetry`](crate::telemetry).
    #[must_use]
    pub fn for_practice(self, practice: OdsCode) -> Self {
        Self {
            practice: Some(practice),
            ..self
        }
    }

    /// Adds a store of refused passwords, which is shared with other processes.
    ///
    /// A password in the store is held back without being sent, and a refusal is recorded in it. The
    /// store is read again every 30 seconds, so that a password that was corrected in EMIS can be
    /// [released](crate::release_password). One process at a time sends the password, so
    /// that a wrong one is sent once even if all of them start at the same moment.
    ///
    /// `fingerprints` are those of this password by every key that is in use: see
    /// [`IdentityRing::fingerprints`](crate::IdentityRing::fingerprints).
    #[must_use]
    pub fn remembering(
        self,
        store: Arc<dyn RefusedPasswordStore>,
        fingerprints: impl IntoIterator<Item = PasswordFingerprint>,
    ) -> Self {
        let timeout = self.service.http.timeout();
        Self {
            cache: Arc::new(self.cache.remembered()),
            guard: Some(LockoutGuard::new(store, fingerprints, timeout)),
            ..self
        }
    }

    fn fetch(
        &self,
        purpose: Purpose,
    ) -> impl Future<Output = Result<AccessToken, TokenError>> + Send + use<> {
        let source = self.clone();
        let work = async move {
            let request = source.credential.fetch(&source.service, &source.request);
            match &source.guard {
                Some(guard) => {
                    guard
                        .send_once(source.service.clock.as_ref(), purpose, request)
                        .await
                }
                None => request.await,
            }
        };
        telemetry::fetch(
            self.practice.clone(),
            self.credential.grant_type().name(),
            work,
        )
    }
}

#[async_trait]
impl TokenSource for OpenIdTokenSource {
    async fn token(&self) -> Result<AccessToken, TokenError> {
        self.cache.get(|| self.fetch(Purpose::Work)).await
    }

    async fn fresh_token(&self) -> Result<AccessToken, TokenError> {
        self.cache
            .get_fresh(|| self.fetch(Purpose::Diagnosis))
            .await
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
            .field("practice", &self.practice)
            .field("grant", &self.credential)
            .field("in_flight", &self.cache.is_in_flight())
            .finish_non_exhaustive()
    }
}
