//! Nothing secret prints: not plain, not in base64, not url-encoded, not in a log.

use std::error::Error;
use std::fmt::{Debug, Write as _};
use std::io;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use emis_credentials::{
    AccessToken, ApiUser, ClientAuthentication, ClientCredentials, FixedToken, Grant, SealContext,
    SealingIdentity, TokenSource,
};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use wiremock::ResponseTemplate;

use crate::support::{
    CLIENT_SECRET, Identity, PASSWORD, api_user, granted, password, refused, wrong_password,
};

const BEARER: &str = "eyJhbGciOiJub25lIn0.secret-of-the-token.c2ln";

/// Every way in which a secret might show.
fn disguises(secret: &str) -> Vec<String> {
    let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    vec![
        secret.to_owned(),
        format!("{secret:?}").trim_matches('"').to_owned(),
        encoded.clone(),
        encoded.replace('+', "%20"),
        STANDARD.encode(secret),
        STANDARD_NO_PAD.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
        format!("{:?}", secret.as_bytes()),
    ]
}

fn assert_clean(what: &str, text: &str, secrets: &[&str]) {
    assert!(
        !text.is_empty(),
        "{what} prints nothing, so this proves nothing"
    );
    for secret in secrets {
        for disguise in disguises(secret) {
            assert!(!text.contains(&disguise), "{what} shows a secret: {text}");
        }
    }
}

fn debug(value: &dyn Debug) -> String {
    format!("{value:?} {value:#?}")
}

/// An error and its causes, printed in every way.
fn chain(error: &dyn Error) -> String {
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        write!(text, "{error} {error:?} {error:#?} ").unwrap();
        next = error.source();
    }
    text
}

#[test]
fn values_that_hold_secrets_print_none() {
    let identity = SealingIdentity::generate();
    let key = identity.expose_secret();
    let practice = SealContext::new("A20047".parse().unwrap(), "50002".parse().unwrap());
    let sealed = identity.recipient().seal(&api_user(), &practice).unwrap();
    let token = AccessToken::new(BEARER.to_owned().into(), Timestamp::MAX);
    let client = ClientCredentials::new("client-id", CLIENT_SECRET.to_owned().into());

    let secrets = [PASSWORD, CLIENT_SECRET, BEARER, key.expose_secret()];
    for (what, text) in [
        ("ApiUser", debug(&api_user())),
        ("Grant", debug(&password())),
        ("ClientCredentials", debug(&client)),
        ("AccessToken", debug(&token)),
        ("FixedToken", debug(&FixedToken::from(token.clone()))),
        ("SealingIdentity", debug(&identity)),
        ("SealedApiUser", debug(&sealed)),
        ("its JSON", serde_json::to_string(&sealed).unwrap()),
    ] {
        assert_clean(what, &text, &secrets);
    }
    let shown = debug(&sealed);
    assert!(!shown.contains(&STANDARD.encode(sealed.ciphertext())));
}

#[test]
fn mistakes_in_a_password_do_not_repeat_it() {
    let typed = format!(" {PASSWORD}");
    let error = ApiUser::new("patchs", typed.as_str().into()).unwrap_err();
    assert_clean("ApiUserError", &chain(&error), &[PASSWORD]);
}

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A service that answers every request by repeating what it was told, in an error.
fn spiteful() -> ResponseTemplate {
    refused(
        "invalid_grant",
        &format!("AADB2C90225: wrong {PASSWORD} {CLIENT_SECRET} http://identity.example.com"),
    )
}

#[tokio::test]
async fn sources_their_errors_and_their_logs_print_none() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    // For the whole process: what the other tests log meanwhile is checked too.
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let secrets = [PASSWORD, CLIENT_SECRET, BEARER];
    let page = ResponseTemplate::new(200).set_body_raw(PASSWORD, "text/html");
    let broken = ResponseTemplate::new(200).set_body_raw(BEARER, "application/json");
    let moved = ResponseTemplate::new(302).insert_header("location", "http://x.example/?p=hunter2");
    for answer in [
        granted(BEARER),
        wrong_password(),
        spiteful(),
        page,
        broken,
        moved,
        ResponseTemplate::new(429),
        ResponseTemplate::new(500).set_body_string(PASSWORD),
    ] {
        let identity = Identity::answering([answer]).await;
        for authentication in [ClientAuthentication::Body, ClientAuthentication::Basic] {
            let builder = identity
                .source(password())
                .client_authentication(authentication)
                .extra_parameter("cdb", "50002");
            let mut text = debug(&builder);
            let source = builder.build().unwrap();
            for _ in 0..2 {
                text += &match source.token().await {
                    Ok(token) => debug(&token),
                    Err(error) => chain(&error),
                };
            }
            text += &debug(&source);
            assert_clean("a source", &text, &secrets);
            assert!(!text.contains("http"), "{text}");
            assert!(!text.contains("127.0.0.1"), "{text}");
        }
        let source = identity.source(Grant::ClientCredentials).build().unwrap();
        let text = match source.token().await {
            Ok(token) => debug(&token),
            Err(error) => chain(&error),
        };
        assert_clean("a client's source", &text, &secrets);
    }

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        log.contains("token fetched") && log.contains("no token"),
        "{log}"
    );
    assert_clean("the log", &log, &secrets);
    for line in log.lines().filter(|line| line.contains("emis_credentials")) {
        assert!(!line.contains("http"), "{line}");
    }
}
