//! The product, put together: one per process.

use std::sync::Arc;

use emis_credentials::{
    Grant, KeptSignIn, OpenIdTokenSource, PendingSignIn, RecipientId, RefreshTokenStore,
    SignInRequest,
};
use emis_settings::ResealReport;
use emis_types::{Clock, OdsCode};
use url::Url;

use crate::parts::Parts;
use crate::{Error, Practice};

/// The product, put together: one per process, shared by all its practices. Cheap to clone.
#[derive(Debug, Clone)]
pub struct EmisPartner(Arc<Parts>);

impl EmisPartner {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.0
    }

    /// Returns the practice with this ODS code, whether or not it has settings.
    ///
    /// # Examples
    /// ```
    /// use emis_partner::{EmisPartner, Practice};
    ///
    /// fn find(partner: &EmisPartner, typed: &str) -> Option<Practice> {
    ///     Some(partner.practice(typed.parse().ok()?))
    /// }
    /// ```
    pub fn practice(&self, ods_code: OdsCode) -> Practice {
        Practice::new(Arc::clone(&self.0), ods_code)
    }

    /// Returns the practices that have settings, in the order of their codes: what a scheduler
    /// iterates over.
    ///
    /// # Errors
    /// If the store fails.
    ///
    /// # Examples
    /// ```
    /// # async fn example(partner: emis_partner::EmisPartner) -> Result<(), emis_partner::Error> {
    /// for practice in partner.practices().await? {
    ///     println!("{}", practice.ods_code());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn practices(&self) -> Result<Vec<Practice>, Error> {
        let codes = self.0.settings.list().await?;
        let practices = codes.into_iter().map(|ods_code| self.practice(ods_code));
        Ok(practices.collect())
    }

    /// Returns the clock of the product.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// Seals the API users of all practices to the present
    /// [recipients](crate::Builder::recipients), so that old keys can be retired. It may run at any
    /// time, repeatedly, and while the product is working.
    ///
    /// # Errors
    /// If the practices can't be listed. What failed for one of them is in the report.
    ///
    /// # Examples
    /// ```
    /// # async fn example(partner: emis_partner::EmisPartner) -> Result<(), emis_partner::Error> {
    /// let report = partner.reseal_api_users().await?;
    /// println!("{} sealed anew, {} failed", report.resealed.len(), report.failed.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    /// Safe to drop: each practice is sealed anew or left as it is.
    pub async fn reseal_api_users(&self) -> Result<ResealReport, Error> {
        let parts = &self.0;
        let endpoint = &parts.connections.endpoint;
        let resealed = emis_settings::reseal_api_users(
            parts.settings.as_ref(),
            endpoint.refused.as_ref(),
            &endpoint.keys,
            &parts.recipients,
            &parts.clock,
        );
        Ok(resealed.await?)
    }

    /// Returns the practices that still need the key of this recipient. If there is none, the
    /// key may be retired. See [`practices_needing`](emis_settings::practices_needing).
    ///
    /// # Errors
    /// If the settings can't be read.
    pub async fn practices_needing(&self, retired: RecipientId) -> Result<Vec<OdsCode>, Error> {
        let store = self.0.settings.as_ref();
        Ok(emis_settings::practices_needing(store, retired, &self.0.recipients).await?)
    }

    /// Begins the sign-in of a member of staff, by the authorization code grant with PKCE.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use emis_partner::credentials::{KeptSignIn, MemoryRefreshTokenStore, SignInRequest};
    /// use emis_partner::secrecy::SecretString;
    /// use emis_partner::url::Url;
    /// use emis_partner::{EmisPartner, Practice};
    ///
    /// /// Redirect the browser to the address, and keep the secret in its session.
    /// async fn begin(partner: &EmisPartner) -> Result<(Url, SecretString), Box<dyn std::error::Error>> {
    ///     let request = SignInRequest::new("https://product.example.com/signed-in".parse()?);
    ///     let pending = partner.begin_sign_in(request).await?;
    ///     Ok((pending.address().clone(), pending.keep().expose_secret()))
    /// }
    ///
    /// /// The browser came back to the redirect URI.
    /// async fn finish(
    ///     partner: &EmisPartner,
    ///     practice: &Practice,
    ///     kept: &SecretString,
    ///     came_back_to: &Url,
    /// ) -> Result<(), Box<dyn std::error::Error>> {
    ///     let session = Arc::new(MemoryRefreshTokenStore::new()); // use one that is stored
    ///     let kept = KeptSignIn::restore(kept)?;
    ///     let tokens = partner.finish_sign_in(kept, came_back_to, session).await?;
    ///     let emis = practice.client_of(Arc::new(tokens)).await?;
    ///     let _practice = emis.organisation().get_organisation().await?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// If the identity service does not say where users sign in, or can't be reached.
    pub async fn begin_sign_in(&self, request: SignInRequest) -> Result<PendingSignIn, Error> {
        Ok(self.tokens().begin_sign_in(request).await?)
    }

    /// Finishes the sign-in of a member of staff with the address that the browser came back to.
    /// Returns the source of their tokens, for [`Practice::client_of`]. The refresh token is kept
    /// in `session`.
    ///
    /// # Errors
    /// [`Connection`](crate::ErrorKind::Connection) if the browser does not come from this
    /// sign-in, the user gave up, or EMIS refused the code.
    ///
    /// # Cancel safety
    /// A sign-in is finished once. If the future is dropped, begin another one.
    pub async fn finish_sign_in(
        &self,
        kept: KeptSignIn,
        came_back_to: &Url,
        session: Arc<dyn RefreshTokenStore>,
    ) -> Result<OpenIdTokenSource, Error> {
        let finished = self.tokens().finish_sign_in(kept, came_back_to, session);
        Ok(finished.await?)
    }

    /// Returns the source of tokens of a member of staff who signed in earlier, by the refresh
    /// token in `session`.
    pub fn resume_sign_in(&self, session: Arc<dyn RefreshTokenStore>) -> OpenIdTokenSource {
        let no_parameters: [(&str, &str); 0] = [];
        self.tokens()
            .for_grant(Grant::Refresh(session), no_parameters)
    }

    fn tokens(&self) -> &OpenIdTokenSource {
        &self.0.connections.endpoint.tokens
    }
}
