//! Date ranges longer than EMIS serves: complete, without duplicates, in order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use emis_client::model::{DateRange, Listing, PatientAppointment, Session};
use emis_client::{
    Client, ClientError, ClientErrorKind, Limits, Operation, QueryDateFormat, Request, Response,
    RetryPolicy, SentStatus, Transport, TransportError,
};
use emis_credentials::AccessToken;
use jiff::civil::{Date, date};
use jiff::{ToSpan, Unit};
use proptest::prelude::*;
use tokio::time::Instant;

use crate::support::{builder, id};

const FIRST: Date = date(2025, 1, 1);

/// An appointment book of sessions, each on a day and under an id, served by the day: both ends
/// of a window included, and no window of more than 90 days.
#[derive(Debug, Default)]
struct Book {
    days: Vec<(Date, u32)>,
    /// Where the days in these windows come to a bad end.
    trouble_on: Option<Date>,
    unreadable_on: Option<Date>,
    asked: Mutex<Vec<(Operation, DateRange)>>,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
}

impl Book {
    fn new(days: Vec<(Date, u32)>) -> Self {
        Self {
            days,
            ..Self::default()
        }
    }

    fn windows(&self) -> Vec<DateRange> {
        let mut windows: Vec<_> = self.asked.lock().unwrap().iter().map(|a| a.1).collect();
        windows.sort_by_key(|window| window.start());
        windows
    }
}

