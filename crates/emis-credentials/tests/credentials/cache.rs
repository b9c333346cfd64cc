//! One request however many ask; renewal; and the restraint after failures.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use emis_credentials::{
    AccessToken, OpenIdTokenSource, TokenError, TokenErrorKind as Kind, TokenSource,
};
use emis_types::{Clock, ManualClock};
use jiff::SignedDuration;
use serde_json::json;
use tokio::sync::Barrier;
use wiremock::ResponseTemplate;

use crate::support::{Identity, clock, granted, granted_for, password, refused, wrong_password};

const CALLERS: usize = 200;

type Call<'a> = Pin<Box<dyn Future<Output = Result<AccessToken, TokenError>> + Send + 'a>>;

/// A caller that has begun to wait.
fn waiting(source: &OpenIdTokenSource) -> Call<'_> {
    let mut call = source.token();
    let poll = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(poll.is_pending());
    call
}

fn source(identity: &Identity, clock: &ManualClock) -> OpenIdTokenSource {
    let source = identity.source(password()).clock(Arc::new(clock.clone()));
    source.build().unwrap()
}

/// Callers on every thread at once.
async fn storm(source: &OpenIdTokenSource) -> Vec<Result<AccessToken, TokenError>> {
    let start = Arc::new(Barrier::new(CALLERS));
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (source, start) = (source.clone(), Arc::clone(&start));
            tokio::spawn(async move {
                start.wait().await;
                source.token().await
            })
        })
        .collect();
    let mut outcomes = Vec::new();
    for caller in callers {
        outcomes.push(caller.await.unwrap());
    }
    outcomes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn a_storm_of_callers_is_one_request() {
    let identity = Identity::answering([granted("one"), granted("two"), granted("three")]).await;
    let clock = clock();
    let source = source(&identity, &clock);
    for (round, expected) in ["one", "two", "three"].into_iter().enumerate() {
        let tokens = storm(&source).await;
        assert!(
            tokens
                .iter()
                .all(|token| token.as_ref().unwrap().expose() == expected)
        );
        assert_eq!(identity.count(), round + 1);
        clock.advance(SignedDuration::from_hours(1));
    }
    assert_eq!(identity.discoveries().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn a_storm_of_callers_with_a_wrong_password_is_one_wrong_password() {
    let identity = Identity::answering([wrong_password()]).await;
    let source = source(&identity, &clock());
    for outcome in storm(&source).await {
        let kind = outcome.unwrap_err().kind();
        assert!(matches!(
            kind,
            Kind::InvalidUserCredentials | Kind::HeldBack
        ));
    }
    assert_eq!(identity.count(), 1);
}

#[tokio::test]
async fn those_who_wait_share_the_failure() {
    let identity = Identity::answering([ResponseTemplate::new(503), granted("one")]).await;
    identity.close_gate();
    let clock = clock();
    let source = source(&identity, &clock);
    let callers: Vec<_> = (0..CALLERS).map(|_| waiting(&source)).collect();
    identity.open_gate();
    for caller in callers {
        assert_eq!(caller.await.unwrap_err().kind(), Kind::Unreachable);
    }
    assert_eq!(identity.count(), 1);
    clock.advance(SignedDuration::from_mins(1));
    assert_eq!(source.token().await.unwrap().expose(), "one");
}

#[tokio::test]
async fn the_first_caller_may_give_up() {
    let identity = Identity::answering([granted("one")]).await;
    identity.close_gate();
    let source = source(&identity, &clock());
    let first = waiting(&source);
    identity.arrived(1).await;
    let second = waiting(&source);
    drop(first);
    identity.open_gate();
    assert_eq!(second.await.unwrap().expose(), "one");
    assert_eq!(identity.count(), 1);
}

#[tokio::test]
async fn a_request_that_everyone_gave_up_is_not_wasted() {
    let identity = Identity::answering([granted("one")]).await;
    identity.close_gate();
    let source = source(&identity, &clock());
    drop(waiting(&source));
    identity.arrived(1).await;
    identity.open_gate();
    assert_eq!(source.token().await.unwrap().expose(), "one");
    assert_eq!(identity.count(), 1);
}

#[test]
fn a_request_whose_runtime_was_shut_down_is_made_anew() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let here = runtime();
    let (identity, source) = here.block_on(async {
        let identity = Identity::answering([granted("one")]).await;
        identity.close_gate();
        let source = source(&identity, &clock());
        (identity, source)
    });
    let gone = runtime();
    gone.block_on(async {
        drop(waiting(&source));
        identity.arrived(1).await;
    });
    drop(gone);
    identity.open_gate();
    let token = here.block_on(source.token()).unwrap();
    assert_eq!(token.expose(), "one");
    assert_eq!(identity.count(), 2);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_however_many_say_so() {
    let identity = Identity::answering([granted("one"), granted("two")]).await;
    let source = source(&identity, &clock());
    let first = source.token().await.unwrap();
    source.invalidate(&first);
    source.invalidate(&first);
    assert_eq!(source.token().await.unwrap().expose(), "two");
    // Late news about the first token does not cost the second.
    source.invalidate(&first);
    assert_eq!(source.token().await.unwrap().expose(), "two");
    assert_eq!(identity.count(), 2);
}

/// Waits until the renewal in the background has put another token in place.
async fn renewed(source: &OpenIdTokenSource, old: &str) -> AccessToken {
    let change = async {
        loop {
            let token = source.token().await.unwrap();
            if token.expose() != old {
                return token;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), change)
        .await
        .expect("the token should have been renewed")
}

#[tokio::test]
async fn a_token_is_renewed_five_minutes_early_without_anyone_waiting() {
    let identity = Identity::answering([granted("one"), granted("two")]).await;
    let clock = clock();
    let source = source(&identity, &clock);
    source.token().await.unwrap();

    clock.advance(SignedDuration::from_secs(54 * 60 + 59));
    assert_eq!(source.token().await.unwrap().expose(), "one");
    assert_eq!(identity.count(), 1);

    identity.close_gate();
    clock.advance(SignedDuration::from_secs(61));
    for _ in 0..CALLERS {
        assert_eq!(source.token().await.unwrap().expose(), "one");
    }
    identity.arrived(2).await;
    identity.open_gate();
    assert_eq!(renewed(&source, "one").await.expose(), "two");
    assert_eq!(identity.count(), 2);
}

#[tokio::test]
async fn a_short_lived_token_is_renewed_in_the_last_fifth_of_its_life() {
    let short = |bearer| granted_for(bearer, json!(100));
    let identity = Identity::answering([short("one"), short("two")]).await;
    let clock = clock();
    let source = source(&identity, &clock);
    source.token().await.unwrap();
    clock.advance(SignedDuration::from_secs(79));
    source.token().await.unwrap();
    assert_eq!(identity.count(), 1);
    clock.advance(SignedDuration::from_secs(5));
    assert_eq!(renewed(&source, "one").await.expose(), "two");
}

/// Sources that got their tokens together do not renew them together.
#[tokio::test]
async fn renewals_are_spread_over_a_minute() {
    const SOURCES: usize = 60;
    let identity = Identity::answering([granted("one")]).await;
    let clock = clock();
    let first = source(&identity, &clock);
    let none: [(&str, &str); 0] = [];
    let sources: Vec<_> = (0..SOURCES)
        .map(|_| first.for_grant(password(), none))
        .collect();
    for source in &sources {
        source.token().await.unwrap();
    }
    clock.advance(SignedDuration::from_mins(55));
    let mut renewed = Vec::new();
    for _half_minute in 0..3 {
        for source in &sources {
            source.token().await.unwrap();
            settled(source).await;
        }
        renewed.push(identity.count() - SOURCES);
        clock.advance(SignedDuration::from_secs(30));
    }
    assert!(renewed[0] < renewed[1] / 2, "{renewed:?}");
    assert!(
        renewed[1] > SOURCES / 5 && renewed[1] < SOURCES,
        "{renewed:?}"
    );
    assert_eq!(renewed[2], SOURCES);
}

#[tokio::test]
async fn how_early_can_be_chosen() {
    let identity = Identity::answering([granted("one"), granted("two")]).await;
    let clock = clock();
    let source = identity
        .source(password())
        .clock(Arc::new(clock.clone()))
        .refresh_early(Duration::from_secs(60))
        .build()
        .unwrap();
    source.token().await.unwrap();
    clock.advance(SignedDuration::from_secs(58 * 60));
    source.token().await.unwrap();
    assert_eq!(identity.count(), 1);
    clock.advance(SignedDuration::from_secs(75));
    assert_eq!(renewed(&source, "one").await.expose(), "two");
}

#[tokio::test]
async fn a_good_token_is_used_to_its_end_while_renewal_fails() {
    let identity = Identity::answering([granted("one"), ResponseTemplate::new(503)]).await;
    let clock = clock();
    let source = source(&identity, &clock);
    let expires_at = source.token().await.unwrap().expires_at();

    clock.advance(SignedDuration::from_mins(56));
    source.token().await.unwrap();
    identity.arrived(2).await;
    // Not again within a minute, then again.
    settled(&source).await;
    clock.advance(SignedDuration::from_secs(59));
    assert_eq!(source.token().await.unwrap().expose(), "one");
    assert_eq!(identity.count(), 2);
    clock.advance(SignedDuration::from_secs(1));
    assert_eq!(source.token().await.unwrap().expose(), "one");
    identity.arrived(3).await;
    settled(&source).await;

    // In its last seconds it would expire on its way.
    clock.set(expires_at - SignedDuration::from_secs(6));
    assert_eq!(source.token().await.unwrap().expose(), "one");
    identity.arrived(4).await;
    settled(&source).await;
    clock.set(expires_at - SignedDuration::from_secs(5));
    assert_eq!(source.token().await.unwrap_err().kind(), Kind::Unreachable);

    identity.answer([granted("two")]);
    clock.advance(SignedDuration::from_mins(4));
    assert_eq!(source.token().await.unwrap().expose(), "two");
}

/// Lets the request in the background come to its end.
async fn settled(source: &OpenIdTokenSource) {
    let text = || format!("{source:?}");
    let wait = async {
        while text().contains("in_flight: true") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wait)
        .await
        .expect("the request should have ended");
}

#[tokio::test]
async fn a_password_that_was_refused_is_never_sent_again() {
    let identity = Identity::answering([wrong_password()]).await;
    let clock = clock();
    let source = source(&identity, &clock);
    let first = source.token().await.unwrap_err();
    assert_eq!(first.kind(), Kind::InvalidUserCredentials);
    for _ in 0..3 {
        clock.advance(SignedDuration::from_hours(24 * 365));
        let error = source.clone().token().await.unwrap_err();
        assert_eq!(error.kind(), Kind::HeldBack);
        let cause = std::error::Error::source(&error).unwrap();
        assert_eq!(cause.to_string(), first.to_string());
    }
    assert_eq!(identity.count(), 1);

    // A new password is a new source.
    identity.answer([granted("one")]);
    let source = self::source(&identity, &clock);
    assert_eq!(source.token().await.unwrap().expose(), "one");
}

#[tokio::test]
async fn a_password_changed_in_emis_does_not_take_the_token_that_is_still_good() {
    let identity = Identity::answering([granted("one"), wrong_password()]).await;
    let clock = clock();
    let source = source(&identity, &clock);
    source.token().await.unwrap();
    clock.advance(SignedDuration::from_mins(56));
    source.token().await.unwrap();
    identity.arrived(2).await;
    settled(&source).await;
    clock.advance(SignedDuration::from_mins(3));
    assert_eq!(source.token().await.unwrap().expose(), "one");
    clock.advance(SignedDuration::from_mins(1));
    assert_eq!(source.token().await.unwrap_err().kind(), Kind::HeldBack);
    assert_eq!(identity.count(), 2);
}

/// After `answer`, no request is made until `pause` is over; then one is.
async fn assert_pause(answer: ResponseTemplate, kind: Kind, pause: SignedDuration) {
    let identity = Identity::answering([answer, granted("one")]).await;
    let clock = clock();
    let source = source(&identity, &clock);
    assert_eq!(source.token().await.unwrap_err().kind(), kind);

    clock.advance(pause - SignedDuration::from_secs(1));
    let error = source.token().await.unwrap_err();
    assert_eq!(error.kind(), kind);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
    assert_eq!(identity.count(), 1);

    clock.advance(SignedDuration::from_secs(1));
    assert_eq!(source.token().await.unwrap().expose(), "one");
}

#[tokio::test]
async fn after_some_failures_the_service_is_left_alone_for_a_while() {
    let locked = refused("access_denied", "AADB2C90114: locked for now");
    assert_pause(locked, Kind::UserRefused, SignedDuration::from_mins(15)).await;

    // As long as it says, whatever the status; but not on every call.
    let locked_for = |seconds: &str| {
        let locked = refused("access_denied", "AADB2C90114: locked for now");
        locked.insert_header("retry-after", seconds)
    };
    let half_an_hour = SignedDuration::from_mins(30);
    assert_pause(locked_for("1800"), Kind::UserRefused, half_an_hour).await;
    let a_minute = SignedDuration::from_mins(1);
    assert_pause(locked_for("0"), Kind::UserRefused, a_minute).await;

    let throttled = |after| ResponseTemplate::new(429).insert_header("retry-after", after);
    let seconds = SignedDuration::from_secs;
    assert_pause(throttled("120"), Kind::Throttled, seconds(120)).await;
    assert_pause(throttled("never"), Kind::Throttled, seconds(30)).await;
    assert_pause(throttled("99999999"), Kind::Throttled, seconds(3600)).await;

    let busy = ResponseTemplate::new(503).insert_header("retry-after", "60");
    assert_pause(busy, Kind::Unreachable, seconds(60)).await;
}

#[tokio::test]
async fn a_clock_that_was_set_back_does_not_make_a_pause_longer_than_any_that_is_meant() {
    let locked = refused("access_denied", "AADB2C90114: locked for now");
    let identity = Identity::answering([locked, granted("one")]).await;
    let clock = clock();
    let source = source(&identity, &clock);
    source.token().await.unwrap_err();
    clock.advance(SignedDuration::from_mins(-30));
    source.token().await.unwrap_err();
    assert_eq!(identity.count(), 1);
    clock.advance(SignedDuration::from_hours(-24));
    assert_eq!(source.token().await.unwrap().expose(), "one");
}

#[tokio::test]
async fn a_call_that_need_not_wait_does_not() {
    let identity = Identity::answering([granted("one")]).await;
    let clock = clock();
    let source = source(&identity, &clock);
    source.token().await.unwrap();
    let mut call = source.token();
    let poll = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(poll, Poll::Ready(Ok(_))));
    assert!(clock.now() < source.token().await.unwrap().expires_at());
}
