//! When a practice is open.

use jiff::civil::{Date, Time, Weekday};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::problem::{ProblemCode as Code, SettingsProblem};
use crate::text;

/// The hours of a week in which a practice is open, by a UK wall clock.
///
/// The default is that none are entered, which is not the same as never open: the practice's
/// [working days](crate::WorkingCalendar) are then Monday to Friday.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct OpeningHours {
    /// Monday's, in the order of the day. At most four, which must not overlap; so on every day.
    pub monday: Vec<Opening>,
    /// Tuesday's.
    pub tuesday: Vec<Opening>,
    /// Wednesday's.
    pub wednesday: Vec<Opening>,
    /// Thursday's.
    pub thursday: Vec<Opening>,
    /// Friday's.
    pub friday: Vec<Opening>,
    /// Saturday's.
    pub saturday: Vec<Opening>,
    /// Sunday's.
    pub sunday: Vec<Opening>,
}

/// One stretch of time in which a practice is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Opening {
    /// When it opens.
    #[schemars(with = "String", extend("format" = "partial-time"))]
    pub from: Time,
    /// When it closes, later the same day.
    #[schemars(with = "String", extend("format" = "partial-time"))]
    pub until: Time,
}

/// Days on which a practice is closed although it would be open: a holiday of its own, a
/// training day. Bank holidays in England are known and need not be entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct PracticeHoliday {
    /// The first day, `2026-12-24`.
    #[schemars(with = "String", extend("format" = "date"))]
    pub from: Date,
    /// The last day; the first one, or at most a year after it.
    #[schemars(with = "String", extend("format" = "date"))]
    pub until: Date,
    /// What it is, for the practice itself: 1 to 60 characters. Default: none.
    #[serde(default)]
    pub name: Option<String>,
}

impl PracticeHoliday {
    /// Closed from one day until another, both included.
    pub const fn new(from: Date, until: Date) -> Self {
        Self {
            from,
            until,
            name: None,
        }
    }

    /// Whether the practice is closed on this day.
    pub fn contains(&self, day: Date) -> bool {
        self.from <= day && day <= self.until
    }
}

impl OpeningHours {
    /// Whether any hours are entered.
    pub fn are_entered(&self) -> bool {
        self.days().iter().any(|(_, openings)| !openings.is_empty())
    }

    /// The hours of one day of the week.
    pub fn on(&self, day: Weekday) -> &[Opening] {
        match day {
            Weekday::Monday => &self.monday,
            Weekday::Tuesday => &self.tuesday,
            Weekday::Wednesday => &self.wednesday,
            Weekday::Thursday => &self.thursday,
            Weekday::Friday => &self.friday,
            Weekday::Saturday => &self.saturday,
            Weekday::Sunday => &self.sunday,
        }
    }

    fn days(&self) -> [(&'static str, &[Opening]); 7] {
        [
            ("opening_hours.monday", &self.monday),
            ("opening_hours.tuesday", &self.tuesday),
            ("opening_hours.wednesday", &self.wednesday),
            ("opening_hours.thursday", &self.thursday),
            ("opening_hours.friday", &self.friday),
            ("opening_hours.saturday", &self.saturday),
            ("opening_hours.sunday", &self.sunday),
        ]
    }

    pub(crate) fn problems(&self) -> Vec<SettingsProblem> {
        let mut problems = Vec::new();
        for (path, openings) in self.days() {
            if openings.len() > 4 || openings.iter().any(|opening| opening.from >= opening.until) {
                problems.push(SettingsProblem::new(
                    Code::OpeningHoursInvalid,
                    path,
                    "Each opening time must be earlier than its closing time, and a day may have \
                     at most four of them.",
                ));
            } else if openings.is_sorted_by(|one, next| one.until <= next.from) {
                continue;
            } else {
                problems.push(SettingsProblem::new(
                    Code::OpeningHoursOverlap,
                    path,
                    "The opening times of a day must follow one another without overlapping.",
                ));
            }
        }
        problems
    }
}

/// What is wrong with a practice's holidays.
pub(crate) fn holiday_problems(holidays: &[PracticeHoliday]) -> Vec<SettingsProblem> {
    const PATH: &str = "holidays";
    const MOST: usize = 200;
    let mut problems = Vec::new();
    if holidays.len() > MOST {
        problems.push(SettingsProblem::new(
            Code::HolidaysTooMany,
            PATH,
            "Enter at most 200 holidays: remove those that are over.",
        ));
    }
    let too_long = |holiday: &PracticeHoliday| {
        holiday.until < holiday.from
            || holiday
                .from
                .checked_add(jiff::ToSpan::days(366))
                .is_ok_and(|limit| holiday.until > limit)
    };
    if holidays.iter().any(too_long) {
        problems.push(SettingsProblem::new(
            Code::HolidayInvalid,
            PATH,
            "The last day of a holiday must not be before its first, nor more than a year after \
             it.",
        ));
    }
    let names = holidays
        .iter()
        .filter_map(|holiday| holiday.name.as_deref());
    if let Some(fault) = names.into_iter().find_map(|name| text::fault(name, 60)) {
        problems.push(SettingsProblem::new(
            Code::HolidayNameInvalid,
            PATH,
            format!("The name of a holiday {fault}."),
        ));
    }
    problems
}
