//! Quiet hours.

use jiff::civil::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The hours of the day in which no reminder is sent, in UK local time.
///
/// They run from `from` (inclusive) until `until` (exclusive), past midnight if `until` is the
/// earlier one. The default is 20:00 until 08:00.
/// [`ReminderSettings::problems`](crate::ReminderSettings::problems) asks for whole minutes, for at
/// least the [`NIGHT`](Self::NIGHT), and for an hour of the day left for sending.
///
/// # Examples
///
/// ```
/// use emis_settings::QuietHours;
/// use jiff::civil::time;
///
/// let quiet = QuietHours::default();
/// assert!(quiet.contains(time(23, 0, 0, 0)) && quiet.contains(time(7, 59, 0, 0)));
/// assert!(!quiet.contains(time(8, 0, 0, 0)) && !quiet.contains(time(19, 59, 0, 0)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct QuietHours {
    /// The time at which quiet hours begin.
    #[schemars(with = "String", extend("format" = "partial-time"))]
    pub from: Time,
    /// The time at which quiet hours end.
    #[schemars(with = "String", extend("format" = "partial-time"))]
    pub until: Time,
}

impl QuietHours {
    /// The night, 21:00 until 07:00, which is quiet at every practice.
    pub const NIGHT: Self = Self::new(Time::constant(21, 0, 0, 0), Time::constant(7, 0, 0, 0));

    /// Creates quiet hours.
    pub const fn new(from: Time, until: Time) -> Self {
        Self { from, until }
    }

    /// Returns `true` if `time` is within quiet hours.
    pub fn contains(&self, time: Time) -> bool {
        if self.from <= self.until {
            self.from <= time && time < self.until
        } else {
            self.from <= time || time < self.until
        }
    }

    /// Returns `true` if they cover all of the [`NIGHT`](Self::NIGHT).
    pub fn cover_the_night(&self) -> bool {
        let Self { from, until } = Self::NIGHT;
        self.until < self.from && self.from <= from && until <= self.until
    }

    /// Returns `true` if they begin and end on a whole minute.
    pub(crate) fn are_whole_minutes(&self) -> bool {
        [self.from, self.until]
            .iter()
            .all(|time| time.second() == 0 && time.subsec_nanosecond() == 0)
    }

    /// Returns the minutes of a day of 24 hours that are left for sending.
    pub(crate) fn minutes_left_for_sending(&self) -> i64 {
        const DAY: i64 = 24 * 60;
        let minute = |time: Time| i64::from(time.hour()) * 60 + i64::from(time.minute());
        DAY - (minute(self.until) - minute(self.from)).rem_euclid(DAY)
    }
}

impl Default for QuietHours {
    fn default() -> Self {
        Self::new(Time::constant(20, 0, 0, 0), Time::constant(8, 0, 0, 0))
    }
}
