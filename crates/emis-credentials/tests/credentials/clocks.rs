//! Clocks that were wrong: what they wrote does not outlive their correction.

use std::sync::Arc;

use emis_credentials::{
    MemoryRefusedPasswordStore, OpenIdTokenSource, PasswordFingerprint, RefusedPasswordStore,
    ReleaseOutcome, SealContext, SealingIdentity, TokenErrorKind as Kind, TokenSource,
    release_password,
};
use emis_types::{Clock, ManualClock};
use jiff::SignedDuration;
use wiremock::ResponseTemplate;

use crate::support::{Identity, api_user, clock, granted, password};

const YEAR: SignedDuration = SignedDuration::from_hours(365 * 24);

fn fingerprint() -> PasswordFingerprint {
    let practice = SealContext::new("A20047".parse().unwrap(), "50002".parse().unwrap());
    SealingIdentity::generate().fingerprint(&api_user(), &practice)
}

fn worker(
    identity: &Identity,
    clock: &ManualClock,
    store: &Arc<MemoryRefusedPasswordStore>,
    fingerprint: PasswordFingerprint,
) -> OpenIdTokenSource {
    let source = identity.source(password()).clock(Arc::new(clock.clone()));
    let source = source.build().unwrap();
    source.remembering(Arc::clone(store) as _, [fingerprint])
}

#[tokio::test]
async fn attempts_under_a_fast_clock_do_not_block_sign_in_until_its_date() {
    let identity = Identity::answering([ResponseTemplate::new(500)]).await;
    let (clock, store) = (clock(), Arc::new(MemoryRefusedPasswordStore::new()));
    let fingerprint = fingerprint();
    clock.advance(YEAR);
    for _ in 0..3 {
        let source = worker(&identity, &clock, &store, fingerprint);
        assert_eq!(source.token().await.unwrap_err().kind(), Kind::Unreachable);
        clock.advance(SignedDuration::from_mins(1));
    }
    let error = worker(&identity, &clock, &store, fingerprint).token().await;
    assert_eq!(error.unwrap_err().kind(), Kind::Busy);

    clock.advance(-YEAR);
    identity.answer([granted("one")]);
    let source = worker(&identity, &clock, &store, fingerprint);
    assert_eq!(source.token().await.unwrap().expose(), "one");
}

#[tokio::test]
async fn claims_of_a_worker_that_is_minutes_ahead_count() {
    let (clock, store) = (clock(), MemoryRefusedPasswordStore::new());
    let (password, now) = (fingerprint(), clock.now());
    let ahead = now + SignedDuration::from_mins(14);
    let until = ahead + SignedDuration::from_mins(15);
    assert!(store.claim(&password, ahead, until).await.unwrap());
    assert!(
        !store
            .claim(&password, now, now + SignedDuration::from_mins(1))
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn a_release_clears_the_claims_that_a_fast_clock_left_and_no_others() {
    let store = MemoryRefusedPasswordStore::new();
    let (password, clock) = (fingerprint(), clock());
    let now = clock.now();
    let minute = SignedDuration::from_mins(1);
    let release = async || {
        store.remember(&password).await.unwrap();
        let outcome = release_password(&store, &[password], false, &clock).await;
        assert_eq!(outcome.unwrap(), ReleaseOutcome::Released);
    };
    let future = now + YEAR;
    assert!(
        store
            .claim(&password, future, future + minute)
            .await
            .unwrap()
    );
    release().await;
    assert!(!format!("{store:?}").contains("2027"), "{store:?}");

    assert!(store.claim(&password, now, now + minute).await.unwrap());
    release().await;
    assert!(!store.claim(&password, now, now + minute).await.unwrap());
}

/// A password that was never refused may be blocked by them just the same.
#[tokio::test]
async fn a_release_of_nothing_clears_the_claims_that_a_fast_clock_left_too() {
    let store = MemoryRefusedPasswordStore::new();
    let (password, clock) = (fingerprint(), clock());
    let future = clock.now() + YEAR;
    let until = future + SignedDuration::from_mins(1);
    assert!(store.claim(&password, future, until).await.unwrap());
    let outcome = release_password(&store, &[password], false, &clock).await;
    assert_eq!(outcome.unwrap(), ReleaseOutcome::NotRefused);
    assert!(!format!("{store:?}").contains("2027"), "{store:?}");
}

#[tokio::test]
async fn a_token_of_a_fast_clock_is_not_kept_for_a_year() {
    let identity = Identity::answering([granted("future"), granted("today")]).await;
    let clock = clock();
    clock.advance(YEAR);
    let source = identity.source(password()).clock(Arc::new(clock.clone()));
    let source = source.build().unwrap();
    assert_eq!(source.token().await.unwrap().expose(), "future");
    // A clock that is corrected little by little costs no token.
    clock.advance(-SignedDuration::from_mins(4));
    assert_eq!(source.token().await.unwrap().expose(), "future");
    clock.advance(-YEAR);
    assert_eq!(source.token().await.unwrap().expose(), "today");
}
