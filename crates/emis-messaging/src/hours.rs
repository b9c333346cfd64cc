//! The hours in which a sender sends.

use jiff::civil::{Time, Weekday};
use jiff::{SignedDuration, Zoned};
use serde::{Deserialize, Serialize};

use emis_types::uk;

/// The hours of the day in which a sender sends, by the UK's wall clock. What it is handed at
/// another time waits for them.
///
/// # Examples
/// ```
/// use emis_messaging::SendingHours;
/// use emis_types::uk;
/// use jiff::civil::{date, time};
///
/// let hours = SendingHours::weekdays(time(8, 0, 0, 0), time(18, 0, 0, 0));
/// let friday_evening = uk::zoned(date(2026, 6, 5).at(18, 0, 0, 0));
/// let monday_morning = uk::zoned(date(2026, 6, 8).at(8, 0, 0, 0));
/// assert_eq!(hours.next(&friday_evening), monday_morning);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendingHours {
    from: Time,
    until: Time,
    weekdays_only: bool,
}

impl SendingHours {
    /// At any time.
    pub const ALWAYS: Self = Self {
        from: Time::MIN,
        until: Time::MAX,
        weekdays_only: false,
    };

    /// Creates hours from `from` (inclusive) until `until` (exclusive) on every day.
    pub const fn daily(from: Time, until: Time) -> Self {
        Self {
            from,
            until,
            weekdays_only: false,
        }
    }

    /// Creates hours from `from` (inclusive) until `until` (exclusive) from Monday to Friday. Bank
    /// holidays are no exception.
    pub const fn weekdays(from: Time, until: Time) -> Self {
        Self {
            from,
            until,
            weekdays_only: true,
        }
    }

    /// Returns `true` if the sender sends at `time`.
    pub fn contain(&self, time: &Zoned) -> bool {
        let clock = time.time();
        let at_all_times = self.until == Time::MAX;
        self.is_open_on(time.weekday())
            && self.from <= clock
            && (clock < self.until || at_all_times)
    }

    /// Returns the first time at or after `time` at which the sender sends.
    pub fn next(&self, time: &Zoned) -> Zoned {
        if self.contain(time) {
            return time.clone();
        }
        let mut day = time.date();
        if !self.is_open_on(day.weekday()) || self.from <= time.time() {
            loop {
                day = day.saturating_add(SignedDuration::from_hours(24));
                if self.is_open_on(day.weekday()) {
                    break;
                }
            }
        }
        uk::zoned(day.to_datetime(self.from))
    }

    fn is_open_on(&self, day: Weekday) -> bool {
        !self.weekdays_only || !matches!(day, Weekday::Saturday | Weekday::Sunday)
    }
}

impl Default for SendingHours {
    fn default() -> Self {
        Self::ALWAYS
    }
}
