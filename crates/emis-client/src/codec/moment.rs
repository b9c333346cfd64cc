//! Dates and times of day as EMIS, .NET and XML Schema write them.
//!
//! A value is split into its written parts first; the meaning follows from the field that it
//! stands in. Placeholders of .NET for "no value" are null everywhere.

use std::ops::RangeInclusive;

use emis_types::uk;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use crate::model::partial_date::Written;

/// The parts of a date, a time of day or both, as written.
#[derive(Debug, Clone, Copy)]
struct Parts {
    date: Option<Date>,
    time: Option<Time>,
    offset: Option<Offset>,
}

/// A time of day as written, before the day that it belongs to is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ClockTime {
    time: Time,
    date: Option<Date>,
    offset: Option<Offset>,
}

impl ClockTime {
    /// Returns the UK time of day on `date`, or `None` if two readings are possible: the value
    /// names another day, or an offset that the UK does not have at that time of that day.
    pub(super) fn on(self, date: Date) -> Option<Time> {
        if self.date.is_some_and(|own| own != date) {
            return None;
        }
        let local = date.to_datetime(self.time);
        let is_uk = |offset: Offset| in_uk(local, offset) == Some(local);
        self.offset.is_none_or(is_uk).then_some(self.time)
    }

    /// Returns the UK time of day where the message names no day. Summer time's offset confirms
    /// the time as written. Without a day, UTC may be an hour off and is `None`.
    pub(super) fn without_date(self) -> Option<Time> {
        let is_summer_time = |offset: Offset| offset.seconds() == 3_600;
        self.offset.is_none_or(is_summer_time).then_some(self.time)
    }
}

/// Reads a date: `d/M/yyyy`, `yyyy-MM-dd`, or a date and time of which the date counts.
/// A placeholder for "no value" is `Some(None)`.
pub(super) fn parse_date(text: &str) -> Option<Option<Date>> {
    let parts = parse(text)?;
    let date = parts.date?;
    if is_placeholder(date) {
        return Some(None);
    }
    let Some(offset) = parts.offset else {
        return Some(Some(date));
    };
    let Some(time) = parts.time else {
        // A day by the calendar of the UK, whichever of its two offsets is written.
        return matches!(offset.seconds(), 0 | 3_600).then_some(Some(date));
    };
    let local = in_uk(date.to_datetime(time), offset)?;
    let is_other_day = local.date() != date && local.time() != Time::midnight();
    if is_other_day && time == Time::midnight() {
        // Midnight says that a day is meant, and the offset says another day than the text.
        return None;
    }
    Some(Some(local.date()))
}

/// Reads a time of day: `H:mm`, with seconds, a fraction and an offset if there are any, or a
/// date and time. A placeholder for "no value" is `Some(None)`.
pub(super) fn parse_time(text: &str) -> Option<Option<ClockTime>> {
    let parts = parse(text)?;
    let time = parts.time?;
    let written = ClockTime {
        time,
        date: None,
        offset: parts.offset,
    };
    let Some(date) = parts.date.filter(|date| !is_origin(*date)) else {
        // Midnight on .NET's first day is its null; any other time there is a time without a day.
        let is_null = parts.date.is_some_and(is_placeholder) && time == Time::midnight();
        return Some((!is_null).then_some(written));
    };
    if is_placeholder(date) {
        return Some(None);
    }
    let local = date.to_datetime(time);
    let local = match parts.offset {
        Some(offset) => in_uk(local, offset)?,
        None => local,
    };
    Some(Some(ClockTime {
        time: local.time(),
        date: Some(local.date()),
        offset: None,
    }))
}

/// Reads a date and time as UK time. With an offset it is an instant, without one it is UK time
/// already. A placeholder for "no value" is `Some(None)`.
pub(super) fn parse_date_time(text: &str) -> Option<Option<DateTime>> {
    let Parts {
        date: Some(date),
        time: Some(time),
        offset,
    } = parse(text)?
    else {
        return None;
    };
    if is_placeholder(date) {
        return Some(None);
    }
    let local = date.to_datetime(time);
    match offset {
        Some(offset) => in_uk(local, offset).map(Some),
        None => Some(Some(local)),
    }
}

