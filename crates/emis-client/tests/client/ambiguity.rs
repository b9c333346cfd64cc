//! The outcome of a failed write is unknown unless the write was provably not sent.

use emis_client::operation::Effect;
use emis_client::{
    ClientError, ClientErrorKind, Limits, Operation, Response, RetryPolicy, SentStatus,
    TransportErrorKind,
};

use crate::support::operations::call;
use crate::support::{Scripted, Step, builder};

/// The result of one attempt at an operation. Fails the test if more is sent.
async fn failed(operation: Operation, step: Step) -> ClientError {
    let client = builder()
        .retry(RetryPolicy::never())
        .limits(Limits::new(1_000, 100_000))
        .build_with_transport(Scripted::new([step.clone(), step]));
    match call(&client, operation).await {
        Err(error) => error,
        Ok(_) => panic!("{operation} did not fail"),
    }
}

fn answer(status: u16) -> Step {
    Step::Answer(Response::new(status, r#"{"messageId": null}"#))
}

fn writes() -> impl Iterator<Item = Operation> {
    let all = Operation::ALL.iter().copied();
    all.filter(|operation| operation.effect() == Effect::Write)
}

#[tokio::test(start_paused = true)]
async fn any_error_status_leaves_the_outcome_of_a_write_unknown() {
    for operation in writes() {
        for status in (100..200).chain(300..600) {
            let error = failed(operation, answer(status)).await;
            assert!(error.is_ambiguous(), "{operation}: {}", error.report());
            assert!(!error.is_retryable(), "{operation}: {}", error.report());
            assert_eq!(error.sent(), SentStatus::Answered);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_kind_of_a_refused_write_stays_that_of_its_status() {
    for (status, kind) in [
        (400, ClientErrorKind::Rejected),
        (401, ClientErrorKind::Unauthenticated),
        (403, ClientErrorKind::Forbidden),
        (404, ClientErrorKind::NotFound),
        (409, ClientErrorKind::Conflict),
        (429, ClientErrorKind::RateLimited),
        (500, ClientErrorKind::Ambiguous),
    ] {
        let error = failed(Operation::BookAppointment, answer(status)).await;
        assert_eq!(error.kind(), kind, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_break_on_the_way_leaves_it_unknown_and_no_connection_does_not() {
    for operation in writes() {
        for (failure, ambiguous) in [
            (TransportErrorKind::Unsendable, false),
            (TransportErrorKind::Unreachable, false),
            (TransportErrorKind::TimedOut, true),
            (TransportErrorKind::Interrupted, true),
            (TransportErrorKind::TooLarge, true),
        ] {
            let error = failed(operation, Step::Fail(failure)).await;
            assert_eq!(error.is_ambiguous(), ambiguous, "{operation} {failure:?}");
        }
        let error = failed(operation, Step::Hang).await;
        assert!(error.is_ambiguous(), "{operation}: {}", error.report());
    }
}

#[tokio::test(start_paused = true)]
async fn a_success_that_can_not_be_decoded_leaves_it_unknown() {
    let page = Response::new(200, "<html>").with_content_type("text/html");
    for operation in writes() {
        let error = failed(operation, Step::Answer(page.clone())).await;
        assert!(error.is_ambiguous(), "{operation}: {}", error.report());
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_is_never_ambiguous() {
    let all = Operation::ALL.iter().copied();
    for operation in all.filter(|operation| operation.effect() == Effect::Read) {
        for step in [answer(400), answer(409), answer(500), Step::Hang] {
            let error = failed(operation, step).await;
            assert!(!error.is_ambiguous(), "{operation}: {}", error.report());
        }
    }
}