#[async_trait]
impl Transport for Book {
    async fn send(
        &self,
        request: &Request,
        _: Option<&AccessToken>,
    ) -> Result<Response, TransportError> {
        let parameters: BTreeMap<_, _> = request.parameters().collect();
        let day = |name| Date::strptime("%d/%m/%Y", parameters[name]).unwrap();
        let window = DateRange::new(day("startDate"), day("endDate")).unwrap();
        let number = {
            let mut asked = self.asked.lock().unwrap();
            asked.push((request.operation(), window));
            asked.len()
        };
        let now = self.in_flight.fetch_add(1, SeqCst) + 1;
        self.most_in_flight.fetch_max(now, SeqCst);
        // Every third answer is quick, so that they come in another order than asked for.
        tokio::time::sleep(Duration::from_millis(10 * (4 - number as u64 % 3))).await;
        self.in_flight.fetch_sub(1, SeqCst);

        let within = |day: Date| window.start() <= day && day <= window.end();
        if self.trouble_on.is_some_and(within) {
            return Ok(Response::new(500, ""));
        }
        let mut records: Vec<String> = self
            .days
            .iter()
            .filter(|(day, _)| within(*day))
            .map(|(day, id)| record(request.operation(), *day, *id))
            .collect();
        if self.unreadable_on.is_some_and(within) {
            records.insert(0, "{}".into());
        }
        let list = match request.operation() {
            Operation::GetAppointmentSessions => "appointmentSession",
            _ => "appointment",
        };
        let body = format!(r#"{{"{list}": [{}]}}"#, records.join(","));
        Ok(Response::new(200, body))
    }
}

fn record(operation: Operation, day: Date, id: u32) -> String {
    let day = day.strftime("%d/%m/%Y");
    match operation {
        Operation::GetAppointmentSessions => {
            format!(r#"{{"dbid": {id}, "date": "{day}", "startTime": "09:00"}}"#)
        }
        _ => format!(r#"{{"slotID": {id}, "date": "{day}", "startTime": "09:00"}}"#),
    }
}

fn client(book: &Arc<Book>) -> Client {
    builder()
        .retry(RetryPolicy::never())
        .build_with_transport(book.clone())
}

async fn sessions(client: &Client, range: DateRange) -> Result<Listing<Session>, ClientError> {
    client
        .appointments()
        .get_appointment_sessions(range, None)
        .await
}

async fn appointments(
    client: &Client,
    range: DateRange,
) -> Result<Listing<PatientAppointment>, ClientError> {
    client
        .appointments()
        .get_patient_appointments(id("17"), range)
        .await
}

fn days_between(first: Date, last: Date) -> i32 {
    last.since((Unit::Day, first)).unwrap().get_days()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_range_of_any_length_is_read_without_gaps_and_doubles(
        from in -400i64..400,
        length in 0i64..1_200,
        offsets in prop::collection::vec(-500i64..2_000, 0..60),
    ) {
        let start = FIRST + from.days();
        let range = DateRange::new(start, start + length.days()).unwrap();
        let mut days: Vec<(Date, u32)> = offsets
            .into_iter()
            .zip(1..)
            .map(|(offset, id)| (FIRST + offset.days(), id))
            .collect();
        // Both ends and the days around them.
        for day in [
            range.start().yesterday(),
            Ok(range.start()),
            Ok(range.end()),
            range.end().tomorrow(),
        ] {
            days.push((day.unwrap(), 1_000 + days.len() as u32));
        }
        // EMIS lists by day.
        days.sort();
        let expected: Vec<(Date, u32)> = days
            .iter()
            .copied()
            .filter(|(day, _)| (range.start()..=range.end()).contains(day))
            .collect();
        let book = Arc::new(Book::new(days));

        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let (sessions, appointments) = runtime.block_on(async {
            let client = client(&book);
            (sessions(&client, range).await, appointments(&client, range).await)
        });
        let sessions: Vec<(Date, u32)> = sessions
            .unwrap()
            .items
            .iter()
            .map(|session| (session.date, session.id.to_string().parse().unwrap()))
            .collect();
        prop_assert_eq!(&sessions, &expected);
        let appointments: Vec<(Date, u32)> = appointments
            .unwrap()
            .items
            .iter()
            .map(|item| (item.start.date(), item.slot.to_string().parse().unwrap()))
            .collect();
        prop_assert_eq!(&appointments, &expected);

        prop_assert!(book.most_in_flight.load(SeqCst) <= 3);
        let windows = book.windows();
        // Each is asked for twice, once for each operation.
        let windows: Vec<_> = windows.chunks(2).map(|pair| pair[0]).collect();
        prop_assert_eq!(windows.len() as i64, length / 90 + 1);
        prop_assert_eq!(windows[0].start(), range.start());
        prop_assert_eq!(windows[windows.len() - 1].end(), range.end());
        for window in &windows {
            // 90 days, however they are counted.
            prop_assert!(days_between(window.start(), window.end()) < 90);
        }
        for pair in windows.windows(2) {
            prop_assert_eq!(pair[0].end().tomorrow().unwrap(), pair[1].start());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn windows_are_read_side_by_side_within_the_limits() {
    let range = DateRange::new(FIRST, FIRST + 899.days()).unwrap();
    for (limit, at_once) in [(8, 3), (2, 2), (1, 1)] {
        let book = Arc::new(Book::default());
        let client = builder()
            .limits(Limits::new(limit, 1_000))
            .build_with_transport(book.clone());
        let begin = Instant::now();
        sessions(&client, range).await.unwrap();
        assert_eq!(book.windows().len(), 10);
        assert_eq!(book.most_in_flight.load(SeqCst), at_once);
        // One after the other they take 300 milliseconds.
        let together = begin.elapsed() < Duration::from_millis(250);
        assert_eq!(together, at_once > 1);
    }
}

#[tokio::test(start_paused = true)]
async fn one_window_that_fails_fails_the_whole() {
    let range = DateRange::new(FIRST, FIRST + 899.days()).unwrap();
    let mut book = Book::new(vec![(FIRST, 1)]);
    book.trouble_on = Some(FIRST + 100.days());
    let book = Arc::new(book);
    let error = sessions(&client(&book), range).await.unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::Server);
    assert_eq!(error.operation(), Some(Operation::GetAppointmentSessions));
    // The others are not read to no purpose.
    assert!(book.windows().len() < 10);
}

#[tokio::test(start_paused = true)]
async fn the_windows_share_one_deadline() {
    let book = Arc::new(Book::default());
    let client = builder()
        .deadline(Duration::from_millis(55))
        .retry(RetryPolicy::never())
        .build_with_transport(book);
    let range = DateRange::new(FIRST, FIRST + 899.days()).unwrap();
    let begin = Instant::now();
    sessions(&client, range).await.unwrap_err();
    assert!(begin.elapsed() <= Duration::from_millis(60));
}

#[tokio::test(start_paused = true)]
async fn a_record_that_moves_between_windows_is_taken_once() {
    // The second window shows the session where it stands by then.
    let later = FIRST + 100.days();
    let book = Arc::new(Book::new(vec![
        (FIRST, 7),
        (FIRST, 7),
        (later, 7),
        (later, 8),
    ]));
    let range = DateRange::new(FIRST, later).unwrap();
    let listing = sessions(&client(&book), range).await.unwrap();
    let seen: Vec<_> = listing
        .items
        .iter()
        .map(|session| (session.date, session.id.to_string()))
        .collect();
    // What EMIS lists twice in one window stays as EMIS lists it.
    let expected = [(FIRST, "7"), (FIRST, "7"), (later, "8")];
    assert_eq!(seen, expected.map(|(day, id)| (day, id.to_owned())));
}

#[tokio::test(start_paused = true)]
async fn an_unreadable_record_is_counted_through_all_windows() {
    let mut book = Book::new(vec![(FIRST, 1), (FIRST, 2), (FIRST + 95.days(), 3)]);
    book.unreadable_on = Some(FIRST + 90.days());
    let range = DateRange::new(FIRST, FIRST + 100.days()).unwrap();
    let listing = sessions(&client(&Arc::new(book)), range).await.unwrap();
    assert_eq!(listing.items.len(), 3);
    let indices: Vec<_> = listing.skipped.iter().map(|record| record.index).collect();
    assert_eq!(indices, [2]);
}

#[tokio::test]
async fn a_range_that_cannot_be_served_is_not_asked_for() {
    let book = Arc::new(Book::default());
    for format in [QueryDateFormat::DayMonthYear, QueryDateFormat::Iso] {
        let client = builder()
            .date_format(format)
            .build_with_transport(book.clone());
        for (first, last) in [
            (FIRST, FIRST + 3_660.days()),
            (Date::MIN, Date::MAX),
            (date(999, 12, 31), date(1000, 1, 1)),
            (date(-5, 1, 1), date(-5, 1, 2)),
        ] {
            let range = DateRange::new(first, last).unwrap();
            for error in [
                sessions(&client, range).await.unwrap_err(),
                appointments(&client, range).await.unwrap_err(),
            ] {
                assert_eq!(error.kind(), ClientErrorKind::InvalidRequest);
                assert_eq!(error.sent(), SentStatus::NotSent);
                assert!(error.operation().is_some());
            }
        }
        let range = DateRange::day(date(0, 1, 1));
        let configuration = client.appointments().get_appointment_configuration(range);
        assert_eq!(
            configuration.await.unwrap_err().kind(),
            ClientErrorKind::InvalidRequest
        );
    }
    assert_eq!(book.windows(), []);
}

#[tokio::test(start_paused = true)]
async fn the_longest_range_and_the_last_day_there_is_are_served() {
    let book = Arc::new(Book::default());
    let client = client(&book);
    let range = DateRange::new(FIRST, FIRST + 3_659.days()).unwrap();
    sessions(&client, range).await.unwrap();
    let ends = DateRange::new(Date::MAX - 100.days(), Date::MAX).unwrap();
    sessions(&client, ends).await.unwrap();
    assert_eq!(book.windows().len(), 41 + 2);
}
