//! Attempts, tokens, delays and deadlines, with a scripted transport and paused time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::{Scripted, Step, builder, id, json};
use async_trait::async_trait;
use emis_client::model::{AppointmentStatus, DateRange, MinutesWindow, NewBooking};
use emis_client::{
    Client, ClientError, ClientErrorKind, Operation, Response, RetryPolicy, SentStatus,
    TransportErrorKind,
};
use emis_credentials::{AccessToken, TokenError, TokenErrorKind, TokenSource};
use emis_types::ManualClock;
use jiff::Timestamp;
use jiff::civil::date;
use tokio::time::Instant;

const SLOTS: &str = r#"{"slot": []}"#;
const BOOKED: &str = r#"{"appointmentInformation": {"slotId": 21}}"#;

async fn read(client: &Client) -> Result<(), ClientError> {
    let slots = client.appointments().get_slots_for_session(id("5")).await;
    slots.map(drop)
}

async fn book(client: &Client) -> Result<(), ClientError> {
    let booking = NewBooking::new(id("21"), id("17"), id("5"), "Booked online");
    client
        .appointments()
        .book_appointment(&booking)
        .await
        .map(drop)
}

/// Gives out token-1, then, each time one is refused, the next.
#[derive(Debug, Default)]
struct Numbered(AtomicUsize);

#[async_trait]
impl TokenSource for Numbered {
    async fn token(&self) -> Result<AccessToken, TokenError> {
        let number = self.0.load(Ordering::SeqCst) + 1;
        Ok(AccessToken::new(
            format!("token-{number}").into(),
            Timestamp::MAX,
        ))
    }

