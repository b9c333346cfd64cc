//! Limits on concurrency and request rate, per practice and shared.

use std::time::Duration;

use emis_client::{ClientErrorKind, Limits, SentStatus, SharedLimits};
use futures_util::future::join_all;
use proptest::prelude::*;
use tokio::time::{Instant, timeout};

use crate::support::practice::{Mood, Practice, book, read, read_session};

const MANY: u32 = 1_000_000;

/// The most that began within any second.
fn most_in_a_second(mut moments: Vec<Instant>) -> usize {
    moments.sort();
    let within = |first: &Instant| {
        let next = *first + Duration::from_secs(1);
        moments
            .iter()
            .filter(|moment| (*first..next).contains(*moment))
            .count()
    };
    moments.iter().map(within).max().unwrap_or(0)
}

fn moments(practice: &Practice) -> Vec<Instant> {
    practice.asked().iter().map(|asked| asked.at).collect()
}

#[tokio::test(start_paused = true)]
async fn no_more_are_in_flight_than_the_limit_and_all_are_served() {
    for most in [1, 3, 8] {
        let practice = Practice::new(Duration::from_millis(500));
        let client = practice.client(|builder| builder.limits(Limits::new(most, MANY)));
        let clones: Vec<_> = (0..40).map(|_| client.clone()).collect();
        for result in join_all(clones.iter().map(read)).await {
            result.unwrap();
        }
        assert_eq!(practice.most_in_flight(), most as usize);
        assert_eq!(practice.count(), 40);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_more_begin_in_any_second_than_the_limit_and_not_many_fewer(
        per_second in 1u32..60,
        seconds in 2u32..5,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let practice = Practice::new(Duration::from_millis(1));
            let client = practice.client(|builder| {
                builder
                    .limits(Limits::new(MANY, per_second))
                    .deadline(Duration::from_secs(600))
            });
            let begin = Instant::now();
            let calls = (0..per_second * seconds).map(|_| read(&client));
            for result in join_all(calls).await {
                result.unwrap();
            }
            prop_assert!(most_in_a_second(moments(&practice)) <= per_second as usize);
            // The waits are timed in milliseconds.
            let most = f64::from(seconds) * 1.25 + 0.1;
            prop_assert!(begin.elapsed().as_secs_f64() <= most);
            Ok(())
        })?;
    }
}

#[tokio::test(start_paused = true)]
async fn a_single_call_does_not_wait() {
    let practice = Practice::new(Duration::ZERO);
    let client = practice.client(|builder| builder.limits(Limits::new(0, 0)));
    let begin = Instant::now();
    read(&client).await.unwrap();
    assert!(begin.elapsed() <= Duration::from_millis(1));
    // None counts as one: the next waits for its second.
    read(&client).await.unwrap();
    assert!(begin.elapsed() >= Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn who_waits_is_served_in_order() {
    let practice = Practice::new(Duration::from_millis(30));
    let client = practice.client(|builder| builder.limits(Limits::new(3, 20)));
    for result in join_all((1..=60).map(|session| read_session(&client, session))).await {
        result.unwrap();
    }
    let order: Vec<_> = practice
        .asked()
        .into_iter()
        .filter_map(|asked| asked.first_parameter)
        .collect();
    let expected: Vec<_> = (1..=60).map(|session| session.to_string()).collect();
    assert_eq!(order, expected);
}

#[tokio::test(start_paused = true)]
async fn clients_that_share_limits_keep_to_them_together() {
    let shared = SharedLimits::new(Limits::new(6, 30));
    let practice = Practice::new(Duration::from_millis(400));
    let clients: Vec<_> = (0..5)
        .map(|_| practice.client(|builder| builder.shared_limits(shared.clone())))
        .collect();
    let calls = (0..100).map(|n| read(&clients[n % 5]));
    for result in join_all(calls).await {
        result.unwrap();
    }
    assert_eq!(practice.most_in_flight(), 6);
    assert!(most_in_a_second(moments(&practice)) <= 30);
}

#[tokio::test(start_paused = true)]
async fn one_practice_that_hangs_does_not_slow_another() {
    let shared = SharedLimits::new(Limits::new(8, 200));
    let set = |builder: emis_client::ClientBuilder| {
        // More than all have together: half of that is what one gets.
        builder
            .limits(Limits::new(100, 100))
            .shared_limits(shared.clone())
    };
    let hanging = Practice::new(Duration::ZERO);
    hanging.feels(Mood::Hangs);
    let hanging_client = hanging.client(set);
    let healthy = Practice::new(Duration::from_millis(100));
    let healthy_client = healthy.client(set);

    let trouble = join_all((0..200).map(|_| read(&hanging_client)));
    let work = async {
        let begin = Instant::now();
        for _ in 0..20 {
            read(&healthy_client).await.unwrap();
        }
        begin.elapsed()
    };
    tokio::select! {
        _ = trouble => panic!("the practice hangs"),
        taken = work => {
            // 20 answers of 100 milliseconds, and the milliseconds of the timers.
            assert!(taken < Duration::from_millis(2_100), "{taken:?}");
        }
    }
    assert_eq!(hanging.most_in_flight(), 4);
    assert_eq!(healthy.count(), 20);
}

#[tokio::test(start_paused = true)]
async fn what_finds_no_room_before_its_deadline_was_not_sent() {
    let practice = Practice::new(Duration::from_secs(50));
    let client = practice.client(|builder| {
        builder
            .limits(Limits::new(1, MANY))
            .attempt_timeout(Duration::from_secs(55))
            .deadline(Duration::from_secs(60))
    });
    let (first, second, third) = tokio::join!(read(&client), read(&client), read(&client));
    first.unwrap();
    // It began after 50 seconds, and its time was up after 60.
    assert_eq!(second.unwrap_err().kind(), ClientErrorKind::Interrupted);
    let error = third.unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::Busy);
    assert_eq!(error.sent(), SentStatus::NotSent);
    assert_eq!(practice.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_write_does_not_begin_without_time_for_its_answer() {
    let practice = Practice::new(Duration::from_secs(15));
    let client = practice.client(|builder| builder.limits(Limits::new(1, MANY)));
    // The second would begin after 45 seconds and be given 15 of the 20 that an attempt may take.
    let (reads, write) = tokio::join!(join_all((0..3).map(|_| read(&client))), async {
        let begin = Instant::now();
        (book(&client).await.unwrap_err(), begin.elapsed())
    });
    for result in reads {
        result.unwrap();
    }
    let (error, waited) = write;
    assert_eq!(error.kind(), ClientErrorKind::Busy);
    assert_eq!(error.sent(), SentStatus::NotSent);
    assert!(!error.is_ambiguous());
    assert_eq!(waited.as_secs(), 40);
    assert_eq!(practice.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn who_gives_up_waiting_leaves_the_place_to_others() {
    let practice = Practice::new(Duration::from_secs(1));
    let client = practice.client(|builder| builder.limits(Limits::new(2, 4)));
    for _ in 0..50 {
        let soon = Duration::from_millis(1);
        timeout(soon, read(&client)).await.unwrap_err();
    }
    let begin = Instant::now();
    let (one, two) = tokio::join!(read(&client), read(&client));
    one.unwrap();
    two.unwrap();
    assert!(begin.elapsed() < Duration::from_secs(2));
}
