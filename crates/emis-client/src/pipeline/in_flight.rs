//! Calls whose response has begun, until they are accounted for.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::breaker::BreakerPermit;
use super::limits::LimiterPermit;
use super::observer::CallObserver;
use super::retry_budget::RetryBudget;
use super::telemetry;
use crate::error::{ClientError, ClientErrorKind};
use crate::operation::Operation;
use crate::transport::error::{TransportError, TransportErrorKind};
use crate::transport::message::Response;
use crate::transport::streaming::StreamingResponse;

/// A call whose response has begun. It is accounted for when it ends; dropping it means that its
/// caller gave it up.
#[derive(Debug)]
pub(crate) struct InFlightCall {
    pub(super) operation: Operation,
    pub(super) attempt: telemetry::Attempt,
    pub(super) permit: Option<BreakerPermit>,
    pub(super) budget: Arc<RetryBudget>,
    pub(super) observer: Option<Arc<dyn CallObserver>>,
}

impl InFlightCall {
    /// Accounts for the end of the call.
    pub(super) fn end(self, result: Result<(), &ClientError>) {
        let delivered = delivered(result);
        self.attempt.end(delivered);
        if let Some(observer) = self.observer {
            match result {
                Err(error) if delivered.is_err() => observer.failed(error),
                _ => observer.answered(self.operation),
            }
        }
        if result.is_ok() {
            self.budget.give_back();
        }
        if let Some(permit) = self.permit {
            permit.settle(result);
        }
    }
}

/// Returns the transport's failure, if there was one. A response that arrived in full and could
/// not be decoded was delivered.
fn delivered(result: Result<(), &ClientError>) -> Result<(), TransportErrorKind> {
    let source = result.err().and_then(|error| error.source());
    match source.and_then(|source| source.downcast_ref::<TransportError>()) {
        Some(failure) => Err(failure.kind()),
        None => Ok(()),
    }
}

/// A call whose response is read piece by piece.
///
/// It counts as in flight until the last piece has arrived. Two limits hold: for the silence
/// between two pieces, and for the response as a whole.
#[derive(Debug)]
pub(crate) struct StreamingCall {
    pub(super) operation: Operation,
    pub(super) response: StreamingResponse,
    pub(super) permit: Option<LimiterPermit>,
    pub(super) silence: Duration,
    pub(super) deadline: Instant,
    /// `None` once the call is accounted for.
    pub(super) open: Option<(InFlightCall, telemetry::Call)>,
}

impl StreamingCall {
    /// Takes the part of the response that arrived with its head.
    pub(crate) fn take_head(&mut self) -> Response {
        self.response.take_head()
    }

    /// Returns whether more of the body is to come.
    pub(crate) fn has_more(&self) -> bool {
        self.response.has_more()
    }

    /// Returns whether the call is accounted for.
    pub(crate) fn has_ended(&self) -> bool {
        self.open.is_none()
    }

    /// Reads the next piece of the body. Returns an empty one at the end.
    pub(crate) async fn next_piece(&mut self) -> Result<Vec<u8>, ClientError> {
        let piece = self.receive().await;
        if !self.response.has_more() {
            self.permit = None;
        }
        piece.map(Option::unwrap_or_default).map_err(|failure| {
            ClientError::of(ClientErrorKind::Interrupted)
                .with_operation(self.operation)
                .with_sent(failure.sent())
                .with_source(failure)
        })
    }

    async fn receive(&mut self) -> Result<Option<Vec<u8>>, TransportError> {
        let now = Instant::now();
        let late = |message| Err(TransportError::new(TransportErrorKind::TimedOut, message));
        if now >= self.deadline {
            return late("the response was not complete before its deadline");
        }
        let quiet_until = now + self.silence;
        let until = quiet_until.min(self.deadline);
        match tokio::time::timeout_at(until, self.response.next()).await {
            Ok(piece) => piece,
            Err(_) if until < quiet_until => {
                late("the response was not complete before its deadline")
            }
            Err(_) => late("the response stopped arriving"),
        }
    }

    /// Accounts for the end of the call and closes its connection. Idempotent.
    pub(crate) fn end(&mut self, result: Result<(), &ClientError>) {
        self.response.close();
        self.permit = None;
        if let Some((in_flight, call)) = self.open.take() {
            in_flight.end(result);
            call.end(result);
        }
    }
}