    fn invalidate(&self, _: &AccessToken) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn numbered(transport: &Arc<Scripted>) -> Client {
    Client::builder(
        "https://example.com".parse().unwrap(),
        "test-application".parse().unwrap(),
        Arc::new(Numbered::default()),
    )
    .build_with_transport(transport.clone())
}

fn bearers(transport: &Scripted) -> Vec<String> {
    transport
        .sent()
        .into_iter()
        .filter_map(|sent| sent.bearer)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_read_is_tried_again_after_what_passes() {
    for trouble in [
        Step::Fail(TransportErrorKind::Unreachable),
        Step::Fail(TransportErrorKind::Interrupted),
        Step::Fail(TransportErrorKind::TimedOut),
        Step::Hang,
        json(408, ""),
        json(429, ""),
        json(500, ""),
        json(503, ""),
    ] {
        let transport = Scripted::new([trouble.clone(), trouble.clone(), json(200, SLOTS)]);
        let client = builder().build_with_transport(transport.clone());
        read(&client).await.unwrap();
        assert_eq!(transport.count(), 3, "{trouble:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_that_fails_for_good_says_how_it_failed_last() {
    for (trouble, kind, sent) in [
        (
            Step::Fail(TransportErrorKind::Unreachable),
            ClientErrorKind::Unreachable,
            SentStatus::NotSent,
        ),
        (
            Step::Fail(TransportErrorKind::Interrupted),
            ClientErrorKind::Interrupted,
            SentStatus::Unknown,
        ),
        (
            Step::Hang,
            ClientErrorKind::Interrupted,
            SentStatus::Unknown,
        ),
        (
            json(408, ""),
            ClientErrorKind::Interrupted,
            SentStatus::Answered,
        ),
        (
            json(429, ""),
            ClientErrorKind::RateLimited,
            SentStatus::Answered,
        ),
        (
            json(502, "<html></html>"),
            ClientErrorKind::Server,
            SentStatus::Answered,
        ),
    ] {
        let transport = Scripted::new(vec![trouble.clone(); 3]);
        let error = read(&builder().build_with_transport(transport.clone()))
            .await
            .unwrap_err();
        assert_eq!((error.kind(), error.sent()), (kind, sent), "{trouble:?}");
        assert_eq!(error.operation(), Some(Operation::GetSlotsForSessionV2));
        assert_eq!(transport.count(), 3, "{trouble:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_that_was_refused_is_not_tried_again() {
    for (status, kind) in [
        (302, ClientErrorKind::Decode),
        (400, ClientErrorKind::Rejected),
        (403, ClientErrorKind::Forbidden),
        (404, ClientErrorKind::NotFound),
        (409, ClientErrorKind::Conflict),
        (415, ClientErrorKind::Rejected),
    ] {
        let transport = Scripted::new([json(status, "")]);
        let error = read(&builder().build_with_transport(transport.clone()))
            .await
            .unwrap_err();
        assert_eq!((error.kind(), error.http_status()), (kind, Some(status)));
        assert_eq!(transport.count(), 1);
    }
    let transport = Scripted::new([Step::Fail(TransportErrorKind::TooLarge)]);
    let error = read(&builder().build_with_transport(transport))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::Decode);
}

#[tokio::test(start_paused = true)]
async fn a_write_is_sent_once_whatever_happens() {
    use ClientErrorKind as Kind;
    for (trouble, kind, sent) in [
        (
            Step::Fail(TransportErrorKind::Unreachable),
            Kind::Unreachable,
            SentStatus::NotSent,
        ),
        (
            Step::Fail(TransportErrorKind::Unsendable),
            Kind::InvalidRequest,
            SentStatus::NotSent,
        ),
        (
            Step::Fail(TransportErrorKind::Interrupted),
            Kind::Ambiguous,
            SentStatus::Unknown,
        ),
        (
            Step::Fail(TransportErrorKind::TooLarge),
            Kind::Ambiguous,
            SentStatus::Unknown,
        ),
        (Step::Hang, Kind::Ambiguous, SentStatus::Unknown),
        (json(301, ""), Kind::Ambiguous, SentStatus::Answered),
        (json(400, ""), Kind::Rejected, SentStatus::Answered),
        (json(401, ""), Kind::Unauthenticated, SentStatus::Answered),
        (json(403, ""), Kind::Forbidden, SentStatus::Answered),
        (json(404, ""), Kind::NotFound, SentStatus::Answered),
        (json(408, ""), Kind::Ambiguous, SentStatus::Answered),
        (json(409, ""), Kind::Conflict, SentStatus::Answered),
        (json(429, ""), Kind::RateLimited, SentStatus::Answered),
        (json(500, ""), Kind::Ambiguous, SentStatus::Answered),
        (json(503, ""), Kind::Ambiguous, SentStatus::Answered),
        (
            json(200, "<html></html>"),
            Kind::Ambiguous,
            SentStatus::Answered,
        ),
    ] {
        let writes: [(&str, _); 4] = [("book", 0), ("cancel", 1), ("status", 2), ("comment", 3)];
        for (name, write) in writes {
            let transport = Scripted::new([trouble.clone()]);
            let client = builder().build_with_transport(transport.clone());
            let appointments = client.appointments();
            let result = match write {
                0 => book(&client).await,
                1 => appointments
                    .cancel_appointment(id("21"), id("17"))
                    .await
                    .map(drop),
                2 => {
                    let status = AppointmentStatus::Arrive;
                    appointments
                        .set_appointment_status(id("21"), id("17"), status)
                        .await
                        .map(drop)
                }
                _ => appointments
                    .add_slot_comment(id("21"), "Reminded")
                    .await
                    .map(drop),
            };
            let error = result.unwrap_err();
            assert_eq!(
                (error.kind(), error.sent()),
                (kind, sent),
                "{name} {trouble:?}"
            );
            assert_eq!(transport.count(), 1, "{name} {trouble:?}");
        }
    }
}

#[tokio::test]
async fn a_401_fetches_one_new_token_for_a_read() {
    let transport = Scripted::new([json(401, ""), json(200, SLOTS)]);
    read(&numbered(&transport)).await.unwrap();
    assert_eq!(bearers(&transport), ["token-1", "token-2"]);

    let transport = Scripted::new([json(401, ""), json(401, "")]);
    let error = read(&numbered(&transport)).await.unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::Unauthenticated);
    assert_eq!(bearers(&transport), ["token-1", "token-2"]);
}

#[tokio::test]
async fn a_401_on_a_write_sends_nothing_again_but_renews_the_token_for_the_next_call() {
    let transport = Scripted::new([json(401, ""), json(200, BOOKED)]);
    let client = numbered(&transport);
    let error = book(&client).await.unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::Unauthenticated);
    assert_eq!(bearers(&transport), ["token-1"]);
    book(&client).await.unwrap();
    assert_eq!(bearers(&transport), ["token-1", "token-2"]);
}

#[tokio::test]
async fn a_client_with_a_fresh_token_keeps_to_it() {
    let refused = || json(401, "");
    let transport = Scripted::new([refused(), refused(), json(200, SLOTS), json(200, SLOTS)]);
    let client = numbered(&transport);
    let fresh = client.with_fresh_token().await.unwrap();
    let error = read(&fresh).await.unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::Unauthenticated);
    read(&fresh).await.unwrap();
    read(&client).await.unwrap();
    let sent = bearers(&transport);
    assert!(sent.iter().all(|bearer| bearer == "token-1"), "{sent:?}");
}

#[derive(Debug)]
struct NoToken(Option<TokenErrorKind>);

#[async_trait]
impl TokenSource for NoToken {
    async fn token(&self) -> Result<AccessToken, TokenError> {
        match self.0 {
            Some(kind) => Err(TokenError::new(kind)),
            None => std::future::pending().await,
        }
    }

    fn invalidate(&self, _: &AccessToken) {}
}

fn without_token(kind: Option<TokenErrorKind>, transport: Arc<Scripted>) -> Client {
    Client::builder(
        "https://example.com".parse().unwrap(),
        "test-application".parse().unwrap(),
        Arc::new(NoToken(kind)),
    )
    .build_with_transport(transport)
}

#[tokio::test(start_paused = true)]
async fn without_a_token_nothing_is_sent_and_the_error_says_why() {
    let transport = Scripted::new([]);
    let client = without_token(Some(TokenErrorKind::HeldBack), transport.clone());
    for error in [
        read(&client).await.unwrap_err(),
        book(&client).await.unwrap_err(),
        client.token_claims().await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ClientErrorKind::Credentials);
        assert_eq!(error.sent(), SentStatus::NotSent);
        let cause = error.token_error().map(TokenError::kind);
        assert_eq!(cause, Some(TokenErrorKind::HeldBack));
    }

    let client = without_token(None, transport.clone());
    let error = read(&client).await.unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::Credentials);
    assert!(error.token_error().is_none());
    assert_eq!(transport.count(), 0);
}

