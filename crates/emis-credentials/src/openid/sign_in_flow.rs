//! Signing in a member of staff: begin and finish.

use std::sync::Arc;

use url::Url;

use super::credential::Credential;
use super::session::Session;
use super::sign_in::{KeptSignIn, PendingSignIn, SignInRequest};
use super::source::OpenIdTokenSource;
use super::telemetry;
use crate::error::TokenError;
use crate::refresh_tokens::RefreshTokenStore;

impl OpenIdTokenSource {
    /// Begins the sign-in of a user, by the authorization code grant with PKCE: for a launch from
    /// EMIS, for example. This source's own grant is not used; the user's tokens come from the source
    /// that [`finish_sign_in`](Self::finish_sign_in) returns.
    ///
    /// # Errors
    /// If the service can't be reached, or names no address for users to sign in.
    ///
    /// # Examples
    /// ```no_run
    /// use std::sync::Arc;
    /// use emis_credentials::{Launch, MemoryRefreshTokenStore, OpenIdTokenSource, SignInRequest};
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
    /// let session = Arc::new(MemoryRefreshTokenStore::new());
    /// let user = product.finish_sign_in(kept, &came_back_to, session).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn begin_sign_in(&self, request: SignInRequest) -> Result<PendingSignIn, TokenError> {
        let sign_in_at = self.service.authorization_endpoint().await?;
        Ok(request.begin(&self.request, sign_in_at))
    }

    /// Finishes a sign-in with the address that the browser came back to, and returns a source of the
    /// user's tokens. The source continues with the refresh token that it keeps in `session`, if EMIS
    /// issues one; [`for_grant`](Self::for_grant) with
    /// [`Grant::Refresh`](crate::Grant::Refresh) makes the same source again.
    ///
    /// # Errors
    /// [`SignInAgain`](crate::TokenErrorKind::SignInAgain) if the browser does not come from this
    /// sign-in, the user gave up, or the code is refused; otherwise as
    /// [`token`](crate::TokenSource::token).
    ///
    /// # Cancel safety
    /// A code is valid once: if this is dropped, the user signs in again.
    pub async fn finish_sign_in(
        &self,
        kept: KeptSignIn,
        came_back_to: &Url,
        session: Arc<dyn RefreshTokenStore>,
    ) -> Result<Self, TokenError> {
        let code = kept.code(came_back_to, self.service.named_issuer())?;
        let asked_at = self.service.clock.now();
        let proof = kept.proof(&code);
        let grant = proof.grant_type().name();
        let request = self.service.fetch(&self.request, proof);
        let issued = telemetry::fetch(self.practice.clone(), grant, request).await?;
        let session = Arc::new(Session::new(session));
        session.keep(issued.refresh).await;
        let cache = self.cache.empty_copy(false);
        cache.put(issued.token, asked_at);
        Ok(Self {
            cache: Arc::new(cache),
            credential: Credential::Session(session),
            guard: None,
            ..self.clone()
        })
    }
}
