//! Discovery, keys and tokens.

use std::sync::Arc;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use emis_sim::{Sim, SimOperation};
use emis_types::ManualClock;
use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::common::{Answer, Caller, NOW, http, send, small, token, token_request};

const EVERYTHING: &str = "papi-appt.read papi-appt.write papi-config.read papi-cr.read papi-cr.write \
                          papi-searches.read papi-subjects.read";

pub(crate) fn claims(token: &Answer) -> Value {
    assert_eq!(token.status, 200, "{}", token.text);
    let token = token.json()["access_token"]
        .as_str()
        .expect("token")
        .to_owned();
    payload(&token)
}

/// The claims of a JSON Web Token.
pub(crate) fn payload(token: &str) -> Value {
    let part = token.split('.').nth(1).expect("claims");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64")).expect("JSON")
}

async fn by_password(sim: &Sim, username: &str, password: &str) -> Answer {
    let fields = [
        ("grant_type", "password"),
        ("username", username),
        ("password", password),
    ];
    token(sim, &fields).await
}

pub(crate) fn assert_error(answer: &Answer, status: u16, error: &str, code: &str) {
    let body = answer.json();
    assert_eq!(
        (answer.status, body["error"].as_str()),
        (status, Some(error)),
        "{body}"
    );
    let text = body["error_description"].as_str().expect("text");
    assert!(text.starts_with(&format!("{code}: ")), "{text}");
    assert!(
        text.contains("\r\nCorrelation ID: ") && text.contains("\r\nTimestamp: "),
        "{text}"
    );
}

#[tokio::test]
async fn a_token_can_be_checked_with_what_discovery_points_to() {
    let sim = small().start().await.expect("started");
    let url = format!("{}/.well-known/openid-configuration", sim.identity_url());
    let discovery = send(http().get(url)).await.json();
    assert_eq!(discovery["issuer"], sim.identity_url());
    let keys = send(http().get(discovery["jwks_uri"].as_str().expect("url")))
        .await
        .json();
    let answer = token(&sim, &[("grant_type", "client_credentials")])
        .await
        .json();
    let token = answer["access_token"].as_str().expect("token");
    let (message, signature) = token.rsplit_once('.').expect("three parts");
    let header = message.split('.').next().expect("header");
    let header: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).expect("base64")).expect("JSON");
    let key = &keys["keys"][0];
    assert_eq!(
        (&header["alg"], &header["kid"]),
        (&json!("RS256"), &key["kid"])
    );
    let number = |name: &str| {
        URL_SAFE_NO_PAD
            .decode(key[name].as_str().expect("text"))
            .expect("base64")
    };
    RsaPublicKeyComponents {
        n: number("n"),
        e: number("e"),
    }
    .verify(
        &RSA_PKCS1_2048_8192_SHA256,
        message.as_bytes(),
        &URL_SAFE_NO_PAD.decode(signature).expect("base64"),
    )
    .expect("a good signature");
    assert_eq!(sim.count(SimOperation::Discovery), 1);
    assert_eq!(sim.count(SimOperation::Jwks), 1);
    assert_eq!(sim.count(SimOperation::Token), 1);
}

#[tokio::test]
async fn a_user_token_names_user_and_practice() {
    let sim = small().start().await.expect("started");
    let practice = sim.practice();
    let answer = by_password(&sim, practice.username(), &practice.password()).await;
    assert_eq!(answer.json()["expires_in"], 3600);
    assert_eq!(answer.json()["token_type"], "Bearer");
    assert_eq!(answer.json()["scope"], EVERYTHING);
    let claims = claims(&answer);
    assert_eq!(claims["cdb"], "50002");
    assert_eq!(claims["ods"], "A20047");
    assert_eq!(claims["scp"], "emisweb cdb ods emis-x");
    assert_eq!(claims["iss"], sim.identity_url());
    assert_eq!(
        claims["exp"].as_i64(),
        claims["iat"].as_i64().map(|iat| iat + 3600)
    );
    assert!(
        claims["authorizations"]
            .as_array()
            .is_some_and(|held| held.len() == 7)
    );
    for name in ["userERN", "orgERN"] {
        let ern = claims[name].as_str().expect("text");
        assert!(
            ern.starts_with("ern:emis:") && ern.split(':').count() == 5,
            "{ern}"
        );
    }
    for name in ["email", "givenName", "familyName", "orgName", "aud", "sub"] {
        assert!(claims[name].is_string(), "{name}");
    }
    assert!(claims["roleERNs"].is_array() && claims["roleNames"].is_array());
    assert!(claims.get("appERN").is_none());
}

