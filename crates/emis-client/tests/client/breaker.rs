//! The circuit breaker opens, half-opens and closes.

use std::sync::Arc;
use std::time::Duration;

use emis_client::{
    BreakerPolicy, Client, ClientErrorKind, Limits, Operation, RetryPolicy, SentStatus,
    TransportErrorKind,
};
use futures_util::future::join_all;
use tokio::time::{advance, timeout};

use crate::support::practice::{Mood, Practice, book, read};

const SOON: Duration = Duration::from_millis(1);
const PAUSE: Duration = Duration::from_secs(30);
const DOWN: Mood = Mood::Fails(TransportErrorKind::Unreachable);

/// A client that leaves EMIS alone for 30 seconds after 3 failed calls.
fn client(practice: &Arc<Practice>) -> Client {
    practice.client(|builder| {
        builder
            .breaker(BreakerPolicy::new(3, PAUSE))
            .retry(RetryPolicy::never())
            .limits(Limits::new(100, 1_000_000))
    })
}

/// A practice that is down, and a client that has found out.
async fn left_alone() -> (Arc<Practice>, Client) {
    let practice = Practice::new(SOON);
    practice.feels(DOWN);
    let client = client(&practice);
    for _ in 0..3 {
        let error = read(&client).await.unwrap_err();
        assert_eq!(error.kind(), ClientErrorKind::Unreachable);
    }
    (practice, client)
}

async fn assert_suspended(practice: &Practice, client: &Client) {
    let before = practice.count();
    for error in [
        read(client).await.unwrap_err(),
        book(client).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ClientErrorKind::Suspended);
        assert_eq!(error.sent(), SentStatus::NotSent);
        assert!(error.operation().is_some());
        assert!(!error.is_ambiguous());
    }
    assert_eq!(practice.count(), before);
}

