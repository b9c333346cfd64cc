//! A server on another host must speak TLS.

use std::net::{IpAddr, UdpSocket};
use std::time::Duration;

use emis_settings::StoreErrorKind;
use emis_store::{PostgresOptions, PostgresStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::{not_run, told};

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