#[tokio::test]
async fn an_application_token_names_no_cdb_and_no_ods() {
    let sim = small().start().await.expect("started");
    let fields = [
        ("grant_type", "client_credentials"),
        ("scope", "papi-config.read openid"),
    ];
    let claims = claims(&token(&sim, &fields).await);
    assert_eq!(claims["authorizations"], json!(["papi-config.read"]));
    assert!(claims["appERN"].is_string() && claims["appName"].is_string());
    assert!(claims["orgERN"].is_string() && claims["orgName"].is_string());
    for name in ["cdb", "ods", "userERN", "scp"] {
        assert!(claims.get(name).is_none(), "{name}");
    }
}

#[tokio::test]
async fn the_client_may_authenticate_in_a_basic_header() {
    let sim = small().start().await.expect("started");
    let basic = |secret: &str| {
        let pair = STANDARD.encode(format!("{}:{secret}", sim.client_id()));
        token_request(&sim, &[("grant_type", "client_credentials")])
            .header("authorization", format!("Basic {pair}"))
    };
    assert_eq!(send(basic(sim.client_secret())).await.status, 200);
    assert_error(
        &send(basic("wrong")).await,
        401,
        "invalid_client",
        "AADB2C90081",
    );
}

#[tokio::test]
async fn refusals_have_azures_form() {
    let sim = small().start().await.expect("started");
    let practice = sim.practice();
    let wrong_secret = [
        ("client_id", sim.client_id()),
        ("client_secret", "wrong"),
        ("grant_type", "client_credentials"),
    ];
    let answer = send(token_request(&sim, &wrong_secret)).await;
    assert_error(&answer, 400, "invalid_client", "AADB2C90081");
    let answer = by_password(&sim, practice.username(), "wrong").await;
    assert_error(&answer, 400, "access_denied", "AADB2C90225");
    let answer = by_password(&sim, "nobody", &practice.password()).await;
    assert_error(&answer, 400, "access_denied", "AADB2C90225");
    let answer = token(&sim, &[("grant_type", "urn:magic")]).await;
    assert_error(&answer, 400, "unsupported_grant_type", "AADB2C90086");
    let answer = token(&sim, &[]).await;
    assert_error(&answer, 400, "invalid_request", "AADB2C90083");
    for scope in ["papi-cr.delete", "papi-appt.read everything"] {
        let fields = [("grant_type", "client_credentials"), ("scope", scope)];
        assert_error(
            &token(&sim, &fields).await,
            400,
            "invalid_scope",
            "AADB2C90117",
        );
    }
    assert_eq!(sim.password_attempts(practice.username()), 1);
    assert_eq!(sim.password_attempts("nobody"), 1);
    assert_eq!(sim.password_attempts("somebody else"), 0);
}

#[tokio::test]
async fn a_token_expires_by_the_simulators_clock() {
    let clock = ManualClock::at_uk(NOW);
    let lifetime = SignedDuration::from_mins(10);
    let sim = small()
        .clock(Arc::new(clock.clone()))
        .token_lifetime(lifetime)
        .start()
        .await
        .expect("started");
    let caller = Caller::first(&sim).await;
    clock.advance(SignedDuration::from_secs(599));
    assert_eq!(caller.booked(0, 0).await.status, 200);
    clock.advance(SignedDuration::from_secs(1));
    assert_eq!(caller.booked(0, 0).await.refusal().0, 401);
}

#[tokio::test]
async fn tokens_can_be_revoked() {
    let sim = small().start().await.expect("started");
    let old = Caller::first(&sim).await;
    sim.expire_tokens();
    assert_eq!(old.booked(0, 0).await.refusal().0, 401);
    assert_eq!(Caller::first(&sim).await.booked(0, 0).await.status, 200);
}

#[tokio::test]
async fn a_tampered_or_foreign_token_is_refused() {
    let sim = small().start().await.expect("started");
    let other = small().start().await.expect("started");
    let good = Caller::first(&sim).await.token;
    let foreign = Caller::first(&other).await.token;
    let mut parts: Vec<_> = good.split('.').map(str::to_owned).collect();
    let claims = URL_SAFE_NO_PAD.decode(&parts[1]).expect("base64");
    let claims = String::from_utf8(claims)
        .expect("text")
        .replace("50002", "50003");
    parts[1] = URL_SAFE_NO_PAD.encode(claims);
    for token in [
        foreign,
        parts.join("."),
        good.to_uppercase(),
        String::new(),
        "..".to_owned(),
    ] {
        assert_eq!(
            Caller::with_token(&sim, &token)
                .booked(0, 0)
                .await
                .refusal()
                .0,
            401
        );
    }
}

