//! The budget of retries.

use std::time::Duration;

use emis_client::{BreakerPolicy, ClientErrorKind, RetryPolicy};

use crate::support::practice::{Mood, Practice, read};

fn policy(budget: u32) -> RetryPolicy {
    let mut policy = RetryPolicy::new(3, Duration::from_millis(10), Duration::from_millis(10));
    policy.budget = budget;
    policy
}

#[tokio::test(start_paused = true)]
async fn an_emis_that_is_down_is_asked_once_for_each_call_when_the_budget_is_spent() {
    let practice = Practice::new(Duration::ZERO);
    let client = practice.client(|builder| {
        let never = BreakerPolicy::never();
        builder.retry(policy(5)).breaker(never)
    });
    practice.feels(Mood::Answers(503));
    for attempts in [3, 3, 2, 1, 1, 1] {
        let before = practice.count();
        let error = read(&client).await.unwrap_err();
        // The error is EMIS's, not one about budgets.
        assert_eq!(
            (error.kind(), error.http_status()),
            (ClientErrorKind::Server, Some(503))
        );
        assert_eq!(practice.count() - before, attempts);
    }

    // Five calls that are answered earn one retry, and no more than there were can be earned.
    practice.feels(Mood::Answers(200));
    for _ in 0..5 {
        read(&client).await.unwrap();
    }
    practice.feels(Mood::Answers(503));
    for attempts in [2, 1] {
        let before = practice.count();
        read(&client).await.unwrap_err();
        assert_eq!(practice.count() - before, attempts);
    }
    practice.feels(Mood::Answers(200));
    for _ in 0..100 {
        read(&client).await.unwrap();
    }
    practice.feels(Mood::Answers(503));
    for attempts in [3, 3, 2, 1] {
        let before = practice.count();
        read(&client).await.unwrap_err();
        assert_eq!(practice.count() - before, attempts);
    }
}

#[tokio::test(start_paused = true)]
async fn each_client_has_a_budget_of_its_own() {
    let practice = Practice::new(Duration::ZERO);
    practice.feels(Mood::Fails(emis_client::TransportErrorKind::Interrupted));
    let clients = [(); 2].map(|()| practice.client(|builder| builder.retry(policy(2))));
    for client in &clients {
        let before = practice.count();
        read(client).await.unwrap_err();
        assert_eq!(practice.count() - before, 3);
    }
    let before = practice.count();
    read(&clients[0].clone()).await.unwrap_err();
    assert_eq!(practice.count() - before, 1);
}
