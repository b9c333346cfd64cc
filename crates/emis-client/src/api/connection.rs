//! Checks of the connection itself: is it up, whose credentials does it use, and whose practice
//! is it?

use std::sync::Arc;

use emis_credentials::{Discovery, FixedToken, TokenClaims, TokenSource};
use emis_types::{OdsCode, OrganisationId};
use sync_wrapper::SyncFuture;

use crate::RetryPolicy;
use crate::client::{Client, Inner};
use crate::error::{ClientError, ClientErrorKind};
use crate::operation::Operation;
use crate::pipeline::{Pipeline, within};
use crate::transport::Transport;
use crate::transport::message::Request;

impl Client {
    /// Checks that the API is reachable (`GetHealth`). No token is sent, which tells a network that
    /// is down from credentials that are wrong. A 401 comes from an API that is up.
    ///
    /// # Errors
    /// Fails if the API is unreachable or answers with an error.
    pub async fn health(&self) -> Result<(), ClientError> {
        let answer = self
            .call(Request::new(Operation::GetHealth), |_| Ok(()))
            .await;
        match answer {
            Err(error) if error.kind() == ClientErrorKind::Unauthenticated => Ok(()),
            other => other,
        }
    }

    /// Returns the claims of the token that the next call would use, and acquires one if needed.
    /// The claims are not verified: use them for diagnosis only.
    ///
    /// # Errors
    /// Fails with [`ClientErrorKind::Credentials`] if no token could be acquired;
    /// [`ClientError::token_error`] has the reason.
    pub async fn token_claims(&self) -> Result<TokenClaims, ClientError> {
        let token = self.pipeline().token(self.deadline());
        let token = SyncFuture::new(token).await?;
        Ok(token.claims().clone())
    }

    /// Returns a client that uses a token requested now, not one that is cached: for diagnosis,
    /// which must know whether the credentials still work. A password that was refused is not sent
    /// for it.
    ///
    /// The returned client keeps this token. If EMIS does not accept it, no call requests another
    /// one, which would send the password again.
    ///
    /// # Errors
    /// Fails as [`token_claims`](Self::token_claims) does.
    pub async fn with_fresh_token(&self) -> Result<Self, ClientError> {
        let token = within(self.deadline(), self.pipeline().tokens.fresh_token());
        let token = FixedToken::from(SyncFuture::new(token).await?);
        Ok(self.with_pipeline(|pipeline| pipeline.tokens = Arc::new(token)))
    }

    /// Returns a client that makes one attempt of each call, for a caller that counts its calls. It
    /// shares everything else with this one.
    #[must_use]
    pub fn without_retries(&self) -> Self {
        self.with_pipeline(|pipeline| pipeline.retry = RetryPolicy::never())
    }

    /// Returns a client whose calls are not told to the [observer](crate::ClientBuilder::observer),
    /// for calls that are not the product's work. It shares everything else with this one.
    #[must_use]
    pub fn without_observer(&self) -> Self {
        self.with_pipeline(|pipeline| pipeline.observer = None)
    }

    /// Returns a client that calls EMIS with other tokens, such as those of a member of staff. It
    /// shares connections, limits and breaker with this one, and has no observer.
    #[must_use]
    pub fn with_tokens(&self, tokens: Arc<dyn TokenSource>) -> Self {
        self.with_pipeline(|pipeline| {
            pipeline.tokens = tokens;
            pipeline.observer = None;
        })
    }

    /// Returns a client whose requests pass through the transport that `layer` makes of this
    /// one's, such as one that records them. It shares everything else with this one.
    #[must_use]
    pub fn with_transport_layer(
        &self,
        layer: impl FnOnce(Arc<dyn Transport>) -> Arc<dyn Transport>,
    ) -> Self {
        self.with_pipeline(|pipeline| pipeline.transport = layer(Arc::clone(&pipeline.transport)))
    }

    fn with_pipeline(&self, change: impl FnOnce(&mut Pipeline)) -> Self {
        let mut inner = Inner::clone(&self.0);
        change(&mut inner.pipeline);
        Self(Arc::new(inner))
    }

    /// Returns the identity service's discovery document. No secret is sent, which tells a service
    /// that is unreachable, or an address that is wrong, from credentials that are refused.
    ///
    /// # Errors
    /// Fails as [`token_claims`](Self::token_claims) does.
    pub async fn discover(&self) -> Result<Discovery, ClientError> {
        let discovery = within(self.deadline(), self.pipeline().tokens.discover());
        SyncFuture::new(discovery).await
    }

    /// Confirms that the connection belongs to the expected practice, before anything is read or
    /// written: a slot or patient number of one practice means another one elsewhere. No operation
    /// names a practice; the token alone decides.
    ///
    /// The claims of the token are compared each time. If they have no ODS code, as those of
    /// tokens for applications have not, `GetOrganisation` is called for it, once per client.
    ///
    /// # Errors
    /// Fails with [`ClientErrorKind::WrongPractice`] if anything names another practice, with
    /// [`ClientErrorKind::PracticeUnconfirmed`] if nothing names this one, or with the errors of
    /// the calls.
    pub async fn confirm_practice(
        &self,
        ods_code: &OdsCode,
        organisation_id: Option<&OrganisationId>,
    ) -> Result<(), ClientError> {
        let claims = self.token_claims().await?;
        let ods_matches = claims.ods_code.as_ref().map(|theirs| theirs == ods_code);
        let id_matches = claims
            .organisation_id
            .as_ref()
            .zip(organisation_id)
            .map(|(theirs, ours)| theirs == ours);
        match (ods_matches, id_matches) {
            (Some(false), _) | (_, Some(false)) => return Err(wrong_practice()),
            (Some(true), _) => return Ok(()),
            // An organisation ID alone could be of a practice that has since merged.
            (None, _) => {}
        }
        let cell = &self.pipeline().confirmed;
        let confirmed = match cell.get() {
            Some(confirmed) => Some(confirmed.clone()),
            None => self.organisation().get_organisation().await?.ods_code,
        };
        match confirmed {
            Some(theirs) if theirs == *ods_code => {
                // A concurrent caller that was faster set the same code.
                let _ = cell.set(theirs);
                Ok(())
            }
            Some(_) => Err(wrong_practice()),
            None => Err(ClientError::of(ClientErrorKind::PracticeUnconfirmed)),
        }
    }
}

fn wrong_practice() -> ClientError {
    ClientError::of(ClientErrorKind::WrongPractice)
}
