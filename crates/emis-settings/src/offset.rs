//! Times before an appointment.

use std::cmp::Ordering;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The time from a reminder to its appointment, in hours or in working days.
///
/// In JSON, `{"hours": 24}` or `{"working_days": 1}`. Ordered by length, with a working day counted
/// as 24 hours.
///
/// # Examples
///
/// ```
/// use emis_settings::Offset;
///
/// let offset: Offset = serde_json::from_str(r#"{"working_days": 1}"#)?;
/// assert_eq!(offset, Offset::WorkingDays(1));
/// assert_eq!(offset.nominal_minutes(), Offset::Hours(24).nominal_minutes());
/// assert_eq!(offset.to_string(), "1 working day");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Offset {
    /// Hours in UK local time: 1 to 168 (a week).
    Hours(#[schemars(range(min = 1, max = 168))] u16),
    /// [Working days](crate::WorkingCalendar) of the practice, at the same time of day: 1 to 7.
    WorkingDays(#[schemars(range(min = 1, max = 7))] u8),
}

impl Offset {
    /// The longest offset in hours.
    pub const MOST_HOURS: u16 = 7 * 24;
    /// The longest offset in working days.
    pub const MOST_WORKING_DAYS: u8 = 7;

    /// Returns `true` if the offset is within the limits.
    pub const fn is_possible(self) -> bool {
        match self {
            Self::Hours(hours) => 1 <= hours && hours <= Self::MOST_HOURS,
            Self::WorkingDays(days) => 1 <= days && days <= Self::MOST_WORKING_DAYS,
        }
    }

    /// Returns the offset in minutes, with a working day counted as 24 hours. It identifies the
    /// reminder in stores: "24 hours" and "one working day" are the same reminder.
    pub fn nominal_minutes(self) -> u32 {
        match self {
            Self::Hours(hours) => u32::from(hours) * 60,
            Self::WorkingDays(days) => u32::from(days) * 24 * 60,
        }
    }
}

impl Ord for Offset {
    fn cmp(&self, other: &Self) -> Ordering {
        let rank = |offset: &Self| {
            let in_days = matches!(offset, Self::WorkingDays(_));
            (offset.nominal_minutes(), in_days)
        };
        rank(self).cmp(&rank(other))
    }
}

impl PartialOrd for Offset {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hours(1) => f.write_str("1 hour"),
            Self::Hours(hours) => write!(f, "{hours} hours"),
            Self::WorkingDays(1) => f.write_str("1 working day"),
            Self::WorkingDays(days) => write!(f, "{days} working days"),
        }
    }
}
