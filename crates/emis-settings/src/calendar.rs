//! Working days.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::bank_holidays::{BankHolidays, is_weekend};
use crate::opening::{OpeningHours, PracticeHoliday};

/// The working days of a practice.
///
/// The practice works on the days on which it is open by its [`OpeningHours`], or from Monday to
/// Friday if none are entered, except on [`BankHolidays`] and on its own [`PracticeHoliday`]s.
///
/// # Examples
///
/// ```
/// use emis_settings::WorkingCalendar;
/// use jiff::civil::date;
///
/// let calendar = WorkingCalendar::default();
/// assert!(!calendar.is_working_day(date(2026, 4, 3))); // Good Friday
/// // The working day before the Tuesday after Easter.
/// assert_eq!(calendar.before(date(2026, 4, 7), 1), date(2026, 4, 2));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkingCalendar {
    opening_hours: OpeningHours,
    holidays: Vec<PracticeHoliday>,
    bank_holidays: BankHolidays,
}

/// The longest search for working days: holidays without end must not search without end.
const MOST_DAYS: u32 = 800;

impl WorkingCalendar {
    /// Creates the calendar of a practice with the built-in bank holidays.
    pub fn new(opening_hours: OpeningHours, holidays: Vec<PracticeHoliday>) -> Self {
        Self {
            opening_hours,
            holidays,
            bank_holidays: BankHolidays::default(),
        }
    }

    /// Replaces the bank holidays.
    #[must_use]
    pub fn with_bank_holidays(mut self, bank_holidays: BankHolidays) -> Self {
        self.bank_holidays = bank_holidays;
        self
    }

    /// Returns `true` if the practice works on `day`.
    pub fn is_working_day(&self, day: Date) -> bool {
        let open = if self.opening_hours.are_entered() {
            !self.opening_hours.on(day.weekday()).is_empty()
        } else {
            !is_weekend(day)
        };
        open && !self.bank_holidays.contains(day)
            && !self.holidays.iter().any(|holiday| holiday.contains(day))
    }

    /// Returns the `count`th working day before `day`, or `day` itself if `count` is 0.
    pub fn before(&self, day: Date, count: u8) -> Date {
        self.walk(day, count, -1)
    }

    /// Returns the `count`th working day after `day`, or `day` itself if `count` is 0.
    pub fn after(&self, day: Date, count: u8) -> Date {
        self.walk(day, count, 1)
    }

    fn walk(&self, day: Date, count: u8, step: i32) -> Date {
        let (mut day, mut left) = (day, count);
        for _ in 0..MOST_DAYS {
            if left == 0 {
                break;
            }
            day = day.saturating_add(step.days());
            left -= u8::from(self.is_working_day(day));
        }
        day
    }
}
