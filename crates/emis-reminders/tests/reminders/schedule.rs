//! The time at which a reminder is sent.

use emis_reminders::{SuppressionReason, plan, window};
use emis_settings::{Offset, QuietHours, ReminderSettings, WorkingCalendar};
use jiff::civil::{Date, DateTime, date, time};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::support::{adult, booked, london, tuesday_at, wednesday_at};

/// Returns the reminder that is due at `now` for an appointment at `start`, or why none is.
fn due_with(
    settings: &ReminderSettings,
    now: DateTime,
    start: DateTime,
) -> Result<Offset, SuppressionReason> {
    let plan = plan(
        &london(now),
        settings,
        &WorkingCalendar::default(),
        &[booked(1, start, adult(1))],
    );
    assert_eq!(plan.len(), 1);
    match (plan.due.first(), plan.suppressed.first()) {
        (Some(due), None) => Ok(due.offset),
        (None, Some(passed)) => Err(passed.reason),
        // It is told with an adjoining one, or waits.
        _ => Err(SuppressionReason::NotYetDue),
    }
}

fn due(now: DateTime, start: DateTime) -> Result<Offset, SuppressionReason> {
    due_with(&ReminderSettings::default(), now, start)
}

fn reminders(hours: &[u16]) -> ReminderSettings {
    let mut settings = ReminderSettings::default();
    settings.offsets = hours.iter().copied().map(Offset::Hours).collect();
    settings
}

#[test]
fn a_reminder_is_due_from_its_time_until_the_minimum_notice() {
    let start = wednesday_at(14, 30);
    assert_eq!(
        due(tuesday_at(14, 29), start),
        Err(SuppressionReason::NotYetDue)
    );
    assert_eq!(due(tuesday_at(14, 30), start), Ok(Offset::Hours(24)));
    assert_eq!(due(wednesday_at(13, 30), start), Ok(Offset::Hours(24)));
    assert_eq!(
        due(wednesday_at(13, 31), start),
        Err(SuppressionReason::TooLate)
    );
    assert_eq!(
        due(wednesday_at(14, 29), start),
        Err(SuppressionReason::TooLate)
    );
    assert_eq!(
        due(wednesday_at(14, 30), start),
        Err(SuppressionReason::AlreadyStarted)
    );
    assert_eq!(
        due(wednesday_at(18, 0), start),
        Err(SuppressionReason::AlreadyStarted)
    );
}

#[test]
fn nothing_is_sent_in_quiet_hours() {
    let start = wednesday_at(14, 30);
    assert_eq!(due(tuesday_at(19, 59), start), Ok(Offset::Hours(24)));
    assert_eq!(
        due(tuesday_at(20, 0), start),
        Err(SuppressionReason::QuietHours)
    );
    assert_eq!(
        due(wednesday_at(7, 59), start),
        Err(SuppressionReason::QuietHours)
    );
    assert_eq!(due(wednesday_at(8, 0), start), Ok(Offset::Hours(24)));
}

#[test]
fn a_reminder_due_in_quiet_hours_is_sent_before_them() {
    // 24 hours before is 07:30 on Tuesday, so it is sent on Monday at 19:00.
    let early = wednesday_at(7, 30);
    let monday_at = |hour, minute| date(2026, 6, 1).at(hour, minute, 0, 0);
    assert_eq!(
        due(monday_at(18, 59), early),
        Err(SuppressionReason::NotYetDue)
    );
    assert_eq!(due(monday_at(19, 0), early), Ok(Offset::Hours(24)));
    // 24 hours before is 20:30 on Tuesday, so it is sent at 19:00 of the same day.
    let late = wednesday_at(20, 30);
    assert_eq!(
        due(tuesday_at(18, 59), late),
        Err(SuppressionReason::NotYetDue)
    );
    assert_eq!(due(tuesday_at(19, 0), late), Ok(Offset::Hours(24)));
    // Two hours before the first appointment of the day would be in the night.
    let two = reminders(&[2]);
    assert_eq!(
        due_with(&two, tuesday_at(19, 0), wednesday_at(8, 30)),
        Ok(Offset::Hours(2))
    );
}

