//! Windows of days, cut by the calendar; and slots, joined with their days.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use emis_client::model::{DateRange, Session, Slot, SlotStatus};
use emis_client::{
    Limits, Operation, QueryDateFormat, Request, Response, Transport, TransportError,
};
use emis_credentials::AccessToken;
use emis_types::{ManualClock, uk};
use jiff::civil::{Date, DateTime, Time, Weekday, date};
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;

use super::{AUTUMN, SPRING};
use crate::support::{builder, id};

/// A practice with one session on every day, at half past one in the night.
#[derive(Debug, Default)]
struct EveryNight(Mutex<Vec<(Operation, String, String)>>);

#[async_trait]
impl Transport for EveryNight {
    async fn send(
        &self,
        request: &Request,
        _: Option<&AccessToken>,
    ) -> Result<Response, TransportError> {
        let parameters: BTreeMap<_, _> = request.parameters().collect();
        let (first, last) = (parameters["startDate"], parameters["endDate"]);
        let operation = request.operation();
        self.0
            .lock()
            .unwrap()
            .push((operation, first.to_owned(), last.to_owned()));
        let (mut day, last) = (read(first), read(last));
        let (list, key) = match operation {
            Operation::GetAppointmentSessions => ("appointmentSession", "dbid"),
            _ => ("appointment", "slotID"),
        };
        let mut records = Vec::new();
        while day <= last {
            let written = day.strftime("%d/%m/%Y");
            let number = number(day);
            records.push(format!(
                r#"{{"{key}": {number}, "date": "{written}", "startTime": "01:30"}}"#
            ));
            day = day.tomorrow().unwrap();
        }
        let body = format!(r#"{{"{list}": [{}]}}"#, records.join(","));
        Ok(Response::new(200, body))
    }
}

/// Either of the forms in which the client writes a date.
fn read(day: &str) -> Date {
    Date::strptime("%d/%m/%Y", day)
        .or_else(|_| day.parse())
        .unwrap()
}

/// A number for each day, by which its session is known.
fn number(day: Date) -> i32 {
    i32::from(day.year()) * 1_000 + i32::from(day.day_of_year())
}

impl EveryNight {
    /// The windows that an operation was called for: the first and the last day of each.
    fn windows(&self, operation: Operation) -> Vec<(Date, Date)> {
        let asked = self.0.lock().unwrap();
        let of = asked.iter().filter(|asked| asked.0 == operation);
        let mut windows: Vec<_> = of.map(|(_, a, b)| (read(a), read(b))).collect();
        windows.sort_unstable();
        windows
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    runtime.unwrap().block_on(future)
}

/// Reads a range both ways, and checks that each of its days came once, in order, and was asked
/// for once. Gives the windows.
fn read_whole(range: DateRange, now: Timestamp, format: QueryDateFormat) -> Vec<(Date, Date)> {
    let practice = Arc::new(EveryNight::default());
    let client = builder()
        .clock(Arc::new(ManualClock::new(now)))
        .date_format(format)
        .limits(Limits::new(8, 1_000))
        .build_with_transport(practice.clone());
    let appointments = client.appointments();
    let (sessions, booked) = run(async {
        let sessions = appointments.get_appointment_sessions(range, None).await;
        let booked = appointments.get_patient_appointments(id("17"), range).await;
        (sessions.unwrap(), booked.unwrap())
    });
    let expected: Vec<(i32, Date)> = days(range).map(|day| (number(day), day)).collect();
    assert_eq!((&sessions.skipped, &booked.skipped), (&vec![], &vec![]));
    let seen = sessions.items.iter().map(|s| (s.id.get(), s.date));
    assert_eq!(Vec::from_iter(seen), expected);
    let half_past = |(number, day): &(i32, Date)| (*number, day.at(1, 30, 0, 0));
    let expected: Vec<(i32, DateTime)> = expected.iter().map(half_past).collect();
    let seen = booked.items.iter().map(|a| (a.slot.get(), a.start));
    assert_eq!(Vec::from_iter(seen), expected);

    let windows = practice.windows(Operation::GetAppointmentSessions);
    let again = practice.windows(Operation::GetPatientAppointmentsV2);
    assert_eq!(windows, again);
    assert_eq!(windows[0].0, range.start());
    assert_eq!(windows[windows.len() - 1].1, range.end());
    for pair in windows.windows(2) {
        assert_eq!(pair[0].1.tomorrow().unwrap(), pair[1].0);
    }
    for (first, last) in &windows {
        assert!(last.since(*first).unwrap().get_days() < 90);
        // Nor longer by a clock that counts the hour that comes twice.
        let midnight = |day: &Date| uk::zoned(day.to_datetime(Time::midnight())).timestamp();
        let hours = midnight(last).duration_since(midnight(first));
        assert!(hours < SignedDuration::from_hours(90 * 24));
    }
    windows
}

fn days(range: DateRange) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(range.start()), |day| day.tomorrow().ok())
        .take_while(move |day| *day <= range.end())
}

