//! Connections to the network: proxies, shared pools, headers.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use emis_client::{
    Client, ClientBuilder, ClientErrorKind, ConnectStep, HttpConnections, HttpOptions, RetryPolicy,
    SentStatus,
};
use emis_credentials::FixedToken;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

const SLOTS: &str = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"slot\":[]}";
const REFUSED: &str = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";

/// The heads of all requests, by connection.
type Heads = Arc<Mutex<Vec<Vec<String>>>>;

/// Gives every request the same answer, and keeps connections open.
async fn serve(answer: &'static str) -> (String, Heads) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let heads = Heads::default();
    let shared = heads.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut heads = shared.lock().unwrap();
            heads.push(Vec::new());
            let number = heads.len() - 1;
            tokio::spawn(converse(stream, answer, shared.clone(), number));
        }
    });
    (address, heads)
}

async fn converse(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: &'static str,
    heads: Heads,
    number: usize,
) {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => return,
            }
        }
        let head = String::from_utf8(head).unwrap();
        heads.lock().unwrap()[number].push(head);
        stream.write_all(answer.as_bytes()).await.unwrap();
    }
}

fn builder(base: &str, application: &str, token: &str) -> ClientBuilder {
    let tokens = Arc::new(FixedToken::new(token));
    Client::builder(base.parse().unwrap(), id(application), tokens).retry(RetryPolicy::never())
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let line = |line: &'a str| {
        let (key, value) = line.split_once(": ")?;
        key.eq_ignore_ascii_case(name).then_some(value)
    };
    head.lines().find_map(line)
}

/// A server on `localhost` with a certificate of a company's own, and that company's root.
async fn serve_for_a_company(answer: &'static str) -> (String, Heads, String) {
    let root_key = KeyPair::generate().unwrap();
    let mut root = CertificateParams::new([]).unwrap();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_pem = root.self_signed(&root_key).unwrap().pem();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &Issuer::new(root, root_key));
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.unwrap().der().clone()], key);
    let acceptor = TlsAcceptor::from(Arc::new(config.unwrap()));

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!(
        "https://localhost:{}",
        listener.local_addr().unwrap().port()
    );
    let heads = Heads::new(Mutex::new(vec![Vec::new()]));
    let shared = heads.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Who does not trust the certificate goes away.
            if let Ok(stream) = acceptor.accept(stream).await {
                converse(stream, answer, shared.clone(), 0).await;
            }
        }
    });
    (base, heads, root_pem)
}

#[tokio::test]
async fn a_company_s_own_root_is_trusted_if_told_and_not_otherwise() {
    let (base, heads, root) = serve_for_a_company(SLOTS).await;
    let stranger = builder(&base, "product", "token").build().unwrap();
    let slots = stranger.appointments();
    let error = slots.get_slots_for_session(id("31")).await.unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::Unreachable);
    assert_eq!(error.sent(), SentStatus::NotSent);
    assert_eq!(error.connect_step(), Some(ConnectStep::Tls));
    assert_eq!(heads.lock().unwrap()[0], [""; 0], "it was told nothing");

    let options = HttpOptions::new().add_root_certificates(root.as_bytes());
    let connections = HttpConnections::new(options.unwrap()).unwrap();
    let employee = builder(&base, "product", "token").connections(&connections);
    let slots = employee.build().unwrap();
    let slots = slots.appointments().get_slots_for_session(id("31")).await;
    assert!(slots.unwrap().items.is_empty());
    assert_eq!(heads.lock().unwrap()[0].len(), 1);
}

#[tokio::test]
async fn clients_that_share_connections_share_nothing_else() {
    let (address, heads) = serve(SLOTS).await;
    let connections = HttpConnections::new(HttpOptions::new()).unwrap();
    for (application, token) in [("first-product", "token-1"), ("second-product", "token-2")] {
        let client = builder(&format!("http://{address}/partner"), application, token)
            .connections(&connections)
            .build()
            .unwrap();
        let slots = client.appointments().get_slots_for_session(id("31")).await;
        slots.unwrap();
    }
    let heads = heads.lock().unwrap().clone();
    assert_eq!(heads.len(), 1, "one connection for both");
    let sent: Vec<_> = heads[0]
        .iter()
        .map(|head| (header(head, "applicationId"), header(head, "authorization")))
        .collect();
    assert_eq!(
        sent,
        [
            (Some("first-product"), Some("Bearer token-1")),
            (Some("second-product"), Some("Bearer token-2")),
        ]
    );
}