/// Such settings are invalid, and still nothing is sent at night.
#[test]
fn nothing_is_sent_at_night_under_any_settings() {
    let mut settings = reminders(&[24]);
    settings.quiet_hours = QuietHours::new(time(12, 0, 0, 0), time(13, 0, 0, 0));
    let start = wednesday_at(14, 30);
    let at = |now| due_with(&settings, now, start);
    assert_eq!(at(tuesday_at(20, 59)), Ok(Offset::Hours(24)));
    for (hour, minute) in [(21, 0), (23, 59)] {
        assert_eq!(
            at(tuesday_at(hour, minute)),
            Err(SuppressionReason::QuietHours)
        );
    }
    for (hour, minute) in [(0, 0), (3, 0), (6, 59)] {
        assert_eq!(
            at(wednesday_at(hour, minute)),
            Err(SuppressionReason::QuietHours)
        );
        assert_eq!(
            window(
                &london(wednesday_at(hour, minute)),
                &settings,
                &WorkingCalendar::default()
            ),
            None
        );
    }
    assert_eq!(at(wednesday_at(7, 0)), Ok(Offset::Hours(24)));
}

#[test]
fn a_day_before_is_the_same_time_of_day_when_the_clocks_change() {
    let sunday = date(2026, 3, 29).at(10, 0, 0, 0); // 23 hours after Saturday at 10
    assert_eq!(
        due(date(2026, 3, 28).at(9, 59, 0, 0), sunday),
        Err(SuppressionReason::NotYetDue)
    );
    assert_eq!(
        due(date(2026, 3, 28).at(10, 0, 0, 0), sunday),
        Ok(Offset::Hours(24))
    );
    let sunday = date(2026, 10, 25).at(10, 0, 0, 0); // 25 hours after
    assert_eq!(
        due(date(2026, 10, 24).at(9, 59, 0, 0), sunday),
        Err(SuppressionReason::NotYetDue)
    );
    assert_eq!(
        due(date(2026, 10, 24).at(10, 0, 0, 0), sunday),
        Ok(Offset::Hours(24))
    );
}

#[test]
fn the_minimum_notice_is_elapsed_time_when_the_clocks_change() {
    let mut settings = reminders(&[24]);
    settings.quiet_hours = QuietHours::NIGHT;
    settings.minimum_notice_minutes = 12 * 60;
    // From 20:00 to 08:00 local time is eleven hours in March, and thirteen in October.
    let overnight = |saturday: Date| {
        let sunday = saturday.tomorrow().unwrap();
        due_with(&settings, saturday.at(20, 0, 0, 0), sunday.at(8, 0, 0, 0))
    };
    assert_eq!(
        overnight(date(2026, 3, 28)),
        Err(SuppressionReason::TooLate)
    );
    assert_eq!(overnight(date(2026, 10, 24)), Ok(Offset::Hours(24)));
}

#[test]
fn the_nearest_due_of_several_reminders_is_sent() {
    let settings = reminders(&[168, 72, 24]);
    let start = date(2026, 6, 10).at(12, 0, 0, 0);
    let at = |day, hour| due_with(&settings, date(2026, 6, day).at(hour, 0, 0, 0), start);
    assert_eq!(at(3, 11), Err(SuppressionReason::NotYetDue));
    assert_eq!(at(3, 12), Ok(Offset::Hours(168)));
    assert_eq!(
        at(4, 12),
        Ok(Offset::Hours(168)),
        "it is still due a day later"
    );
    assert_eq!(
        at(4, 13),
        Err(SuppressionReason::NotYetDue),
        "after that it waits for the next"
    );
    assert_eq!(at(7, 12), Ok(Offset::Hours(72)));
    assert_eq!(at(9, 12), Ok(Offset::Hours(24)));
    assert_eq!(at(10, 10), Ok(Offset::Hours(24)));
}

#[test]
fn the_window_is_the_smallest_sufficient_one() {
    let minutes = |now, settings: &ReminderSettings| {
        let mut settings = settings.clone();
        settings.least_minutes_between = 0;
        let settings = &settings;
        let window = window(&london(now), settings, &WorkingCalendar::default())?;
        assert_eq!(window.before(), 0);
        Some(window.within())
    };
    let day_before = reminders(&[24]);
    assert_eq!(minutes(tuesday_at(10, 0), &day_before), Some(24 * 60 + 1));
    // From 19:00 on, reminders due in the night are sent as well.
    assert_eq!(minutes(tuesday_at(18, 59), &day_before), Some(24 * 60 + 1));
    assert_eq!(
        minutes(tuesday_at(19, 0), &day_before),
        Some((24 + 13) * 60 + 1)
    );
    // There is no window if nothing can be sent.
    assert_eq!(minutes(tuesday_at(20, 0), &day_before), None);
    assert_eq!(minutes(tuesday_at(7, 59), &day_before), None);
    let mut off = reminders(&[24]);
    off.enabled = false;
    assert_eq!(minutes(tuesday_at(10, 0), &off), None);
    assert_eq!(minutes(tuesday_at(10, 0), &reminders(&[])), None);
    // A spring night is an hour shorter.
    let saturday = date(2026, 3, 28).at(10, 0, 0, 0);
    assert_eq!(minutes(saturday, &day_before), Some(23 * 60 + 1));
}

