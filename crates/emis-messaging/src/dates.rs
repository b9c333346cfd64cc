//! Dates and times in the words of messages.

use emis_settings::{Language, TimeShown};
use emis_types::uk;
use jiff::SignedDuration;
use jiff::civil::{DateTime, Time, Weekday};

/// The hour in which the afternoon begins: morning surgery ends at one o'clock.
const AFTERNOON: i8 = 13;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WELSH_MONTHS: [&str; 12] = [
    "Ionawr",
    "Chwefror",
    "Mawrth",
    "Ebrill",
    "Mai",
    "Mehefin",
    "Gorffennaf",
    "Awst",
    "Medi",
    "Hydref",
    "Tachwedd",
    "Rhagfyr",
];

fn weekday(day: Weekday) -> (&'static str, &'static str) {
    match day {
        Weekday::Monday => ("Monday", "ddydd Llun"),
        Weekday::Tuesday => ("Tuesday", "ddydd Mawrth"),
        Weekday::Wednesday => ("Wednesday", "ddydd Mercher"),
        Weekday::Thursday => ("Thursday", "ddydd Iau"),
        Weekday::Friday => ("Friday", "ddydd Gwener"),
        Weekday::Saturday => ("Saturday", "ddydd Sadwrn"),
        Weekday::Sunday => ("Sunday", "ddydd Sul"),
    }
}

fn month(start: DateTime, of: &[&'static str; 12]) -> &'static str {
    let place = usize::from(start.month().unsigned_abs()).saturating_sub(1);
    of.get(place).copied().unwrap_or_default()
}

/// Returns the date in a language: "Wednesday 3 June", "ddydd Mercher 3 Mehefin", "03/06/2026".
pub(crate) fn date(start: DateTime, language: &Language, short: bool) -> String {
    let (english, welsh) = weekday(start.weekday());
    let day = start.day();
    match language.as_str() {
        _ if language.is_english() && short => {
            let cut = |name: &'static str| name.get(..3).unwrap_or(name);
            format!("{} {day} {}", cut(english), cut(month(start, &MONTHS)))
        }
        _ if language.is_english() => format!("{english} {day} {}", month(start, &MONTHS)),
        "cy" => format!("{welsh} {day} {}", month(start, &WELSH_MONTHS)),
        _ => start.strftime("%d/%m/%Y").to_string(),
    }
}

/// Returns the time with the precision to be shown; `None` if the day alone is shown.
pub(crate) fn time(time: Time, shown: TimeShown, language: &Language) -> Option<String> {
    let english = language.is_english();
    let welsh = language.as_str() == "cy";
    let written = |time: Time| match english {
        true => uk::clock_time(time),
        false => time.strftime("%H:%M").to_string(),
    };
    let morning = time.hour() < AFTERNOON;
    Some(match shown {
        TimeShown::Day => return None,
        TimeShown::TwoHours => {
            let from = Time::constant(time.hour(), 0, 0, 0);
            let until = from.saturating_add(SignedDuration::from_hours(2));
            let (from, until) = (written(from), written(until));
            match (english, welsh) {
                (true, _) => format!("between {from} and {until}"),
                (_, true) => format!("rhwng {from} a {until}"),
                _ => format!("{from}-{until}"),
            }
        }
        TimeShown::HalfDay => match (english, welsh, morning) {
            (true, _, true) => "in the morning",
            (true, _, false) => "in the afternoon",
            (_, true, true) => "yn y bore",
            (_, true, false) => "yn y prynhawn",
            (_, _, true) => "08:00-13:00",
            (_, _, false) => "13:00-18:30",
        }
        .to_owned(),
        _ => written(time),
    })
}

/// Returns the times of several appointments, each once; `None` if the day alone is shown.
pub(crate) fn times(
    starts: impl IntoIterator<Item = Time>,
    shown: TimeShown,
    language: &Language,
) -> Option<String> {
    let mut written: Vec<String> = Vec::new();
    for start in starts {
        let time = time(start, shown, language)?;
        if !written.contains(&time) {
            written.push(time);
        }
    }
    let last = written.pop()?;
    Some(match written.is_empty() {
        true => last,
        false if language.is_english() => format!("{} and {last}", written.join(", ")),
        false => format!("{}, {last}", written.join(", ")),
    })
}

/// Returns the date and the times as one phrase: "Wednesday 3 June at 9:40am".
pub(crate) fn when(
    start: DateTime,
    later: &[Time],
    shown: TimeShown,
    language: &Language,
    short: bool,
) -> String {
    let date = date(start, language, short);
    let starts = std::iter::once(start.time()).chain(later.iter().copied());
    match times(starts, shown, language) {
        None => date,
        Some(time) if shown != TimeShown::Exact => format!("{date} {time}"),
        Some(time) if language.is_english() => format!("{date} at {time}"),
        Some(time) if language.as_str() == "cy" => format!("{date} am {time}"),
        Some(time) => format!("{date} {time}"),
    }
}

pub(crate) fn english_when(start: DateTime) -> String {
    when(start, &[], TimeShown::Exact, &Language::english(), false)
}

pub(crate) fn welsh_when(start: DateTime) -> String {
    let (date, time) = (start.date(), start.time());
    let (_, day) = weekday(date.weekday());
    let month = month(start, &WELSH_MONTHS);
    format!("{day} {} {month} am {}", date.day(), time.strftime("%H:%M"))
}
