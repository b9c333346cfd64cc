//! How EMIS writes dates, times and ordinals, read leniently and written one way.

use emis_types::uk;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};

use crate::model::VitalStatus;

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
pub enum DeadEncoding {
    /// 0 is dead, 1 is alive.
    #[default]
    Ordinal,
    /// 1 is dead, 0 is alive.
    Literal,
}

impl DeadEncoding {
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
    pub(crate) fn weigh(self, encoding: DeadEncoding) -> VitalStatus {
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

/// Reads `d/M/yyyy`, `dd/MM/yyyy`, `yyyy-MM-dd` or an ISO date and time.
pub(crate) fn parse_date(text: &str) -> Option<Date> {
    if text.contains('/') {
        return parse_day_first(text);
    }
    match text.len() {
        10 if is_iso(text) => text.parse().ok(),
        _ => parse_date_time(text).map(DateTime::date),
    }
}

/// Reads `H:mm`, `HH:mm` or `HH:mm:ss`.
pub(crate) fn parse_time(text: &str) -> Option<Time> {
    let mut parts = text.split(':');
    let hour = digits(parts.next()?, 1..=2)?;
    let minute = digits(parts.next()?, 2..=2)?;
    let second = parts.next().map_or(Some(0), |part| digits(part, 2..=2))?;
    if parts.next().is_some() {
        return None;
    }
    let part = |number| i8::try_from(number).ok();
    Time::new(part(hour)?, part(minute)?, part(second)?, 0).ok()
}

/// Reads `dd/MM/yyyy HH:mm`, the same with seconds, or an ISO date and time. One with an offset
/// is turned into UK time; one without is UK time already.
pub(crate) fn parse_date_time(text: &str) -> Option<DateTime> {
    if let Some((date, time)) = text.split_once(' ')
        && date.contains('/')
    {
        let time = parse_time(time.trim_start())?;
        return Some(parse_day_first(date)?.to_datetime(time));
    }
    if !is_iso(text) || text.len() < "yyyy-MM-ddTHH:mm".len() || text.contains('[') {
        return None;
    }
    match text.parse::<Timestamp>() {
        Ok(moment) => Some(uk::at(moment).datetime()),
        Err(_) => text.parse().ok(),
    }
}

fn parse_day_first(text: &str) -> Option<Date> {
    let mut parts = text.split('/');
    let day = digits(parts.next()?, 1..=2)?;
    let month = digits(parts.next()?, 1..=2)?;
    let year = digits(parts.next()?, 4..=4)?;
    if parts.next().is_some() {
        return None;
    }
    Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()
}

fn digits(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<u16> {
    let plain = length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// Whether a text begins with `yyyy-MM-dd`.
fn is_iso(text: &str) -> bool {
    text.bytes().take(10).enumerate().all(|(place, byte)| {
        if matches!(place, 4 | 7) {
            byte == b'-'
        } else {
            byte.is_ascii_digit()
        }
    })
}
