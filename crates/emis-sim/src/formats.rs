//! EMIS Open's dates and times: text, UK wall-clock time, no offset.

use jiff::civil::{Date, DateTime, Time};

/// Formats a date as `dd/MM/yyyy`.
pub(crate) fn date(date: Date) -> String {
    let mut text = String::with_capacity(10);
    push_two(&mut text, date.day());
    text.push('/');
    push_two(&mut text, date.month());
    text.push('/');
    let year = date.year().unsigned_abs();
    for part in [year / 100, year % 100] {
        push_two(&mut text, i8::try_from(part).unwrap_or_default());
    }
    text
}

/// Formats a time as `HH:mm`.
pub(crate) fn time(time: Time) -> String {
    let mut text = String::with_capacity(5);
    push_two(&mut text, time.hour());
    text.push(':');
    push_two(&mut text, time.minute());
    text
}

/// Appends a number below 100 as two digits. Large messages have thousands of dates.
fn push_two(text: &mut String, number: i8) {
    for digit in [number / 10, number % 10] {
        text.push(char::from(b'0' + digit.unsigned_abs()));
    }
}

/// Formats a date and time as `dd/MM/yyyy HH:mm`.
pub(crate) fn date_time(at: DateTime) -> String {
    format!("{} {}", date(at.date()), time(at.time()))
}

/// Formats a date and time as `dd/MM/yyyy HH:mm:ss`, for the members that have seconds.
pub(crate) fn exact_date_time(at: DateTime) -> String {
    format!("{}:{:02}", date_time(at), at.second())
}

/// Parses `dd/MM/yyyy`, `yyyy-MM-dd`, or an ISO date and time, of which the time is ignored.
pub(crate) fn parse_date(text: &str) -> Option<Date> {
    if let Some(day_first) = parse_day_first(text) {
        return Some(day_first);
    }
    let day = text.split_once('T').map_or(text, |(day, _)| day);
    if day.len() == "yyyy-MM-dd".len() {
        day.parse().ok()
    } else {
        None
    }
}

/// Parses `dd/MM/yyyy`, alone or with `HH:mm` or `HH:mm:ss` after a space. The default is midnight.
pub(crate) fn parse_date_time(text: &str) -> Option<DateTime> {
    let text = text.trim();
    let (date, time) = text.split_once(' ').unwrap_or((text, "00:00"));
    let time = match time.len() {
        5 => Time::strptime("%H:%M", time),
        8 => Time::strptime("%H:%M:%S", time),
        _ => return None,
    };
    Some(parse_day_first(date)?.to_datetime(time.ok()?))
}

fn parse_day_first(text: &str) -> Option<Date> {
    let mut parts = text.split('/');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || (day.len(), month.len(), year.len()) != (2, 2, 4) {
        return None;
    }
    if ![day, month, year]
        .iter()
        .all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as civil;

    use super::*;

    #[test]
    fn dates_are_day_first() {
        assert_eq!(date(civil(2026, 6, 2)), "02/06/2026");
        assert_eq!(parse_date("02/06/2026"), Some(civil(2026, 6, 2)));
        assert_eq!(parse_date("2026-06-02"), Some(civil(2026, 6, 2)));
        assert_eq!(parse_date("2026-06-02T00:00:00Z"), Some(civil(2026, 6, 2)));
        assert_eq!(
            date_time(civil(2026, 6, 2).at(9, 5, 0, 0)),
            "02/06/2026 09:05"
        );
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "2/6/2026",
            "06/31/2026",
            "31/02/2026",
            "29/02/2026",
            "02-06-2026",
            "+2/06/2026",
            "02/06/2026/1",
            "٠٢/06/2026",
            "2026-13-01",
            "2026-06-02x",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }
}
