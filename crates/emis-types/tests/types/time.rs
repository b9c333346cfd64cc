//! UK time and the clock that is handed in.

use emis_types::{Clock, ManualClock, Sensitive, uk};
use jiff::civil::{DateTime, date};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

#[test]
fn the_night_the_clocks_go_forward() {
    let before = uk::zoned(date(2026, 3, 29).at(0, 59, 0, 0));
    let skipped = uk::zoned(date(2026, 3, 29).at(1, 0, 0, 0));
    let after = uk::zoned(date(2026, 3, 29).at(2, 0, 0, 0));
    assert_eq!(
        before.duration_until(&skipped),
        SignedDuration::from_mins(1)
    );
    assert_eq!(skipped.timestamp(), after.timestamp());
}

#[test]
fn the_night_the_clocks_go_back_the_first_hour_is_meant() {
    let first = uk::zoned(date(2026, 10, 25).at(1, 30, 0, 0));
    assert_eq!(first.offset().to_string(), "+01");
    let later = uk::zoned(date(2026, 10, 25).at(2, 30, 0, 0));
    assert_eq!(first.duration_until(&later), SignedDuration::from_hours(2));
}

#[test]
fn a_manual_clock_is_shared_by_its_clones() {
    let clock = ManualClock::at_uk(date(2026, 6, 2).at(23, 30, 0, 0));
    let same = clock.clone();
    assert_eq!(uk::today(&same), date(2026, 6, 2));
    clock.advance(SignedDuration::from_mins(30));
    assert_eq!(uk::today(&same), date(2026, 6, 3));
    clock.set(Timestamp::UNIX_EPOCH);
    // In 1970 the UK was on British Standard Time all the year.
    assert_eq!(uk::now(&same).datetime(), date(1970, 1, 1).at(1, 0, 0, 0));
    clock.advance(SignedDuration::MAX);
    assert!(
        same.now() > Timestamp::UNIX_EPOCH,
        "stops at the end of time, does not wrap"
    );
}

#[test]
fn time_has_ends_but_no_panics() {
    assert!(uk::zoned(DateTime::MAX) > uk::zoned(date(2026, 1, 1).at(0, 0, 0, 0)));
    assert!(uk::zoned(DateTime::MIN) < uk::zoned(date(2026, 1, 1).at(0, 0, 0, 0)));
}

#[test]
fn sensitive_values_do_not_print() {
    let secret = Sensitive::new(String::from("Invented Person"));
    assert_eq!(
        format!("{secret:?} {:?}", Some(&secret)),
        "[redacted] Some([redacted])"
    );
    assert_eq!(secret.map(|name| name.len()).into_exposed(), 15);
}

proptest! {
    #[test]
    fn wall_clock_time_comes_back_outside_the_skipped_hour(
        days in 0i32..3650, minute in 0i32..1440,
    ) {
        let local = date(2024, 1, 1).at(0, 0, 0, 0)
            .checked_add(SignedDuration::from_mins(i64::from(days) * 1440 + i64::from(minute)))
            .unwrap();
        let zoned = uk::zoned(local);
        let skipped = zoned.datetime() != local;
        prop_assert!(!skipped || (local.month() == 3 && local.hour() == 1 && local.day() > 24));
    }
}