fn noon() -> Timestamp {
    uk::zoned(AUTUMN.at(12, 0, 0, 0)).timestamp()
}

#[test]
fn windows_are_cut_by_the_calendar_on_such_nights_too() {
    let cases = [
        // One window ends on the eve, on the night and after it.
        (date(2025, 12, 29), SPRING.yesterday().unwrap(), SPRING),
        (date(2025, 12, 30), SPRING, date(2026, 3, 30)),
        (date(2025, 12, 31), date(2026, 3, 30), date(2026, 3, 31)),
        (date(2026, 7, 27), AUTUMN.yesterday().unwrap(), AUTUMN),
        (date(2026, 7, 28), AUTUMN, date(2026, 10, 26)),
        (date(2026, 7, 29), date(2026, 10, 26), date(2026, 10, 27)),
        // And begins on it.
        (SPRING, date(2026, 6, 26), date(2026, 6, 27)),
        (AUTUMN, date(2027, 1, 22), date(2027, 1, 23)),
    ];
    for format in [QueryDateFormat::DayMonthYear, QueryDateFormat::Iso] {
        for (first, end_of_window, next) in cases {
            for more in [0, 1, 89] {
                let range = DateRange::new(first, next + more.days()).unwrap();
                let windows = read_whole(range, noon(), format);
                let expected = [(first, end_of_window), (next, range.end())];
                assert_eq!(windows, expected, "from {first}");
            }
            // Up to there it is one call, and so is the night alone.
            let range = DateRange::new(first, end_of_window).unwrap();
            assert_eq!(read_whole(range, noon(), format).len(), 1);
        }
        for night in [SPRING, AUTUMN] {
            let windows = read_whole(DateRange::day(night), noon(), format);
            assert_eq!(windows, [(night, night)]);
        }
    }
}

/// The last Sunday of March or October.
fn night(year: i16, month: i8) -> Date {
    let month = date(year, month, 1);
    month.nth_weekday_of_month(-1, Weekday::Sunday).unwrap()
}

fn any_night() -> impl Strategy<Value = Date> {
    (2020i16..2037, prop::sample::select(vec![3i8, 10]))
        .prop_map(|(year, month)| night(year, month))
}

/// Any second from 2020 to 2037, and those around the nights more often than others.
fn any_now() -> impl Strategy<Value = Timestamp> {
    let any = 1_577_836_800i64..2_114_380_800;
    let at_night = (any_night(), 0i64..4 * 3_600).prop_map(|(night, second)| {
        let midnight = uk::zoned(night.to_datetime(Time::midnight())).timestamp();
        midnight.as_second() + second
    });
    prop_oneof![any, at_night].prop_map(|second| Timestamp::from_second(second).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Wherever the night lies in the range: at an end, at a cut, or within a window.
    #[test]
    fn any_range_is_read_whole_whenever_it_is_asked_for(
        night in any_night(),
        before in 0i64..400,
        after in 0i64..400,
        now in any_now(),
        iso in any::<bool>(),
    ) {
        let range = DateRange::new(night - before.days(), night + after.days()).unwrap();
        let format = if iso { QueryDateFormat::Iso } else { QueryDateFormat::DayMonthYear };
        let windows = read_whole(range, now, format);
        prop_assert_eq!(windows.len() as i64, (before + after) / 90 + 1);
    }

    /// A slot starts when a clock shows its time on its session's day, later slots never before
    /// earlier ones; what the clock never shows, an hour later.
    #[test]
    fn a_slot_starts_when_a_clock_shows_its_time(
        day in prop_oneof![any_night(), (0i64..6_000).prop_map(|days| date(2020, 1, 1) + days.days())],
        minutes in prop::collection::vec(0i64..24 * 60, 1..20),
    ) {
        let session = Session::new(id("1"), day);
        let mut minutes = minutes;
        minutes.sort_unstable();
        let mut last = Timestamp::MIN;
        for minute in minutes {
            let written = Time::midnight() + minute.minutes();
            let slot = Slot::new(id("2"), written, SlotStatus::from_wire("Booked"));
            let starts = slot.starts_at(&session);
            prop_assert_eq!(starts.time_zone().iana_name(), Some("Europe/London"));
            let skipped = day == night(day.year(), 3) && written.hour() == 1;
            let shown = written + SignedDuration::from_hours(skipped.into());
            prop_assert_eq!(starts.datetime(), day.to_datetime(shown));
            if !skipped {
                prop_assert!(starts.timestamp() >= last);
                last = starts.timestamp();
            }
        }
    }
}