/// Reads a date that may be known in part: what [`parse_date_time`] and [`parse_date`] read,
/// `M/yyyy`, an English month and the year with a slash or space between, or `yyyy`. Placeholders,
/// and words that say that nothing is known, are `Some(None)`.
pub(super) fn parse_partial_date(text: &str) -> Option<Option<Written>> {
    if ["unknown", "not known"]
        .iter()
        .any(|word| word.eq_ignore_ascii_case(text))
    {
        return Some(None);
    }
    if let Some(moment) = parse_date_time(text) {
        return Some(moment.map(Written::Moment));
    }
    if let Some(day) = parse_date(text) {
        return Some(day.map(Written::Day));
    }
    let month_and_year = || {
        let (month, year) = text.split_once(['/', ' '])?;
        let month = digits(month, 1..=2).or_else(|| month_by_name(month))?;
        let first = Date::new(year_of(year)?, i8::try_from(month).ok()?, 1).ok()?;
        Some((!is_placeholder(first)).then_some(Written::Month(first.year(), first.month())))
    };
    let year = || year_of(text).map(|year| (year > 1).then_some(Written::Year(year)));
    month_and_year().or_else(year)
}

/// Returns whether a text is a placeholder for a date of death that is not there: one of .NET's, or
/// [one of a database's](is_database_null).
pub(super) fn is_null_date(text: &str) -> bool {
    let is_null = |date| is_placeholder(date) || is_database_null(date);
    parse(text).is_some_and(|parts| parts.date.is_some_and(is_null))
}

/// The first days of SQL Server's two types and of OLE Automation, which they write for null. They
/// are days on which people were born, but none on which a patient of today died or left.
pub(super) fn is_database_null(date: Date) -> bool {
    matches!(
        (date.year(), date.month(), date.day()),
        (1753 | 1900, 1, 1) | (1899, 12, 30)
    )
}

/// .NET's `DateTime.MinValue`, also where an offset moved it to the day before, and `MaxValue`.
fn is_placeholder(date: Date) -> bool {
    matches!(
        (date.year(), date.month(), date.day()),
        (1, 1, 1) | (0, 12, 31) | (9999, 12, 31)
    )
}

/// Days that stand before a time of day and mean no day: the first of .NET, of OLE Automation, of
/// SQL Server and of Unix.
fn is_origin(date: Date) -> bool {
    matches!(
        (date.year(), date.month(), date.day()),
        (1 | 1900 | 1970, 1, 1) | (1899, 12, 30)
    )
}

/// Returns the UK time of an instant that is written as a local time and its offset.
fn in_uk(local: DateTime, offset: Offset) -> Option<DateTime> {
    Some(uk::at(offset.to_timestamp(local).ok()?).datetime())
}

fn parse(text: &str) -> Option<Parts> {
    if let Some(ticks) = text.strip_prefix("/Date(") {
        return parse_ticks(ticks.strip_suffix(")/")?);
    }
    let mut rest = text.as_bytes();
    let date = take_date(&mut rest);
    let mut time = None;
    let mut offset = None;
    if !rest.is_empty() {
        let separator: &[u8] = match &date {
            Some((_, DateForm::Iso)) => b"Tt ",
            _ => b" ",
        };
        if date.is_none() || take_one_of(&mut rest, separator).is_some() {
            time = Some(take_time(&mut rest)?);
        }
        if !rest.is_empty() {
            offset = Some(take_offset(&mut rest)?);
        }
    }
    let day_first_with_offset =
        offset.is_some() && matches!(date, Some((_, DateForm::DayFirst))) && time.is_none();
    (rest.is_empty() && !day_first_with_offset).then_some(Parts {
        date: date.map(|(date, _)| date),
        time,
        offset,
    })
}

/// Reads the milliseconds since 1970 of `/Date(…)/`; an offset after them only says where the
/// value was written.
fn parse_ticks(text: &str) -> Option<Parts> {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    const FIRST: i64 = -62_135_596_800_000;
    const LAST: i64 = 253_402_300_799_999;
    let sign = text.rfind(['+', '-']).filter(|place| *place > 0);
    let (milliseconds, offset) = text.split_at_checked(sign.unwrap_or(text.len()))?;
    if !offset.is_empty() {
        take_offset(&mut offset.as_bytes())?;
    }
    let milliseconds: i64 = milliseconds.parse().ok()?;
    let local = if milliseconds < FIRST + DAY {
        Date::new(1, 1, 1).ok()?.to_datetime(Time::midnight())
    } else if milliseconds > LAST - DAY {
        Date::new(9999, 12, 31).ok()?.to_datetime(Time::midnight())
    } else {
        uk::at(Timestamp::from_millisecond(milliseconds).ok()?).datetime()
    };
    Some(Parts {
        date: Some(local.date()),
        time: Some(local.time()),
        offset: None,
    })
}

