//! A user signs in: the authorization code grant with PKCE, and the session that follows.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use emis_credentials::{
    Grant, KeptSignIn, Launch, MemoryRefreshTokenStore, OpenIdTokenSource, RefreshTokenStore,
    RefreshTokenStoreError, ResponsibleParty, SignInRequest, TokenErrorKind as Kind, TokenSource,
};
use emis_types::ManualClock;
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use url::Url;
use wiremock::ResponseTemplate;

use crate::support::{Identity, clock, granted, refused};

const NOTHING: [(&str, &str); 0] = [];

fn redirect_uri() -> Url {
    "https://product.example.com/signed-in".parse().unwrap()
}

fn product(identity: &Identity, clock: &ManualClock) -> OpenIdTokenSource {
    identity
        .source(Grant::ClientCredentials)
        .scopes(["papi-appt.read"])
        .clock(Arc::new(clock.clone()))
        .build()
        .unwrap()
}

fn session(bearer: &str, refresh: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "access_token": bearer,
        "token_type": "Bearer",
        "expires_in": 3600,
        "refresh_token": refresh,
    }))
}

fn ended() -> ResponseTemplate {
    refused(
        "invalid_grant",
        "AADB2C90080: The provided grant has expired.",
    )
}

/// The address that a browser comes back to.
fn back(parameters: &[(&str, &str)]) -> Url {
    Url::parse_with_params(redirect_uri().as_str(), parameters).unwrap()
}

/// A sign-in that was begun: the parameters of its address, and what was kept.
async fn begun(product: &OpenIdTokenSource) -> (HashMap<String, String>, KeptSignIn) {
    let pending = product
        .begin_sign_in(SignInRequest::new(redirect_uri()))
        .await
        .unwrap();
    let asked = pending.address().query_pairs().into_owned().collect();
    (asked, pending.keep())
}

async fn signed_in(
    product: &OpenIdTokenSource,
    store: &Arc<MemoryRefreshTokenStore>,
) -> OpenIdTokenSource {
    let (asked, kept) = begun(product).await;
    let came_back_to = back(&[("code", "the-code"), ("state", &asked["state"])]);
    product
        .finish_sign_in(kept, &came_back_to, Arc::clone(store) as _)
        .await
        .unwrap()
}

async fn saved(store: &MemoryRefreshTokenStore) -> String {
    let token = store.load().await.unwrap().unwrap();
    token.expose_secret().to_owned()
}

#[tokio::test]
async fn a_code_is_bought_with_the_verifier_that_only_we_know() {
    let identity = Identity::answering([session("one", "refresh-1 &+ü")]).await;
    let clock = clock();
    let product = product(&identity, &clock);

    let launched: Url = format!(
        "patchs://launch?iss={}/tenant&launch=the-context",
        identity.uri()
    )
    .parse()
    .unwrap();
    let issuer: Url = format!("{}/tenant/", identity.uri()).parse().unwrap();
    let launch = Launch::read(&launched, &issuer).unwrap();
    let request = SignInRequest::new(redirect_uri())
        .launch(&launch)
        .extra_parameter("login_hint", "invented.person@example.com");
    let pending = product.begin_sign_in(request).await.unwrap();
    let address = pending.address().clone();
    assert_eq!(address.path(), "/policy/authorize");
    let asked: HashMap<_, _> = address.query_pairs().into_owned().collect();
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "client-id"),
        ("redirect_uri", redirect_uri().as_str()),
        ("scope", "openid offline_access papi-appt.read"),
        ("code_challenge_method", "S256"),
        ("launch", "the-context"),
        ("login_hint", "invented.person@example.com"),
    ] {
        assert_eq!(asked.get(name).map(String::as_str), Some(value), "{name}");
    }

    // The browser is away; what was kept is stored meanwhile.
    let stored = pending.keep().expose_secret();
    let kept = KeptSignIn::restore(&stored).unwrap();
    let store = Arc::new(MemoryRefreshTokenStore::new());
    let came_back_to = back(&[("code", "code=&?ü"), ("state", &asked["state"])]);
    let user = product
        .finish_sign_in(kept, &came_back_to, store.clone())
        .await
        .unwrap();
    assert_eq!(user.token().await.unwrap().expose(), "one");
    assert_eq!(saved(&store).await, "refresh-1 &+ü");

    let form = &identity.asked()[0].form;
    assert_eq!(form["grant_type"], "authorization_code");
    assert_eq!(form["code"], "code=&?ü");
    assert_eq!(form["redirect_uri"], redirect_uri().as_str());
    let verifier = &form["code_verifier"];
    assert!((43..=128).contains(&verifier.len()));
    let hash = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
    assert_eq!(asked["code_challenge"], hash);
    // The product's own tokens are not the user's.
    identity.answer([granted("the-product's")]);
    assert_eq!(product.token().await.unwrap().expose(), "the-product's");
}

