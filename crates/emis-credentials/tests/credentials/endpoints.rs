//! The hosts that a discovery document may send a password to.

use emis_credentials::{
    ClientCredentials, OpenIdTokenSource, OpenIdTokenSourceBuilder, ServiceFault,
    TokenErrorKind as Kind, TokenSource,
};
use serde_json::json;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{granted, password};

/// A service whose document names these, and which has an endpoint for tokens.
async fn service(issuer: Option<&str>, token: &str, sign_in: Option<&str>) -> MockServer {
    let server = MockServer::start().await;
    let port = server.address().port();
    let filled = |text: &str| text.replace("PORT", &port.to_string());
    let document = json!({
        "issuer": issuer.map_or_else(|| format!("{}/tenant", server.uri()), filled),
        "token_endpoint": filled(token),
        "authorization_endpoint": sign_in.map(filled),
    });
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(document))
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .respond_with(granted("one"))
        .mount(&server)
        .await;
    server
}

fn source(server: &MockServer) -> OpenIdTokenSourceBuilder {
    let client = ClientCredentials::new("client-id", "client-secret".into());
    let issuer = format!("{}/tenant", server.uri()).parse().unwrap();
    OpenIdTokenSource::builder(issuer, client, password())
}

const OURS: &str = "http://127.0.0.1:PORT/token";
const ELSEWHERE: &str = "http://localhost:PORT/token";

#[tokio::test]
async fn a_password_goes_to_no_host_that_the_product_does_not_allow() {
    for (token, sign_in) in [(ELSEWHERE, None), (OURS, Some(ELSEWHERE))] {
        let server = service(None, token, sign_in).await;
        let error = source(&server).build().unwrap().token().await.unwrap_err();
        assert_eq!(error.kind(), Kind::Malformed);
        assert_eq!(error.service_fault(), Some(ServiceFault::OtherHost));
        assert!(error.to_string().contains("endpoint_host"), "{error}");
        let sent = server.received_requests().await.unwrap();
        assert!(sent.iter().all(|request| request.method == "GET"));

        let allowed = source(&server).endpoint_host("LOCALHOST").build().unwrap();
        assert_eq!(allowed.token().await.unwrap().expose(), "one");
        let other = source(&server)
            .endpoint_host("example.com")
            .build()
            .unwrap();
        assert!(other.token().await.is_err());
    }
}

#[tokio::test]
async fn a_document_of_another_issuer_is_believed_where_the_product_says_so() {
    let theirs = "https://invented.b2clogin.com/11111111-1111-1111-1111-111111111111/v2.0/";
    let server = service(Some(theirs), OURS, None).await;
    let error = source(&server).build().unwrap().token().await.unwrap_err();
    assert_eq!(error.service_fault(), Some(ServiceFault::OtherIssuer));
    assert!(error.to_string().contains("document_issuer"), "{error}");

    let told = source(&server).document_issuer(theirs.parse().unwrap());
    assert_eq!(told.build().unwrap().token().await.unwrap().expose(), "one");
    let wrong = source(&server).document_issuer("https://other.example.com/".parse().unwrap());
    assert!(wrong.build().unwrap().token().await.is_err());
}