#[tokio::test]
async fn a_write_uses_no_connection_that_others_share() {
    let (address, heads) = serve(SLOTS).await;
    let client = builder(&format!("http://{address}/partner"), "product", "token");
    let client = client.build().unwrap();
    let appointments = client.appointments();
    appointments.get_slots_for_session(id("31")).await.unwrap();
    for _ in 0..2 {
        let written = appointments.cancel_appointment(id("21"), id("17")).await;
        assert_eq!(written.unwrap_err().kind(), ClientErrorKind::Ambiguous);
    }
    appointments.get_slots_for_session(id("31")).await.unwrap();
    let requests: Vec<usize> = heads.lock().unwrap().iter().map(Vec::len).collect();
    assert_eq!(requests, [2, 1, 1]);
}

#[tokio::test]
async fn a_proxy_is_asked_for_the_host_and_told_nothing_else() {
    let (address, heads) = serve(REFUSED).await;
    let options = HttpOptions::new()
        .proxy(format!("http://{address}").parse().unwrap())
        .proxy_login("proxy-user", "proxy-password".into());
    let client = builder("https://emis.example.com/partner", "product", "token")
        .connections(&HttpConnections::new(options).unwrap())
        .build()
        .unwrap();
    let write = client
        .appointments()
        .cancel_appointment(id("8675309"), id("8675310"))
        .await;
    let error = write.unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::Unreachable);
    assert_eq!(error.sent(), SentStatus::NotSent);

    let heads = heads.lock().unwrap().clone();
    let [asked] = &heads[0][..] else {
        panic!("the proxy was asked once")
    };
    assert!(asked.starts_with("CONNECT emis.example.com:443 HTTP/1.1\r\n"));
    let login = format!("Basic {}", STANDARD.encode("proxy-user:proxy-password"));
    assert_eq!(header(asked, "proxy-authorization"), Some(login.as_str()));
    for secret in ["token", "product", "86753"] {
        assert!(!asked.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn a_proxy_is_no_way_to_this_machine() {
    let (address, heads) = serve(SLOTS).await;
    let (proxy, proxied) = serve(REFUSED).await;
    let options = HttpOptions::new().proxy(format!("http://{proxy}").parse().unwrap());
    let client = builder(&format!("http://{address}"), "product", "token")
        .connections(&HttpConnections::new(options).unwrap())
        .build()
        .unwrap();
    let slots = client.appointments().get_slots_for_session(id("31")).await;
    slots.unwrap();
    assert_eq!(heads.lock().unwrap().len(), 1);
    assert_eq!(proxied.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn the_product_is_named_before_this_crate() {
    let (address, heads) = serve(SLOTS).await;
    let ours = concat!("emis-client/", env!("CARGO_PKG_VERSION"));
    for options in [
        HttpOptions::new(),
        HttpOptions::new().user_agent("patchs/2.1"),
    ] {
        let client = builder(&format!("http://{address}"), "product", "token")
            .connections(&HttpConnections::new(options).unwrap())
            .build()
            .unwrap();
        let slots = client.appointments().get_slots_for_session(id("31")).await;
        slots.unwrap();
    }
    let heads = heads.lock().unwrap().concat();
    let agents: Vec<_> = heads
        .iter()
        .map(|head| header(head, "user-agent"))
        .collect();
    let both = format!("patchs/2.1 {ours}");
    assert_eq!(agents, [Some(ours), Some(both.as_str())]);
}

#[test]
fn options_that_can_not_work_are_refused() {
    let proxy = |url: &str| HttpOptions::new().proxy(url.parse().unwrap());
    for (options, why) in [
        (proxy("socks5://127.0.0.1:1080"), "not http"),
        (
            proxy("http://user:secret@127.0.0.1:3128"),
            "a login in the URL",
        ),
        (proxy("http://user@127.0.0.1:3128"), "a user in the URL"),
        (
            HttpOptions::new().user_agent("line\nbreak"),
            "no header value",
        ),
        (
            HttpOptions::new().proxy_login("user", "secret".into()),
            "a login, and no proxy",
        ),
    ] {
        let error = HttpConnections::new(options).unwrap_err();
        assert_eq!(error.kind(), ClientErrorKind::Configuration, "{why}");
        assert!(!error.report().contains("secret"), "{why}");
    }
    for pem in [
        "",
        "no PEM at all",
        "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----",
    ] {
        let error = HttpOptions::new().add_root_certificates(pem.as_bytes());
        assert_eq!(
            error.unwrap_err().kind(),
            ClientErrorKind::Configuration,
            "{pem}"
        );
    }
}

#[test]
fn options_print_no_address_and_no_login() {
    let options = HttpOptions::new()
        .proxy("http://proxy.example.com:3128".parse().unwrap())
        .proxy_login("proxy-user", "proxy-password".into());
    let connections = HttpConnections::new(options.clone()).unwrap();
    let text = format!("{options:?} {connections:?}");
    for secret in ["example", "proxy-user", "proxy-password"] {
        assert!(!text.contains(secret), "{text}");
    }
}
