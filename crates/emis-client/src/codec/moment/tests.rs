use jiff::civil::{date, time};
use proptest::prelude::*;

use super::*;

/// Reads a time of day that belongs to the second of June, which is summer time.
fn in_june(text: &str) -> Option<Option<Time>> {
    parse_time(text)?.map_or(Some(None), |time| time.on(date(2026, 6, 2)).map(Some))
}

#[test]
fn dates_are_read_day_first_or_iso_and_nothing_else() {
    for text in [
        "02/06/2026",
        "2/6/2026",
        "02/06/2026 00:00:00",
        "2026-06-02",
        "2026-06-02T00:00:00",
        "2026-06-02 00:00:00",
        "2026-06-02T00:00:00.0000000",
        "2026-06-02T00:00:00Z",
        "2026-06-02T00:00:00+01:00",
        // Midnight in British summer, told by a server in UTC.
        "2026-06-01T23:00:00Z",
        "/Date(1780354800000)/",
        "/Date(1780354800000+0100)/",
        // XML Schema's days with a time zone.
        "2026-06-02Z",
        "2026-06-02+00:00",
        "2026-06-02+01:00",
    ] {
        assert_eq!(parse_date(text), Some(Some(date(2026, 6, 2))), "{text}");
    }
    assert_eq!(parse_date("29/02/2028"), Some(Some(date(2028, 2, 29))));
    for text in [
        "",
        "06/13/2026",
        "31/02/2026",
        "29/02/2026",
        "02-06-2026",
        "02/06/26",
        "2/6",
        "1/2/3/4",
        "+2/06/2026",
        " 2/06/2026",
        "٠٢/06/2026",
        "2026-13-01",
        "2026-6-2",
        "20260602",
        "today",
        "2026-06-02x",
        "02/06/2026/",
        "-02/06/2026",
        "02/06/2026+01:00",
        "/Date(x)/",
        "/Date(1780354800000",
        // Another country's day.
        "2026-06-02+05:00",
        // Midnight on the 15th by the text, on the 14th by the offset.
        "2026-01-15T00:00:00+01:00",
    ] {
        assert_eq!(parse_date(text), None, "{text}");
    }
}

#[test]
fn placeholders_are_null_wherever_a_date_stands() {
    for text in [
        "0001-01-01T00:00:00",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00.0000000+00:00",
        "0001-01-01T00:00:00-00:01",
        "0000-12-31T23:58:45Z",
        "0001-01-01 00:00:00",
        "01/01/0001 00:00:00",
        "1/1/0001 00:00",
        "/Date(-62135596800000)/",
        "/Date(-62135596800000+0000)/",
        "9999-12-31T23:59:59.9999999",
        "31/12/9999 23:59:59",
        "/Date(253402300799999)/",
    ] {
        assert_eq!(parse_date(text), Some(None), "{text}");
        assert_eq!(parse_date_time(text), Some(None), "{text}");
        assert!(parse_partial_date(text) == Some(None), "{text}");
        assert!(is_null_date(text), "{text}");
    }
    for text in [
        "0001-01-01",
        "0001-01-01Z",
        "01/01/0001",
        "1/1/0001",
        "31/12/9999",
    ] {
        assert_eq!(parse_date(text), Some(None), "{text}");
        assert!(parse_partial_date(text) == Some(None), "{text}");
        assert!(is_null_date(text), "{text}");
    }
    for text in ["0001", "01/0001", "Jan 0001"] {
        assert!(parse_partial_date(text) == Some(None), "{text}");
    }
    for text in [
        "02/06/2026",
        "0001-01-02",
        "0001",
        "",
        "0001-01-01x",
        "May 2026",
    ] {
        assert!(!is_null_date(text), "{text}");
    }
    assert_eq!(in_june("0001-01-01T00:00:00"), Some(None));
    // A patient may be born on the first day of SQL Server, and never died then.
    for text in ["1900-01-01", "1753-01-01T00:00:00", "30/12/1899"] {
        assert!(is_null_date(text), "{text}");
        assert!(parse_date(text).flatten().is_some(), "{text}");
    }
}

#[test]
fn times_are_read_with_seconds_fractions_and_days() {
    for text in [
        "9:05",
        "09:05",
        "09:05:00",
        "09:05:00.0000000",
        "09:05:00.000000000000",
        "0001-01-01T09:05:00",
        "01/01/0001 09:05",
        "1899-12-30T09:05:00",
        "1900-01-01T09:05:00",
        "2026-06-02T09:05:00",
        "02/06/2026 09:05",
        "2026-06-02T08:05:00Z",
        "/Date(1780387500000)/",
    ] {
        assert_eq!(in_june(text), Some(Some(time(9, 5, 0, 0))), "{text}");
        let undated = parse_time(text).flatten().map(ClockTime::without_date);
        assert_eq!(undated, Some(Some(time(9, 5, 0, 0))), "{text}");
    }
    assert_eq!(
        in_june("23:59:59.5"),
        Some(Some(time(23, 59, 59, 500_000_000)))
    );
    for text in [
        "",
        "9",
        "9:5",
        "24:00",
        "09:60",
        "09:00:60",
        "9.05",
        "09:05 am",
        "1:2:3:4",
        "09:05:00.",
        "09:05+",
        "09:05+1",
        "09:05+15:00",
        "09:05+01:60",
        "2026-06-02",
        "2026-06-02T",
    ] {
        assert_eq!(parse_time(text), None, "{text}");
    }
}

