//! The authorization endpoint, its codes, and the refresh tokens that follow.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use emis_sim::Sim;
use emis_types::ManualClock;
use jiff::SignedDuration;
use proptest::prelude::*;
use url::Url;

use crate::common::{Answer, Caller, NOW, form, small, token, token_request};
use crate::identity::{assert_error, claims, payload};

const BACK: &str = "http://127.0.0.1:9/back?from=emis";
const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more";

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()))
}

/// A browser that does not follow redirects.
fn browser() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("client")
}

/// Status, redirect address and page.
#[derive(Debug)]
struct Seen {
    status: u16,
    location: Option<Url>,
    text: String,
}

impl Seen {
    fn parameter(&self, name: &str) -> Option<String> {
        let location = self.location.as_ref()?;
        let (_, value) = location.query_pairs().find(|(key, _)| key == name)?;
        Some(value.into_owned())
    }

    /// The OAuth error and Azure's code of a refusal that was sent to the product.
    fn error(&self) -> (String, String) {
        let text = self.parameter("error_description").expect("description");
        let code = text.split(':').next().expect("code").to_owned();
        (self.parameter("error").expect("error"), code)
    }
}

async fn see(request: reqwest::RequestBuilder) -> Seen {
    let response = request.send().await.expect("an answer");
    let location = response.headers().get("location");
    let location = location.map(|to| Url::parse(to.to_str().expect("text")).expect("a URL"));
    Seen {
        status: response.status().as_u16(),
        location,
        text: response.text().await.expect("a body"),
    }
}

/// The parameters of a valid request with `prompt=none`, some of them replaced.
fn asking(sim: &Sim, instead: &[(&str, Option<&str>)]) -> Vec<(String, String)> {
    let sound = [
        ("client_id", sim.client_id()),
        ("redirect_uri", BACK),
        ("response_type", "code"),
        ("code_challenge", &challenge()),
        ("code_challenge_method", "S256"),
        (
            "scope",
            "openid offline_access papi-appt.read papi-config.read",
        ),
        ("state", "s&t=1"),
        ("nonce", "n-1"),
        ("prompt", "none"),
        ("login_hint", "patchs"),
    ];
    let replaced = |name: &str| instead.iter().any(|(other, _)| *other == name);
    let kept = sound.into_iter().filter(|(name, _)| !replaced(name));
    let new = instead
        .iter()
        .filter_map(|(name, value)| Some((*name, (*value)?)));
    kept.chain(new)
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn encoded(fields: &[(String, String)]) -> String {
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    form(&fields)
}

async fn authorize(sim: &Sim, instead: &[(&str, Option<&str>)]) -> Seen {
    let query = encoded(&asking(sim, instead));
    let url = format!("{}/oauth2/authorize?{query}", sim.identity_url());
    see(browser().get(url)).await
}

async fn code(sim: &Sim) -> String {
    let seen = authorize(sim, &[]).await;
    seen.parameter("code").expect("a code")
}

async fn redeem(sim: &Sim, code: &str, redirect_uri: &str, verifier: &str) -> Answer {
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", verifier),
    ];
    token(sim, &fields).await
}

async fn refresh(sim: &Sim, refresh_token: &str) -> Answer {
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token),
    ];
    token(sim, &fields).await
}

fn refresh_token(answer: &Answer) -> String {
    let body = answer.json();
    body["refresh_token"].as_str().expect("a token").to_owned()
}

#[tokio::test]
async fn a_code_becomes_tokens_that_act_for_the_user() {
    let sim = small().start().await.expect("started");
    let seen = authorize(&sim, &[]).await;
    assert_eq!(seen.status, 302, "{}", seen.text);
    assert_eq!(seen.parameter("from").as_deref(), Some("emis"));
    assert_eq!(seen.parameter("state").as_deref(), Some("s&t=1"));
    let code = seen.parameter("code").expect("a code");
    let answer = redeem(&sim, &code, BACK, VERIFIER).await;
    let access = claims(&answer);
    assert_eq!(access["cdb"], "50002");
    assert_eq!(answer.json()["scope"], "papi-appt.read papi-config.read");
    let id_token = payload(answer.json()["id_token"].as_str().expect("ID token"));
    assert_eq!(id_token["nonce"], "n-1");
    assert_eq!(id_token["aud"], sim.client_id());
    assert_eq!(id_token["sub"], access["sub"]);
    let token = answer.json()["access_token"]
        .as_str()
        .expect("token")
        .to_owned();
    let caller = Caller::with_token(&sim, &token);
    assert_eq!(caller.booked(0, 0).await.status, 200);
    assert_eq!(caller.matched("nobody").await.refusal(), (403, -1));
}

