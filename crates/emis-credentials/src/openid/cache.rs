//! The one cache of tokens: what to give out, when to renew, when to leave the service alone.
//!
//! | Held token | Last failure | A caller gets |
//! |---|---|---|
//! | good | – | the token |
//! | good, but ageing | none, or 30 seconds ago | the token, while one request renews it in the background |
//! | none, expired or refused | none, or no reason to wait | the outcome of the request in flight, which it starts if there is none |
//! | none, expired or refused | password refused | [`HeldBack`](Kind::HeldBack), for good |
//! | none, expired or refused | user refused, or asked to wait | the same failure, until the wait is over |
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
/// The pause after being throttled without being told how long.
const THROTTLE_PAUSE: Duration = Duration::from_secs(30);
/// Nobody may make us wait longer than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);

pub(super) type Outcome = Result<AccessToken, TokenError>;
type Flight = watch::Receiver<Option<Outcome>>;

#[derive(Debug)]
pub(super) struct TokenCache {
    clock: Arc<dyn Clock>,
    renew_early: SignedDuration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    held: Option<Held>,
    failure: Option<Failure>,
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
    pub(super) fn new(clock: Arc<dyn Clock>, renew_early: Duration) -> Self {
        Self {
            clock,
            renew_early: renew_early.try_into().unwrap_or(SignedDuration::MAX),
            state: Mutex::default(),
        }
    }

    pub(super) fn empty_copy(&self) -> Self {
        Self {
            clock: Arc::clone(&self.clock),
            renew_early: self.renew_early,
            state: Mutex::default(),
        }
    }

    /// A token, by `fetch` if there has to be a request and none is in flight.
    pub(super) async fn get<F>(self: &Arc<Self>, fetch: impl FnOnce() -> F) -> Outcome
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let mut flight = {
            let mut state = self.lock();
            match state.advise(self.clock.now()) {
                Advice::Use(token) => return Ok(token),
                Advice::Refuse(error) => return Err(error),
                Advice::Renew(token) => {
                    self.start(&mut state, fetch());
                    return Ok(token);
                }
                Advice::Wait => match state.in_flight() {
                    Some(flight) => flight,
                    None => self.start(&mut state, fetch()),
                },
            }
        };
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

    /// Behaves from now on as if the password had been refused.
    pub(super) fn hold_back(&self) {
        let refused = TokenError::new(Kind::InvalidUserCredentials);
        self.settle(self.clock.now(), &Err(refused));
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
                state.held = Some(self.hold(token.clone(), asked_at));
            }
            Err(error) => state.failure = Some(Failure::new(error, self.clock.now())),
        }
    }

    fn hold(&self, token: AccessToken, asked_at: Timestamp) -> Held {
        let expires_at = token.expires_at();
        let life = expires_at.duration_since(asked_at);
        let before = |span: SignedDuration| expires_at.checked_sub(span).unwrap_or(asked_at);
        Held {
            renew_from: before(self.renew_early.min(life / 5)),
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
    fn new(error: &TokenError, now: Timestamp) -> Self {
        let after = |pause: SignedDuration| now.checked_add(pause).unwrap_or(Timestamp::MAX);
        let pause = match (error.kind(), error.retry_after()) {
            (_, Some(asked)) => asked.min(LONGEST_PAUSE),
            (Kind::UserRefused, None) => USER_PAUSE,
            (Kind::Throttled, None) => THROTTLE_PAUSE,
            (_, None) => Duration::ZERO,
        };
        let ask_from = after(pause.try_into().unwrap_or(SignedDuration::ZERO));
        let (error, ask_from) = if error.kind() == Kind::InvalidUserCredentials {
            let held_back = TokenError::new(Kind::HeldBack).with_source(error.clone());
            (held_back, None)
        } else {
            (error.clone(), Some(ask_from))
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
            Some(moment) if now < moment => {
                let left = moment.duration_since(now).try_into().ok();
                Advice::Refuse(self.error.clone().with_retry_after(left))
            }
            Some(_) => Advice::Wait,
        }
    }
}
