//! Leaving a practice alone whose EMIS only fails.
//!
//! Calls are counted, not attempts: what a retry mends is no failure. A call failed where EMIS
//! could not be reached, did not answer in time or answered 5xx; any other answer, a refusal as
//! well, shows that EMIS works.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::error::{Error, ErrorKind};
use crate::operation::Effect;
use crate::retry::DAY;

/// When to leave a practice alone whose EMIS only fails, and for how long.
///
/// After so many failed calls in a row no call is sent for a while:
/// [`ErrorKind::Suspended`]. Then one call at a time is let through to see; when one is answered
/// all are again. A read is let through at once after a write whose outcome is unknown: finding
/// out is not put off. `GetHealth` always is.
///
/// The default is 5 calls and 30 seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BreakerPolicy {
    /// Failed calls in a row, after their retries; 0 counts as 1.
    pub failures: u32,
    /// How long no call is sent then; a day at most.
    pub pause: Duration,
}

impl BreakerPolicy {
    /// After so many failed calls in a row, leave EMIS alone for so long.
    pub const fn new(failures: u32, pause: Duration) -> Self {
        Self { failures, pause }
    }

    /// Never leave it alone.
    pub const fn never() -> Self {
        Self::new(u32::MAX, Duration::ZERO)
    }
}

impl Default for BreakerPolicy {
    fn default() -> Self {
        Self::new(5, Duration::from_secs(30))
    }
}

/// The breaker of one client.
#[derive(Debug)]
pub(crate) struct Breaker {
    policy: BreakerPolicy,
    circuit: Mutex<Circuit>,
}

#[derive(Debug)]
struct Circuit {
    state: State,
    /// How many reads may see at once what became of a write.
    read_backs: u32,
}

impl Circuit {
    fn works(&mut self) {
        self.state = State::Closed { failures: 0 };
        self.read_backs = 0;
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Calls are sent; so many in a row have failed.
    Closed { failures: u32 },
    /// No calls are sent until then.
    Open { until: Instant },
    /// One call is under way to see whether EMIS works again.
    Probing,
}

/// What a call showed of EMIS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It answers.
    Works,
    /// It fails.
    Fails,
    /// Nothing: it was not asked.
    Nothing,
}

impl Verdict {
    fn of(result: Result<(), &Error>) -> Self {
        let Err(error) = result else {
            return Self::Works;
        };
        match error.kind() {
            ErrorKind::Unreachable
            | ErrorKind::Interrupted
            | ErrorKind::Server
            | ErrorKind::Ambiguous => Self::Fails,
            _ if error.http_status().is_some() => Self::Works,
            _ => Self::Nothing,
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

    /// Asks for leave to send a call of the practice.
    ///
    /// # Errors
    /// How long there will be no leave, where that is known.
    pub(crate) fn admit(self: &Arc<Self>, effect: Effect) -> Result<Admission, Option<Duration>> {
        let mut circuit = self.circuit();
        let refusal = match circuit.state {
            State::Closed { .. } => return Ok(self.admission(effect, false)),
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
        Ok(self.admission(effect, true))
    }

    /// Notes that EMIS itself is there: whether it works for the practice may be seen at once.
    pub(crate) fn is_there(&self) {
        let mut circuit = self.circuit();
        if let State::Open { .. } = circuit.state {
            circuit.state = self.open_for(Duration::ZERO);
        }
    }

    fn admission(self: &Arc<Self>, effect: Effect, probe: bool) -> Admission {
        Admission {
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

/// Leave to send one call.
#[derive(Debug)]
pub(crate) struct Admission {
    breaker: Arc<Breaker>,
    effect: Effect,
    probe: bool,
    settled: bool,
}

impl Admission {
    /// Whether the leave still holds: others may have found out meanwhile that EMIS fails.
    pub(crate) fn holds(&self) -> bool {
        self.probe || matches!(self.breaker.circuit().state, State::Closed { .. })
    }

    /// Tells that an answer has begun which may take long to read. That is all that a probe was to
    /// see, and nobody has to wait for the rest. What becomes of the rest is counted in the end.
    pub(crate) fn begun(&mut self) {
        if std::mem::take(&mut self.probe) {
            self.breaker.circuit().works();
        }
    }

    /// Tells how the call ended.
    pub(crate) fn settle(mut self, result: Result<(), &Error>) {
        self.settled = true;
        let mut circuit = self.breaker.circuit();
        match Verdict::of(result) {
            Verdict::Works => circuit.works(),
            Verdict::Fails => {
                if result.is_err_and(Error::is_ambiguous) {
                    circuit.read_backs = circuit.read_backs.saturating_add(1);
                }
                circuit.state = self.after_failure(circuit.state);
            }
            Verdict::Nothing => self.hand_on(&mut circuit),
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
            // It was sent before EMIS was left alone, and says nothing new.
            State::Open { .. } | State::Probing => state,
        }
    }

    /// Lets the next call see, where this one was to and came to nothing.
    fn hand_on(&self, circuit: &mut Circuit) {
        if self.probe && circuit.state == State::Probing {
            circuit.state = self.breaker.open_for(Duration::ZERO);
        }
    }
}

/// Its caller gave the call up. A write may have been sent all the same.
impl Drop for Admission {
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
