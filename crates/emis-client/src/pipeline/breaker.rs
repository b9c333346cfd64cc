//! The circuit breaker of one practice.
//!
//! It counts calls, not attempts: a call that a retry saved did not fail. A call failed if EMIS
//! was unreachable, did not respond in time or responded with 5xx. Any other response, an error
//! status included, shows that EMIS works.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::error::{ClientError, ClientErrorKind};
use crate::operation::Effect;
use crate::pipeline::retry::DAY;

/// A policy for the circuit breaker of one practice.
///
/// The breaker opens after a number of consecutive failed calls, and calls fail with
/// [`ClientErrorKind::Suspended`] without being sent. After the pause it is half-open and permits
/// one call at a time; the first one that is answered closes it. While it is open, one read is
/// permitted for each write whose outcome is unknown, so that reading back is not delayed.
/// `GetHealth` is always permitted.
///
/// The default is 5 calls and 30 seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BreakerPolicy {
    /// The number of consecutive failed calls, each after its retries, that opens the breaker; 0
    /// counts as 1.
    pub failures: u32,
    /// The time for which the breaker stays open, at most a day.
    pub pause: Duration,
}

impl BreakerPolicy {
    /// Creates a policy that opens the breaker for `pause` after `failures` consecutive failures.
    pub const fn new(failures: u32, pause: Duration) -> Self {
        Self { failures, pause }
    }

    /// Creates a policy that never opens the breaker.
    pub const fn never() -> Self {
        Self::new(u32::MAX, Duration::ZERO)
    }
}

impl Default for BreakerPolicy {
    fn default() -> Self {
        Self::new(5, Duration::from_secs(30))
    }
}

/// The circuit breaker of one client.
#[derive(Debug)]
pub(crate) struct Breaker {
    policy: BreakerPolicy,
    circuit: Mutex<Circuit>,
}

#[derive(Debug)]
struct Circuit {
    state: State,
    /// The number of reads that are permitted while open, to find out what became of writes.
    read_backs: u32,
}

impl Circuit {
    fn on_success(&mut self) {
        self.state = State::Closed { failures: 0 };
        self.read_backs = 0;
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Calls are permitted.
    Closed { failures: u32 },
    /// No call is permitted until then.
    Open { until: Instant },
    /// Half-open, with one call in flight to find out whether EMIS works.
    Probing,
}

/// The health of EMIS as a call showed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// EMIS responds.
    Works,
    /// EMIS fails.
    Fails,
    /// Unknown: nothing was sent.
    Unknown,
}

impl Verdict {
    fn of(result: Result<(), &ClientError>) -> Self {
        let Err(error) = result else {
            return Self::Works;
        };
        match error.kind() {
            ClientErrorKind::Unreachable
            | ClientErrorKind::Interrupted
            | ClientErrorKind::Server
            | ClientErrorKind::Ambiguous => Self::Fails,
            _ if error.http_status().is_some() => Self::Works,
            _ => Self::Unknown,
        }
    }
}

impl Breaker {
    pub(crate) fn new(policy: BreakerPolicy) -> Self {
        Self {
            policy,
            circuit: Mutex::new(Circuit {
                state: State::Closed { failures: 0 },
                read_backs: 0,
            }),
        }
    }

    /// Acquires a permit for one call.
    ///
    /// # Errors
    /// Fails if the breaker is open, with the time until it half-opens, if known.
    pub(crate) fn acquire(
        self: &Arc<Self>,
        effect: Effect,
    ) -> Result<BreakerPermit, Option<Duration>> {
        let mut circuit = self.circuit();
        let refusal = match circuit.state {
            State::Closed { .. } => return Ok(self.permit(effect, false)),
            State::Open { until } => Some(until.saturating_duration_since(Instant::now())),
            State::Probing => None,
        };
        if refusal.is_some_and(|wait| wait.is_zero()) {
            circuit.state = State::Probing;
        } else if effect == Effect::Read && circuit.read_backs > 0 {
            circuit.state = State::Probing;
            circuit.read_backs -= 1;
        } else {
            return Err(refusal);
        }
        Ok(self.permit(effect, true))
    }

    /// Half-opens an open breaker, because EMIS itself is reachable.
    pub(crate) fn on_reachable(&self) {
        let mut circuit = self.circuit();
        if let State::Open { .. } = circuit.state {
            circuit.state = self.open_for(Duration::ZERO);
        }
    }

    fn permit(self: &Arc<Self>, effect: Effect, probe: bool) -> BreakerPermit {
        BreakerPermit {
            breaker: Arc::clone(self),
            effect,
            probe,
            settled: false,
        }
    }

    fn open_for(&self, pause: Duration) -> State {
        State::Open {
            until: Instant::now() + pause.min(DAY),
        }
    }

    fn circuit(&self) -> MutexGuard<'_, Circuit> {
        self.circuit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A permit to send one call.
#[derive(Debug)]
pub(crate) struct BreakerPermit {
    breaker: Arc<Breaker>,
    effect: Effect,
    probe: bool,
    settled: bool,
}

impl BreakerPermit {
    /// Returns whether the permit is still valid: the breaker may have opened since.
    pub(crate) fn is_valid(&self) -> bool {
        self.probe || matches!(self.breaker.circuit().state, State::Closed { .. })
    }

    /// Notes that a response has begun which may take long to read. This is all that a probe has
    /// to show; the end of the response is counted later.
    pub(crate) fn on_response_begun(&mut self) {
        if std::mem::take(&mut self.probe) {
            self.breaker.circuit().on_success();
        }
    }

    /// Notes how the call ended.
    pub(crate) fn settle(mut self, result: Result<(), &ClientError>) {
        self.settled = true;
        let mut circuit = self.breaker.circuit();
        match Verdict::of(result) {
            Verdict::Works => circuit.on_success(),
            Verdict::Fails => {
                if result.is_err_and(ClientError::is_ambiguous) {
                    circuit.read_backs = circuit.read_backs.saturating_add(1);
                }
                circuit.state = self.after_failure(circuit.state);
            }
            Verdict::Unknown => self.hand_on(&mut circuit),
        }
    }

    fn after_failure(&self, state: State) -> State {
        let policy = self.breaker.policy;
        match state {
            State::Closed { failures } if failures.saturating_add(1) < policy.failures => {
                State::Closed {
                    failures: failures + 1,
                }
            }
            State::Closed { .. } => self.breaker.open_for(policy.pause),
            State::Open { .. } | State::Probing if self.probe => {
                self.breaker.open_for(policy.pause)
            }
            // It was sent before the breaker opened and shows nothing new.
            State::Open { .. } | State::Probing => state,
        }
    }

    /// Half-opens the breaker for the next call if this one was the probe and showed nothing.
    fn hand_on(&self, circuit: &mut Circuit) {
        if self.probe && circuit.state == State::Probing {
            circuit.state = self.breaker.open_for(Duration::ZERO);
        }
    }
}

/// A dropped permit means that the caller gave the call up. A write may have been sent.
impl Drop for BreakerPermit {
    fn drop(&mut self) {
        if self.settled {
            return;
        }
        let mut circuit = self.breaker.circuit();
        if self.effect == Effect::Write {
            circuit.read_backs = circuit.read_backs.saturating_add(1);
        }
        self.hand_on(&mut circuit);
    }
}