#[tokio::test(start_paused = true)]
async fn a_practice_that_only_fails_is_left_alone() {
    for (mood, kind) in [
        (DOWN, ClientErrorKind::Unreachable),
        (
            Mood::Fails(TransportErrorKind::Interrupted),
            ClientErrorKind::Interrupted,
        ),
        (
            Mood::Fails(TransportErrorKind::TimedOut),
            ClientErrorKind::Interrupted,
        ),
        (Mood::Hangs, ClientErrorKind::Interrupted),
        (Mood::Answers(500), ClientErrorKind::Server),
        (Mood::Answers(503), ClientErrorKind::Server),
    ] {
        let practice = Practice::new(SOON);
        practice.feels(mood);
        let client = client(&practice);
        for _ in 0..3 {
            assert_eq!(read(&client).await.unwrap_err().kind(), kind);
        }
        assert_suspended(&practice, &client).await;
        assert_eq!(practice.count(), 3, "{mood:?}");
        let wait = read(&client).await.unwrap_err().retry_after().unwrap();
        assert!(wait <= PAUSE && wait > PAUSE - Duration::from_secs(1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_shows_that_emis_works() {
    for status in [400, 401, 403, 404, 409, 415, 429, 302] {
        let practice = Practice::new(SOON);
        let client = client(&practice);
        practice.feels(Mood::Answers(status));
        for _ in 0..10 {
            let error = read(&client).await.unwrap_err();
            assert_ne!(error.kind(), ClientErrorKind::Suspended, "{status}");
        }
        // Not even failures between them.
        for _ in 0..5 {
            practice.feels(DOWN);
            read(&client).await.unwrap_err();
            let error = read(&client).await.unwrap_err();
            assert_eq!(error.kind(), ClientErrorKind::Unreachable, "{status}");
            practice.feels(Mood::Answers(status));
            read(&client).await.unwrap_err();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_retry_mends_is_no_failure() {
    let practice = Practice::new(SOON);
    let client = practice.client(|builder| builder.breaker(BreakerPolicy::new(1, PAUSE)));
    for _ in 0..5 {
        practice.feels(Mood::Answers(503));
        let (result, ()) = tokio::join!(read(&client), async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            practice.feels(Mood::Answers(200));
        });
        result.unwrap();
    }
    assert_eq!(practice.count(), 10);
}

#[tokio::test(start_paused = true)]
async fn after_the_pause_one_call_looks_whether_emis_works_again() {
    let (practice, client) = left_alone().await;
    advance(PAUSE).await;
    // It does not.
    let results = join_all((0..10).map(|_| read(&client))).await;
    let kinds: Vec<_> = results
        .into_iter()
        .map(|result| result.unwrap_err().kind())
        .collect();
    assert_eq!(kinds[0], ClientErrorKind::Unreachable);
    assert_eq!(kinds[1..], [ClientErrorKind::Suspended; 9]);
    assert_eq!(practice.count(), 4);
    assert_suspended(&practice, &client).await;

    // It does.
    advance(PAUSE).await;
    practice.feels(Mood::Answers(200));
    read(&client).await.unwrap();
    for result in join_all((0..10).map(|_| read(&client))).await {
        result.unwrap();
    }
    // And it takes three failures again to be left alone.
    practice.feels(DOWN);
    for _ in 0..3 {
        let error = read(&client).await.unwrap_err();
        assert_eq!(error.kind(), ClientErrorKind::Unreachable);
    }
    assert_suspended(&practice, &client).await;
}

#[tokio::test(start_paused = true)]
async fn a_look_that_was_given_up_is_left_to_the_next_call() {
    let (practice, client) = left_alone().await;
    practice.feels(Mood::Hangs);
    advance(PAUSE).await;
    timeout(Duration::from_secs(1), read(&client))
        .await
        .unwrap_err();
    practice.feels(Mood::Answers(200));
    read(&client).await.unwrap();
    assert_eq!(practice.count(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_write_of_unknown_outcome_is_read_back_at_once() {
    let practice = Practice::new(SOON);
    let client = client(&practice);
    practice.feels(Mood::Answers(500));
    for _ in 0..2 {
        read(&client).await.unwrap_err();
    }
    // The third failure: EMIS is left alone from now on.
    assert!(book(&client).await.unwrap_err().is_ambiguous());
    let error = book(&client).await.unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::Suspended);
    // But the read that tells what became of it goes through, once while EMIS fails ...
    assert_eq!(
        read(&client).await.unwrap_err().kind(),
        ClientErrorKind::Server
    );
    assert_suspended(&practice, &client).await;

    // ... and so does one after a write that was given up on its way.
    let other = self::client(&practice);
    practice.feels(Mood::Hangs);
    timeout(Duration::from_secs(1), book(&other))
        .await
        .unwrap_err();
    practice.feels(DOWN);
    for _ in 0..3 {
        read(&other).await.unwrap_err();
    }
    practice.feels(Mood::Answers(200));
    read(&other).await.unwrap();
    let before = practice.count();
    assert!(book(&other).await.unwrap_err().is_ambiguous());
    assert_eq!(practice.count(), before + 1);
}

#[tokio::test(start_paused = true)]
async fn get_health_always_goes_and_lets_the_next_call_look() {
    let (practice, client) = left_alone().await;
    assert_eq!(
        client.health().await.unwrap_err().kind(),
        ClientErrorKind::Unreachable
    );
    assert_suspended(&practice, &client).await;

    for status in [200, 401] {
        practice.feels(Mood::Answers(status));
        client.health().await.unwrap();
        let last = practice.asked().pop().unwrap();
        assert_eq!(last.operation, Operation::GetHealth);
        practice.feels(DOWN);
        assert_eq!(
            read(&client).await.unwrap_err().kind(),
            ClientErrorKind::Unreachable
        );
        assert_suspended(&practice, &client).await;
    }
}

#[tokio::test(start_paused = true)]
async fn one_practice_left_alone_says_nothing_about_another() {
    let (_, alone) = left_alone().await;
    let healthy = Practice::new(SOON);
    let other = client(&healthy);
    read(&other).await.unwrap();
    assert_eq!(
        read(&alone).await.unwrap_err().kind(),
        ClientErrorKind::Suspended
    );
    // A clone is the same client.
    let error = read(&alone.clone()).await.unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::Suspended);
}

#[tokio::test(start_paused = true)]
async fn what_waits_in_line_when_emis_is_found_to_fail_is_not_sent() {
    let practice = Practice::new(Duration::from_secs(1));
    practice.feels(DOWN);
    let client = practice.client(|builder| {
        builder
            .breaker(BreakerPolicy::new(3, PAUSE))
            .retry(RetryPolicy::never())
            .limits(Limits::new(2, 1_000))
    });
    let results = join_all((0..50).map(|_| read(&client))).await;
    let suspended = results
        .into_iter()
        .filter(|result| result.as_ref().unwrap_err().kind() == ClientErrorKind::Suspended)
        .count();
    // Two, and the two after them of which the first was the third failure.
    assert_eq!((practice.count(), suspended), (4, 46));
}

#[tokio::test(start_paused = true)]
async fn never_is_never() {
    let practice = Practice::new(Duration::ZERO);
    practice.feels(DOWN);
    let client = practice.client(|builder| {
        let never = BreakerPolicy::never();
        builder.breaker(never).retry(RetryPolicy::never())
    });
    for _ in 0..100 {
        let error = read(&client).await.unwrap_err();
        assert_eq!(error.kind(), ClientErrorKind::Unreachable);
    }
}
