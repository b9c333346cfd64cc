//! A practice whose EMIS hangs costs the others nothing.

use std::sync::Arc;
use std::time::Duration;

use emis_client::{
    Client, ClientErrorKind, HttpConnections, HttpOptions, Limits, RetryPolicy, SharedLimits,
};
use emis_credentials::FixedToken;
use futures_util::future::join_all;
use tokio::time::Instant;
use wiremock::matchers::{any, header};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::practice::{Mood, Practice, read};

const PRACTICES: usize = 200;

/// The calls that one practice has waiting at once.
const CALLS: usize = 100;

const LONG: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test(start_paused = true)]
async fn limits_and_breakers_are_those_of_one_practice() {
    let shared = SharedLimits::new(Limits::new(16, 1_000_000));
    let practices: Vec<_> = (0..PRACTICES)
        .map(|_| Practice::new(Duration::ZERO))
        .collect();
    let clients: Vec<Client> = practices
        .iter()
        .map(|practice| {
            practice.client(|builder| {
                let own = Limits::new(8, 1_000_000);
                builder.limits(own).shared_limits(shared.clone())
            })
        })
        .collect();
    let (hung, others) = practices.split_first().unwrap();
    let (of_hung, of_others) = clients.split_first().unwrap();
    hung.feels(Mood::Hangs);

    let waiting: Vec<_> = (0..CALLS)
        .map(|_| {
            let client = of_hung.clone();
            tokio::spawn(async move { read(&client).await })
        })
        .collect();
    while hung.most_in_flight() < 8 {
        tokio::task::yield_now().await;
    }

    // Time stands still: no call of another practice waits for one of the hung practice.
    let began = Instant::now();
    for result in join_all(of_others.iter().map(read)).await {
        result.unwrap();
    }
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert_eq!(hung.most_in_flight(), 8);
    assert!(waiting.iter().all(|call| !call.is_finished()));

    // The hung practice's breaker opens, and only that one.
    for call in waiting {
        call.await.unwrap().unwrap_err();
    }
    let error = read(of_hung).await.unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::Suspended);
    for result in join_all(of_others.iter().map(read)).await {
        result.unwrap();
    }
    assert!(others.iter().all(|practice| practice.count() == 2));
}

#[tokio::test]
async fn connections_are_not_used_up_by_one_practice() {
    let emis = MockServer::builder().start().await;
    Mock::given(header("authorization", "Bearer practice-0"))
        .respond_with(ResponseTemplate::new(200).set_delay(LONG))
        .with_priority(1)
        .mount(&emis)
        .await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(404))
        .mount(&emis)
        .await;
    let connections = HttpConnections::new(HttpOptions::new().no_proxy()).unwrap();
    let client = |number: usize| {
        Client::builder(
            emis.uri().parse().unwrap(),
            "application".parse().unwrap(),
            Arc::new(FixedToken::new(format!("practice-{number}"))),
        )
        .connections(&connections)
        .retry(RetryPolicy::never())
        // No call gives up here, however slow the machine is.
        .attempt_timeout(LONG)
        .deadline(LONG)
        .build()
        .unwrap()
    };

    let hung = client(0);
    let waiting: Vec<_> = (0..CALLS)
        .map(|_| {
            let client = hung.clone();
            tokio::spawn(async move { read(&client).await })
        })
        .collect();
    while emis.received_requests().await.unwrap().len() < 8 {
        tokio::task::yield_now().await;
    }

    let others: Vec<Client> = (1..PRACTICES).map(client).collect();
    for result in join_all(others.iter().map(read)).await {
        assert_eq!(result.unwrap_err().kind(), ClientErrorKind::NotFound);
    }
    assert!(waiting.iter().all(|call| !call.is_finished()));
    for call in waiting {
        call.abort();
    }
}
