//! Forms of numbers and texts that services write.

use std::sync::Arc;

use emis_credentials::{
    FileKeySource, KeySource, SealingIdentity, TokenErrorKind as Kind, TokenSource,
};
use emis_types::Clock;
use jiff::SignedDuration;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{Identity, clock, granted_for, password};

#[tokio::test]
async fn the_life_of_a_token_is_read_in_every_form_of_a_number() {
    let identity = Identity::answering([]).await;
    let product = identity.source(password()).clock(Arc::new(clock()));
    let product = product.build().unwrap();
    let token = async |stated: &Value| {
        identity.answer([granted_for("opaque", stated.clone())]);
        product
            .for_grant(password(), None::<(&str, &str)>)
            .token()
            .await
    };
    for (stated, seconds) in [
        (json!(3599), 3599),
        (json!(3599.0), 3599),
        (json!(3599.9), 3599),
        (json!(3.6e3), 3600),
        (json!("3599"), 3599),
        (json!(" 3599 "), 3599),
        (json!("3599.5"), 3599),
        (json!("3.6e3"), 3600),
        (json!("3.6E+3"), 3600),
        // What is no number leaves the life unstated: five minutes.
        (json!("soon"), 300),
        (json!(""), 300),
        (json!("NaN"), 300),
        (json!("infinity"), 300),
        (json!(true), 300),
        (json!({"seconds": 3600}), 300),
        (Value::Null, 300),
    ] {
        let end = clock().now() + SignedDuration::from_secs(seconds);
        assert_eq!(token(&stated).await.unwrap().expires_at(), end, "{stated}");
    }
    for over in [json!(0), json!(-1), json!("-3600"), json!(0.5)] {
        let error = token(&over).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Malformed, "{over}");
    }
    token(&json!(1e300)).await.unwrap();
}

/// A text as UTF-8 with a byte order mark, and as UTF-16 of both kinds.
fn marked(text: &str) -> [Vec<u8>; 3] {
    let utf16 = |bytes: fn(u16) -> [u8; 2]| {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(bytes).collect()
    };
    [
        [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        utf16(u16::to_le_bytes),
        utf16(u16::to_be_bytes),
    ]
}

/// A text with a Latin-1 byte, and with a control character.
fn damaged(text: &str) -> [Vec<u8>; 2] {
    [
        &b"{\"about\":\"caf\xe9\","[..],
        b"{\"about\":\"one\x07two\",",
    ]
    .map(|begin| [begin, &text.as_bytes()[1..]].concat())
}

#[tokio::test]
async fn a_byte_order_mark_or_a_bad_character_does_not_spoil_tokens_and_discovery_documents() {
    for form in 0..5 {
        let server = MockServer::start().await;
        let uri = server.uri();
        let document =
            json!({"issuer": format!("{uri}/"), "token_endpoint": format!("{uri}/token")});
        let token = json!({"access_token": "one", "expires_in": 3600});
        for (verb, body) in [("GET", document), ("POST", token)] {
            let text = body.to_string();
            let body = [&marked(&text)[..], &damaged(&text)].concat()[form].clone();
            Mock::given(method(verb))
                .respond_with(ResponseTemplate::new(200).set_body_raw(body, "application/json"))
                .mount(&server)
                .await;
        }
        let client = emis_credentials::ClientCredentials::new("client-id", "secret".into());
        let issuer = format!("{uri}/").parse().unwrap();
        let source = emis_credentials::OpenIdTokenSource::builder(issuer, client, password());
        let token = source.build().unwrap().token().await.unwrap();
        assert_eq!(token.expose(), "one");
    }
}

#[test]
fn a_byte_order_mark_is_accepted_in_key_files() {
    let key = SealingIdentity::generate();
    let text = format!("# a key\r\n{}\r\n", key.expose_secret().expose_secret());
    for (place, bytes) in marked(&text).iter().enumerate() {
        let name = format!("emis-marked-keys-{}-{place}", key.recipient().id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, bytes).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        let ring = FileKeySource::new(&path).load();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(ring.unwrap().first_recipient(), key.recipient());
    }
}
