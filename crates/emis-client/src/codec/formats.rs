//! How EMIS writes dates, times and ordinals, read leniently and written one way.

use std::ops::RangeInclusive;

use emis_types::uk;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};

use crate::model::VitalStatus;
use crate::model::partial_date::Written;

/// How dates are written into queries. EMIS's document declares them as `date-time` and
/// describes them as `dd/mm/yyyy`; the second is what older clients send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum QueryDateFormat {
    /// `02/06/2026` for the second of June.
    #[default]
    DayMonthYear,
    /// `2026-06-02`.
    Iso,
}

impl QueryDateFormat {
    pub(crate) fn write(self, date: Date) -> String {
        match self {
            Self::DayMonthYear => date.strftime("%d/%m/%Y").to_string(),
            Self::Iso => date.to_string(),
        }
    }
}

/// What the number in a patient's `dead` field stands for.
///
/// EMIS's JSON is taken to carry the position of the value in an older schema's list, in which
/// the 1 (dead) stands before the 0 (alive), and so to be the reverse of what it looks like. The
/// wrong choice never goes unnoticed for the dead: their date of death then contradicts it, and
/// the patient is [`Conflicting`](VitalStatus::Conflicting).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum DeceasedFlagEncoding {
    /// 0 is dead, 1 is alive.
    #[default]
    Ordinal,
    /// 1 is dead, 0 is alive.
    Literal,
}

impl DeceasedFlagEncoding {
    fn is_dead(self, number: i64) -> Option<bool> {
        match (self, number) {
            (Self::Ordinal, 0) | (Self::Literal, 1) => Some(true),
            (Self::Ordinal, 1) | (Self::Literal, 0) => Some(false),
            _ => None,
        }
    }
}

/// The wire fields that say whether a patient is alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SignsOfDeath {
    /// Whether a date of death, or a registration status of death, is on record.
    pub(crate) recorded: bool,
    /// `dead`
    pub(crate) dead: Option<i64>,
    /// `deadSpecified`
    pub(crate) specified: Option<bool>,
}

impl SignsOfDeath {
    /// Weighs them up. The flag counts where EMIS says that it was specified; where EMIS does not
    /// say, it can confirm what is on record or contradict it, and no more.
    pub(crate) fn weigh(self, encoding: DeceasedFlagEncoding) -> VitalStatus {
        let on_record = if self.recorded {
            VitalStatus::Deceased
        } else {
            VitalStatus::NoSignOfDeath
        };
        match (
            self.specified,
            self.dead.map(|number| encoding.is_dead(number)),
        ) {
            (Some(false), _) | (None, None) => on_record,
            (_, Some(Some(dead))) if dead == self.recorded => on_record,
            (Some(true), Some(Some(true))) => VitalStatus::Deceased,
            _ => VitalStatus::Conflicting,
        }
    }
}

/// Reads `d/M/yyyy`, `dd/MM/yyyy` or `yyyy-MM-dd`, or a date and time of which it keeps the date.
pub(crate) fn parse_date(text: &str) -> Option<Date> {
    let iso = || match text.len() {
        10 if begins_iso(text) => text.parse().ok(),
        _ => None,
    };
    parse_day_first(text)
        .or_else(iso)
        .or_else(|| parse_date_time(text).map(DateTime::date))
}

/// Reads a date that may be known in part: whatever [`parse_date_time`] and [`parse_date`] read,
/// `M/yyyy`, a month's English name and the year with a slash or space between, or `yyyy`. Words
/// that say that nothing is known are nothing: `Some(None)`.
pub(crate) fn parse_partial_date(text: &str) -> Option<Option<Written>> {
    if ["unknown", "not known"]
        .iter()
        .any(|word| word.eq_ignore_ascii_case(text))
    {
        return Some(None);
    }
    let month_and_year = || {
        let (month, year) = text.split_once(['/', ' '])?;
        let month = digits(month, 1..=2).or_else(|| month_by_name(month))?;
        let first = Date::new(year_of(year)?, i8::try_from(month).ok()?, 1).ok()?;
        Some(Written::Month(first.year(), first.month()))
    };
    let written = parse_date_time(text)
        .map(Written::Moment)
        .or_else(|| parse_date(text).map(Written::Day))
        .or_else(month_and_year)
        .or_else(|| year_of(text).map(Written::Year))?;
    Some(Some(written))
}

fn year_of(text: &str) -> Option<i16> {
    i16::try_from(digits(text, 4..=4)?).ok()
}

/// The number of an English month, by its name or the first three letters of it.
fn month_by_name(text: &str) -> Option<u16> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let text = text.to_ascii_lowercase();
    let named = |name: &&str| **name == text || (text.len() == 3 && name.starts_with(&text));
    (1..)
        .zip(&MONTHS)
        .find(|(_, name)| named(name))
        .map(|(number, _)| number)
}

/// Reads `H:mm`, `HH:mm` or `HH:mm:ss`.
pub(crate) fn parse_time(text: &str) -> Option<Time> {
    let mut rest = text.as_bytes();
    let hour = take_digits(&mut rest, 1..=2)?;
    take(&mut rest, b':')?;
    let minute = take_digits(&mut rest, 2..=2)?;
    let second = match take(&mut rest, b':') {
        Some(()) => take_digits(&mut rest, 2..=2)?,
        None => 0,
    };
    if !rest.is_empty() {
        return None;
    }
    let part = |number| i8::try_from(number).ok();
    Time::new(part(hour)?, part(minute)?, part(second)?, 0).ok()
}

