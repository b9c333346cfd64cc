//! Patterns that are more likely a fault than the state of the patients.

use std::fmt;

use emis_settings::WorkingCalendar;
use jiff::civil::{DateTime, Time, time};
use jiff::{SignedDuration, ToSpan};
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

/// The hours in which every practice that works on a day has appointments, and how much of them a list
/// must cover.
const MORNING: (Time, Time) = (time(9, 0, 0, 0), time(12, 0, 0, 0));
const AN_HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A pattern in a practice's reminders that a person must look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "finding")]
#[non_exhaustive]
pub enum ReminderFinding {
    /// One reason suppressed nearly all of them.
    EverybodySuppressed(DominantSuppression),
    /// EMIS lists no appointments of working mornings, and usually lists many.
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

    /// Returns the finding if the list from one time to another is empty and usually is not.
    /// `before` are the counts of the days before. On a Friday evening the list may well be empty:
    /// an hour of a working morning must be in it.
    pub(crate) fn suddenly_nothing(
        listed: u32,
        (from, until): (DateTime, DateTime),
        before: &[DayCounts],
        calendar: &WorkingCalendar,
    ) -> Option<Self> {
        let today = from.date();
        if listed > 0
            || !calendar.is_working_day(today)
            || mornings(from, until, calendar) < AN_HOUR
        {
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

/// Returns the time that working mornings take between two times. Some practices close at noon.
fn mornings(from: DateTime, until: DateTime, calendar: &WorkingCalendar) -> SignedDuration {
    let days = from.date().series(1.day());
    let working = days
        .take_while(|day| *day <= until.date())
        .filter(|day| calendar.is_working_day(*day));
    let within = working.map(|day| {
        let start = day.to_datetime(MORNING.0).max(from);
        let end = day.to_datetime(MORNING.1).min(until);
        end.duration_since(start).max(SignedDuration::ZERO)
    });
    within.fold(SignedDuration::ZERO, SignedDuration::saturating_add)
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
