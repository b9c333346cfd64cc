//! The observer: how each call ended, and at which step a connection failed.

use std::sync::{Arc, Mutex};

use emis_client::{
    CallObserver, Client, ClientBuilder, ClientError, ClientErrorKind, ConnectStep,
    HttpConnections, HttpOptions, Operation, RetryPolicy,
};
use emis_credentials::FixedToken;
use emis_sim::{Sim, SimFault};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

fn client(url: &str) -> ClientBuilder {
    let tokens = Arc::new(FixedToken::new("token"));
    Client::builder(url.parse().unwrap(), "application".parse().unwrap(), tokens)
        .connections(&HttpConnections::new(HttpOptions::new().no_proxy()).unwrap())
        .retry(RetryPolicy::never())
}

async fn step(url: &str) -> Option<ConnectStep> {
    let error = client(url).build().unwrap().health().await.unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::Unreachable, "{error}");
    error.connect_step()
}

#[tokio::test]
async fn a_failure_to_connect_says_how_far_it_came() {
    let name = step("https://no-such-host.invalid/partner").await;
    assert_eq!(name, Some(ConnectStep::NameResolution));

    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    let refused = step(&format!("https://127.0.0.1:{port}/partner")).await;
    assert_eq!(refused, Some(ConnectStep::Connection));

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let plain = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
    });
    let no_tls = step(&format!("https://127.0.0.1:{port}/partner")).await;
    assert_eq!(no_tls, Some(ConnectStep::Tls));
    plain.await.unwrap();
}

#[derive(Debug, Default)]
struct Notes(Mutex<Vec<(Operation, Option<ClientErrorKind>)>>);

impl CallObserver for Notes {
    fn answered(&self, operation: Operation) {
        self.0.lock().unwrap().push((operation, None));
    }

    fn failed(&self, error: &ClientError) {
        let operation = error.operation().unwrap();
        self.0.lock().unwrap().push((operation, Some(error.kind())));
    }
}

#[tokio::test]
async fn an_observer_is_told_once_how_a_call_ended_after_its_retries() {
    let sim = Sim::builder().patients(12).start().await.unwrap();
    let notes = Arc::new(Notes::default());
    let client = client(sim.api_url())
        .retry(RetryPolicy::default())
        .observer(notes.clone())
        .build()
        .unwrap();
    let health = emis_sim::SimOperation::GetHealth;
    sim.faults().next(health, SimFault::Status(503));
    client.health().await.unwrap();
    client.organisation().get_organisation().await.unwrap_err();
    assert_eq!(
        *notes.0.lock().unwrap(),
        [
            (Operation::GetHealth, None),
            (
                Operation::GetOrganisationV2,
                Some(ClientErrorKind::Unauthenticated)
            ),
        ]
    );
}
