//! The cache of tokens: which token to return, when to renew it, when not to ask the service.
//!
//! | Held token | Last failure | A caller gets |
//! |---|---|---|
//! | good | – | the token |
//! | good, but due for renewal | none, or its pause is over, 30 seconds at least | the token, while one request renews it in the background |
//! | none, expired or refused | none, or without a pause | the outcome of the request in flight, which it starts if there is none |
//! | none, expired or refused | password refused | [`HeldBack`](Kind::HeldBack), for good |
//! | none, expired or refused | user refused, or asked to wait | the same failure, until the wait is over |
//! | none, expired or refused | any other, after a password was sent | the same failure, for a minute, then two, and so on up to 15 |
//!
//! The last row is there because the service may count a password as wrong in an answer that never
//! reaches us.
//!
//! A request runs in a task of its own and all waiting callers receive its outcome. A caller that is
//! dropped takes nothing from the others, and a hundred callers with a wrong password send it once.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use emis_types::Clock;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use crate::access_token::AccessToken;
use crate::error::{TokenError, TokenErrorKind as Kind};

/// A token is not returned in its last seconds: it would expire on its way.
const LAST_SECONDS: SignedDuration = SignedDuration::from_secs(5);
/// The pause between two attempts to renew a token that is still good.
const RENEWAL_PAUSE: SignedDuration = SignedDuration::from_secs(30);
/// The pause after a refusal of the user, such as a locked account: attempts would keep it locked.
const USER_PAUSE: Duration = Duration::from_secs(15 * 60);
/// The shortest such pause, even if the service asks for less.
const SHORTEST_USER_PAUSE: Duration = Duration::from_secs(60);
/// The pause after a throttled request without `Retry-After`.
const THROTTLE_PAUSE: Duration = Duration::from_secs(30);
/// The first pause after a password was sent and no intelligible answer came. It doubles with each
/// further failure, up to [`USER_PAUSE`].
const UNANSWERED_PAUSE: Duration = Duration::from_secs(60);
/// The pause before the store of refused passwords is read again.
const STORE_PAUSE: Duration = Duration::from_secs(30);
/// The pause while another process tries the password.
const BUSY_PAUSE: Duration = Duration::from_secs(5);
/// The longest pause that the service can ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);
/// A clock that was set back by less than this is taken for one that is corrected little by little.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_mins(5);

pub(super) type Outcome = Result<AccessToken, TokenError>;
type Flight = watch::Receiver<Option<Outcome>>;

#[derive(Debug)]
pub(super) struct TokenCache {
    clock: Arc<dyn Clock>,
    renew_early: SignedDuration,
    /// `true` if requests carry a password.
    by_password: bool,
    /// `true` if refused passwords are recorded in a store, which may also forget them.
    remembered: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    held: Option<Held>,
    failure: Option<Failure>,
    /// The number of requests in a row that ended without a token.
    failures: u32,
    flight: Option<Flight>,
}

#[derive(Debug)]
struct Held {
    token: AccessToken,
    asked_at: Timestamp,
    renew_from: Timestamp,
    good_until: Timestamp,
}

#[derive(Debug)]
struct Failure {
    error: TokenError,
    renew_from: Timestamp,
    /// The time from which the service may be asked again; `None` is never.
    ask_from: Option<Timestamp>,
}

enum Advice {
    Use(AccessToken),
    Renew(AccessToken),
    Wait,
    Refuse(TokenError),
}

impl TokenCache {
    pub(super) fn new(clock: Arc<dyn Clock>, renew_early: Duration, by_password: bool) -> Self {
        Self {
            clock,
            renew_early: renew_early.try_into().unwrap_or(SignedDuration::MAX),
            by_password,
            remembered: false,
            state: Mutex::default(),
        }
    }