#[tokio::test]
async fn id_and_refresh_tokens_are_issued_only_on_request() {
    let sim = small().start().await.expect("started");
    let seen = authorize(&sim, &[("scope", None)]).await;
    let answer = redeem(&sim, &seen.parameter("code").expect("code"), BACK, VERIFIER).await;
    let body = answer.json();
    assert!(body.get("id_token").is_none() && body.get("refresh_token").is_none());
}

#[tokio::test]
async fn unknown_clients_and_redirect_addresses_are_refused_without_a_redirect() {
    let sim = small().start().await.expect("started");
    for (name, value, code) in [
        ("client_id", None, "AADB2C90083"),
        ("client_id", Some("somebody else"), "AADB2C90018"),
        ("redirect_uri", None, "AADB2C90083"),
        (
            "redirect_uri",
            Some("https://example.com/back"),
            "AADB2C90006",
        ),
        (
            "redirect_uri",
            Some("http://127.0.0.1.example.com/"),
            "AADB2C90006",
        ),
        (
            "redirect_uri",
            Some("http://localhost/#here"),
            "AADB2C90006",
        ),
        ("redirect_uri", Some("javascript:alert(1)"), "AADB2C90006"),
        ("redirect_uri", Some("not a URL"), "AADB2C90006"),
    ] {
        let seen = authorize(&sim, &[(name, value)]).await;
        assert_eq!(
            (seen.status, &seen.location),
            (400, &None),
            "{name} {value:?}"
        );
        assert!(seen.text.contains(code), "{name} {value:?}: {}", seen.text);
    }
    let registered = "patchs://emis/back";
    let sim = small()
        .redirect_uri(registered)
        .start()
        .await
        .expect("started");
    let seen = authorize(&sim, &[("redirect_uri", Some(registered))]).await;
    assert_eq!(seen.location.as_ref().map(Url::scheme), Some("patchs"));
    assert!(seen.parameter("code").is_some());
}

#[tokio::test]
async fn other_refusals_are_sent_to_the_redirect_address() {
    let sim = small().start().await.expect("started");
    for (name, value, error, code) in [
        (
            "response_type",
            Some("token"),
            "unsupported_response_type",
            "AADB2C90013",
        ),
        (
            "response_mode",
            Some("form_post"),
            "invalid_request",
            "AADB2C90014",
        ),
        ("code_challenge", None, "invalid_request", "AADB2C99059"),
        (
            "code_challenge_method",
            None,
            "invalid_request",
            "AADB2C90184",
        ),
        (
            "code_challenge_method",
            Some("plain"),
            "invalid_request",
            "AADB2C90184",
        ),
        ("scope", Some("everything"), "invalid_scope", "AADB2C90117"),
        ("login_hint", None, "login_required", "AADB2C90077"),
        ("login_hint", Some("nobody"), "access_denied", "AADB2C90225"),
        ("cdb", Some("1"), "access_denied", "AADB2C90225"),
    ] {
        let seen = authorize(&sim, &[(name, value)]).await;
        assert_eq!(seen.status, 302, "{name} {value:?}");
        assert_eq!(
            seen.error(),
            (error.to_owned(), code.to_owned()),
            "{name} {value:?}"
        );
        assert_eq!(seen.parameter("state").as_deref(), Some("s&t=1"));
    }
    sim.practice().emas().lock_user();
    let seen = authorize(&sim, &[]).await;
    assert_eq!(seen.error().1, "AADB2C90111");
}

