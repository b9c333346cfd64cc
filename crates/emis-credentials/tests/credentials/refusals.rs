//! The meaning of the identity service's refusals.

use std::sync::Arc;
use std::time::Duration;

use emis_credentials::{
    ClientAuthentication, ClientCredentials, Grant, OpenIdTokenSource, TokenError,
    TokenErrorKind as Kind, TokenSource,
};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::ResponseTemplate;

use crate::support::{CLIENT_SECRET, Identity, clock, password, refused};

async fn error_of(answer: ResponseTemplate, grant: Grant) -> TokenError {
    let identity = Identity::answering([answer]).await;
    let source = identity.source(grant).clock(Arc::new(clock()));
    source.build().unwrap().token().await.unwrap_err()
}

#[tokio::test]
async fn the_services_own_code_decides() {
    for (code, kind) in [
        ("AADB2C90225", Kind::InvalidUserCredentials),
        ("AADB2C90053", Kind::InvalidUserCredentials),
        ("AADSTS50126", Kind::InvalidUserCredentials),
        ("AADB2C90111", Kind::UserRefused),
        ("AADB2C90114", Kind::UserRefused),
        ("AADSTS50055", Kind::UserRefused),
        ("AADB2C90081", Kind::ClientRefused),
        ("AADB2C90224", Kind::ClientRefused),
        ("AADSTS7000215", Kind::ClientRefused),
        ("AADB2C90117", Kind::ScopeRefused),
        ("AADB2C90244", Kind::Throttled),
        ("AADB2C90035", Kind::Unreachable),
    ] {
        for word in ["invalid_grant", "invalid_request", "access_denied"] {
            let description = format!("{code}: words that name invented.person\r\nTimestamp: now");
            let error = error_of(refused(word, &description), password()).await;
            assert_eq!(error.kind(), kind, "{word} {code}");
            assert_eq!(error.provider_code(), Some(code));
            assert!(error.to_string().contains(code));
            assert!(!format!("{error} {error:?}").contains("invented"));
        }
    }
}

#[tokio::test]
async fn without_a_known_code_the_word_decides() {
    for (word, with_password, without) in [
        (
            "invalid_grant",
            Kind::InvalidUserCredentials,
            Kind::ClientRefused,
        ),
        (
            "access_denied",
            Kind::InvalidUserCredentials,
            Kind::ClientRefused,
        ),
        ("invalid_client", Kind::ClientRefused, Kind::ClientRefused),
        (
            "unauthorized_client",
            Kind::ClientRefused,
            Kind::ClientRefused,
        ),
        (
            "unsupported_grant_type",
            Kind::ClientRefused,
            Kind::ClientRefused,
        ),
        ("invalid_scope", Kind::ScopeRefused, Kind::ScopeRefused),
        (
            "temporarily_unavailable",
            Kind::Unreachable,
            Kind::Unreachable,
        ),
        ("something_new", Kind::UserRefused, Kind::ClientRefused),
    ] {
        for description in ["", "AADB2C99999: not in any list", "no code at all"] {
            let error = error_of(refused(word, description), password()).await;
            assert_eq!(error.kind(), with_password, "{word}");
            let error = error_of(refused(word, description), Grant::ClientCredentials).await;
            assert_eq!(error.kind(), without, "{word}");
        }
    }
}

#[tokio::test]
async fn only_what_looks_like_a_code_is_shown_as_one() {
    for description in [
        "AADB2C: x",
        "AADB2C12a45: x",
        "patchs: x",
        "AADB2C90225",
        ": x",
    ] {
        let error = error_of(refused("invalid_grant", description), password()).await;
        assert_eq!(error.provider_code(), None, "{description}");
    }
}

#[tokio::test]
async fn a_refusal_needs_no_description_and_may_be_401() {
    let answer = ResponseTemplate::new(401).set_body_json(json!({"error": "invalid_client"}));
    let error = error_of(answer, password()).await;
    assert_eq!(error.kind(), Kind::ClientRefused);
}

#[tokio::test]
async fn the_status_says_throttled_or_out_of_order_and_for_how_long() {
    let half_an_hour = Duration::from_secs(1800);
    for (status, header, kind, retry_after) in [
        (429, Some("1800"), Kind::Throttled, Some(half_an_hour)),
        (
            429,
            // The service's clock stands at 09:12, twelve minutes ahead of ours.
            Some("Tue, 02 Jun 2026 09:42:00 GMT"),
            Kind::Throttled,
            Some(half_an_hour),
        ),
        (429, Some("soon"), Kind::Throttled, None),
        (429, None, Kind::Throttled, None),
        (503, Some("1800"), Kind::Unreachable, Some(half_an_hour)),
        (500, None, Kind::Unreachable, None),
    ] {
        let mut answer = ResponseTemplate::new(status)
            .set_body_string("<html>sorry</html>")
            .insert_header("date", "Tue, 02 Jun 2026 09:12:00 GMT");
        if let Some(header) = header {
            answer = answer.insert_header("retry-after", header);
        }
        let error = error_of(answer, password()).await;
        assert_eq!(error.kind(), kind, "{status} {header:?}");
        assert_eq!(error.retry_after(), retry_after, "{status} {header:?}");
    }
}

/// An answer without a `Date`, as proxies in the way give them: the date is held against our clock.
#[tokio::test]
async fn a_date_to_come_again_needs_no_date_of_the_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/token", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = Vec::new();
        while !asked.ends_with(b"grant_type=client_credentials") {
            asked.push(stream.read_u8().await.unwrap());
        }
        // Our clock stands at 09:00, in UTC.
        let answer = b"HTTP/1.1 429 Too Many Requests\r\n\
            Retry-After: Tue, 02 Jun 2026 09:30:00 GMT\r\nContent-Length: 0\r\n\r\n";
        stream.write_all(answer).await.unwrap();
        stream.shutdown().await.unwrap();
    });
    let client = ClientCredentials::new("client-id", CLIENT_SECRET.into());
    let issuer = "http://127.0.0.1/".parse().unwrap();
    let source = OpenIdTokenSource::builder(issuer, client, Grant::ClientCredentials)
        .token_endpoint(endpoint.parse().unwrap())
        .client_authentication(ClientAuthentication::Basic)
        .clock(Arc::new(clock()))
        .build()
        .unwrap();
    let error = source.token().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Throttled);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1800)));
}
