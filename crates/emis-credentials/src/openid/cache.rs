//! The one cache of tokens: what to give out, when to renew, when to leave the service alone.
//!
//! | Held token | Last failure | A caller gets |
//! |---|---|---|
//! | good | – | the token |
//! | good, but ageing | none, or its pause is over, 30 seconds at least | the token, while one request renews it in the background |
//! | none, expired or refused | none, or no reason to wait | the outcome of the request in flight, which it starts if there is none |
//! | none, expired or refused | password refused | [`HeldBack`](Kind::HeldBack), for good |
//! | none, expired or refused | user refused, or asked to wait | the same failure, until the wait is over |
//! | none, expired or refused | any other, after a password was sent | the same failure, for a minute, then two, and so on up to 15 |
//!
//! The last row is there because the service may count a password as wrong and say so in words
//! that never reach us.
//!
//! A request runs in a task of its own and its outcome goes to everyone who waits. So a caller
//! who gives up takes nothing away from the others, and a hundred callers with a wrong password
//! are one wrong password.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use emis_types::Clock;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use crate::{AccessToken, TokenError, TokenErrorKind as Kind};

/// A token is not given out in its last seconds: it would expire on its way.
const LAST_SECONDS: SignedDuration = SignedDuration::from_secs(5);
/// The pause between two tries to renew a token that is still good.
const RENEWAL_PAUSE: SignedDuration = SignedDuration::from_secs(30);
/// The pause after a refusal of the user, such as a locked account: trying would keep it locked.
const USER_PAUSE: Duration = Duration::from_secs(15 * 60);
/// The shortest one, however soon the service lets us come again.
const SHORTEST_USER_PAUSE: Duration = Duration::from_secs(60);
/// The pause after being throttled without being told how long.
const THROTTLE_PAUSE: Duration = Duration::from_secs(30);
/// The first pause after a password was sent and no answer came that can be understood. It doubles
/// with each further failure, up to [`USER_PAUSE`].
const UNANSWERED_PAUSE: Duration = Duration::from_secs(60);
/// The pause before the memory of refused passwords is asked again.
const MEMORY_PAUSE: Duration = Duration::from_secs(30);
/// The pause while another process tries the password.
const BUSY_PAUSE: Duration = Duration::from_secs(5);
/// Nobody may make us wait longer than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);

pub(super) type Outcome = Result<AccessToken, TokenError>;
type Flight = watch::Receiver<Option<Outcome>>;

#[derive(Debug)]
pub(super) struct TokenCache {
    clock: Arc<dyn Clock>,
    renew_early: SignedDuration,
    /// Whether requests carry a password.
    by_password: bool,
    /// Whether refused passwords are remembered elsewhere, which may also forget them.
    remembered: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    held: Option<Held>,
    failure: Option<Failure>,
    /// How many requests in a row ended without a token.
    failures: u32,
    flight: Option<Flight>,
}

#[derive(Debug)]
struct Held {
    token: AccessToken,
    renew_from: Timestamp,
    good_until: Timestamp,
}

#[derive(Debug)]
struct Failure {
    error: TokenError,
    renew_from: Timestamp,
    /// When the service may be asked again for want of a token; `None` is never.
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

    /// An empty copy for a password whose refusal is remembered elsewhere.
    pub(super) fn remembered(&self) -> Self {
        Self {
            remembered: true,
            ..self.empty_copy(self.by_password)
        }
    }

    /// A token, by `fetch` if there has to be a request and none is in flight.
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

    /// A token from a request that is made now, unless there is a reason to leave the service
    /// alone. A token that is held stays in use where it fails.
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

    /// The request that is under way, or a new one.
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

    /// A token that was got by other means, asked for at this moment.
    pub(super) fn put(&self, token: AccessToken, asked_at: Timestamp) {
        let held = self.hold(token, asked_at);
        self.lock().held = Some(held);
    }

    pub(super) fn is_in_flight(&self) -> bool {
        self.lock().in_flight().is_some()
    }

    /// Forgets a token that was refused, unless another has taken its place.
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

    /// How long the service is left alone after a failure that so many others came before; `None`
    /// is for good.
    fn pause(&self, error: &TokenError, failures: u32) -> Option<Duration> {
        let asked = error.retry_after().map(|asked| asked.min(LONGEST_PAUSE));
        let unanswered = || {
            let doubled = UNANSWERED_PAUSE.saturating_mul(1 << failures.min(4));
            doubled.min(USER_PAUSE)
        };
        match error.kind() {
            Kind::InvalidUserCredentials if self.remembered => Some(MEMORY_PAUSE),
            Kind::InvalidUserCredentials => None,
            Kind::HeldBack | Kind::MemoryUnavailable | Kind::SignInAgain => Some(MEMORY_PAUSE),
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
        // Not all at once: those who got their tokens together would renew them together.
        let early = self.renew_early.min(life / 5);
        let late = early.as_millis() as f64 / 5.0 * rand::random::<f64>();
        Held {
            renew_from: before(early - SignedDuration::from_millis(late as i64)),
            good_until: before(LAST_SECONDS.min(life / 20)),
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
        if let Some(held) = &self.held
            && now < held.good_until
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

    /// The request that is under way. One whose task is gone does not count.
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
                // Where more is left than anybody may make us wait, the clock was set back.
                Ok(left) if !left.is_zero() && left <= LONGEST_PAUSE => {
                    Advice::Refuse(self.error.clone().with_retry_after(Some(left)))
                }
                _ => Advice::Wait,
            },
        }
    }
}
