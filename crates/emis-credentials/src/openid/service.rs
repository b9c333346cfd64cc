//! The identity service, shared by all sources that ask it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use emis_types::Clock;
use url::Url;

use super::discovery::{self, DocumentRules, Endpoints};
use super::http::Http;
use super::token_request::{Proof, TokenRequest};
use super::token_response::Issued;
use crate::error::{TokenError, TokenErrorKind};
use crate::token_source::Discovery;

pub(super) struct Service {
    pub(super) http: Http,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) issuer: Url,
    pub(super) rules: DocumentRules,
    /// Set by the builder, in place of discovery.
    pub(super) token_endpoint: Option<Url>,
    /// Set by the builder, in place of discovery.
    pub(super) authorization_endpoint: Option<Url>,
    /// Found by discovery.
    pub(super) found: Mutex<Option<Endpoints>>,
}

impl Service {
    pub(super) async fn fetch(
        &self,
        request: &TokenRequest,
        proof: Proof<'_>,
    ) -> Result<Issued, TokenError> {
        let grant = proof.grant_type().name();
        let outcome = self.ask(request, proof).await;
        match &outcome {
            Ok(issued) => {
                tracing::debug!(grant, expires_at = %issued.token.expires_at(), "token fetched");
            }
            Err(error) => tracing::warn!(grant, kind = ?error.kind(), %error, "no token"),
        }
        outcome
    }

    async fn ask(&self, request: &TokenRequest, proof: Proof<'_>) -> Result<Issued, TokenError> {
        let endpoint = self.token_endpoint().await?;
        let clock = self.clock.as_ref();
        let outcome = request.send(proof, &self.http, endpoint, clock).await;
        if matches!(&outcome, Err(error) if error.kind() == TokenErrorKind::Malformed) {
            // Perhaps the endpoint has moved.
            *self.found() = None;
        }
        outcome
    }

    pub(super) async fn token_endpoint(&self) -> Result<Url, TokenError> {
        match &self.token_endpoint {
            Some(endpoint) => Ok(endpoint.clone()),
            None => Ok(self.endpoints().await?.token),
        }
    }

    /// Returns the endpoint at which users sign in.
    pub(super) async fn authorization_endpoint(&self) -> Result<Url, TokenError> {
        if let Some(endpoint) = &self.authorization_endpoint {
            return Ok(endpoint.clone());
        }
        self.endpoints().await?.authorization.ok_or_else(|| {
            TokenError::with_message(
                TokenErrorKind::Malformed,
                "the identity service does not say where users sign in",
            )
        })
    }

    /// Returns the issuer as the service names itself.
    pub(super) fn named_issuer(&self) -> &Url {
        self.rules.issuer.as_ref().unwrap_or(&self.issuer)
    }

    async fn endpoints(&self) -> Result<Endpoints, TokenError> {
        let known = self.found().clone();
        match known {
            Some(endpoints) => Ok(endpoints),
            None => self.look_up().await,
        }
    }

    async fn look_up(&self) -> Result<Endpoints, TokenError> {
        let endpoints = discovery::endpoints(&self.http, &self.issuer, &self.rules).await?;
        Ok(self.found().insert(endpoints).clone())
    }

    /// Reads the discovery document anew, if one is used. If that fails, the endpoints found before
    /// stay in use.
    pub(super) async fn discover(&self) -> Result<Discovery, TokenError> {
        if self.token_endpoint.is_some() {
            return Ok(Discovery::NotUsed);
        }
        match self.look_up().await {
            Ok(_) => Ok(Discovery::Found),
            Err(error) => {
                tracing::warn!(kind = ?error.kind(), %error, "no discovery document");
                Err(error)
            }
        }
    }

    fn found(&self) -> MutexGuard<'_, Option<Endpoints>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
