//! The identity service, as all sources that ask it share it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use emis_types::Clock;
use url::Url;

use super::discovery;
use super::exchange::Exchange;
use super::http::Http;
use crate::{AccessToken, TokenError, TokenErrorKind};

pub(super) struct Service {
    pub(super) http: Http,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) issuer: Url,
    /// Given by the builder, in place of discovery.
    pub(super) token_endpoint: Option<Url>,
    /// Found by discovery, and kept.
    pub(super) found_endpoint: Mutex<Option<Url>>,
}

impl Service {
    pub(super) async fn fetch(&self, exchange: &Exchange) -> Result<AccessToken, TokenError> {
        let grant = exchange.grant.name();
        let outcome = self.ask(exchange).await;
        match &outcome {
            Ok(token) => tracing::debug!(grant, expires_at = %token.expires_at(), "token fetched"),
            Err(error) => tracing::warn!(grant, kind = ?error.kind(), %error, "no token"),
        }
        outcome
    }

    async fn ask(&self, exchange: &Exchange) -> Result<AccessToken, TokenError> {
        let endpoint = self.endpoint().await?;
        let clock = self.clock.as_ref();
        let outcome = exchange.run(&self.http, endpoint, clock).await;
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