#[derive(Debug, Clone, Copy)]
enum DateForm {
    Iso,
    DayFirst,
}

/// Takes `yyyy-MM-dd` or `d/M/yyyy` off the beginning; takes nothing where there is neither.
fn take_date(text: &mut &[u8]) -> Option<(Date, DateForm)> {
    let mut rest = *text;
    let iso = (|| {
        let year = take_digits(&mut rest, 4..=4)?;
        take(&mut rest, b'-')?;
        let month = take_digits(&mut rest, 2..=2)?;
        take(&mut rest, b'-')?;
        let day = take_digits(&mut rest, 2..=2)?;
        Some((new_date(year, month, day)?, DateForm::Iso))
    })();
    let found = iso.or_else(|| {
        rest = *text;
        let day = take_digits(&mut rest, 1..=2)?;
        take(&mut rest, b'/')?;
        let month = take_digits(&mut rest, 1..=2)?;
        take(&mut rest, b'/')?;
        let year = take_digits(&mut rest, 4..=4)?;
        Some((new_date(year, month, day)?, DateForm::DayFirst))
    })?;
    *text = rest;
    Some(found)
}

fn new_date(year: u16, month: u16, day: u16) -> Option<Date> {
    let [month, day] = [month, day].map(|part| i8::try_from(part).ok());
    Date::new(i16::try_from(year).ok()?, month?, day?).ok()
}

/// Takes `H:mm`, with seconds and a fraction of them if there are any. Digits past nanoseconds
/// are dropped.
fn take_time(text: &mut &[u8]) -> Option<Time> {
    let hour = take_digits(text, 1..=2)?;
    take(text, b':')?;
    let minute = take_digits(text, 2..=2)?;
    let mut second = 0;
    let mut nanosecond = 0;
    if take(text, b':').is_some() {
        second = take_digits(text, 2..=2)?;
        if take(text, b'.').is_some() {
            let mut scale = 1_000_000_000;
            let mut taken = false;
            while let Some((digit @ b'0'..=b'9', rest)) = text.split_first() {
                scale /= 10;
                nanosecond += i32::from(digit - b'0') * scale;
                taken = true;
                *text = rest;
            }
            taken.then_some(())?;
        }
    }
    let [hour, minute, second] = [hour, minute, second].map(|part| i8::try_from(part).ok());
    Time::new(hour?, minute?, second?, nanosecond).ok()
}

/// Takes `Z`, `±hh:mm`, `±hhmm` or `±hh`, fourteen hours at most.
fn take_offset(text: &mut &[u8]) -> Option<Offset> {
    let sign = match take_one_of(text, b"Zz+-")? {
        b'+' => 1,
        b'-' => -1,
        _ => return Some(Offset::UTC),
    };
    let hours = take_digits(text, 2..=2)?;
    let mut minutes = 0;
    if take(text, b':').is_some() || !text.is_empty() {
        minutes = take_digits(text, 2..=2)?;
    }
    let seconds = (i32::from(hours) * 60 + i32::from(minutes)) * 60;
    let is_known = minutes < 60 && seconds <= 14 * 3_600;
    is_known
        .then(|| Offset::from_seconds(sign * seconds).ok())
        .flatten()
}

fn year_of(text: &str) -> Option<i16> {
    i16::try_from(digits(text, 4..=4)?).ok()
}

/// Returns the number of an English month, by its name or the first three letters of it.
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

/// Takes a number off the beginning whose count of digits, at most four, is in `length`.
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
    take_one_of(text, &[byte]).map(drop)
}

fn take_one_of(text: &mut &[u8], bytes: &[u8]) -> Option<u8> {
    let (first, rest) = text.split_first()?;
    bytes.contains(first).then(|| *text = rest)?;
    Some(*first)
}

/// Returns the number that a whole text is.
fn digits(text: &str, length: RangeInclusive<usize>) -> Option<u16> {
    let mut rest = text.as_bytes();
    take_digits(&mut rest, length).filter(|_| rest.is_empty())
}

#[cfg(test)]
mod tests;