#[tokio::test]
async fn a_code_is_redeemed_once_by_its_client_and_redirect_address() {
    let clock = ManualClock::at_uk(NOW);
    let sim = small().clock(Arc::new(clock.clone())).start().await;
    let sim = sim.expect("started");
    let good = code(&sim).await;
    let elsewhere = redeem(&sim, &good, "http://127.0.0.1:9/other", VERIFIER).await;
    assert_error(&elsewhere, 400, "invalid_grant", "AADB2C90006");
    for (verifier, error) in [
        ("", "AADB2C90183"),
        ("short", "AADB2C90183"),
        (&*"x".repeat(129), "AADB2C90183"),
        (&*"x".repeat(43), "AADB2C90182"),
    ] {
        let answer = redeem(&sim, &good, BACK, verifier).await;
        assert_error(&answer, 400, "invalid_grant", error);
    }
    let first = redeem(&sim, &good, BACK, VERIFIER).await;
    assert_eq!(first.status, 200, "{}", first.text);
    let again = redeem(&sim, &good, BACK, VERIFIER).await;
    assert_error(&again, 400, "invalid_grant", "AADB2C90129");
    let follower = refresh(&sim, &refresh_token(&first)).await;
    assert_error(&follower, 400, "invalid_grant", "AADB2C90129");
    let unknown = redeem(&sim, "no such code", BACK, VERIFIER).await;
    assert_error(&unknown, 400, "invalid_grant", "AADB2C90088");
    let late = code(&sim).await;
    clock.advance(SignedDuration::from_mins(5));
    let answer = redeem(&sim, &late, BACK, VERIFIER).await;
    assert_error(&answer, 400, "invalid_grant", "AADB2C90080");
}

#[tokio::test]
async fn refresh_tokens_rotate_and_reuse_revokes_the_family() {
    let clock = ManualClock::at_uk(NOW);
    let sim = small().clock(Arc::new(clock.clone())).start().await;
    let sim = sim.expect("started");
    let first = redeem(&sim, &code(&sim).await, BACK, VERIFIER).await;
    let second = refresh(&sim, &refresh_token(&first)).await;
    assert_eq!(claims(&second)["cdb"], "50002");
    let fewer = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &*refresh_token(&second)),
        ("scope", "papi-appt.read"),
    ];
    let third = token(&sim, &fewer).await;
    assert_eq!(third.json()["scope"], "papi-appt.read");
    let wider = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &*refresh_token(&third)),
        ("scope", "papi-config.read"),
    ];
    assert_error(
        &token(&sim, &wider).await,
        400,
        "invalid_scope",
        "AADB2C90117",
    );
    // A refused attempt does not use the token up.
    sim.practice().emas().lock_user();
    let locked = refresh(&sim, &refresh_token(&third)).await;
    assert_error(&locked, 400, "access_denied", "AADB2C90111");
    sim.practice().emas().unlock_user();
    let fourth = refresh(&sim, &refresh_token(&third)).await;
    assert_eq!(fourth.status, 200);
    let stolen = refresh(&sim, &refresh_token(&first)).await;
    assert_error(&stolen, 400, "invalid_grant", "AADB2C90129");
    let newest = refresh(&sim, &refresh_token(&fourth)).await;
    assert_error(&newest, 400, "invalid_grant", "AADB2C90129");
    assert_error(
        &refresh(&sim, "none").await,
        400,
        "invalid_grant",
        "AADB2C90088",
    );

    let by_password = [
        ("grant_type", "password"),
        ("username", "patchs"),
        ("password", &*sim.practice().password()),
        ("scope", "offline_access"),
    ];
    let other = token(&sim, &by_password).await;
    clock.advance(SignedDuration::from_hours(14 * 24));
    let late = refresh(&sim, &refresh_token(&other)).await;
    assert_error(&late, 400, "invalid_grant", "AADB2C90080");
    let other = token(&sim, &by_password).await;
    sim.identity().revoke_consents();
    let revoked = refresh(&sim, &refresh_token(&other)).await;
    assert_error(&revoked, 400, "invalid_grant", "AADB2C90129");
}