#[tokio::test]
async fn each_sign_in_has_its_own_state_and_challenge() {
    let identity = Identity::answering([granted("one")]).await;
    let product = product(&identity, &clock());
    let (one, _) = begun(&product).await;
    let (two, _) = begun(&product).await;
    assert_ne!(one["state"], two["state"]);
    assert_ne!(one["code_challenge"], two["code_challenge"]);
}

#[tokio::test]
async fn a_browser_that_comes_from_elsewhere_is_not_followed() {
    let identity = Identity::answering([granted("one")]).await;
    let product = product(&identity, &clock());
    let (other, _) = begun(&product).await;
    let issuer = format!("{}/tenant", identity.uri());
    for (what, parameters) in [
        ("no state", vec![("code", "c")]),
        ("an empty state", vec![("code", "c"), ("state", "")]),
        (
            "another's state",
            vec![("code", "c"), ("state", &other["state"])],
        ),
        ("no code", vec![("state", "ours"), ("iss", &issuer)]),
        (
            "two codes",
            vec![("code", "c"), ("code", "d"), ("state", "ours")],
        ),
        (
            "two states",
            vec![("code", "c"), ("state", "ours"), ("state", "ours")],
        ),
        (
            "another issuer",
            vec![
                ("code", "c"),
                ("state", "ours"),
                ("iss", "https://evil.example.com/"),
            ],
        ),
    ] {
        let (asked, kept) = begun(&product).await;
        let ours = |(name, value)| match value {
            "ours" => (name, asked["state"].as_str()),
            _ => (name, value),
        };
        let parameters: Vec<_> = parameters.into_iter().map(ours).collect();
        let store = Arc::new(MemoryRefreshTokenStore::new());
        let outcome = product
            .finish_sign_in(kept, &back(&parameters), store)
            .await;
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), Kind::SignInAgain, "{what}");
        assert_eq!(error.responsible_party(), ResponsibleParty::User, "{what}");
    }
    assert_eq!(identity.count(), 0, "no code was sent for any of them");
}

#[tokio::test]
async fn what_goes_wrong_at_the_sign_in_names_the_responsible_party() {
    let identity = Identity::answering([granted("one")]).await;
    let product = product(&identity, &clock());
    for (error, description, kind, who) in [
        (
            "access_denied",
            "AADB2C90091: cancelled",
            Kind::SignInAgain,
            ResponsibleParty::User,
        ),
        (
            "login_required",
            "",
            Kind::SignInAgain,
            ResponsibleParty::User,
        ),
        (
            "invalid_scope",
            "",
            Kind::ScopeRefused,
            ResponsibleParty::Product,
        ),
        (
            "unauthorized_client",
            "",
            Kind::ClientRefused,
            ResponsibleParty::Product,
        ),
        (
            "temporarily_unavailable",
            "",
            Kind::Unreachable,
            ResponsibleParty::Emis,
        ),
    ] {
        let (asked, kept) = begun(&product).await;
        let came_back_to = back(&[
            ("error", error),
            ("error_description", description),
            ("state", &asked["state"]),
        ]);
        let store = Arc::new(MemoryRefreshTokenStore::new());
        let failed = product
            .finish_sign_in(kept, &came_back_to, store)
            .await
            .unwrap_err();
        assert_eq!(
            (failed.kind(), failed.responsible_party()),
            (kind, who),
            "{error}"
        );
        assert!(!format!("{failed} {failed:?}").contains("cancelled"));
    }
    identity.answer([ended()]);
    let (asked, kept) = begun(&product).await;
    let came_back_to = back(&[("code", "used twice"), ("state", &asked["state"])]);
    let store = Arc::new(MemoryRefreshTokenStore::new());
    let failed = product.finish_sign_in(kept, &came_back_to, store).await;
    assert_eq!(failed.unwrap_err().kind(), Kind::SignInAgain);
}

