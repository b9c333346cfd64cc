//! Against the simulator's identity service, which was written without knowledge of this crate.

use std::sync::Arc;

use emis_credentials::{
    ApiUser, ClientAuthentication, ClientCredentials, Grant, OpenIdTokenSource,
    OpenIdTokenSourceBuilder, TokenErrorKind as Kind, TokenHolder, TokenSource,
};
use emis_sim::{Operation, Sim};
use jiff::SignedDuration;

use crate::support::clock;

async fn sim() -> Sim {
    Sim::builder()
        .patients(20)
        .clock(Arc::new(clock()))
        .start()
        .await
        .unwrap()
}

fn source(sim: &Sim, grant: Grant) -> OpenIdTokenSourceBuilder {
    let secret = sim.client_secret().to_owned().into();
    let client = ClientCredentials::new(sim.client_id(), secret);
    OpenIdTokenSource::builder(sim.identity_url().parse().unwrap(), client, grant)
        .clock(Arc::new(clock()))
}

fn user(sim: &Sim, password: &str) -> Grant {
    let username = sim.practice().username().to_owned();
    Grant::Password(ApiUser::new(&username, password.to_owned().into()).unwrap())
}

#[tokio::test]
async fn an_api_user_gets_a_token_of_its_practice() {
    let sim = sim().await;
    let practice = sim.practice();
    for authentication in [ClientAuthentication::Body, ClientAuthentication::Basic] {
        let source = source(&sim, user(&sim, &practice.password()))
            .scopes(["papi-appt.read"])
            .client_authentication(authentication)
            .build()
            .unwrap();
        let token = source.token().await.unwrap();
        let claims = token.claims();
        assert_eq!(claims.holder, Some(TokenHolder::User));
        assert_eq!(claims.organisation_id, practice.cdb().parse().ok());
        assert_eq!(claims.ods_code, practice.ods().parse().ok());
        assert!(claims.authorizes("papi-appt.read"));
        assert!(!claims.authorizes("papi-appt.write"));
        assert_eq!(claims.expires_at, Some(token.expires_at()));
    }
}

#[tokio::test]
async fn the_product_gets_a_token_that_names_no_practice() {
    let sim = sim().await;
    let source = source(&sim, Grant::ClientCredentials).build().unwrap();
    let token = source.token().await.unwrap();
    assert_eq!(token.claims().holder, Some(TokenHolder::Application));
    assert_eq!(token.claims().organisation_id, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_wrong_password_reaches_emis_once() {
    let sim = sim().await;
    let source = source(&sim, user(&sim, "not the password"))
        .build()
        .unwrap();
    let callers: Vec<_> = (0..200)
        .map(|_| {
            let source = source.clone();
            tokio::spawn(async move { source.token().await.unwrap_err().kind() })
        })
        .collect();
    for caller in callers {
        let kind = caller.await.unwrap();
        assert!(matches!(
            kind,
            Kind::InvalidUserCredentials | Kind::HeldBack
        ));
    }
    assert_eq!(source.token().await.unwrap_err().kind(), Kind::HeldBack);
    assert_eq!(sim.password_attempts(sim.practice().username()), 1);
    assert_eq!(sim.count(Operation::Token), 1);
}

#[tokio::test]
async fn not_ticked_under_edit_users_looks_like_a_wrong_password() {
    let sim = sim().await;
    sim.practice().emas().untick_in_edit_users();
    let grant = user(&sim, &sim.practice().password());
    let error = source(&sim, grant)
        .build()
        .unwrap()
        .token()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidUserCredentials);
    assert_eq!(error.provider_code(), Some("AADB2C90225"));
}

#[tokio::test]
async fn a_wrong_client_secret_and_an_unknown_scope_are_the_products_fault() {
    let sim = sim().await;
    let wrong = ClientCredentials::new(sim.client_id(), "wrong".to_owned().into());
    let issuer: url::Url = sim.identity_url().parse().unwrap();
    for authentication in [ClientAuthentication::Body, ClientAuthentication::Basic] {
        let error =
            OpenIdTokenSource::builder(issuer.clone(), wrong.clone(), Grant::ClientCredentials)
                .client_authentication(authentication)
                .build()
                .unwrap()
                .token()
                .await
                .unwrap_err();
        assert_eq!(error.kind(), Kind::ClientRefused);
    }
    let error = source(&sim, Grant::ClientCredentials)
        .scopes(["papi-everything.write"])
        .build()
        .unwrap()
        .token()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::ScopeRefused);
}

#[tokio::test]
async fn one_token_serves_until_it_is_refused_or_ends() {
    let sim = sim().await;
    let hands = clock();
    let source = source(&sim, user(&sim, &sim.practice().password()))
        .clock(Arc::new(hands.clone()))
        .build()
        .unwrap();
    let first = source.token().await.unwrap();
    assert!(source.token().await.unwrap().is_same(&first));
    source.invalidate(&first);
    let second = source.token().await.unwrap();
    assert!(!second.is_same(&first));
    hands.advance(SignedDuration::from_hours(2));
    assert!(!source.token().await.unwrap().is_same(&second));
    assert_eq!(sim.count(Operation::Token), 3);
    assert_eq!(sim.count(Operation::Discovery), 1);
}
