//! Patterns that are more likely a fault than the state of the patients.

use std::fmt;

use emis_settings::WorkingCalendar;
use jiff::civil::Date;
use serde::Serialize;

use crate::dominant::DominantSuppression;
use crate::store::DayCounts;

/// The number of reminders below which nothing is concluded from failures.
const ENOUGH: u32 = 10;
/// The number of appointments from which a day is a usual one.
const USUAL: u32 = 20;
/// The working days that are compared, and how many of them must have been usual.
const DAYS: usize = 5;
const USUAL_DAYS: usize = 3;

/// A pattern in a practice's reminders that a person must look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "finding")]
#[non_exhaustive]
pub enum ReminderFinding {
    /// One reason suppressed nearly all of them.
    EverybodySuppressed(DominantSuppression),
    /// EMIS lists no appointments on a working day, and usually lists many.
    SuddenlyNothing {
        /// The appointments that it listed on the last usual day.
        usually: u32,
    },
    /// More than a fifth of today's failed.
    ManyFailures {
        /// The number that failed.
        failed: u32,
        /// The number that were tried.
        of: u32,
    },
    /// Many appointments that patients were reminded of are gone at once.
    ManyGone {
        /// The number of appointments.
        appointments: usize,
    },
}

impl ReminderFinding {
    /// Returns a stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::EverybodySuppressed(_) => "everybody-suppressed",
            Self::SuddenlyNothing { .. } => "suddenly-nothing",
            Self::ManyFailures { .. } => "many-failures",
            Self::ManyGone { .. } => "many-gone",
        }
    }

    /// Returns the finding if the list is empty on a working day and usually is not. `before` are
    /// the counts of the days before.
    pub(crate) fn suddenly_nothing(
        listed: u32,
        today: Date,
        before: &[DayCounts],
        calendar: &WorkingCalendar,
    ) -> Option<Self> {
        if listed > 0 || !calendar.is_working_day(today) {
            return None;
        }
        let days = before.iter().rev().filter(|it| it.day < today);
        let worked = days.filter(|it| calendar.is_working_day(it.day) && it.runs > 0);
        let usual: Vec<u32> = worked
            .take(DAYS)
            .map(|day| day.listed)
            .filter(|listed| *listed >= USUAL)
            .collect();
        let usually = *usual.first()?;
        (usual.len() >= USUAL_DAYS).then_some(Self::SuddenlyNothing { usually })
    }

    /// Returns the finding if more than a fifth failed.
    pub(crate) fn many_failures(day: &DayCounts) -> Option<Self> {
        let of = day.sent.saturating_add(day.failed);
        let many = of >= ENOUGH && day.failed.saturating_mul(5) > of;
        many.then_some(Self::ManyFailures {
            failed: day.failed,
            of,
        })
    }
}

impl fmt::Display for ReminderFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EverybodySuppressed(dominant) => {
                write!(f, "nearly all suppressed for one reason: {dominant}")
            }
            Self::SuddenlyNothing { usually } => {
                write!(f, "EMIS lists no appointments, and usually lists {usually}")
            }
            Self::ManyFailures { failed, of } => write!(f, "{failed} of {of} reminders failed"),
            Self::ManyGone { appointments } => {
                write!(f, "{appointments} reminded appointments are gone at once")
            }
        }
    }
}