#[tokio::test]
async fn several_practices_are_distinguished_by_password_or_cdb() {
    let sim = small().practices(3).start().await.expect("started");
    let [first, second, third] = sim.practices() else {
        panic!("three")
    };
    assert_eq!((second.ods(), second.cdb()), ("Z90001", "50003"));
    for practice in [first, second, third] {
        let answer = by_password(&sim, practice.username(), &practice.password()).await;
        assert_eq!(claims(&answer)["cdb"], practice.cdb());
    }
    let by_cdb = async |cdb: &str| {
        let fields = [("grant_type", "client_credentials"), ("cdb", cdb)];
        token(&sim, &fields).await
    };
    assert_eq!(claims(&by_cdb("50004").await)["orgName"], third.name());
    assert_error(&by_cdb("50009").await, 400, "access_denied", "AADB2C90225");
    let bound = token(&sim, &[("grant_type", "client_credentials")]).await;
    assert_eq!(claims(&bound)["orgName"], first.name());
    let wrong_practice = [
        ("grant_type", "password"),
        ("username", second.username()),
        ("password", &second.password()),
        ("cdb", first.cdb()),
    ];
    assert_error(
        &token(&sim, &wrong_practice).await,
        400,
        "access_denied",
        "AADB2C90225",
    );
}

#[tokio::test]
async fn keys_rotate_and_only_published_ones_count() {
    let sim = small().start().await.expect("started");
    let published = async || {
        let keys = send(http().get(format!("{}/discovery/keys", sim.identity_url()))).await;
        let keys = keys.json();
        let keys = keys["keys"].as_array().expect("keys").clone();
        keys.iter()
            .map(|key| key["kid"].to_string())
            .collect::<Vec<_>>()
    };
    let old = Caller::first(&sim).await;
    let before = published().await;
    let kid = sim.identity().rotate_keys().expect("a key");
    let after = published().await;
    assert_eq!(after, [format!("\"{kid}\""), before[0].clone()]);
    let new = Caller::first(&sim).await;
    let header = new.token.split('.').next().expect("header");
    let header = URL_SAFE_NO_PAD.decode(header).expect("base64");
    let header: Value = serde_json::from_slice(&header).expect("JSON");
    assert_eq!(header["kid"], kid);
    for caller in [&old, &new] {
        assert_eq!(caller.booked(0, 0).await.status, 200);
    }
    sim.identity().retire_old_keys();
    assert_eq!(published().await, after[..1]);
    assert_eq!(old.booked(0, 0).await.refusal().0, 401);
    assert_eq!(new.booked(0, 0).await.status, 200);
}

#[tokio::test]
async fn clock_skew_shows_in_tokens_and_date_headers() {
    let sim = small().start().await.expect("started");
    let date = async |url: String| {
        let answer = http().get(url).send().await.expect("an answer");
        answer.headers()["date"].to_str().expect("text").to_owned()
    };
    // Summer time: ten o'clock in London.
    let now = "Tue, 02 Jun 2026 09:00:00 GMT";
    let discovery = format!("{}/.well-known/openid-configuration", sim.identity_url());
    assert_eq!(date(discovery.clone()).await, now);
    sim.identity().set_clock_skew(SignedDuration::from_mins(10));
    assert_eq!(date(discovery).await, "Tue, 02 Jun 2026 09:10:00 GMT");
    assert_eq!(date(format!("{}/", sim.api_url())).await, now);
    let early = token(&sim, &[("grant_type", "client_credentials")]).await;
    let at = payload(early.json()["access_token"].as_str().expect("token"));
    assert_eq!(at["iat"], 1_780_391_400);
    assert_eq!(at["nbf"], at["iat"]);
    for (minutes, status) in [(10, 401), (5, 200), (0, 200), (-59, 200), (-60, 401)] {
        sim.identity()
            .set_clock_skew(SignedDuration::from_mins(minutes));
        let caller = Caller::first(&sim).await;
        assert_eq!(
            caller.booked(0, 0).await.status,
            status,
            "{minutes} minutes ahead"
        );
    }
}

#[test]
fn any_token_request_gets_a_token_or_azures_error() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let sim = runtime
        .block_on(small().patients(20).start())
        .expect("started");
    sim.identity().lock_users_after(None);
    let grants = [
        "client_credentials",
        "password",
        "authorization_code",
        "refresh_token",
        "implicit",
        "",
    ];
    let names = [
        "username",
        "password",
        "scope",
        "cdb",
        "code",
        "redirect_uri",
        "code_verifier",
        "refresh_token",
        "client_assertion",
    ];
    let field = (prop::sample::select(names.to_vec()), any::<String>());
    let asked = (
        prop::sample::select(grants.to_vec()),
        prop::collection::vec(field, 0..5),
    );
    proptest!(ProptestConfig::with_cases(96), |((grant, fields) in asked)| {
        let mut all = vec![("grant_type", grant)];
        all.extend(fields.iter().map(|(name, value)| (*name, value.as_str())));
        let answer = runtime.block_on(token(&sim, &all));
        if answer.status != 200 {
            prop_assert_eq!(answer.status, 400);
            prop_assert!(answer.json()["error"].is_string());
            let text = answer.json()["error_description"].to_string();
            prop_assert!(text.contains("Correlation ID: "));
        }
    });
}