#[tokio::test]
async fn health_needs_no_token_and_takes_a_401_for_a_sign_of_life() {
    for status in [200, 204, 401] {
        let transport = Scripted::new([json(status, "")]);
        let client = without_token(Some(TokenErrorKind::ClientRefused), transport.clone());
        client.health().await.unwrap();
        assert_eq!(bearers(&transport), [""; 0]);
        assert_eq!(transport.count(), 1);
    }
    let transport = Scripted::new([json(404, "")]);
    let error = builder()
        .build_with_transport(transport)
        .health()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn the_waits_grow_and_are_drawn_within_their_bounds() {
    let policy = RetryPolicy::new(4, Duration::from_secs(1), Duration::from_secs(3));
    for _ in 0..20 {
        let transport = Scripted::new(vec![json(503, ""); 4]);
        let client = builder().retry(policy).build_with_transport(transport);
        let begin = Instant::now();
        read(&client).await.unwrap_err();
        let waited = begin.elapsed().as_secs_f64();
        // 1 + 2 + 3 seconds, each halved at most; the timer counts in milliseconds.
        assert!((2.999..=6.01).contains(&waited), "{waited}");
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_heeded_in_seconds_and_as_a_date() {
    let clock = ManualClock::at_uk(date(2026, 6, 2).at(10, 0, 0, 0));
    for (header, seconds) in [
        ("7", 7.0),
        ("Tue, 02 Jun 2026 09:00:09 GMT", 9.0),
        ("Tue, 02 Jun 2026 08:59:00 GMT", 0.0),
        ("soon", 0.0),
        ("-7", 0.0),
        ("+7", 0.0),
        ("7.5", 0.0),
        ("", 0.0),
    ] {
        let busy = Step::Answer(Response::new(429, "").with_retry_after(header));
        let transport = Scripted::new([busy, json(200, SLOTS)]);
        let client = builder()
            .clock(Arc::new(clock.clone()))
            .build_with_transport(transport);
        let begin = Instant::now();
        read(&client).await.unwrap();
        let waited = begin.elapsed().as_secs_f64();
        assert!(
            (seconds..=seconds + 0.26).contains(&waited),
            "{header}: {waited}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_deadline_leaves_no_time_for_is_not_waited_for() {
    for (header, seconds) in [
        ("3600", 3_600),
        ("4294967295", u32::MAX.into()),
        ("99999999999999999999999", u32::MAX.into()),
    ] {
        let busy = Step::Answer(Response::new(503, "").with_retry_after(header));
        let transport = Scripted::new([busy]);
        let begin = Instant::now();
        let error = read(&builder().build_with_transport(transport))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ClientErrorKind::Server);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(seconds)));
        assert_eq!(begin.elapsed(), Duration::ZERO);
    }

    // Attempts of 20 seconds within 30: the second is cut short, and there is no third.
    let transport = Scripted::new([Step::Hang, Step::Hang]);
    let client = builder()
        .attempt_timeout(Duration::from_secs(20))
        .deadline(Duration::from_secs(30))
        .build_with_transport(transport.clone());
    let begin = Instant::now();
    let error = read(&client).await.unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::Interrupted);
    assert_eq!(transport.count(), 2);
    let waited = begin.elapsed().as_secs_f64();
    assert!((29.9..=30.1).contains(&waited), "{waited}");
}

#[tokio::test]
async fn no_length_of_time_is_too_long() {
    let transport = Scripted::new([json(200, SLOTS)]);
    let client = builder()
        .attempt_timeout(Duration::MAX)
        .deadline(Duration::MAX)
        .build_with_transport(transport);
    read(&client).await.unwrap();
    client.token_claims().await.unwrap();
    client.with_fresh_token().await.unwrap();
}

#[tokio::test]
async fn what_emis_would_refuse_is_not_sent() {
    let transport = Scripted::new([]);
    let client = builder().build_with_transport(transport.clone());
    let appointments = client.appointments();
    let first = date(2026, 1, 1);
    // What takes more than one call is read in several, up to ten years.
    let long = DateRange::new(first, date(2036, 1, 20)).unwrap();
    let mut booking = NewBooking::new(id("21"), id("17"), id("5"), "  ");
    let mut errors = vec![
        appointments
            .get_appointment_sessions(long, None)
            .await
            .unwrap_err(),
        appointments
            .get_patient_appointments(id("17"), long)
            .await
            .unwrap_err(),
        appointments.book_appointment(&booking).await.unwrap_err(),
        appointments
            .add_slot_comment(id("21"), "two\nlines")
            .await
            .unwrap_err(),
        appointments
            .add_slot_comment(id("21"), &"x".repeat(1_001))
            .await
            .unwrap_err(),
    ];
    booking = NewBooking::new(id("21"), id("17"), id("5"), "Booked online");
    booking.note = Some(String::new().into());
    errors.push(appointments.book_appointment(&booking).await.unwrap_err());
    for error in errors {
        assert_eq!(error.kind(), ClientErrorKind::InvalidRequest);
        assert_eq!(error.sent(), SentStatus::NotSent);
        assert!(error.operation().is_some());
    }
    assert_eq!(transport.count(), 0);

    assert!(DateRange::new(first, date(2025, 12, 31)).is_err());
    assert!(MinutesWindow::new(61, 0).is_err());
    assert!(MinutesWindow::new(0, 43_201).is_err());
    assert!(MinutesWindow::new(60, 43_200).is_ok());
}

#[tokio::test]
async fn an_error_body_gives_its_ids_and_none_of_its_words() {
    let body = r#"{"messageId": "6f9619ff-8b86-d011-b42d-00c04fc964ff", "legacyOutcome": "3",
        "text": {"status": "generated", "div": "Invented Person, 999 000 0018"},
        "issue": {"severity": 0, "code": "conflict", "diagnostics": "patientNumber=17"}}"#;
    let client = builder().build_with_transport(Scripted::new([json(409, body)]));
    let error = book(&client).await.unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::Conflict);
    let id = error.message_id().unwrap().to_string();
    assert_eq!(id, "6f9619ff-8b86-d011-b42d-00c04fc964ff");
    assert_eq!(error.legacy_outcome(), Some(3));
    assert_eq!(
        error.report(),
        "BookAppointment: the slot is not in the state that this needs (HTTP 409)"
    );
    let everything = format!("{error:?} {}", error.report());
    for word in ["Invented", "999", "patientNumber", "generated"] {
        assert!(!everything.contains(word), "{word} in {everything}");
    }

    for body in [
        "",
        "<html></html>",
        "[]",
        r#"{"messageId": 5, "legacyOutcome": "none"}"#,
    ] {
        let client = builder().build_with_transport(Scripted::new([json(404, body)]));
        let error = book(&client).await.unwrap_err();
        assert_eq!(
            (error.message_id(), error.legacy_outcome()),
            (None, None),
            "{body}"
        );
    }
}
