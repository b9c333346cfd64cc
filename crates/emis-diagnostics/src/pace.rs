//! The cost of a diagnosis: its time, its calls and its repetitions.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use emis_client::{ClientError, ClientErrorKind, Operation};
use emis_credentials::{ServiceFault, TokenErrorKind};
use emis_types::Clock;
use tokio::time::{Instant, sleep, timeout};

use crate::activity::ActivityLog;
use crate::observation::{Failure, FailureKind, Probe};

/// The time limit of a diagnosis, even if all calls hang.
const DIAGNOSIS_MAY_TAKE: Duration = Duration::from_secs(20);
/// The time limit of a call.
const CALL_MAY_TAKE: Duration = Duration::from_secs(15);
/// The time from which a call is slow.
const SLOW: Duration = Duration::from_secs(5);
/// The number of calls that are repeated after a failure that may pass. With six calls of the API, a
/// discovery document and a token, a diagnosis makes at most ten calls.
const REPETITIONS: u8 = 2;
/// The pause before a call is repeated.
const PAUSE: Duration = Duration::from_millis(250);

/// The end of the checks: the later ones have no meaning, or the time is over.
pub(crate) struct Stop;

/// The time and the repetitions that are left.
pub(crate) struct Pace<'a> {
    clock: &'a dyn Clock,
    activity: Option<&'a ActivityLog>,
    until: Instant,
    repetitions: AtomicU8,
    slowest: Mutex<Option<(Probe, Duration)>>,
}

impl<'a> Pace<'a> {
    pub(crate) fn begin(clock: &'a dyn Clock, activity: Option<&'a ActivityLog>) -> Self {
        Self {
            clock,
            activity,
            until: Instant::now() + DIAGNOSIS_MAY_TAKE,
            repetitions: AtomicU8::new(REPETITIONS),
            slowest: Mutex::default(),
        }
    }

    /// Returns the slowest answer, if any was slow.
    pub(crate) fn slowest(&self) -> Option<(Probe, Duration)> {
        *self.seen()
    }

    fn seen(&self) -> MutexGuard<'_, Option<(Probe, Duration)>> {
        self.slowest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls the API, again after a failure that may pass. Notes the outcome as a probe's: the
    /// client has no observer.
    pub(crate) async fn call<T, F>(
        &self,
        probe: Probe,
        operation: Operation,
        call: impl Fn() -> F,
    ) -> Result<Result<T, Failure>, Stop>
    where
        F: Future<Output = Result<T, ClientError>>,
    {
        let answer = self.repeated(probe, operation, call).await?;
        if let Some(activity) = self.activity {
            activity.note_probe(operation, answer.as_ref().map(drop));
        }
        Ok(answer)
    }

    async fn repeated<T, F>(
        &self,
        probe: Probe,
        operation: Operation,
        call: impl Fn() -> F,
    ) -> Result<Result<T, Failure>, Stop>
    where
        F: Future<Output = Result<T, ClientError>>,
    {
        let silence = || Failure {
            operation: Some(operation),
            ..Failure::new(FailureKind::Api(ClientErrorKind::Interrupted))
        };
        loop {
            let answer = self.within(probe, silence(), call()).await?;
            let Err((failure, true)) = answer else {
                return Ok(answer.map_err(|(failure, _)| failure));
            };
            let left = self.repetitions.load(Ordering::Relaxed);
            let Some(left) = left.checked_sub(1) else {
                return Ok(Err(failure));
            };
            self.repetitions.store(left, Ordering::Relaxed);
            sleep(PAUSE).await;
        }
    }

    /// Asks the identity service, once.
    pub(crate) async fn identity<T>(
        &self,
        probe: Probe,
        call: impl Future<Output = Result<T, ClientError>>,
    ) -> Result<Result<T, Failure>, Stop> {
        let silence = Failure {
            service_fault: Some(ServiceFault::Silent),
            ..Failure::new(FailureKind::Token(TokenErrorKind::Unreachable))
        };
        let answer = self.within(probe, silence, call).await?;
        Ok(answer.map_err(|(failure, _)| failure))
    }

    /// Returns the answer, or the failure and whether it may pass at once; `silence` after the time
    /// limit. Stops if the time of the diagnosis is over because EMIS was slow before.
    async fn within<T>(
        &self,
        probe: Probe,
        silence: Failure,
        call: impl Future<Output = Result<T, ClientError>>,
    ) -> Result<Result<T, (Failure, bool)>, Stop> {
        let began = Instant::now();
        let began_at = self.clock.now();
        let left = self.until.saturating_duration_since(began);
        let Ok(answer) = timeout(left.min(CALL_MAY_TAKE), call).await else {
            return match left < CALL_MAY_TAKE && self.slowest().is_some() {
                true => Err(Stop),
                false => Ok(Err((silence, false))),
            };
        };
        // By both clocks: a wall clock that was set forward is no slow answer.
        let by_clock = self.clock.now().duration_since(began_at);
        let by_clock = Duration::try_from(by_clock).unwrap_or_default();
        let took = began.elapsed().min(by_clock);
        let slowest = self.slowest().map_or(Duration::ZERO, |(_, took)| took);
        if took >= SLOW && took > slowest {
            *self.seen() = Some((probe, took));
        }
        Ok(answer.map_err(|error| (Failure::from(&error), may_pass(&error))))
    }
}

/// Returns true if the same call may work a moment later. EMIS's wish for fewer calls is kept.
fn may_pass(error: &ClientError) -> bool {
    use ClientErrorKind::{Busy, RateLimited, Suspended, Unreachable};
    let later = matches!(error.kind(), Busy | RateLimited | Suspended | Unreachable);
    error.is_retryable() && !later && error.retry_after().is_none()
}
