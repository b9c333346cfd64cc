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
    /// True if a diagnosis made the call.
    by_probe: bool,
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
            by_probe: false,
            written: None,
            written_at: None,
        });
        let shared = failure.as_ref().and_then(refusal_of).is_some();
        if shared && outcome.failure.is_none() {
            outcome.written_at = None;
        }
        (outcome.at, outcome.failure, outcome.by_probe) = (at, failure, false);
    }

    /// Notes the outcome of a probe's call, unless a failure of the product's own call of this
    /// operation is not cleared by it.
    fn probe(&mut self, operation: Operation, at: Timestamp, failure: Option<Failure>) {
        let known = self.operations.get(&operation);
        if known.is_some_and(|it| it.outlasts_probes(operation)) {
            return;
        }
        if failure.is_none() {
            self.reactivated(operation);
        }
        self.operation(operation, at, failure);
        if let Some(outcome) = self.operations.get_mut(&operation) {
            outcome.by_probe = true;
        }
    }

    /// Notes for the capabilities that a call failed.
    fn call_failed(&mut self, operation: Operation, at: Timestamp, failure: &Failure) {
        use ClientErrorKind::{Credentials, Unauthenticated};
        self.note_user_refusal(at, failure);
        if !is_an_answer(failure) {
            self.failed(Capability::of(operation), at);
        }
        if let FailureKind::Token(_) | FailureKind::Api(Credentials | Unauthenticated) =
            failure.kind
        {
            self.failed(Capability::Token, at);
        }
    }

    /// Returns the last calls of a capability by the operations that fail, even if others of its
    /// operations work.
    fn failing_operations(&self, now: Timestamp) -> HashMap<Capability, LastCalls> {
        let let_in = self.capabilities.get(&Capability::Token);
        let let_in = let_in.and_then(|shared| shared.known.worked_at);
        let mut failing = HashMap::new();
        for (&operation, outcome) in &self.operations {
            if outcome.at <= now && outcome.stands(let_in) {
                let capability = Capability::of(operation);
                let known = self.capabilities.get(&capability);
                let known = known.map_or(LastCalls::none(capability), |shared| shared.known);
                let last = failing.entry(capability).or_insert(LastCalls {
                    failed_at: None,
                    ..known
                });
                last.failed_at = last.failed_at.max(Some(outcome.at));
            }
        }
        failing
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
            let all = cause == Cause::WorkFails;
            if failure.is_some_and(|failure| all || explains(cause, failure)) {
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

    /// Returns the capabilities, other than the token, of which the last call or the last call of
    /// one operation failed and was not put right.
    ///
    /// A capability can also have worked since: then some of its operations fail and others work.
    pub fn failing(&self) -> Vec<LastCalls> {
        let now = self.clock.now();
        let outcomes = self.outcomes();
        let put_right = |it: &LastCalls| outcomes.put_right.get(&it.capability).copied();
        let known = outcomes.capabilities.values().map(|shared| shared.known);
        let wholly = known
            // A failure in the future was noted by a clock that was wrong.
            .filter(|it| it.failed_at.is_some_and(|at| at <= now))
            .filter(|it| it.failed_at > it.worked_at.max(put_right(it)));
        let mut failing = outcomes.failing_operations(now);
        failing.extend(wholly.map(|it| (it.capability, it)));
        failing.remove(&Capability::Token);
        let mut failing: Vec<_> = failing.into_values().collect();
        failing.sort_by_key(|it| it.capability);
        failing
    }

    /// Notes the outcome of a diagnosis's own call, which asks for less than the product's work: its
    /// success does not show that a longer call of the same operation works.
    pub(crate) fn note_probe(&self, operation: Operation, outcome: Result<(), &Failure>) {
        // A health check says nothing about the product's rights.
        if operation.spec().scope.is_none() {
            return;
        }
        let now = self.clock.now();
        let mut outcomes = self.outcomes();
        match outcome {
            Ok(()) => {
                outcomes.worked(Capability::Token, now);
                outcomes.worked(Capability::of(operation), now);
            }
            Err(failure) => outcomes.call_failed(operation, now, failure),
        }
        outcomes.probe(operation, now, outcome.err().cloned());
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

    /// Returns the identity service's last refusal of the user in this process, with its time.
    pub(crate) fn user_refusal(&self) -> Option<(Timestamp, Failure)> {
        self.outcomes().user_refusal.clone()
    }

    /// Returns the last failure of a request for a token in this process, with its time.
    pub(crate) fn token_failure(&self) -> Option<(Timestamp, Failure)> {
        self.outcomes().token_failure.clone()
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
    /// order of EMIS's document. Of other processes' failures, only those are included that a
    /// diagnosis's own calls do not clear: EMIS's refusals, and failures without details.
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

    /// Returns true if a success of a diagnosis's call does not clear this failure, because the
    /// product's own call asked for more.
    fn outlasts_probes(&self, operation: Operation) -> bool {
        // Of the practice's details and lists, a diagnosis asks for the same.
        let asked_for_more = Capability::of(operation) != Capability::Settings;
        let failure = self.failure.as_ref();
        asked_for_more && !self.by_probe && failure.is_some_and(concerns_the_request)
    }

    /// Returns true if this is a failure of the product's own call that still counts. One of the
    /// connection counts until EMIS answers any call: `let_in` is the last time.
    fn stands(&self, let_in: Option<Timestamp>) -> bool {
        let Some(failure) = self.failure.as_ref().filter(|_| !self.by_probe) else {
            return false;
        };
        let refused = failure.kind == FailureKind::Api(ClientErrorKind::Forbidden);
        let of_call = refused || concerns_the_request(failure);
        !is_an_answer(failure) && (of_call || Some(self.at) > let_in)
    }

    /// Returns none if the outcome shows nothing that other processes have to know.
    fn verdict(&self, operation: Operation) -> Option<CallVerdict> {
        let refusal = match &self.failure {
            None => None,
            Some(failure) => Some(refusal_of(failure).filter(|it| !(it.failed && self.by_probe))?),
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

/// Returns true if the failure concerns what was asked for: another call of the same operation may
/// work all the same.
fn concerns_the_request(failure: &Failure) -> bool {
    match failure.kind {
        FailureKind::Api(kind) => !kind.is_about_the_connection() && !is_an_answer(failure),
        FailureKind::Token(_) => false,
    }
}

/// Returns true if EMIS itself said that a slot is taken or a record does not exist: the operation
/// works.
fn is_an_answer(failure: &Failure) -> bool {
    use ClientErrorKind::{Conflict, NotFound};
    matches!(failure.kind, FailureKind::Api(Conflict | NotFound)) && failure.is_documented()
}

/// Returns what other processes have to know of a failure, if anything.
fn refusal_of(failure: &Failure) -> Option<CallRefusal> {
    if concerns_the_request(failure) {
        return Some(CallRefusal {
            legacy_outcome: None,
            message_id: None,
            failed: true,
        });
    }
    let refused = failure.kind == FailureKind::Api(ClientErrorKind::Forbidden);
    (refused && failure.is_documented()).then_some(CallRefusal {
        legacy_outcome: failure.legacy_outcome,
        message_id: failure.message_id,
        failed: false,
    })
}

/// Returns the failure of a call in another process.
fn refused(operation: Operation, refusal: CallRefusal) -> Failure {
    if refusal.failed {
        return Failure {
            operation: Some(operation),
            ..Failure::new(FailureKind::Api(ClientErrorKind::Server))
        };
    }
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
            outcomes.call_failed(operation, now, &failure);
            outcomes.operation(operation, now, Some(failure));
        }
    }
}
