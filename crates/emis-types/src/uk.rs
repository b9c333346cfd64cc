//! UK local time. EMIS writes local times without an offset; all of them are Europe/London.
//!
//! The time zone's rules are compiled in, so that a server without zone files, or with old ones,
//! sends its reminders at the same time as any other.

use jiff::civil::{Date, DateTime};
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