#[test]
fn a_launch_from_anywhere_else_is_not_followed() {
    let issuer: Url = "https://identity.example.com/tenant".parse().unwrap();
    let read = |opened: &str| Launch::read(&opened.parse().unwrap(), &issuer);
    assert!(read("patchs://launch?iss=https://identity.example.com/tenant/&launch=x").is_ok());
    for opened in [
        "patchs://launch",
        "patchs://launch?launch=x",
        "patchs://launch?iss=https://identity.example.com/tenant",
        "patchs://launch?iss=https://identity.example.com/other&launch=x",
        "patchs://launch?iss=https://evil.example.com/tenant&launch=x",
        "patchs://launch?iss=nonsense&launch=x",
        "patchs://launch?iss=https://identity.example.com/tenant&iss=x&launch=x",
    ] {
        assert_eq!(
            read(opened).unwrap_err().kind(),
            Kind::Malformed,
            "{opened}"
        );
    }
}

#[tokio::test]
async fn a_session_goes_on_and_each_refresh_token_takes_the_others_place() {
    let identity = Identity::answering([
        session("one", "refresh-1"),
        session("two", "refresh-2"),
        granted("three"),
        session("four", "refresh-4"),
    ])
    .await;
    let clock = clock();
    let product = product(&identity, &clock);
    let store = Arc::new(MemoryRefreshTokenStore::new());
    let user = signed_in(&product, &store).await;
    for (bearer, sent, then_saved) in [
        ("two", "refresh-1", "refresh-2"),
        // Without a new one in the answer, the old one stays.
        ("three", "refresh-2", "refresh-2"),
        ("four", "refresh-2", "refresh-4"),
    ] {
        clock.advance(SignedDuration::from_hours(2));
        assert_eq!(user.token().await.unwrap().expose(), bearer);
        let form = identity.asked().last().unwrap().form.clone();
        assert_eq!(form["grant_type"], "refresh_token");
        assert_eq!(form["refresh_token"], sent);
        assert_eq!(saved(&store).await, then_saved);
    }
    // After a restart the session is taken up from the store.
    identity.answer([session("five", "refresh-5")]);
    let taken_up = product.for_grant(Grant::Refresh(store.clone()), NOTHING);
    assert_eq!(taken_up.token().await.unwrap().expose(), "five");
    assert_eq!(
        identity.asked().last().unwrap().form["refresh_token"],
        "refresh-4"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn hundreds_of_callers_use_a_refresh_token_once() {
    let identity =
        Identity::answering([session("one", "refresh-1"), session("two", "refresh-2")]).await;
    let clock = clock();
    let store = Arc::new(MemoryRefreshTokenStore::new());
    let user = signed_in(&product(&identity, &clock), &store).await;
    clock.advance(SignedDuration::from_hours(2));
    let callers: Vec<_> = (0..300)
        .map(|_| {
            let user = user.clone();
            tokio::spawn(async move { user.token().await.unwrap() })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.await.unwrap().expose(), "two");
    }
    assert_eq!(identity.count(), 2);
}

#[tokio::test]
async fn a_session_that_has_ended_is_the_users_to_begin_anew_and_nothing_is_sent_twice() {
    let identity = Identity::answering([session("one", "refresh-1"), ended()]).await;
    let clock = clock();
    let product = product(&identity, &clock);
    let store = Arc::new(MemoryRefreshTokenStore::new());
    let user = signed_in(&product, &store).await;
    clock.advance(SignedDuration::from_hours(2));
    for _ in 0..3 {
        let error = user.token().await.unwrap_err();
        assert_eq!(error.kind(), Kind::SignInAgain);
        assert_eq!(error.responsible_party(), ResponsibleParty::User);
        clock.advance(SignedDuration::from_hours(1));
    }
    assert_eq!(identity.count(), 2);

    // The user signs in again, elsewhere; this source finds the new session in the store.
    store.save(&"refresh-9".into()).await.unwrap();
    identity.answer([session("nine", "refresh-10")]);
    clock.advance(SignedDuration::from_hours(1));
    assert_eq!(user.token().await.unwrap().expose(), "nine");
}

#[tokio::test]
async fn without_a_refresh_token_the_session_ends_with_its_token() {
    let identity = Identity::answering([granted("one")]).await;
    let clock = clock();
    let store = Arc::new(MemoryRefreshTokenStore::new());
    let user = signed_in(&product(&identity, &clock), &store).await;
    assert_eq!(user.token().await.unwrap().expose(), "one");
    clock.advance(SignedDuration::from_hours(2));
    assert_eq!(user.token().await.unwrap_err().kind(), Kind::SignInAgain);
    assert_eq!(identity.count(), 1);
}

#[tokio::test]
async fn another_process_that_used_the_token_first_is_followed() {
    let identity = Identity::answering([
        session("one", "refresh-1"),
        ended(),
        session("three", "refresh-3"),
    ])
    .await;
    let clock = clock();
    /// A store in which another process saves between our reading and the service's answer.
    #[derive(Debug)]
    struct Raced(MemoryRefreshTokenStore, AtomicBool);

    #[async_trait]
    impl RefreshTokenStore for Raced {
        async fn load(&self) -> Result<Option<SecretString>, RefreshTokenStoreError> {
            let token = self.0.load().await?;
            if !self.1.swap(true, Ordering::SeqCst) {
                self.0.save(&"refresh-2".into()).await?;
            }
            Ok(token)
        }
        async fn save(&self, token: &SecretString) -> Result<(), RefreshTokenStoreError> {
            self.0.save(token).await
        }
    }

    let product = product(&identity, &clock);
    let (asked, kept) = begun(&product).await;
    let came_back_to = back(&[("code", "the-code"), ("state", &asked["state"])]);
    let store = Arc::new(Raced(
        MemoryRefreshTokenStore::new(),
        AtomicBool::new(false),
    ));
    let user = product
        .finish_sign_in(kept, &came_back_to, store)
        .await
        .unwrap();
    clock.advance(SignedDuration::from_hours(2));
    assert_eq!(user.token().await.unwrap().expose(), "three");
    let sent: Vec<_> = identity.asked()[1..]
        .iter()
        .map(|asked| asked.form["refresh_token"].clone())
        .collect();
    assert_eq!(sent, ["refresh-1", "refresh-2"]);
}

#[tokio::test]
async fn a_refresh_token_that_could_not_be_saved_is_not_lost() {
    /// A store whose disk is full for a while.
    #[derive(Debug, Default)]
    struct Full(MemoryRefreshTokenStore, AtomicBool);

    #[async_trait]
    impl RefreshTokenStore for Full {
        async fn load(&self) -> Result<Option<SecretString>, RefreshTokenStoreError> {
            self.0.load().await
        }
        async fn save(&self, token: &SecretString) -> Result<(), RefreshTokenStoreError> {
            if self.1.load(Ordering::SeqCst) {
                return Err(RefreshTokenStoreError);
            }
            self.0.save(token).await
        }
    }

    let identity =
        Identity::answering([session("one", "refresh-1"), session("two", "refresh-2")]).await;
    let clock = clock();
    let product = product(&identity, &clock);
    let store = Arc::new(Full::default());
    store.0.save(&"refresh-0".into()).await.unwrap();
    let user = product.for_grant(Grant::Refresh(store.clone()), NOTHING);
    store.1.store(true, Ordering::SeqCst);
    assert_eq!(
        user.token().await.unwrap().expose(),
        "one",
        "the token is good all the same"
    );
    assert_eq!(saved(&store.0).await, "refresh-0");

    clock.advance(SignedDuration::from_hours(2));
    let error = user.token().await.unwrap_err();
    assert_eq!(error.kind(), Kind::StoreUnavailable);
    assert_eq!(
        identity.count(),
        1,
        "nothing is used up that could not be saved"
    );

    store.1.store(false, Ordering::SeqCst);
    clock.advance(SignedDuration::from_mins(1));
    assert_eq!(user.token().await.unwrap().expose(), "two");
    assert_eq!(identity.asked()[1].form["refresh_token"], "refresh-1");
    assert_eq!(saved(&store.0).await, "refresh-2");
}

#[tokio::test]
async fn nothing_of_a_sign_in_prints() {
    let identity = Identity::answering([session("bearer-word", "refresh-word")]).await;
    let product = product(&identity, &clock());
    let pending = product
        .begin_sign_in(SignInRequest::new(redirect_uri()).extra_parameter("login_hint", "hinted"))
        .await
        .unwrap();
    let asked: HashMap<_, _> = pending.address().query_pairs().into_owned().collect();
    let mut printed = format!("{pending:?}");
    let kept = pending.keep();
    printed += &format!("{kept:?}");
    let came_back_to = back(&[("code", "code-word"), ("state", &asked["state"])]);
    let store = Arc::new(MemoryRefreshTokenStore::new());
    let user = product
        .finish_sign_in(kept, &came_back_to, store.clone())
        .await
        .unwrap();
    printed += &format!("{user:?} {store:?} {:?}", user.token().await);
    for secret in [
        "bearer-word",
        "refresh-word",
        "code-word",
        "hinted",
        &asked["state"],
        &asked["code_challenge"],
        "127.0.0.1",
    ] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}
