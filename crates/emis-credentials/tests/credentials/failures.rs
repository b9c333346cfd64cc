//! Every failure has a kind, names the responsible party, and ends with its cause.

use std::sync::Arc;
use std::time::Duration;

use emis_credentials::{
    Grant, OpenIdTokenSource, OpenIdTokenSourceBuilder, ResponsibleParty, TokenError,
    TokenErrorKind as Kind, TokenSource,
};
use emis_types::ManualClock;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::support::{Identity, clock, granted, granted_for, jwt, password, refused};

fn builder(identity: &Identity, grant: Grant, clock: &ManualClock) -> OpenIdTokenSourceBuilder {
    identity.source(grant).clock(Arc::new(clock.clone()))
}

fn source(identity: &Identity, clock: &ManualClock) -> OpenIdTokenSource {
    builder(identity, password(), clock).build().unwrap()
}

#[tokio::test]
async fn every_failure_has_a_kind_and_a_responsible_party_and_passes() {
    let html = |status| ResponseTemplate::new(status).set_body_raw("<html>", "text/html");
    let word = |word| refused(word, "");
    for (trouble, answer, kind, who) in [
        (
            "out of order",
            html(503),
            Kind::Unreachable,
            ResponsibleParty::Emis,
        ),
        ("a page", html(200), Kind::Malformed, ResponsibleParty::Emis),
        (
            "a page that refuses",
            html(403),
            Kind::Malformed,
            ResponsibleParty::Emis,
        ),
        (
            "throttled",
            html(429),
            Kind::Throttled,
            ResponsibleParty::NoOne,
        ),
        (
            "locked for a while",
            refused("access_denied", "AADB2C90114: locked"),
            Kind::UserRefused,
            ResponsibleParty::Practice,
        ),
        (
            "client refused",
            word("invalid_client"),
            Kind::ClientRefused,
            ResponsibleParty::Product,
        ),
        (
            "scope refused",
            word("invalid_scope"),
            Kind::ScopeRefused,
            ResponsibleParty::Product,
        ),
        (
            "expired already",
            granted_for("old", json!(0)),
            Kind::Malformed,
            ResponsibleParty::Emis,
        ),
    ] {
        let identity = Identity::answering([answer, granted("one")]).await;
        let clock = clock();
        let source = source(&identity, &clock);
        let error = source.token().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.responsible_party()),
            (kind, who),
            "{trouble}"
        );
        clock.advance(SignedDuration::from_mins(15));
        assert_eq!(source.token().await.unwrap().expose(), "one", "{trouble}");
    }
}

#[tokio::test]
async fn a_service_that_is_down_or_slow_is_unreachable() {
    let slow = granted("late").set_delay(Duration::from_secs(3600));
    let identity = Identity::answering([slow, granted("one")]).await;
    let clock = clock();
    let source = builder(&identity, Grant::ClientCredentials, &clock)
        .timeout(Duration::from_millis(200))
        .build()
        .unwrap();
    let error = source.token().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.responsible_party()),
        (Kind::Unreachable, ResponsibleParty::Emis)
    );
    assert!(error.to_string().contains("in time"), "{error}");

    // Nobody listens there.
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let source = builder(&identity, Grant::ClientCredentials, &clock)
        .token_endpoint(format!("http://{gone}/token").parse().unwrap())
        .build()
        .unwrap();
    let error = source.token().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.responsible_party()),
        (Kind::Unreachable, ResponsibleParty::Emis)
    );
}

/// A token that says when it was issued and when it ends, by a clock `ahead` of ours.
fn told_by_another_clock(ahead: SignedDuration, expires_in: Value) -> ResponseTemplate {
    let now = emis_types::Clock::now(&clock()) + ahead;
    let bearer = jwt(&json!({
        "iat": now.as_second(),
        "exp": (now + SignedDuration::from_hours(1)).as_second(),
    }));
    granted_for(&bearer, expires_in)
}

#[tokio::test]
async fn clocks_that_are_minutes_apart_do_no_harm() {
    for minutes in [-90, -7, 0, 7, 90] {
        let ahead = SignedDuration::from_mins(minutes);
        for expires_in in [json!(3600), json!(null)] {
            let identity = Identity::answering([told_by_another_clock(ahead, expires_in)]).await;
            let clock = clock();
            let source = source(&identity, &clock);
            let token = source.token().await.unwrap();
            let end = emis_types::Clock::now(&clock) + SignedDuration::from_hours(1);
            assert_eq!(token.expires_at(), end, "{minutes} minutes ahead");
            clock.advance(SignedDuration::from_mins(50));
            source.token().await.unwrap();
            assert_eq!(identity.count(), 1, "{minutes} minutes ahead");
        }
    }
}

#[tokio::test]
async fn a_token_that_does_not_say_how_long_it_lives_is_used_for_a_few_calls() {
    for bearer in ["opaque".to_owned(), jwt(&json!({"ods": "A20047"}))] {
        let identity = Identity::answering([granted_for(&bearer, json!(null))]).await;
        let clock = clock();
        let source = source(&identity, &clock);
        let token = source.token().await.unwrap();
        let end = emis_types::Clock::now(&clock) + SignedDuration::from_mins(5);
        assert_eq!(token.expires_at(), end);
    }
}

#[tokio::test]
async fn a_token_that_has_expired_already_is_never_given_out() {
    let long_ago = |claims: Value| granted_for(&jwt(&claims), json!(null));
    for answer in [
        granted_for("opaque", json!(0)),
        granted_for("opaque", json!("0")),
        long_ago(json!({"exp": 1_000_000_000})),
        long_ago(json!({"iat": 2_000_000_000, "exp": 2_000_000_000})),
        long_ago(json!({"iat": 2_000_000_000, "exp": 1_999_999_999})),
    ] {
        let identity = Identity::answering([answer]).await;
        let error = source(&identity, &clock()).token().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.responsible_party()),
            (Kind::Malformed, ResponsibleParty::Emis)
        );
        assert!(error.to_string().contains("expired already"), "{error}");
    }
}

/// We do not check signatures, so that a service which changes its keys changes nothing for us.
#[tokio::test]
async fn tokens_are_used_whichever_key_signed_them() {
    let claims = json!({"ods": "A20047", "cdb": "50002"});
    let by_another_key = jwt(&claims).replace(".c2ln", ".b3RoZXI");
    let identity = Identity::answering([granted(&jwt(&claims)), granted(&by_another_key)]).await;
    let clock = clock();
    let source = source(&identity, &clock);
    let first = source.token().await.unwrap();
    source.invalidate(&first);
    let second = source.token().await.unwrap();
    assert!(!second.is_same(&first));
    assert_eq!(second.claims(), first.claims());
    assert!(second.expires_at() > Timestamp::UNIX_EPOCH);
}

#[test]
fn a_failure_that_passes_by_itself_is_retryable() {
    for (kind, retryable) in [
        (Kind::Unreachable, true),
        (Kind::Throttled, true),
        (Kind::Busy, true),
        (Kind::StoreUnavailable, true),
        (Kind::InvalidUserCredentials, false),
        (Kind::HeldBack, false),
        (Kind::ClientRefused, false),
        (Kind::SignInAgain, false),
        (Kind::Configuration, false),
    ] {
        assert_eq!(TokenError::new(kind).is_retryable(), retryable, "{kind:?}");
    }
}
