//! Nothing secret prints: no value, no error, no line of the log.

use std::sync::Arc;

use emis_credentials::*;
use emis_test_support::{CapturedOutput, LeakNet, OutputChannel};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use wiremock::ResponseTemplate;

use crate::support::{
    CLIENT_SECRET, Identity, PASSWORD, api_user, clock, granted, password, refused, wrong_password,
};

const BEARER: &str = "eyJhbGciOiJub25lIn0.secret-of-the-token.c2ln";
const PROXY_PASSWORD: &str = "Invented-Proxy-Password-1";
const REFRESH: &str = "Invented-Refresh-Token-1";
const LAUNCH: &str = "Invented-Launch-Context-1";
const STATE: &str = "Invented-State-1";
const VERIFIER: &str = "Invented-Verifier-of-a-sign-in-that-was-begun-1";

fn secret(text: &str) -> SecretString {
    text.into()
}

/// Fails where this process let slip any of these tests' secrets: what other tests log and fail
/// with meanwhile is heard, too.
fn must_be_clean(heard: &CapturedOutput, others: &[&str]) {
    let secrets = [
        PASSWORD,
        CLIENT_SECRET,
        BEARER,
        PROXY_PASSWORD,
        REFRESH,
        LAUNCH,
        STATE,
        VERIFIER,
    ];
    let net = LeakNet::new(secrets.into_iter().chain(others.iter().copied())).unwrap();
    heard.check(&net).unwrap();
}