fn any_offset() -> impl Strategy<Value = Offset> {
    prop_oneof![
        (1_u16..=168).prop_map(Offset::Hours),
        (1_u8..=7).prop_map(Offset::WorkingDays),
    ]
}

proptest! {
    /// An appointment that is due lies within the window, also around both nights in which the clocks
    /// change.
    #[test]
    fn every_due_reminder_lies_within_the_window(
        now in prop_oneof![
            1_774_000_000_i64..1_775_200_000,
            1_792_200_000_i64..1_793_400_000,
            1_780_000_000_i64..1_790_000_000,
        ],
        minutes_ahead in 0_i64..20_000,
        hours in proptest::collection::btree_set(any_offset(), 1..=3),
        quiet_from in 0_i8..24,
        quiet_hours in 1_i8..=22,
    ) {
        let now = emis_types::uk::at(Timestamp::from_second(now).unwrap());
        let mut settings = reminders(&[]);
        settings.offsets = hours;
        let until = (quiet_from + quiet_hours) % 24;
        settings.quiet_hours = QuietHours::new(time(quiet_from, 0, 0, 0), time(until, 0, 0, 0));
        let ahead = SignedDuration::from_mins(minutes_ahead);
        let start = now.checked_add(ahead).unwrap().datetime();

        let is_due = due_with(&settings, now.datetime(), start).is_ok();
        let inside = window(&now, &settings, &WorkingCalendar::default())
            .is_some_and(|window| minutes_ahead <= i64::from(window.within()));
        // What is further ahead comes from the planned list.
        prop_assert!(!is_due || inside || minutes_ahead > 72 * 60);
    }
}

/// The Easter of 2026: Good Friday is 3 April, the Monday after it is the 6th.
#[test]
fn working_days_skip_weekends_and_bank_holidays() {
    let mut settings = reminders(&[]);
    settings.offsets = [Offset::WorkingDays(1)].into();
    let tuesday = date(2026, 4, 7).at(10, 0, 0, 0);
    let thursday = date(2026, 4, 2);
    let at = |now| due_with(&settings, now, tuesday);
    assert_eq!(
        at(thursday.at(9, 59, 0, 0)),
        Err(SuppressionReason::NotYetDue)
    );
    assert_eq!(at(thursday.at(10, 0, 0, 0)), Ok(Offset::WorkingDays(1)));
    // A run that was missed on Thursday is caught up, on a day off as well.
    assert_eq!(
        at(date(2026, 4, 4).at(8, 0, 0, 0)),
        Ok(Offset::WorkingDays(1))
    );
    let saturday = london(date(2026, 4, 4).at(8, 0, 0, 0));
    let seen = window(&saturday, &settings, &WorkingCalendar::default()).unwrap();
    assert_eq!(
        seen.within(),
        72 * 60 + 1,
        "the rest comes from the planned list"
    );
}

#[test]
fn saturday_is_a_working_day_if_the_practice_is_open() {
    let mut hours = emis_settings::OpeningHours::default();
    let open = emis_settings::Opening {
        from: time(8, 0, 0, 0),
        until: time(12, 0, 0, 0),
    };
    hours.friday = vec![open];
    hours.saturday = vec![open];
    hours.monday = vec![open];
    let calendar = WorkingCalendar::new(hours, Vec::new());
    let mut settings = reminders(&[]);
    settings.offsets = [Offset::WorkingDays(1)].into();
    let monday = date(2026, 6, 8).at(10, 0, 0, 0);
    let on = |now| {
        let batch = [booked(1, monday, adult(1))];
        plan(&london(now), &settings, &calendar, &batch).due.len()
    };
    assert_eq!(on(date(2026, 6, 5).at(12, 0, 0, 0)), 0);
    assert_eq!(on(date(2026, 6, 6).at(10, 0, 0, 0)), 1);
}