#[tokio::test]
async fn a_public_client_redeems_with_its_verifier() {
    let sim = small().start().await.expect("started");
    let public = async |fields: &[(&str, &str)]| {
        let client = [("client_id", sim.client_id())];
        let fields: Vec<_> = client.iter().chain(fields).copied().collect();
        crate::common::send(token_request(&sim, &fields)).await
    };
    let code_fields = |code: &str| {
        [
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", BACK.to_owned()),
            ("code_verifier", VERIFIER.to_owned()),
        ]
    };
    let fields = code_fields(&code(&sim).await);
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, &**value))
        .collect();
    let answer = public(&fields).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let renewed = public(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", &refresh_token(&answer)),
    ])
    .await;
    assert_eq!(renewed.status, 200, "{}", renewed.text);
    let confidential = redeem(&sim, &code(&sim).await, BACK, VERIFIER).await;
    let answer = public(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", &refresh_token(&confidential)),
    ])
    .await;
    assert_error(&answer, 400, "invalid_client", "AADB2C90079");
    let answer = public(&[("grant_type", "client_credentials")]).await;
    assert_error(&answer, 400, "invalid_client", "AADB2C90081");
    let nobody = [("client_id", "x"), ("grant_type", "refresh_token")];
    let answer = crate::common::send(token_request(&sim, &nobody)).await;
    assert_error(&answer, 400, "invalid_client", "AADB2C90018");
}

#[tokio::test]
async fn a_member_of_staff_signs_in_with_the_emis_password() {
    let sim = small().practices(2).start().await.expect("started");
    let page = authorize(&sim, &[("prompt", None), ("state", Some("\"><b>"))]).await;
    assert_eq!(page.status, 200);
    assert!(
        page.text.contains("<h1>Sign in to EMIS</h1>"),
        "{}",
        page.text
    );
    assert!(page.text.contains("&quot;&gt;&lt;b&gt;") && !page.text.contains("\"><b>"));
    let second = &sim.practices()[1];
    let sign_in = async |password: &str| {
        let fields = asking(
            &sim,
            &[
                ("username", Some("patchs")),
                ("password", Some(password)),
                ("cdb", Some(second.cdb())),
            ],
        );
        let url = format!("{}/oauth2/signin", sim.identity_url());
        see(browser().post(url).body(encoded(&fields))).await
    };
    let wrong = sign_in(&second.password()).await;
    assert_eq!((wrong.status, &wrong.location), (400, &None));
    assert!(
        wrong.text.contains("AADB2C90225"),
        "the Partner API password is another one"
    );
    let seen = sign_in(&second.emis_password()).await;
    let code = seen.parameter("code").expect("a code");
    let answer = redeem(&sim, &code, BACK, VERIFIER).await;
    assert_eq!(claims(&answer)["cdb"], second.cdb());
}

#[test]
fn any_parameters_get_an_answer() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let sim = runtime
        .block_on(small().patients(20).start())
        .expect("started");
    let names = [
        "client_id",
        "redirect_uri",
        "response_type",
        "response_mode",
        "code_challenge",
        "code_challenge_method",
        "scope",
        "state",
        "prompt",
        "login_hint",
        "cdb",
        "username",
        "password",
    ];
    let change = (
        prop::sample::select(names.to_vec()),
        prop::option::of(any::<String>()),
    );
    let changes = prop::collection::vec(change, 0..4);
    proptest!(ProptestConfig::with_cases(64), |(changes in changes)| {
        let changes: Vec<_> = changes.iter().map(|(name, value)| (*name, value.as_deref())).collect();
        let fields = encoded(&asking(&sim, &changes));
        let (got, posted) = runtime.block_on(async {
            let got = format!("{}/oauth2/authorize?{fields}", sim.identity_url());
            let posted = format!("{}/oauth2/signin", sim.identity_url());
            (see(browser().get(got)).await, see(browser().post(posted).body(fields)).await)
        });
        for seen in [got, posted] {
            prop_assert!([200, 302, 400].contains(&seen.status), "{}", seen.status);
            if seen.status == 302 {
                prop_assert!(seen.parameter("code").is_some() || seen.parameter("error").is_some());
            }
        }
    });
}
