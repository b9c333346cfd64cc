//! Token requests on the wire, and their answers.

use std::sync::Arc;
use std::time::Duration;

use emis_credentials::{
    ApiUser, ClientAuthentication, ClientCredentials, ConnectStep, Discovery, FixedToken, Grant,
    OpenIdTokenSource, ServiceFault, TokenErrorKind as Kind, TokenHolder, TokenSource,
};
use emis_types::Clock;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{
    CLIENT_SECRET, Identity, PASSWORD, clock, granted, granted_for, jwt, password, wrong_password,
};

#[tokio::test]
async fn a_password_is_asked_with_in_the_form() {
    let identity = Identity::answering([granted("one")]).await;
    let source = identity
        .source(password())
        .scopes(["papi-appt.read", "papi-subjects.read"])
        .extra_parameter("cdb", "50002")
        .build()
        .unwrap();
    assert_eq!(source.token().await.unwrap().expose(), "one");

    let asked = &identity.asked()[0];
    let mut form: Vec<_> = asked.form.clone().into_iter().collect();
    form.sort();
    let expected = [
        ("cdb", "50002"),
        ("client_id", "client-id"),
        ("client_secret", CLIENT_SECRET),
        ("grant_type", "password"),
        ("password", PASSWORD),
        ("scope", "papi-appt.read papi-subjects.read"),
        ("username", "patchs"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(form, expected);
    assert_eq!(asked.authorization, None);
    assert!(!asked.had_cookie);
}

#[tokio::test]
async fn client_credentials_can_stand_in_the_header() {
    let identity = Identity::answering([granted("one")]).await;
    let source = identity
        .source(Grant::ClientCredentials)
        .client_authentication(ClientAuthentication::Basic)
        .build()
        .unwrap();
    source.token().await.unwrap();

    let asked = &identity.asked()[0];
    assert!(asked.authorization.as_ref().unwrap().starts_with("Basic "));
    assert_eq!(asked.form.len(), 1, "{:?}", asked.form);
    assert_eq!(asked.form["grant_type"], "client_credentials");
}

#[tokio::test]
async fn the_token_carries_its_claims() {
    let bearer = jwt(&json!({"cdb": "50002", "userERN": "ern:emis:users:user:1"}));
    let identity = Identity::answering([granted(&bearer)]).await;
    let source = identity.source(password()).build().unwrap();
    let token = source.token().await.unwrap();
    assert_eq!(
        token.claims().organisation_id,
        Some("50002".parse().unwrap())
    );
    assert_eq!(token.claims().holder, Some(TokenHolder::User));
}

#[tokio::test]
async fn a_token_lives_as_long_as_the_answer_says() {
    let now = clock().now();
    let after = |seconds| now + SignedDuration::from_secs(seconds);
    let exp = after(1800);
    let with_exp = jwt(&json!({"exp": exp.as_second()}));
    let cases: [(&str, Value, Timestamp); 6] = [
        ("opaque", json!(3600), after(3600)),
        ("opaque", json!("3599"), after(3599)),
        (&with_exp, json!(600), after(600)),
        (&with_exp, Value::Null, exp),
        (&with_exp, json!("soon"), exp),
        ("opaque", Value::Null, after(300)),
    ];
    for (bearer, expires_in, expected) in cases {
        let identity = Identity::answering([granted_for(bearer, expires_in.clone())]).await;
        let source = identity.source(password()).clock(Arc::new(clock()));
        let token = source.build().unwrap().token().await.unwrap();
        assert_eq!(token.expires_at(), expected, "{expires_in}");
    }
}

#[tokio::test]
async fn discovery_happens_once_and_can_be_skipped() {
    let identity = Identity::answering([granted("one"), granted("two")]).await;
    let source = identity.source(password()).build().unwrap();
    let token = source.token().await.unwrap();
    source.invalidate(&token);
    assert_eq!(source.token().await.unwrap().expose(), "two");
    assert_eq!(identity.discoveries().await, 1);

    let endpoint = format!("{}/policy/token", identity.uri());
    let source = identity
        .source(password())
        .token_endpoint(endpoint.parse().unwrap())
        .build()
        .unwrap();
    source.token().await.unwrap();
    assert_eq!(identity.discoveries().await, 1);
}

#[tokio::test]
async fn a_look_at_the_identity_service_sends_no_secret_and_changes_nothing() {
    let identity = Identity::answering([granted("one")]).await;
    let source = identity.source(password()).build().unwrap();
    assert_eq!(source.discover().await.unwrap(), Discovery::Found);
    assert_eq!(identity.count(), 0);
    // It is looked at anew each time; a token needs no look of its own then.
    assert_eq!(source.discover().await.unwrap(), Discovery::Found);
    assert_eq!(source.token().await.unwrap().expose(), "one");
    assert_eq!(identity.discoveries().await, 2);

    let endpoint = format!("{}/policy/token", identity.uri());
    let told = identity
        .source(password())
        .token_endpoint(endpoint.parse().unwrap())
        .build()
        .unwrap();
    assert_eq!(told.discover().await.unwrap(), Discovery::NotUsed);
    let fixed = FixedToken::new("a-token");
    assert_eq!(fixed.discover().await.unwrap(), Discovery::NotUsed);
    assert_eq!(identity.discoveries().await, 2);
}

#[tokio::test]
async fn how_far_a_connection_came_is_told() {
    for (issuer, step) in [
        ("https://identity.invalid/", ConnectStep::NameResolution),
        ("http://127.0.0.1:1/", ConnectStep::Connection),
    ] {
        let error = source_at(issuer).build().unwrap().discover().await;
        let error = error.unwrap_err();
        assert_eq!(error.kind(), Kind::Unreachable);
        let fault = ServiceFault::NotConnected(Some(step));
        assert_eq!(error.service_fault(), Some(fault));
    }
}

#[tokio::test]
async fn an_endpoint_that_no_longer_answers_sense_is_looked_up_again() {
    let identity = Identity::answering([ResponseTemplate::new(404), granted("two")]).await;
    let source = identity.source(Grant::ClientCredentials).build().unwrap();
    assert_eq!(source.token().await.unwrap_err().kind(), Kind::Malformed);
    assert_eq!(source.token().await.unwrap().expose(), "two");
    assert_eq!(identity.discoveries().await, 2);
}

#[tokio::test]
async fn a_discovery_document_must_be_the_issuers_own_and_safe() {
    let server = MockServer::start().await;
    let issuer = format!("{}/tenant", server.uri());
    let good = format!("{}/token", server.uri());
    for (status, document, kind, fault) in [
        (
            200,
            json!({"issuer": "https://other.example.com/", "token_endpoint": good}),
            Kind::Malformed,
            ServiceFault::OtherIssuer,
        ),
        (
            200,
            json!({"issuer": issuer}),
            Kind::Malformed,
            ServiceFault::NotADocument,
        ),
        (
            200,
            json!("<html>"),
            Kind::Malformed,
            ServiceFault::NotADocument,
        ),
        (
            200,
            json!({"issuer": issuer, "token_endpoint": "http://identity.example.com/token"}),
            Kind::InsecureUrl,
            ServiceFault::InsecureAddress,
        ),
        (404, json!(null), Kind::Malformed, ServiceFault::NoDocument),
        (403, json!(null), Kind::Malformed, ServiceFault::NoDocument),
        (302, json!(null), Kind::Malformed, ServiceFault::NoDocument),
        (503, json!(null), Kind::Unreachable, ServiceFault::Failed),
    ] {
        server.reset().await;
        Mock::given(any())
            .respond_with(ResponseTemplate::new(status).set_body_json(&document))
            .mount(&server)
            .await;
        let source = source_at(&issuer).build().unwrap();
        let looked = source.discover().await.unwrap_err();
        let error = source.token().await.unwrap_err();
        for error in [&looked, &error] {
            assert_eq!(error.kind(), kind, "{document}");
            assert_eq!(error.service_fault(), Some(fault), "{document}");
            assert_eq!(error.http_status(), (status != 200).then_some(status));
        }
        let requests = server.received_requests().await.unwrap();
        assert!(requests.iter().all(|request| request.method == "GET"));
    }
}

fn source_at(issuer: &str) -> emis_credentials::OpenIdTokenSourceBuilder {
    let client = ClientCredentials::new("client-id", CLIENT_SECRET.to_owned().into());
    OpenIdTokenSource::builder(issuer.parse().unwrap(), client, password())
}

#[test]
fn only_https_and_this_machine_are_told_a_secret() {
    for issuer in [
        "https://identity.example.com/tenant/",
        "http://localhost:1/",
        "http://127.0.0.1:1/",
        "http://[::1]:1/",
    ] {
        assert!(source_at(issuer).build().is_ok(), "{issuer}");
    }
    for issuer in [
        "http://identity.example.com/",
        "http://localhost.example.com/",
        "http://10.0.0.1/",
        "ftp://localhost/",
        "file:///etc/passwd",
        "https://user:secret@identity.example.com/",
    ] {
        let error = source_at(issuer).build().unwrap_err();
        assert_eq!(error.kind(), Kind::InsecureUrl, "{issuer}");
        let error = source_at("https://identity.example.com/")
            .token_endpoint(issuer.parse().unwrap())
            .build()
            .unwrap_err();
        assert_eq!(error.kind(), Kind::InsecureUrl, "{issuer}");
    }
}

#[test]
fn https_is_not_left_even_for_this_machine() {
    let error = source_at("https://identity.example.com/")
        .token_endpoint("http://127.0.0.1:1/token".parse().unwrap())
        .build()
        .unwrap_err();
    assert_eq!(error.kind(), Kind::InsecureUrl);
}

#[tokio::test]
async fn a_source_for_another_practice_shares_the_service_and_nothing_else() {
    let identity = Identity::answering([wrong_password(), granted("theirs")]).await;
    let ours = identity
        .source(password())
        .scopes(["papi-appt.read"])
        .extra_parameter("cdb", "50002")
        .build()
        .unwrap();
    let error = ours.token().await.unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidUserCredentials);

    let user = ApiUser::new("other", "other password".to_owned().into()).unwrap();
    let theirs = ours.for_grant(Grant::Password(user), [("cdb", "50003")]);
    assert_eq!(theirs.token().await.unwrap().expose(), "theirs");
    assert_eq!(ours.token().await.unwrap_err().kind(), Kind::HeldBack);

    let form = &identity.asked()[1].form;
    assert_eq!(form["username"], "other");
    assert_eq!(form["cdb"], "50003");
    assert_eq!(form["scope"], "papi-appt.read");
    assert_eq!(identity.discoveries().await, 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = MockServer::start().await;
    let redirect = ResponseTemplate::new(307).insert_header("location", elsewhere.uri().as_str());
    let identity = Identity::answering([redirect]).await;
    let source = identity.source(password()).build().unwrap();
    assert_eq!(source.token().await.unwrap_err().kind(), Kind::Malformed);
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn answers_that_are_no_tokens_are_malformed() {
    for answer in [
        ResponseTemplate::new(200),
        ResponseTemplate::new(200).set_body_raw("<html>log in</html>", "text/html"),
        ResponseTemplate::new(200).set_body_json(json!({"token_type": "Bearer"})),
        ResponseTemplate::new(200).set_body_json(json!("one")),
        ResponseTemplate::new(200).set_body_raw(" ".repeat(300_000), "application/json"),
        // Fine but for its size.
        granted(&"a".repeat(300_000)),
        // Packed, which nobody asked for.
        ResponseTemplate::new(200)
            .set_body_bytes([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])
            .insert_header("content-encoding", "gzip"),
        ResponseTemplate::new(200).set_body_raw("[".repeat(100_000), "application/json"),
        granted(""),
        granted("one\r\nX-Injected: two"),
        granted("öne"),
        ResponseTemplate::new(400).set_body_json(json!({"code": 7})),
        ResponseTemplate::new(404),
    ] {
        let identity = Identity::answering([answer]).await;
        let source = identity.source(Grant::ClientCredentials).build().unwrap();
        assert_eq!(source.token().await.unwrap_err().kind(), Kind::Malformed);
    }
}

#[tokio::test]
async fn a_discovery_that_fails_leaves_no_password_in_doubt() {
    let server = MockServer::start().await;
    let source = || {
        let client = ClientCredentials::new("client-id", CLIENT_SECRET.into());
        let issuer = format!("{}/tenant", server.uri()).parse().unwrap();
        OpenIdTokenSource::builder(issuer, client, password()).build()
    };
    let source = source().unwrap();
    for _ in 0..3 {
        let error = source.token().await.unwrap_err();
        assert_eq!((error.kind(), error.retry_after()), (Kind::Malformed, None));
    }
    // Each call looked again: nothing was sent that the service might count.
    assert_eq!(server.received_requests().await.unwrap().len(), 3);
}

#[tokio::test]
async fn nobody_there_and_no_answer_in_time_are_unreachable() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("http://{}/", free.local_addr().unwrap());
    drop(free);
    let error = source_at(&issuer)
        .build()
        .unwrap()
        .token()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::Unreachable);

    let identity = Identity::answering([granted("late")]).await;
    identity.close_gate();
    let source = identity
        .source(password())
        .timeout(Duration::from_millis(200))
        .build()
        .unwrap();
    let error = source.token().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unreachable);
    assert!(error.to_string().contains("in time"), "{error}");
}
