//! One call: permits, circuit breaker, retries, deadline and telemetry.

pub(crate) mod breaker;
pub(crate) mod call;
pub(crate) mod in_flight;
pub(crate) mod limits;
pub(crate) mod observer;
pub(crate) mod retry;
pub(crate) mod retry_budget;
pub mod telemetry;

use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use emis_credentials::{AccessToken, TokenError, TokenSource};
use emis_types::{Clock, OdsCode};
use tokio::time::Instant;

use self::breaker::Breaker;
use self::limits::Limiter;
use self::observer::CallObserver;
use self::retry::{DAY, RetryPolicy};
use self::retry_budget::RetryBudget;
use crate::error::{ClientError, ClientErrorKind};
use crate::transport::Transport;

/// Everything that the calls of one practice share.
#[derive(Debug, Clone)]
pub(crate) struct Pipeline {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) tokens: Arc<dyn TokenSource>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) attempt_timeout: Duration,
    pub(crate) deadline: Duration,
    pub(crate) stream_deadline: Duration,
    pub(crate) retry: RetryPolicy,
    pub(crate) retry_budget: Arc<RetryBudget>,
    pub(crate) limiter: Arc<Limiter>,
    pub(crate) breaker: Arc<Breaker>,
    pub(crate) observer: Option<Arc<dyn CallObserver>>,
    /// The practice that the client was built for, as spans name it.
    pub(crate) practice: Option<OdsCode>,
    /// The practice that `GetOrganisation` named, for tokens that name none.
    pub(crate) confirmed: OnceLock<OdsCode>,
}

impl Pipeline {
    /// Returns the moment by which a call that begins now must have ended.
    pub(crate) fn deadline(&self) -> Instant {
        after(self.deadline)
    }

    /// Acquires a token before the deadline.
    pub(crate) async fn token(&self, deadline: Instant) -> Result<AccessToken, ClientError> {
        within(deadline, self.tokens.token()).await
    }

    /// Returns the practice for spans, if known.
    pub(crate) fn practice(&self) -> Option<&str> {
        let practice = self.practice.as_ref().or_else(|| self.confirmed.get());
        practice.map(OdsCode::as_str)
    }
}

/// Returns the moment that lies `duration` ahead. A day is as good as forever, and a moment that
/// exists on every clock.
fn after(duration: Duration) -> Instant {
    Instant::now() + duration.min(DAY)
}

/// Awaits a request to the identity service until the deadline.
pub(crate) async fn within<T>(
    deadline: Instant,
    request: impl Future<Output = Result<T, TokenError>>,
) -> Result<T, ClientError> {
    match tokio::time::timeout_at(deadline, request).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(cause)) => Err(ClientError::of(ClientErrorKind::Credentials).with_source(cause)),
        Err(_) => Err(ClientError::new(
            ClientErrorKind::Credentials,
            "no token arrived before the deadline",
        )),
    }
}
