//! The outcomes of the product's own calls: the only evidence of calls that a diagnosis must not
//! make itself, such as booking.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use emis_client::{CallObserver, ClientError, ClientErrorKind, Operation};
use emis_credentials::TokenErrorKind;
use emis_settings::StoreError;
use emis_types::{Clock, OdsCode};
use jiff::{SignedDuration, Timestamp};

use crate::capability::{Capability, LastCalls};
use crate::cause::Cause;
use crate::infer::explains;
use crate::last_calls::{CallRefusal, CallVerdict, LastCallsStore};
use crate::observation::{Failure, FailureKind};

/// The shortest time between two writes of one capability; reports show minutes.
const WRITES_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// The outcomes of the calls of one practice.
///
/// Holds the outcome of the last call of each operation since the process began, and the outcomes
/// that other processes [shared](Self::learn). Pass it to the practice's client as its
/// [observer](emis_client::ClientBuilder::observer); the facade does so. Holds codes and times, and
/// nothing about a patient.
#[derive(Debug)]
pub struct ActivityLog {
    clock: Arc<dyn Clock>,
    outcomes: Mutex<Outcomes>,
}

#[derive(Debug, Default)]
struct Outcomes {
    operations: HashMap<Operation, Outcome>,
    capabilities: HashMap<Capability, Shared>,
    /// Failures up to this time were put right, according to a person.
    put_right: HashMap<Capability, Timestamp>,
    /// The identity service's last refusal of the user, until it issues a token.
    user_refusal: Option<(Timestamp, Failure)>,
    /// The last request for a token that was sent and failed, until one works.
    token_failure: Option<(Timestamp, Failure)>,
}

/// The outcome of the last call of an operation, in any process.
#[derive(Debug)]
struct Outcome {
    at: Timestamp,
    /// None if the call worked.
    failure: Option<Failure>,
    /// The time of the outcome that the store holds.
    written: Option<Timestamp>,
    written_at: Option<Timestamp>,
}

/// The last calls of a capability, and the part of them that the store holds.
#[derive(Debug)]
struct Shared {
    known: LastCalls,
    written: LastCalls,
    written_at: Option<Timestamp>,
}

impl Outcomes {
    fn operation(&mut self, operation: Operation, at: Timestamp, failure: Option<Failure>) {
        let outcome = self.operations.entry(operation).or_insert(Outcome {
            at,
            failure: None,
            written: None,
            written_at: None,
        });
        let refused = failure.as_ref().and_then(refusal_of).is_some();
        if refused && outcome.failure.is_none() {
            outcome.written_at = None;
        }
        (outcome.at, outcome.failure) = (at, failure);
    }

    /// Forgets the refusals of a deactivated application up to that of an operation which works
    /// again: activating an application activates all of its calls.
    fn reactivated(&mut self, operation: Operation) {
        let deactivated = |it: &Outcome| {
            let failure = it.failure.as_ref();
            failure.is_some_and(|failure| explains(Cause::ApplicationDeactivated, failure))
        };
        let refused = self.operations.get(&operation);
        let Some(at) = refused.filter(|it| deactivated(it)).map(|it| it.at) else {
            return;
        };
        let earlier = self.operations.iter_mut();
        for (&other, outcome) in earlier.filter(|(_, it)| deactivated(it) && it.at <= at) {
            self.put_right.insert(Capability::of(other), outcome.at);
            outcome.failure = None;
        }
    }

    fn capability(&mut self, capability: Capability) -> &mut Shared {
        let none = LastCalls::none(capability);
        self.capabilities.entry(capability).or_insert(Shared {
            known: none,
            written: none,
            written_at: None,
        })
    }

    fn note_user_refusal(&mut self, at: Timestamp, failure: &Failure) {
        use TokenErrorKind::{
            Busy, HeldBack, InvalidUserCredentials, StoreUnavailable, UserRefused,
        };
        match failure.kind {
            // Nothing was sent, so that nothing is known anew.
            FailureKind::Token(Busy | HeldBack | StoreUnavailable) | FailureKind::Api(_) => {}
            FailureKind::Token(_) => self.token_failure = Some((at, failure.clone())),
        }
        if let FailureKind::Token(InvalidUserCredentials | UserRefused) = failure.kind {
            self.user_refusal = Some((at, failure.clone()));
        }
    }