/// One value of every public type, in the order of the crate's list.
#[tokio::test]
async fn no_value_prints_a_secret() {
    let heard = CapturedOutput::global();
    let identity = SealingIdentity::generate();
    let practice = SealContext::new("A20047".parse().unwrap(), "50002".parse().unwrap());
    let recipients = Recipients::from(identity.recipient());
    let sealed = recipients.seal(&api_user(), &practice).unwrap();
    let ring = IdentityRing::from(identity.clone());
    let token = AccessToken::new(secret(BEARER), Timestamp::MAX);
    let client = ClientCredentials::new("client-id", secret(CLIENT_SECRET));
    let fingerprint = identity.fingerprint(&api_user(), &practice);
    let refused = MemoryRefusedPasswordStore::new();
    refused.remember(&fingerprint).await.unwrap();
    let session = Arc::new(MemoryRefreshTokenStore::new());
    session.save(&secret(REFRESH)).await.unwrap();
    let proxy = "http://proxy.example.com:3128".parse().unwrap();
    let network = Network::new()
        .proxy(proxy)
        .proxy_login("proxy-user", secret(PROXY_PASSWORD));
    let issuer = "https://identity.example.com/tenant".parse().unwrap();
    let opened = format!("patchs://launch?iss={issuer}&launch={LAUNCH}");
    let launch = Launch::read(&opened.parse().unwrap(), &issuer).unwrap();
    let redirect = "https://product.example.com/signed-in";
    let kept = format!("{STATE}\n{VERIFIER}\n{redirect}");
    let kept = KeptSignIn::restore(&kept.into()).unwrap();
    let request = || SignInRequest::new(redirect.parse().unwrap()).launch(&launch);
    let builder = OpenIdTokenSource::builder(issuer, client.clone(), password())
        .authorization_endpoint("https://identity.example.com/authorize".parse().unwrap())
        .token_endpoint("https://identity.example.com/token".parse().unwrap())
        .network(network.clone());
    heard.record_debug(&builder);
    let source = builder.build().unwrap();
    let pending = source.begin_sign_in(request()).await.unwrap();

    heard.record_debug(&api_user());
    let spaced = format!(" {PASSWORD}");
    heard.record_error(&ApiUser::new("patchs", spaced.into()).unwrap_err());
    heard.record_debug(token.claims());
    heard.record_error(&TokenError::new(TokenErrorKind::HeldBack));
    heard.record_debug(&client);
    for grant in [
        Grant::ClientCredentials,
        password(),
        Grant::Refresh(session.clone()),
    ] {
        heard.record_debug(&grant);
        let none: [(&str, &str); 0] = [];
        heard.record_debug(&source.for_grant(grant, none));
    }
    let file = FileKeySource::new("/invented/sealing.keys");
    heard.record_error(&file.load().unwrap_err());
    heard.record_debug(&file);
    heard.record_debug(&EnvKeySource::new("INVENTED_VARIABLE"));
    #[cfg(feature = "keyring")]
    heard.record_debug(&KeyringKeySource::new("service", "account"));
    heard.record_debug(&network);
    let login = Network::new().proxy_login("proxy-user", secret(PROXY_PASSWORD));
    heard.record_error(&login.check().unwrap_err());
    heard.record_debug(&(&kept, &launch, &source, &pending, &request()));
    heard.record_debug(
        &source
            .clone()
            .remembering(Arc::new(MemoryRefusedPasswordStore::new()), [fingerprint]),
    );
    let rules = PasswordRules::default();
    let generated = rules.generate();
    heard.record_debug(&(rules, &generated));
    heard.record_error(&rules.check(&secret("weak")).unwrap_err());
    heard.record_debug(&(&session, &refused, &fingerprint));
    heard.record_error(&RefreshTokenStoreError);
    heard.record_error(&RefusedPasswordStoreError);
    heard.record_debug(&(&ring, identity.recipient(), identity.recipient().id()));
    heard.record_debug(&(&recipients, &practice, &sealed, &identity));
    heard.record_text(&serde_json::to_string(&sealed).unwrap());
    let other = SealContext::new("A20048".parse().unwrap(), "50002".parse().unwrap());
    heard.record_error(&identity.open(&sealed, &other).unwrap_err());
    heard.record_debug(&(FixedToken::from(token.clone()), &token));

    let shown = heard.text(OutputChannel::Recorded);
    for name in [
        "ApiUser",
        "KeptSignIn",
        "Launch",
        "IdentityRing",
        "AccessToken",
    ] {
        assert!(shown.contains(name), "{name} was shown");
    }
    let key = identity.expose_secret();
    let bytes: String = fingerprint
        .as_bytes()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let others = [key.expose_secret(), generated.expose_secret(), &bytes];
    must_be_clean(heard, &others);
    let list = format!("{:?}", fingerprint.as_bytes());
    assert!(!shown.contains(list.trim_matches(['[', ']'])));
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
    let heard = CapturedOutput::global();
    assert!(heard.captures_log());
    let page = ResponseTemplate::new(200).set_body_raw(PASSWORD, "text/html");
    let broken = ResponseTemplate::new(200).set_body_raw(BEARER, "application/json");
    let moved = ResponseTemplate::new(302).insert_header("location", "http://x.example/?p=hunter2");
    for answer in [
        granted(BEARER),
        granted(&format!("{BEARER} {PASSWORD}")),
        wrong_password(),
        spiteful(),
        page,
        broken,
        moved,
        ResponseTemplate::new(429),
        ResponseTemplate::new(500).set_body_string(PASSWORD),
    ] {
        let identity = Identity::answering([answer]).await;
        let session = Arc::new(MemoryRefreshTokenStore::new());
        session.save(&secret(REFRESH)).await.unwrap();
        let by_header = ClientAuthentication::Basic;
        for (grant, authentication) in [
            (password(), ClientAuthentication::Body),
            (password(), by_header),
            (Grant::ClientCredentials, by_header),
            (Grant::Refresh(session), ClientAuthentication::Body),
        ] {
            let source = identity
                .source(grant)
                .clock(Arc::new(clock()))
                .client_authentication(authentication)
                .extra_parameter("cdb", "50002")
                .build()
                .unwrap();
            for _ in 0..2 {
                match source.token().await {
                    Ok(token) => heard.record_debug(&token),
                    Err(error) => {
                        heard.record_error(&error);
                        let text = format!("{error} {error:?}");
                        assert!(
                            !text.contains("://") && !text.contains("127.0.0.1"),
                            "{text}"
                        );
                    }
                }
            }
            heard.record_debug(&source);
        }
    }

    let log = heard.text(OutputChannel::Log);
    assert!(log.contains("token fetched") && log.contains("no token"));
    for line in log.lines().filter(|line| line.contains("emis_credentials")) {
        assert!(!line.contains("://"), "{line}");
    }
    must_be_clean(heard, &[]);
}