#[test]
fn an_offset_of_a_time_is_read_where_it_leaves_one_reading() {
    let five_past = Some(time(9, 5, 0, 0));
    let (summer, winter) = (date(2026, 6, 2), date(2026, 12, 2));
    for (text, in_summer, in_winter, undated) in [
        ("09:05:00+01:00", five_past, None, five_past),
        ("09:05:00.0000000+0100", five_past, None, five_past),
        ("09:05Z", None, five_past, None),
        ("09:05:00+00:00", None, five_past, None),
        ("09:05:00-05:00", None, None, None),
        // Another day than the record's.
        ("2026-06-03T09:05:00", None, None, five_past),
    ] {
        let read = parse_time(text).flatten().unwrap();
        assert_eq!(read.on(summer), in_summer, "{text}");
        assert_eq!(read.on(winter), in_winter, "{text}");
        assert_eq!(read.without_date(), undated, "{text}");
    }
    // In the hour that comes twice, both offsets are the UK's.
    let night = date(2026, 10, 25);
    for text in ["01:30Z", "01:30+01:00"] {
        let read = parse_time(text).flatten().unwrap();
        assert_eq!(read.on(night), Some(time(1, 30, 0, 0)), "{text}");
    }
}

#[test]
fn a_date_and_time_is_uk_time_unless_it_has_an_offset() {
    let five_past = date(2026, 6, 2).at(9, 5, 0, 0);
    for text in [
        "02/06/2026 09:05",
        "2/6/2026 9:05:00",
        "2026-06-02T09:05:00",
        "2026-06-02T09:05",
        "2026-06-02T08:05:00Z",
        "2026-06-02T09:05:00+01:00",
        "2026-06-02T09:05:00.0000000+01:00",
        "/Date(1780387500000)/",
    ] {
        assert_eq!(parse_date_time(text), Some(Some(five_past)), "{text}");
    }
    for text in [
        "",
        "02/06/2026",
        "2026-06-02",
        "09:05",
        "02/06/2026 25:00",
        "02/06/2026T09:05",
        "2026-06-02T09:05:00[Europe/London]",
        "2026-06-02T",
    ] {
        assert_eq!(parse_date_time(text), None, "{text}");
    }
}

prop_compose! {
    fn any_date()(year in 2i16..9999, month in 1i8..=12, day in 1i8..=31) -> Option<Date> {
        Date::new(year, month, day).ok()
    }
}

proptest! {
    #[test]
    fn a_date_is_read_as_it_was_written(day in any_date().prop_filter_map("no such day", |d| d)) {
        for text in [day.strftime("%d/%m/%Y").to_string(), day.to_string()] {
            prop_assert_eq!(parse_date(&text), Some(Some(day)));
            prop_assert_eq!(parse_date(&format!("{text} 00:00:00.0000000")), Some(Some(day)));
        }
    }

    #[test]
    fn a_time_is_read_as_it_was_written(
        hour in 0i8..24, minute in 0i8..60, second in 0i8..60, ticks in 0i32..10_000_000,
    ) {
        let exact = time(hour, minute, second, ticks * 100);
        let text = format!("{hour:02}:{minute:02}:{second:02}.{ticks:07}");
        prop_assert_eq!(in_june(&text), Some(Some(exact)));
        let whole = time(hour, minute, 0, 0);
        prop_assert_eq!(in_june(&format!("{hour}:{minute:02}")), Some(Some(whole)));
        let both = format!("02/06/2026 {hour:02}:{minute:02}");
        let moment = date(2026, 6, 2).to_datetime(whole);
        prop_assert_eq!(parse_date_time(&both), Some(Some(moment)));
        prop_assert_eq!(in_june(&format!("0001-01-01T{hour:02}:{minute:02}:00")),
            if whole == Time::midnight() { Some(None) } else { Some(Some(whole)) });
    }

    #[test]
    fn an_instant_is_the_same_time_in_every_offset(
        minutes in -840i32..=840, day in any_date().prop_filter_map("no such day", |d| d),
        hour in 0i8..24,
    ) {
        let instant = uk::zoned(day.at(hour, 30, 0, 0)).timestamp();
        let offset = Offset::from_seconds(minutes * 60).unwrap();
        let text = instant.display_with_offset(offset).to_string();
        prop_assert_eq!(parse_date_time(&text), Some(Some(uk::at(instant).datetime())), "{}", text);
    }

    #[test]
    fn no_text_makes_the_parsers_panic(
        any in ".*",
        near in "[0-9/:T+Z. -]{0,24}",
        iso in "[0-9]{4}-[0-9]{2}-[0-9]{2}.{0,12}",
        ticks in "/Date\\([0-9+-]{0,22}\\)/",
    ) {
        for text in [any, near, iso, ticks] {
            let _ = (parse_date(&text), parse_time(&text), parse_date_time(&text));
            let _ = (parse_partial_date(&text), is_null_date(&text));
        }
    }
}