    pub(super) fn empty_copy(&self, by_password: bool) -> Self {
        Self {
            clock: Arc::clone(&self.clock),
            renew_early: self.renew_early,
            by_password,
            remembered: false,
            state: Mutex::default(),
        }
    }

    /// Returns an empty copy for a password whose refusal is recorded in a store.
    pub(super) fn remembered(&self) -> Self {
        Self {
            remembered: true,
            ..self.empty_copy(self.by_password)
        }
    }

    /// Returns a token, by `fetch` if a request is needed and none is in flight.
    pub(super) async fn get<F>(self: &Arc<Self>, fetch: impl FnOnce() -> F) -> Outcome
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let flight = {
            let mut state = self.lock();
            match state.advise(self.clock.now()) {
                Advice::Use(token) => return Ok(token),
                Advice::Refuse(error) => return Err(error),
                Advice::Renew(token) => {
                    self.start(&mut state, fetch());
                    return Ok(token);
                }
                Advice::Wait => self.join(&mut state, fetch),
            }
        };
        Self::landing(flight).await
    }

    /// Returns a token from a request that is sent now, unless the service must not be asked yet. If it
    /// fails, a token that is held stays in use.
    pub(super) async fn get_fresh<F>(self: &Arc<Self>, fetch: impl FnOnce() -> F) -> Outcome
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let flight = {
            let mut state = self.lock();
            let failure = state.failure.as_ref();
            if let Some(Advice::Refuse(error)) = failure.map(|f| f.advise(self.clock.now())) {
                return Err(error);
            }
            self.join(&mut state, fetch)
        };
        Self::landing(flight).await
    }

    /// Returns the request in flight, or a new one.
    fn join<F>(self: &Arc<Self>, state: &mut State, fetch: impl FnOnce() -> F) -> Flight
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        match state.in_flight() {
            Some(flight) => flight,
            None => self.start(state, fetch()),
        }
    }

    async fn landing(mut flight: Flight) -> Outcome {
        let outcome = match flight.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone(),
            // The task ended without an outcome: its runtime was shut down.
            Err(_) => None,
        };
        outcome.unwrap_or_else(|| {
            Err(TokenError::with_message(
                Kind::Unreachable,
                "the request for a token was abandoned",
            ))
        })
    }

    /// Holds a token that was obtained by other means, requested at this time.
    pub(super) fn put(&self, token: AccessToken, asked_at: Timestamp) {
        let held = self.hold(token, asked_at);
        self.lock().held = Some(held);
    }

    pub(super) fn is_in_flight(&self) -> bool {
        self.lock().in_flight().is_some()
    }

    /// Drops a token that was refused, unless another has replaced it.
    pub(super) fn invalidate(&self, refused: &AccessToken) {
        self.lock().held.take_if(|held| held.token.is_same(refused));
    }

    fn start<F>(self: &Arc<Self>, state: &mut State, fetch: F) -> Flight
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let (landed, flight) = watch::channel(None);
        state.flight = Some(flight.clone());
        let cache = Arc::clone(self);
        tokio::spawn(async move {
            let asked_at = cache.clock.now();
            let outcome = fetch.await;
            cache.settle(asked_at, &outcome);
            landed.send_replace(Some(outcome));
        });
        flight
    }

    fn settle(&self, asked_at: Timestamp, outcome: &Outcome) {
        let mut state = self.lock();
        state.flight = None;
        match outcome {
            Ok(token) => {
                state.failure = None;
                state.failures = 0;
                state.held = Some(self.hold(token.clone(), asked_at));
            }
            Err(error) => {
                let pause = self.pause(error, state.failures);
                state.failures = state.failures.saturating_add(1);
                state.failure = Some(Failure::new(error, self.clock.now(), pause));
            }
        }
    }

    /// Returns the pause after an error that follows `failures` others; `None` means for good.
    fn pause(&self, error: &TokenError, failures: u32) -> Option<Duration> {
        let asked = error.retry_after().map(|asked| asked.min(LONGEST_PAUSE));
        let unanswered = || {
            let doubled = UNANSWERED_PAUSE.saturating_mul(1 << failures.min(4));
            doubled.min(USER_PAUSE)
        };
        match error.kind() {
            Kind::InvalidUserCredentials if self.remembered => Some(STORE_PAUSE),
            Kind::InvalidUserCredentials => None,
            Kind::HeldBack | Kind::StoreUnavailable | Kind::SignInAgain => Some(STORE_PAUSE),
            Kind::Busy => Some(asked.unwrap_or(BUSY_PAUSE)),
            Kind::UserRefused => Some(asked.unwrap_or(USER_PAUSE).max(SHORTEST_USER_PAUSE)),
            Kind::Throttled => Some(asked.unwrap_or(THROTTLE_PAUSE)),
            _ if self.by_password && error.leaves_the_password_in_doubt() => {
                Some(asked.unwrap_or_default().max(unanswered()))
            }
            _ => Some(asked.unwrap_or_default()),
        }
    }

    fn hold(&self, token: AccessToken, asked_at: Timestamp) -> Held {
        let expires_at = token.expires_at();
        let life = expires_at.duration_since(asked_at);
        let before = |span: SignedDuration| expires_at.checked_sub(span).unwrap_or(asked_at);
        // At random: sources that started together would renew together.
        let early = self.renew_early.min(life / 5);
        let late = early.as_millis() as f64 / 5.0 * rand::random::<f64>();
        Held {
            renew_from: before(early - SignedDuration::from_millis(late as i64)),
            good_until: before(LAST_SECONDS.min(life / 20)),
            asked_at,
            token,
        }
    }

    /// The lock is never held across anything that panics, so a poisoned state is a sound one.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn advise(&self, now: Timestamp) -> Advice {
        // A token that was requested in the future was held by a clock that has been set back since:
        // its end is unknown.
        if let Some(held) = &self.held
            && now < held.good_until
            && held.asked_at.duration_since(now) <= CLOCK_SLACK
        {
            let may_renew = self
                .failure
                .as_ref()
                .is_none_or(|failure| failure.ask_from.is_some() && now >= failure.renew_from);
            return if now >= held.renew_from && may_renew && self.in_flight().is_none() {
                Advice::Renew(held.token.clone())
            } else {
                Advice::Use(held.token.clone())
            };
        }
        match &self.failure {
            Some(failure) => failure.advise(now),
            None => Advice::Wait,
        }
    }

    /// Returns the request in flight. One whose task is gone does not count.
    fn in_flight(&self) -> Option<Flight> {
        self.flight
            .clone()
            .filter(|flight| flight.has_changed().is_ok())
    }
}

impl Failure {
    fn new(error: &TokenError, now: Timestamp, pause: Option<Duration>) -> Self {
        let after = |pause: SignedDuration| now.checked_add(pause).unwrap_or(Timestamp::MAX);
        let ask_from = pause.map(|pause| after(pause.try_into().unwrap_or(SignedDuration::MAX)));
        let error = match error.kind() {
            Kind::InvalidUserCredentials => {
                TokenError::new(Kind::HeldBack).with_source(error.clone())
            }
            _ => error.clone(),
        };
        Self {
            error,
            renew_from: ask_from.unwrap_or(Timestamp::MAX).max(after(RENEWAL_PAUSE)),
            ask_from,
        }
    }

    fn advise(&self, now: Timestamp) -> Advice {
        match self.ask_from {
            None => Advice::Refuse(self.error.clone()),
            Some(moment) => match Duration::try_from(moment.duration_since(now)) {
                // If more is left than the longest pause, the clock was set back.
                Ok(left) if !left.is_zero() && left <= LONGEST_PAUSE => {
                    Advice::Refuse(self.error.clone().with_retry_after(Some(left)))
                }
                _ => Advice::Wait,
            },
        }
    }
}
