//! A server on another host must speak TLS.

use std::net::{IpAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use emis_settings::StoreErrorKind;
use emis_store::{PostgresOptions, PostgresStore};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::support::{Directory, not_run, told};

/// Returns an address of this machine that is not loopback: no packet is sent.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

/// Takes one connection, refuses TLS, and returns what the client sends next.
async fn server_without_tls(listener: TcpListener) -> Vec<u8> {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut request = [0; 8];
    stream.read_exact(&mut request).await.unwrap();
    if request[4..] != 80_877_103_u32.to_be_bytes() {
        return request.to_vec();
    }
    stream.write_all(b"N").await.unwrap();
    let mut next = vec![0; 64];
    let read = stream.read(&mut next).await.unwrap_or(0);
    next.truncate(read);
    next
}

#[tokio::test]
async fn a_server_on_another_host_without_tls_gets_no_login() {
    let Some(address) = own_address() else {
        not_run("TLS off the host. This machine has no address but loopback.");
        return;
    };
    for (mode, allowed, expected) in [
        ("", false, false),
        ("?sslmode=disable", false, false),
        ("?sslmode=prefer", false, false),
        ("?sslmode=disable", true, true),
        ("?sslmode=prefer", true, true),
        ("?sslmode=require", true, false),
    ] {
        let listener = TcpListener::bind((address, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(server_without_tls(listener));
        let url = format!("postgres://emis:secret@{address}:{port}/emis{mode}");
        let options = PostgresOptions::new(url.into()).unwrap();
        let options = options.patience(Duration::from_secs(5));
        let options = if allowed {
            options.allow_unverified_tls()
        } else {
            options
        };
        let error = PostgresStore::connect(options).await.unwrap_err();
        assert_eq!(
            error.kind(),
            StoreErrorKind::Unavailable,
            "{}",
            told(&error)
        );
        let went_on = !server.await.unwrap().is_empty();
        assert_eq!(went_on, expected, "{mode} {allowed}: {}", told(&error));
    }
}

/// Returns a certificate authority in PEM, and a server with a certificate of it for a name.
fn server_of(name: &str) -> (String, TlsAcceptor) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let root = authority.self_signed(&authority_key).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new([name.to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &Issuer::new(authority, authority_key));
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.unwrap().der().clone()], key);
    (root.pem(), TlsAcceptor::from(Arc::new(config.unwrap())))
}

/// Takes one connection, grants TLS, and returns what the client sends over it.
async fn server_with_tls(listener: TcpListener, tls: TlsAcceptor) -> Vec<u8> {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut request = [0; 8];
    stream.read_exact(&mut request).await.unwrap();
    assert_eq!(request[4..], 80_877_103_u32.to_be_bytes(), "no SSLRequest");
    stream.write_all(b"S").await.unwrap();
    let Ok(mut stream) = tls.accept(stream).await else {
        return Vec::new();
    };
    let mut login = vec![0; 64];
    let read = stream.read(&mut login).await.unwrap_or(0);
    login.truncate(read);
    login
}

#[tokio::test]
async fn a_server_with_the_certificate_of_another_gets_no_login() {
    let Some(address) = own_address() else {
        not_run("TLS off the host. This machine has no address but loopback.");
        return;
    };
    let own = address.to_string();
    let directory = Directory::new();
    let root_file = directory.0.join("root.pem");
    for (name, mode, allowed, expected) in [
        (own.as_str(), "", false, true),
        ("db.example.org", "", false, false),
        ("db.example.org", "&sslmode=require", false, false),
        ("db.example.org", "&sslmode=verify-ca", false, false),
        ("db.example.org", "&sslmode=verify-ca", true, true),
        ("db.example.org", "&sslmode=verify-full", true, false),
    ] {
        let (root, tls) = server_of(name);
        std::fs::write(&root_file, root).unwrap();
        let listener = TcpListener::bind((address, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(server_with_tls(listener, tls));
        let root = root_file.display();
        let url = format!("postgres://emis:secret@{address}:{port}/emis?sslrootcert={root}{mode}");
        let options = PostgresOptions::new(url.into()).unwrap();
        let options = options.patience(Duration::from_secs(5));
        let options = if allowed {
            options.allow_unverified_tls()
        } else {
            options
        };
        let error = PostgresStore::connect(options).await.unwrap_err();
        let kind = error.kind();
        assert_eq!(kind, StoreErrorKind::Unavailable, "{}", told(&error));
        let logged_in = !server.await.unwrap().is_empty();
        assert_eq!(logged_in, expected, "{name} {mode}: {}", told(&error));
    }
}
