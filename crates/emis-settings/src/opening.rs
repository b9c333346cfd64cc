//! Opening hours and holidays.

use jiff::ToSpan;
use jiff::civil::{Date, Time, Weekday};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::problem::{Problems, SettingsProblem};
use crate::problem_text::ProblemCode as Code;
use crate::text::is_line;

/// The weekly opening hours of a practice, in UK local time.
///
/// By default none are entered, which does not mean closed: the
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

/// One period of a day in which a practice is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Opening {
    /// The opening time.
    #[schemars(with = "String", extend("format" = "partial-time"))]
    pub from: Time,
    /// The closing time, later on the same day.
    #[schemars(with = "String", extend("format" = "partial-time"))]
    pub until: Time,
}

/// Days on which a practice is closed although it would be open, such as a training day.
/// [Bank holidays](crate::BankHolidays) in England are known and need not be entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct PracticeHoliday {
    /// The first day, `2026-12-24`.
    #[schemars(with = "String", extend("format" = "date"))]
    pub from: Date,
    /// The last day; the first one, or at most a year after it.
    #[schemars(with = "String", extend("format" = "date"))]
    pub until: Date,
    /// A name for the practice's own use, 1 to 60 characters. Default: none.
    #[serde(default)]
    pub name: Option<String>,
}

impl PracticeHoliday {
    /// Creates a holiday from its first and last days.
    pub const fn new(from: Date, until: Date) -> Self {
        Self {
            from,
            until,
            name: None,
        }
    }

    /// Returns `true` if the practice is closed on `day`.
    pub fn contains(&self, day: Date) -> bool {
        self.from <= day && day <= self.until
    }

    fn is_possible(&self) -> bool {
        let limit = self.from.checked_add(366.days());
        self.from <= self.until && limit.is_ok_and(|limit| self.until <= limit)
    }
}

impl OpeningHours {
    /// Returns `true` if any hours are entered.
    pub fn are_entered(&self) -> bool {
        self.days().iter().any(|(_, openings)| !openings.is_empty())
    }

    /// Returns the hours of one day of the week.
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
        let mut problems = Problems::default();
        for (path, openings) in self.days() {
            let invalid = openings.len() > 4 || openings.iter().any(|day| day.from >= day.until);
            let in_order = openings.is_sorted_by(|one, next| one.until <= next.from);
            problems.add_if(invalid, Code::OpeningHoursInvalid, path);
            problems.add_if(!invalid && !in_order, Code::OpeningHoursOverlap, path);
        }
        problems.into_vec()
    }
}

/// Returns the problems of a practice's holidays.
pub(crate) fn holiday_problems(holidays: &[PracticeHoliday]) -> Vec<SettingsProblem> {
    const PATH: &str = "holidays";
    const MOST: usize = 200;
    let mut names = holidays
        .iter()
        .filter_map(|holiday| holiday.name.as_deref());
    let mut problems = Problems::default();
    problems.add_if(holidays.len() > MOST, Code::HolidaysTooMany, PATH);
    problems.add_if(
        !holidays.iter().all(PracticeHoliday::is_possible),
        Code::HolidayInvalid,
        PATH,
    );
    problems.add_if(
        !names.all(|name| is_line(name, 60)),
        Code::HolidayNameInvalid,
        PATH,
    );
    problems.into_vec()
}
