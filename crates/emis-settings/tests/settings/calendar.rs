//! Working days.

use emis_settings::{BankHolidays, Opening, OpeningHours, PracticeHoliday, WorkingCalendar};
use jiff::ToSpan;
use jiff::civil::{date, time};
use proptest::prelude::*;

/// The days that GOV.UK lists for England and Wales.
#[test]
fn bank_holidays_are_those_of_england() {
    let listed = [
        (
            2024,
            vec![
                (1, 1),
                (3, 29),
                (4, 1),
                (5, 6),
                (5, 27),
                (8, 26),
                (12, 25),
                (12, 26),
            ],
        ),
        (
            2025,
            vec![
                (1, 1),
                (4, 18),
                (4, 21),
                (5, 5),
                (5, 26),
                (8, 25),
                (12, 25),
                (12, 26),
            ],
        ),
        // Boxing Day on a Saturday.
        (
            2026,
            vec![
                (1, 1),
                (4, 3),
                (4, 6),
                (5, 4),
                (5, 25),
                (8, 31),
                (12, 25),
                (12, 28),
            ],
        ),
        // Christmas on a Saturday.
        (
            2027,
            vec![
                (1, 1),
                (3, 26),
                (3, 29),
                (5, 3),
                (5, 31),
                (8, 30),
                (12, 27),
                (12, 28),
            ],
        ),
        // New Year's Day on a Saturday.
        (
            2028,
            vec![
                (1, 3),
                (4, 14),
                (4, 17),
                (5, 1),
                (5, 29),
                (8, 28),
                (12, 25),
                (12, 26),
            ],
        ),
    ];
    for (year, expected) in listed {
        let first = date(year, 1, 1);
        let days = (0..366).map(|n| first.saturating_add(n.days()));
        let calendar = WorkingCalendar::default();
        let found: Vec<_> = days
            .filter(|day| day.year() == year && BankHolidays::default().contains(*day))
            // Days on a weekend are given in lieu, and are no working days either way.
            .filter(|day| !matches!(day.weekday().to_monday_one_offset(), 6 | 7))
            .inspect(|day| assert!(!calendar.is_working_day(*day)))
            .map(|day| (day.month(), day.day()))
            .collect();
        assert_eq!(found, expected, "{year}");
    }
}

#[test]
fn a_practice_has_opening_hours_and_holidays_of_its_own() {
    let mut hours = OpeningHours::default();
    hours.saturday = vec![Opening {
        from: time(9, 0, 0, 0),
        until: time(12, 0, 0, 0),
    }];
    let training = PracticeHoliday::new(date(2026, 6, 13), date(2026, 6, 20));
    let calendar = WorkingCalendar::new(hours, vec![training]);
    assert!(calendar.is_working_day(date(2026, 6, 6)));
    assert!(!calendar.is_working_day(date(2026, 6, 8)), "a Monday");
    assert_eq!(calendar.after(date(2026, 6, 6), 1), date(2026, 6, 27));
    assert_eq!(calendar.before(date(2026, 6, 27), 1), date(2026, 6, 6));
    assert_eq!(calendar.before(date(2026, 6, 27), 0), date(2026, 6, 27));
    // A search for a day on which the practice never opens again ends.
    let closed = PracticeHoliday::new(date(2026, 1, 1), date(9999, 12, 31));
    let never = WorkingCalendar::new(OpeningHours::default(), vec![closed]);
    assert!(never.after(date(2026, 6, 1), 7) > date(2026, 6, 1));
}

proptest! {
    #[test]
    fn forth_and_back_leads_to_the_same_day(days in 0..20_000i32, count in 1..=7u8) {
        let calendar = WorkingCalendar::default();
        let day = date(2000, 1, 1).saturating_add(days.days());
        let there = calendar.after(day, count);
        prop_assert!(there > day && calendar.is_working_day(there));
        if calendar.is_working_day(day) {
            prop_assert_eq!(calendar.before(there, count), day);
        }
    }
}
