//! Answers whose status and body disagree.

use std::sync::Arc;

use emis_credentials::{
    Grant, MemoryRefusedPasswordStore, OpenIdTokenSource, SealContext, SealingIdentity,
    ServiceFault, TokenError, TokenErrorKind as Kind, TokenSource,
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::support::{Identity, api_user, clock, granted, password};

fn answer(status: u16, body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

/// The error of a new source at the product's service, which answers this.
async fn error_of(
    (identity, product): &(Identity, OpenIdTokenSource),
    answer: ResponseTemplate,
) -> TokenError {
    identity.answer([answer]);
    let source = product.for_grant(password(), None::<(&str, &str)>);
    source.token().await.unwrap_err()
}

async fn service() -> (Identity, OpenIdTokenSource) {
    let identity = Identity::answering([]).await;
    let product = identity.source(Grant::ClientCredentials).build().unwrap();
    (identity, product)
}

#[tokio::test]
async fn a_refusal_is_one_whatever_its_status() {
    let service = service().await;
    for status in [
        200, 201, 202, 302, 400, 401, 403, 404, 409, 429, 500, 502, 503,
    ] {
        for (body, kind) in [
            (
                json!({"error": "invalid_grant"}),
                Kind::InvalidUserCredentials,
            ),
            (
                json!({"error": "invalid_grant", "error_description": "AADB2C90225: invented"}),
                Kind::InvalidUserCredentials,
            ),
            (
                json!({"error": "Invalid_Grant", "access_token": null}),
                Kind::InvalidUserCredentials,
            ),
            (
                json!({"error": "invalid_grant", "access_token": ""}),
                Kind::InvalidUserCredentials,
            ),
            (
                json!({"error": {"code": "invalid_grant", "message": "AADSTS50126: invented"}}),
                Kind::InvalidUserCredentials,
            ),
            (
                json!({"error": "access_denied", "error_description": "AADB2C90114: invented"}),
                Kind::UserRefused,
            ),
            (json!({"error": "invalid_client"}), Kind::ClientRefused),
        ] {
            let error = error_of(&service, answer(status, &body)).await;
            assert_eq!(error.kind(), kind, "{status} {body}");
        }
    }
}

#[tokio::test]
async fn a_refusal_is_one_in_every_form_that_tells_it() {
    let service = service().await;
    let forms: [&[u8]; 21] = [
        b"{\"error\":\"invalid_grant\",\"error_description\":\"caf\xe9\"}",
        b"{\"error\":\"invalid_grant\",\"error_description\":\"caf\xc3\"}",
        b"{\"error\":\"invalid_grant\",\"trace\":\"\xff\"}",
        b"{\"error\":\"invalid_grant\",\"error_description\":\"one\r\ntwo\"}",
        b"{\"error\":\"invalid_grant\",\"error_description\":\"a\x00b\"}",
        br#"{"error":"invalid_grant","error_description":"cut \ud83d"}"#,
        br#"{"error":"invalid_grant","error_description":"C:\Users \"x\" \\"}"#,
        br#"{"error":"invalid_grant","error":"invalid_grant"}"#,
        br#"{"Error":"invalid_grant","Error_Description":"AADB2C90225: invented"}"#,
        br#"{"ERROR":{"code":"invalid_grant"}}"#,
        br#"[{"error":"invalid_grant"}]"#,
        b"error=invalid_grant&error_description=AADB2C90225%3a+invented",
        b" error=invalid_grant\r\n",
        b"\xff\xfe{\x00\"\x00e\x00r\x00r\x00o\x00r\x00\"\x00:\x00\"\x00i\x00n\x00v\x00a\x00l\x00i\x00d\x00_\x00\
          g\x00r\x00a\x00n\x00t\x00\"\x00}\x00",
        br#"{"error":"invalid_grant","access_token":{"value":"one"}}"#,
        br#"{"error":"invalid_grant","access_token":7}"#,
        br#"{"error":"invalid_grant"}<!-- a proxy's -->"#,
        br#"{"error":"invalid_grant","error_description":"AADB2C9"#,
        br#"{"error":"invalid_grant","error_desc"#,
        br#"{"error":"invalid_grant""#,
        br#"{"error":{"message":"AADSTS50126: invented"}}"#,
    ];
    for status in [200, 400, 500] {
        for form in forms {
            let answer = ResponseTemplate::new(status).set_body_raw(form, "application/json");
            let error = error_of(&service, answer).await;
            let shown = String::from_utf8_lossy(form);
            assert_eq!(
                error.kind(),
                Kind::InvalidUserCredentials,
                "{status} {shown}"
            );
        }
    }
    // Words of others are no refusal.
    for form in [
        &br#"{"Error":"An error has occurred"}"#[..],
        b"<html>error=invalid_grant</html>",
        b"[]",
        b"7",
        b"{\"error\":\"broken\xe9\"}",
    ] {
        let answer = ResponseTemplate::new(500).set_body_raw(form, "application/json");
        assert_eq!(error_of(&service, answer).await.kind(), Kind::Unreachable);
    }
}

#[tokio::test]
async fn a_password_that_was_refused_in_a_200_is_never_sent_again() {
    let identity = Identity::answering([answer(200, &json!({"error": "invalid_grant"}))]).await;
    let (clock, store) = (clock(), Arc::new(MemoryRefusedPasswordStore::new()));
    let practice = SealContext::new("A20047".parse().unwrap(), "50002".parse().unwrap());
    let fingerprint = SealingIdentity::generate().fingerprint(&api_user(), &practice);
    let product = identity.source(Grant::ClientCredentials);
    let product = product.clock(Arc::new(clock.clone())).build().unwrap();
    // A worker that is restarted every five minutes, for two days.
    for _ in 0..2 * 24 * 12 {
        let source = product.for_grant(password(), None::<(&str, &str)>);
        let source = source.remembering(Arc::clone(&store) as _, [fingerprint]);
        source.token().await.unwrap_err();
        clock.advance(SignedDuration::from_mins(5));
    }
    assert_eq!(identity.count(), 1);
}

#[tokio::test]
async fn a_failure_with_words_of_its_own_is_still_a_failure() {
    let service = service().await;
    for (status, kind) in [
        (500, Kind::Unreachable),
        (429, Kind::Throttled),
        (404, Kind::Malformed),
    ] {
        let body = json!({"error": "Something went wrong", "status": status});
        let error = error_of(&service, answer(status, &body)).await;
        assert_eq!(error.kind(), kind, "{status}");
        assert_eq!(error.http_status(), Some(status));
    }
}

#[tokio::test]
async fn a_token_in_a_failure_is_not_believed_and_a_200_without_one_is_none() {
    let service = service().await;
    let token = json!({"access_token": "one", "expires_in": 3600});
    for (status, body) in [
        (500, token.clone()),
        (400, token.clone()),
        (200, json!({})),
        (200, json!({"Access_Token": "one"})),
        (200, json!({"access_token": {"value": "one"}})),
        (200, json!({"access_token": "  "})),
        (200, json!(["one", "two", 3600, null, null])),
        (200, json!("one")),
    ] {
        let error = error_of(&service, answer(status, &body)).await;
        assert!(
            matches!(error.kind(), Kind::Malformed | Kind::Unreachable),
            "{status} {body}: {error}"
        );
    }
    // With a token in it, a 200 is a grant, whatever else it says.
    let body = json!({"access_token": "one", "error": "", "error_description": null});
    let identity = Identity::answering([answer(200, &body)]).await;
    let source = identity.source(password()).build().unwrap();
    assert_eq!(source.token().await.unwrap().expose(), "one");
}

#[tokio::test]
async fn a_discovery_document_is_an_object() {
    let server = wiremock::MockServer::start().await;
    let issuer = format!("{}/tenant", server.uri());
    let body = json!([issuer, format!("{}/token", server.uri())]);
    wiremock::Mock::given(wiremock::matchers::method("GET"))
        .respond_with(answer(200, &body))
        .mount(&server)
        .await;
    let client = emis_credentials::ClientCredentials::new("client-id", "secret".into());
    let source =
        emis_credentials::OpenIdTokenSource::builder(issuer.parse().unwrap(), client, password());
    let error = source.build().unwrap().discover().await.unwrap_err();
    assert_eq!(error.service_fault(), Some(ServiceFault::NotADocument));
}

#[tokio::test]
async fn a_good_answer_stays_one() {
    let identity = Identity::answering([granted("one")]).await;
    let source = identity.source(password()).build().unwrap();
    assert_eq!(source.token().await.unwrap().expose(), "one");
}
