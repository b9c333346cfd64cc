//! The hours in which no patient is disturbed.

use jiff::civil::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The hours of the day, by a UK wall clock, in which no reminder is sent.
///
/// From `from` (inclusive) until `until` (exclusive), over midnight where `until` is the earlier
/// of the two. The default is 20:00 until 08:00, so that reminders go out between 08:00 and
/// 20:00. [`problems`](crate::ReminderSettings::problems) wants whole minutes, at least the
/// [`NIGHT`](Self::NIGHT), and an hour of the day left for sending.
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
    /// When quiet begins.
    #[schemars(with = "String", extend("format" = "partial-time"))]
    pub from: Time,
    /// When quiet ends.
    #[schemars(with = "String", extend("format" = "partial-time"))]
    pub until: Time,
}

impl QuietHours {
    /// The night, 21:00 until 07:00: quiet for everybody, whatever a practice sets.
    pub const NIGHT: Self = Self::new(Time::constant(21, 0, 0, 0), Time::constant(7, 0, 0, 0));

    /// Quiet from `from` until `until`.
    pub const fn new(from: Time, until: Time) -> Self {
        Self { from, until }
    }

    /// Whether it is quiet at `time`.
    pub fn contains(&self, time: Time) -> bool {
        if self.from <= self.until {
            self.from <= time && time < self.until
        } else {
            self.from <= time || time < self.until
        }
    }

    /// Whether all of the [`NIGHT`](Self::NIGHT) is quiet.
    pub fn cover_the_night(&self) -> bool {
        let Self { from, until } = Self::NIGHT;
        self.until < self.from && self.from <= from && until <= self.until
    }

    /// Whether they begin and end on a minute, as forms and people have it.
    pub(crate) fn are_whole_minutes(&self) -> bool {
        [self.from, self.until]
            .iter()
            .all(|time| time.second() == 0 && time.subsec_nanosecond() == 0)
    }

    /// How many minutes of a day of 24 hours are left for sending.
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
