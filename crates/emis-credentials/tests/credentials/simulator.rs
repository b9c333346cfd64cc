//! Against the simulator's identity service, which was written without knowledge of this crate.

use std::sync::Arc;

use emis_credentials::{
    ApiUser, ClientAuthentication, ClientCredentials, Grant, KeptSignIn, MemoryRefreshTokenStore,
    OpenIdTokenSource, OpenIdTokenSourceBuilder, RefreshTokenStore, SignInRequest,
    TokenErrorKind as Kind, TokenHolder, TokenSource,
};
use emis_sim::{Sim, SimOperation};
use jiff::SignedDuration;
use secrecy::ExposeSecret;

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
    assert_eq!(sim.count(SimOperation::Token), 1);
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
    assert_eq!(sim.count(SimOperation::Token), 3);
    assert_eq!(sim.count(SimOperation::Discovery), 1);
}

/// Goes where the browser is sent, as the practice's user who need not be asked, and comes back.
async fn browse(pending: &emis_credentials::PendingSignIn) -> url::Url {
    let browser = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let answer = browser.get(pending.address().clone()).send().await.unwrap();
    let location = answer.headers().get("location").unwrap();
    location.to_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_user_signs_in_and_the_session_goes_on_over_hours_restarts_and_new_signing_keys() {
    let hands = clock();
    let sim = Sim::builder()
        .patients(20)
        .clock(Arc::new(hands.clone()))
        .start()
        .await
        .unwrap();
    let product = source(&sim, Grant::ClientCredentials)
        .scopes(["papi-appt.read"])
        .clock(Arc::new(hands.clone()))
        .build()
        .unwrap();
    let sign_in = || {
        SignInRequest::new("http://127.0.0.1:9/signed-in".parse().unwrap())
            .extra_parameter("prompt", "none")
            .extra_parameter("login_hint", sim.practice().username())
    };
    let pending = product.begin_sign_in(sign_in()).await.unwrap();
    let came_back_to = browse(&pending).await;
    let store = Arc::new(MemoryRefreshTokenStore::new());
    let kept = KeptSignIn::restore(&pending.keep().expose_secret()).unwrap();
    let user = product
        .finish_sign_in(kept, &came_back_to, store.clone())
        .await
        .unwrap();
    let first = user.token().await.unwrap();
    assert_eq!(first.claims().holder, Some(TokenHolder::User));
    assert_eq!(first.claims().ods_code, sim.practice().ods().parse().ok());
    assert!(first.claims().authorizes("papi-appt.read"));

    let nothing: [(&str, &str); 0] = [];
    for _ in 0..3 {
        let before = store.load().await.unwrap().unwrap();
        hands.advance(SignedDuration::from_hours(2));
        sim.identity().rotate_keys();
        let user = product.for_grant(Grant::Refresh(store.clone()), nothing);
        assert_eq!(
            user.token().await.unwrap().claims().holder,
            Some(TokenHolder::User)
        );
        let after = store.load().await.unwrap().unwrap();
        assert_ne!(before.expose_secret(), after.expose_secret());
    }

    // The code that the browser brought is good for one sign-in, and only for its own.
    let other = product.begin_sign_in(sign_in()).await.unwrap().keep();
    let error = product
        .finish_sign_in(other, &came_back_to, store.clone())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::SignInAgain);

    sim.identity().revoke_consents();
    hands.advance(SignedDuration::from_hours(2));
    let ended = product.for_grant(Grant::Refresh(store), nothing);
    assert_eq!(ended.token().await.unwrap_err().kind(), Kind::SignInAgain);
}

#[tokio::test]
async fn a_service_whose_clock_is_minutes_off_or_that_is_gone_for_a_while_does_no_harm() {
    let hands = clock();
    let sim = sim().await;
    let source = source(&sim, user(&sim, &sim.practice().password()))
        .clock(Arc::new(hands.clone()))
        .build()
        .unwrap();
    for minutes in [-8, 8] {
        sim.identity()
            .set_clock_skew(SignedDuration::from_mins(minutes));
        source.fresh_token().await.unwrap();
        hands.advance(SignedDuration::from_mins(50));
        source.token().await.unwrap();
    }
    assert_eq!(
        sim.count(SimOperation::Token),
        2,
        "none is thought to be over too early"
    );

    sim.identity().set_reachable(false);
    hands.advance(SignedDuration::from_hours(2));
    assert_eq!(source.token().await.unwrap_err().kind(), Kind::Unreachable);
    sim.identity().set_reachable(true);
    hands.advance(SignedDuration::from_mins(2));
    source.token().await.unwrap();
}

/// An account that locks at the third wrong try is never locked by us.
#[tokio::test]
async fn an_account_that_locks_early_is_not_locked() {
    let sim = sim().await;
    sim.identity().lock_users_after(Some(2));
    let hands = clock();
    let source = source(&sim, user(&sim, "not the password"))
        .clock(Arc::new(hands.clone()))
        .build()
        .unwrap();
    for _ in 0..20 {
        source.token().await.unwrap_err();
        hands.advance(SignedDuration::from_hours(1));
    }
    let right = user(&sim, &sim.practice().password());
    let nothing: [(&str, &str); 0] = [];
    assert!(source.for_grant(right, nothing).token().await.is_ok());
}
