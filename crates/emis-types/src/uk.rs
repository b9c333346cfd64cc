//! UK local time. EMIS writes local times without an offset; all of them are Europe/London.
//!
//! The time zone's rules are compiled in, so that a server without zone files, or with old ones,
//! sends its reminders at the same time as any other.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::clock::Clock;

static LONDON: TimeZone = jiff::tz::get!("Europe/London");

/// Returns the time zone Europe/London.
pub fn time_zone() -> TimeZone {
    LONDON.clone()
}

/// Returns the present UK local time.
pub fn now(clock: &dyn Clock) -> Zoned {
    at(clock.now())
}

/// Returns a point in time as UK local time.
pub fn at(moment: Timestamp) -> Zoned {
    moment.to_zoned(time_zone())
}

/// Returns today's date in the UK.
pub fn today(clock: &dyn Clock) -> Date {
    now(clock).date()
}

/// Returns the point in time at which a UK clock shows `local`.
///
/// A time in the hour that the clocks skip in March moves on by that hour (01:30 becomes 02:30 BST);
/// a time in the hour that comes twice in October means the first (BST). Outside the representable
/// range the nearest end of it is returned.
///
/// # Examples
/// ```
/// use jiff::civil::date;
/// use emis_types::uk;
///
/// let skipped = uk::zoned(date(2026, 3, 29).at(1, 30, 0, 0));
/// assert_eq!(skipped.to_string(), "2026-03-29T02:30:00+01:00[Europe/London]");
/// let twice = uk::zoned(date(2026, 10, 25).at(1, 30, 0, 0));
/// assert_eq!(twice.to_string(), "2026-10-25T01:30:00+01:00[Europe/London]");
/// ```
pub fn zoned(local: DateTime) -> Zoned {
    time_zone()
        .to_ambiguous_zoned(local)
        .compatible()
        .unwrap_or_else(|_| {
            at(if local < DateTime::constant(1970, 1, 1, 0, 0, 0, 0) {
                Timestamp::MIN
            } else {
                Timestamp::MAX
            })
        })
}

/// Returns `true` if a UK clock shows `local`: no clock does in the hour that is skipped in March.
///
/// # Examples
/// ```
/// use jiff::civil::date;
/// use emis_types::uk;
///
/// assert!(!uk::exists(date(2026, 3, 29).at(1, 30, 0, 0)));
/// assert!(uk::exists(date(2026, 3, 29).at(2, 30, 0, 0)));
/// assert!(uk::exists(date(2026, 10, 25).at(1, 30, 0, 0)));
/// ```
pub fn exists(local: DateTime) -> bool {
    zoned(local).datetime() == local
}

/// Returns a time as the NHS writes it for the public.
///
/// # Examples
/// ```
/// use emis_types::uk::clock_time;
/// use jiff::civil::time;
///
/// assert_eq!(clock_time(time(9, 0, 0, 0)), "9am");
/// assert_eq!(clock_time(time(9, 5, 0, 0)), "9:05am");
/// assert_eq!(clock_time(time(12, 0, 0, 0)), "midday");
/// assert_eq!(clock_time(time(14, 30, 0, 0)), "2:30pm");
/// ```
pub fn clock_time(time: Time) -> String {
    let (hour, minute) = (time.hour(), time.minute());
    let half = if hour < 12 { "am" } else { "pm" };
    let hour_of_twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
    match (hour, minute) {
        (12, 0) => "midday".to_owned(),
        (0, 0) => "midnight".to_owned(),
        (_, 0) => format!("{hour_of_twelve}{half}"),
        _ => format!("{hour_of_twelve}:{minute:02}{half}"),
    }
}
