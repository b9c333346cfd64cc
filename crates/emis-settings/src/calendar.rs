//! A practice's working days.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use crate::{OpeningHours, PracticeHoliday};

/// Which days are a practice's working days.
///
/// The days on which it is open by its [`OpeningHours`], or Monday to Friday where none are
/// entered, except bank holidays in England and the practice's own [`PracticeHoliday`]s.
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
}

/// How far a search for working days goes: a practice that enters holidays for ever must not
/// keep a program for ever.
const MOST_DAYS: u32 = 800;

impl WorkingCalendar {
    /// The calendar of a practice with these hours and holidays.
    pub fn new(opening_hours: OpeningHours, holidays: Vec<PracticeHoliday>) -> Self {
        Self {
            opening_hours,
            holidays,
        }
    }

    /// Whether the practice works on this day.
    pub fn is_working_day(&self, day: Date) -> bool {
        let open = if self.opening_hours.are_entered() {
            !self.opening_hours.on(day.weekday()).is_empty()
        } else {
            !is_weekend(day)
        };
        open && !is_bank_holiday(day) && !self.holidays.iter().any(|holiday| holiday.contains(day))
    }

    /// The working day that is the `count`th before `day`; `day` itself where `count` is 0.
    pub fn before(&self, day: Date, count: u8) -> Date {
        self.walk(day, count, -1)
    }

    /// The working day that is the `count`th after `day`; `day` itself where `count` is 0.
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

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// Whether a day is a bank holiday in England by the standing rules. Days that are proclaimed
/// once, such as for a coronation, a practice enters as a holiday.
pub fn is_bank_holiday(day: Date) -> bool {
    let on_monday = day.weekday() == Weekday::Monday;
    match (day.month(), day.day()) {
        (1, 1) | (12, 25 | 26) => true,
        // In place of one that fell on a weekend.
        (1, 2 | 3) => on_monday,
        (12, 27 | 28) => is_weekend(day.saturating_sub(2.days())),
        // The first and the last Monday in May, and the last in August.
        (5, 1..=7 | 25..=31) | (8, 25..=31) => on_monday,
        _ => {
            let easter = easter_sunday(day.year());
            day == easter.saturating_sub(2.days()) || day == easter.saturating_add(1.days())
        }
    }
}

/// Easter Sunday by the Gregorian calendar (the anonymous algorithm, as Meeus gives it).
fn easter_sunday(year: i16) -> Date {
    let year_number = i32::from(year);
    let golden = year_number.rem_euclid(19);
    let (century, of_century) = (year_number.div_euclid(100), year_number.rem_euclid(100));
    let correction = (century + 8).div_euclid(25);
    let moon = (century - correction + 1).div_euclid(3);
    let epact = (19 * golden + century - century.div_euclid(4) - moon + 15).rem_euclid(30);
    let weekday = (32 + 2 * century.rem_euclid(4) + 2 * of_century.div_euclid(4)
        - epact
        - of_century.rem_euclid(4))
    .rem_euclid(7);
    let late = (golden + 11 * epact + 22 * weekday).div_euclid(451);
    let days = epact + weekday - 7 * late + 114;
    let (month, day) = (days.div_euclid(31), days.rem_euclid(31) + 1);
    // March or April, by the arithmetic above; a year that has no dates has no Easter.
    let part = |number: i32| i8::try_from(number).unwrap_or(1);
    Date::new(year, part(month), part(day)).unwrap_or(Date::MIN)
}