/// Reads `dd/MM/yyyy HH:mm`, the same with seconds, or an ISO date and time. One with an offset
/// is turned into UK time; one without is UK time already.
pub(crate) fn parse_date_time(text: &str) -> Option<DateTime> {
    if let Some((date, time)) = text.split_once(' ')
        && let Some(date) = parse_day_first(date)
    {
        return Some(date.to_datetime(parse_time(time)?));
    }
    if !begins_iso(text) || text.len() < "yyyy-MM-ddTHH:mm".len() || text.contains('[') {
        return None;
    }
    match text.parse::<Timestamp>() {
        Ok(moment) => Some(uk::at(moment).datetime()),
        Err(_) => text.parse().ok(),
    }
}

fn parse_day_first(text: &str) -> Option<Date> {
    let mut rest = text.as_bytes();
    let day = take_digits(&mut rest, 1..=2)?;
    take(&mut rest, b'/')?;
    let month = take_digits(&mut rest, 1..=2)?;
    take(&mut rest, b'/')?;
    let year = take_digits(&mut rest, 4..=4)?;
    if !rest.is_empty() {
        return None;
    }
    Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()
}

/// Takes a number of so many digits, four at most, off the beginning.
fn take_digits(text: &mut &[u8], length: RangeInclusive<usize>) -> Option<u16> {
    let mut number = 0;
    let mut taken = 0;
    while taken < *length.end()
        && let Some((digit @ b'0'..=b'9', rest)) = text.split_first()
    {
        number = number * 10 + u16::from(digit - b'0');
        taken += 1;
        *text = rest;
    }
    length.contains(&taken).then_some(number)
}

fn take(text: &mut &[u8], byte: u8) -> Option<()> {
    *text = text.strip_prefix(&[byte])?;
    Some(())
}

/// A number that is a whole text.
fn digits(text: &str, length: RangeInclusive<usize>) -> Option<u16> {
    let mut rest = text.as_bytes();
    take_digits(&mut rest, length).filter(|_| rest.is_empty())
}

/// Whether a text begins with `yyyy-MM-dd`.
fn begins_iso(text: &str) -> bool {
    text.bytes().take(10).enumerate().all(|(place, byte)| {
        if matches!(place, 4 | 7) {
            byte == b'-'
        } else {
            byte.is_ascii_digit()
        }
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_are_read_day_first_or_iso_and_nothing_else() {
        for text in [
            "02/06/2026",
            "2/6/2026",
            "02/06/2026 00:00:00",
            "2026-06-02",
            "2026-06-02T00:00:00",
            "2026-06-02T00:00:00.0000000",
            "2026-06-02T00:00:00Z",
            // Midnight in British summer, told by a server in UTC.
            "2026-06-01T23:00:00Z",
        ] {
            assert_eq!(parse_date(text), Some(date(2026, 6, 2)), "{text}");
        }
        assert_eq!(parse_date("29/02/2028"), Some(date(2028, 2, 29)));
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
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }

    #[test]
    fn times_are_read_with_or_without_seconds() {
        assert_eq!(parse_time("9:05"), Some(time(9, 5, 0, 0)));
        assert_eq!(parse_time("09:05"), Some(time(9, 5, 0, 0)));
        assert_eq!(parse_time("23:59:59"), Some(time(23, 59, 59, 0)));
        for text in [
            "", "9", "9:5", "24:00", "09:60", "09:00:60", "9.05", "09:05 am", "1:2:3:4",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
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
        ] {
            assert_eq!(parse_date_time(text), Some(five_past), "{text}");
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

    #[test]
    fn queries_have_dates_day_first_unless_told_otherwise() {
        let day = date(2026, 6, 2);
        assert_eq!(QueryDateFormat::default().write(day), "02/06/2026");
        assert_eq!(QueryDateFormat::Iso.write(day), "2026-06-02");
    }

    prop_compose! {
        fn any_date()(year in 1i16..=9999, month in 1i8..=12, day in 1i8..=31) -> Option<Date> {
            Date::new(year, month, day).ok()
        }
    }

    proptest! {
        #[test]
        fn a_date_is_read_as_it_was_written(day in any_date().prop_filter_map("no such day", |d| d)) {
            for format in [QueryDateFormat::DayMonthYear, QueryDateFormat::Iso] {
                prop_assert_eq!(parse_date(&format.write(day)), Some(day));
            }
        }

        #[test]
        fn a_time_is_read_as_it_was_written(hour in 0i8..24, minute in 0i8..60, second in 0i8..60) {
            let expected = time(hour, minute, second, 0);
            prop_assert_eq!(parse_time(&format!("{hour:02}:{minute:02}:{second:02}")), Some(expected));
            let whole = time(hour, minute, 0, 0);
            prop_assert_eq!(parse_time(&format!("{hour}:{minute:02}")), Some(whole));
            let both = format!("02/06/2026 {hour:02}:{minute:02}");
            prop_assert_eq!(parse_date_time(&both), Some(date(2026, 6, 2).to_datetime(whole)));
        }

        #[test]
        fn no_text_makes_the_parsers_panic(
            any in ".*",
            near in "[0-9/:T+Z. -]{0,24}",
            iso in "[0-9]{4}-[0-9]{2}-[0-9]{2}.{0,12}",
        ) {
            for text in [any, near, iso] {
                let _ = (parse_date(&text), parse_time(&text), parse_date_time(&text));
                let _ = parse_partial_date(&text);
            }
        }
    }
}