    fn worked(&mut self, capability: Capability, at: Timestamp) {
        let known = &mut self.capability(capability).known;
        known.worked_at = known.worked_at.max(Some(at));
    }

    fn failed(&mut self, capability: Capability, at: Timestamp) {
        let known = &mut self.capability(capability).known;
        known.failed_at = known.failed_at.max(Some(at));
    }
}

impl ActivityLog {
    /// Creates an empty log.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            outcomes: Mutex::default(),
        }
    }

    /// Notes that work other than a call of EMIS succeeded just now, such as sending reminders.
    pub fn note_worked(&self, capability: Capability) {
        let now = self.clock.now();
        self.outcomes().worked(capability, now);
    }

    /// Notes that work other than a call of EMIS failed just now.
    pub fn note_failed(&self, capability: Capability) {
        let now = self.clock.now();
        self.outcomes().failed(capability, now);
    }

    /// Forgets the failures that a cause explains, for a person who says that it was put right.
    /// Failures noted by other processes must be [read](Self::learn) first.
    pub fn put_right(&self, cause: Cause) {
        let now = self.clock.now();
        let mut guard = self.outcomes();
        let outcomes = &mut *guard;
        for (&operation, outcome) in &mut outcomes.operations {
            let failure = outcome.failure.as_ref();
            if failure.is_some_and(|failure| explains(cause, failure)) {
                (outcome.at, outcome.failure) = (now, None);
                (outcome.written, outcome.written_at) = (None, None);
                outcomes.put_right.insert(Capability::of(operation), now);
                // Reminders failed because the call did.
                outcomes.put_right.insert(Capability::Sending, now);
            }
        }
        if cause == Cause::WorkFails {
            let all = Capability::ALL.iter();
            outcomes.put_right.extend(all.map(|&it| (it, now)));
        }
    }

    /// Returns the capabilities whose last call failed and was not put right, other than the token.
    pub fn failing(&self) -> Vec<LastCalls> {
        let now = self.clock.now();
        let outcomes = self.outcomes();
        let put_right = |it: &LastCalls| outcomes.put_right.get(&it.capability).copied();
        let known = outcomes.capabilities.values().map(|shared| shared.known);
        let mut failing: Vec<_> = known
            .filter(|it| it.capability != Capability::Token)
            // A failure in the future was noted by a clock that was wrong.
            .filter(|it| it.failed_at.is_some_and(|at| at <= now))
            .filter(|it| it.failed_at > it.worked_at.max(put_right(it)))
            .collect();
        failing.sort_by_key(|it| it.capability);
        failing
    }

    /// Notes the outcome of a token request, which no call of the product shows.
    pub(crate) fn note_token(&self, outcome: Result<(), &Failure>) {
        let now = self.clock.now();
        let mut outcomes = self.outcomes();
        match outcome {
            Ok(()) => {
                outcomes.worked(Capability::Token, now);
                outcomes.user_refusal = None;
                outcomes.token_failure = None;
            }
            Err(failure) => {
                outcomes.failed(Capability::Token, now);
                outcomes.note_user_refusal(now, failure);
            }
        }
    }

    /// Returns true if the identity service last refused the user rather than the password:
    /// locked, expired or disabled.
    pub fn user_refused(&self) -> bool {
        let refused = FailureKind::Token(TokenErrorKind::UserRefused);
        self.user_refusal()
            .is_some_and(|(_, failure)| failure.kind == refused)
    }

    /// Returns the identity service's last refusal of the user, with its time.
    fn user_refusal(&self) -> Option<(Timestamp, Failure)> {
        self.outcomes().user_refusal.clone()
    }

    /// Returns what is known of the user while the password is not sent: the last refusal, or else
    /// the last failure of a request for a token.
    pub(crate) fn last_token_verdict(&self) -> Option<(Timestamp, Failure)> {
        let outcomes = self.outcomes();
        let verdict = outcomes.user_refusal.as_ref();
        verdict.or(outcomes.token_failure.as_ref()).cloned()
    }

    /// Returns the last calls of each capability that was used.
    pub fn last_calls(&self) -> Vec<LastCalls> {
        let outcomes = self.outcomes();
        let of = |capability| Some(outcomes.capabilities.get(capability)?.known);
        let all = Capability::ALL.iter().filter_map(of);
        all.filter(LastCalls::is_known).collect()
    }

    /// Reads the outcomes that the product's other processes shared, and this process before a
    /// restart.
    ///
    /// # Errors
    /// Fails if the store can't be read.
    pub async fn learn(
        &self,
        store: &dyn LastCallsStore,
        practice: &OdsCode,
    ) -> Result<(), StoreError> {
        let learnt = store.last_calls(practice).await?;
        let verdicts = store.verdicts(practice).await?;
        let mut outcomes = self.outcomes();
        for verdict in verdicts {
            // EMIS allows the calls again, or a person put them right in another process.
            if verdict.refusal.is_none() {
                let capability = Capability::of(verdict.operation);
                let put_right = outcomes.put_right.entry(capability).or_insert(verdict.at);
                *put_right = verdict.at.max(*put_right);
            }
            let known = outcomes.operations.get(&verdict.operation);
            if known.is_none_or(|known| known.at < verdict.at) {
                let failure = verdict.refusal.map(|it| refused(verdict.operation, it));
                outcomes.operation(verdict.operation, verdict.at, failure);
            }
            if let Some(known) = outcomes.operations.get_mut(&verdict.operation) {
                known.written = known.written.max(Some(verdict.at));
            }
        }
        for calls in learnt {
            let shared = outcomes.capability(calls.capability);
            shared.known = shared.known.and(calls);
            shared.written = shared.written.and(calls);
        }
        Ok(())
    }

    /// Writes new outcomes for the product's other processes. Writes each capability at most once a
    /// minute, so that it may be called after every piece of work.
    ///
    /// # Errors
    /// Fails if the store can't be written. The next call writes the outcomes.
    ///
    /// # Cancel safety
    /// Cancel safe: outcomes that were not written are written a minute later.
    pub async fn share(
        &self,
        store: &dyn LastCallsStore,
        practice: &OdsCode,
    ) -> Result<(), StoreError> {
        let calls = self.share_calls(store, practice).await;
        let verdicts = self.share_verdicts(store, practice).await;
        calls.and(verdicts)
    }

    async fn share_calls(
        &self,
        store: &dyn LastCallsStore,
        practice: &OdsCode,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let new: Vec<_> = {
            let mut outcomes = self.outcomes();
            let due = outcomes
                .capabilities
                .values_mut()
                .filter(|shared| shared.is_due(now));
            // Taken at once: of several who share at a time one writes.
            due.map(|shared| {
                shared.written_at = Some(now);
                shared.known
            })
            .collect()
        };
        if new.is_empty() {
            return Ok(());
        }
        let written = store.note_calls(practice, &new).await;
        let mut outcomes = self.outcomes();
        for calls in new {
            let shared = outcomes.capability(calls.capability);
            match written {
                Ok(()) => shared.written = shared.written.and(calls),
                Err(_) => shared.written_at = None,
            }
        }
        written
    }

    async fn share_verdicts(
        &self,
        store: &dyn LastCallsStore,
        practice: &OdsCode,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut new = Vec::new();
        for (&operation, outcome) in &mut self.outcomes().operations {
            if let Some(verdict) = outcome.verdict(operation).filter(|_| outcome.is_due(now)) {
                outcome.written_at = Some(now);
                new.push(verdict);
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        let written = store.note_verdicts(practice, &new).await;
        let mut outcomes = self.outcomes();
        for verdict in new {
            let outcome = outcomes.operations.get_mut(&verdict.operation);
            match (outcome, &written) {
                (Some(outcome), Ok(())) => outcome.written = outcome.written.max(Some(verdict.at)),
                (Some(outcome), Err(_)) => outcome.written_at = None,
                (None, _) => {}
            }
        }
        written
    }

    /// Returns the last failure of each operation that has not worked since, with its time, in the
    /// order of EMIS's document. Of other processes' failures, only EMIS's refusals are included.
    pub fn standing_failures(&self) -> Vec<(Timestamp, Failure)> {
        let outcomes = self.outcomes();
        let failed = |it: &Outcome| Some((it.at, it.failure.clone()?));
        let mut standing: Vec<_> = outcomes.operations.values().filter_map(failed).collect();
        standing.sort_by_key(|(_, failure)| failure.operation);
        standing
    }

    fn outcomes(&self) -> MutexGuard<'_, Outcomes> {
        // Each entry is changed in one step, so a panic elsewhere cannot leave it half done.
        self.outcomes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn is_due(&self, now: Timestamp) -> bool {
        has_rested(self.written_at, now) && self.known != self.written
    }
}

impl Outcome {
    fn is_due(&self, now: Timestamp) -> bool {
        has_rested(self.written_at, now) && self.written.is_none_or(|at| at < self.at)
    }

    /// Returns none if the outcome does not show whether EMIS allows such calls.
    fn verdict(&self, operation: Operation) -> Option<CallVerdict> {
        let refusal = match &self.failure {
            None => None,
            Some(failure) => Some(refusal_of(failure)?),
        };
        Some(CallVerdict {
            operation,
            at: self.at,
            refusal,
        })
    }
}

fn has_rested(written_at: Option<Timestamp>, now: Timestamp) -> bool {
    // A clock that was put back is no reason to wait.
    written_at.is_none_or(|at| now.duration_since(at).abs() >= WRITES_EVERY)
}

/// Returns EMIS's refusal, if the failure is one.
fn refusal_of(failure: &Failure) -> Option<CallRefusal> {
    let refused = failure.kind == FailureKind::Api(ClientErrorKind::Forbidden);
    (refused && failure.is_documented()).then_some(CallRefusal {
        legacy_outcome: failure.legacy_outcome,
        message_id: failure.message_id,
    })
}

/// Returns the failure of a call that EMIS refused.
fn refused(operation: Operation, refusal: CallRefusal) -> Failure {
    Failure {
        operation: Some(operation),
        http_status: Some(403),
        legacy_outcome: refusal.legacy_outcome,
        message_id: refusal.message_id,
        ..Failure::new(FailureKind::Api(ClientErrorKind::Forbidden))
    }
}

impl CallObserver for ActivityLog {
    fn answered(&self, operation: Operation) {
        // A health check says nothing about the product's rights.
        if operation.spec().scope.is_none() {
            return;
        }
        let now = self.clock.now();
        let mut outcomes = self.outcomes();
        outcomes.reactivated(operation);
        outcomes.operation(operation, now, None);
        outcomes.worked(Capability::Token, now);
        outcomes.worked(Capability::of(operation), now);
    }

    fn failed(&self, error: &ClientError) {
        let operation = error.operation();
        if let Some(operation) = operation.filter(|it| it.spec().scope.is_some()) {
            let now = self.clock.now();
            let mut outcomes = self.outcomes();
            let failure = Failure::from(error);
            outcomes.note_user_refusal(now, &failure);
            outcomes.operation(operation, now, Some(failure));
            // A taken slot or an unknown patient is an answer: the capability works.
            if !matches!(
                error.kind(),
                ClientErrorKind::Conflict | ClientErrorKind::NotFound
            ) {
                outcomes.failed(Capability::of(operation), now);
            }
            if matches!(
                error.kind(),
                ClientErrorKind::Credentials | ClientErrorKind::Unauthenticated
            ) {
                outcomes.failed(Capability::Token, now);
            }
        }
    }
}
