//! Token requests take the way out that the product is told: its proxy, its root certificates.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use emis_credentials::{
    ClientCredentials, ConnectStep, Grant, Network, OpenIdTokenSource, ResponsibleParty,
    ServiceFault, TokenErrorKind as Kind, TokenSource,
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::support::CLIENT_SECRET;

async fn head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap()
}

fn source(issuer: &str, network: Network) -> OpenIdTokenSource {
    let client = ClientCredentials::new("client-id", CLIENT_SECRET.to_owned().into());
    OpenIdTokenSource::builder(issuer.parse().unwrap(), client, Grant::ClientCredentials)
        .network(network)
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_proxy_is_asked_for_the_host_and_told_nothing_else() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let asked = head(&mut stream).await;
        let answer = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
        stream.write_all(answer).await.unwrap();
        asked
    });
    let network = Network::new()
        .proxy(proxy.parse().unwrap())
        .proxy_login("proxy-user", "proxy-password".into());
    let source = source("https://identity.example.com/tenant", network);
    let error = source.token().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unreachable);

    let asked = asked.await.unwrap();
    assert!(asked.starts_with("CONNECT identity.example.com:443 HTTP/1.1\r\n"));
    let login = STANDARD.encode("proxy-user:proxy-password");
    assert!(asked.contains(&format!("Basic {login}")));
    for secret in ["client-id", CLIENT_SECRET, "tenant"] {
        assert!(!asked.contains(secret));
    }
}

/// An identity service with a certificate of a company's own, and that company's root.
async fn identity_of_a_company() -> (String, String) {
    let root_key = KeyPair::generate().unwrap();
    let mut root = CertificateParams::new([]).unwrap();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_pem = root.self_signed(&root_key).unwrap().pem();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()])
        .unwrap()
        .signed_by(&key, &Issuer::new(root, root_key))
        .unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!(
        "https://localhost:{}",
        listener.local_addr().unwrap().port()
    );
    let document = format!(r#"{{"issuer":"{issuer}","token_endpoint":"{issuer}/token"}}"#);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Whoever does not trust the certificate goes away.
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let body = match head(&mut stream).await.starts_with("GET") {
                true => &document,
                false => r#"{"access_token":"one","token_type":"Bearer","expires_in":3600}"#,
            };
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
            drop(stream.shutdown().await);
        }
    });
    (issuer, root_pem)
}

#[tokio::test]
async fn a_company_s_own_root_is_trusted_if_told_and_not_otherwise() {
    let (issuer, root) = identity_of_a_company().await;
    let error = source(&issuer, Network::new()).token().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unreachable);
    let fault = ServiceFault::NotConnected(Some(ConnectStep::Tls));
    assert_eq!(error.service_fault(), Some(fault));

    let network = Network::new()
        .add_root_certificates(root.as_bytes())
        .unwrap();
    let token = source(&issuer, network).token().await.unwrap();
    assert_eq!(token.expose(), "one");
}

#[test]
fn ways_out_that_can_not_work_are_refused_and_not_repeated() {
    let proxy = |url: &str| Network::new().proxy(url.parse().unwrap());
    for network in [
        proxy("socks5://127.0.0.1:1080"),
        proxy("http://user:secret@127.0.0.1:3128"),
        Network::new().proxy_login("user", "secret".into()),
    ] {
        let error = network.check().unwrap_err();
        assert!(!format!("{error} {error:?} {network:?}").contains("secret"));
        let client = ClientCredentials::new("client-id", "secret".into());
        let issuer = "https://identity.example.com/".parse().unwrap();
        let built = OpenIdTokenSource::builder(issuer, client, Grant::ClientCredentials)
            .network(network)
            .build();
        let error = built.unwrap_err();
        assert_eq!(
            (error.kind(), error.responsible_party()),
            (Kind::Configuration, ResponsibleParty::Product)
        );
    }
    assert!(Network::new().add_root_certificates(b"no PEM").is_err());
}
