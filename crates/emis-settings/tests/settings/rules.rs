//! Quiet hours, selections, opt-outs, names.

use emis_settings::{
    BookingSettings, Offset, OptOuts, QuietHours, ReminderSettings, Selection, SiteRule,
};
use emis_types::{PatientNumber, SiteId};
use jiff::civil::{Time, time};
use proptest::prelude::*;

use crate::fresh;

#[test]
fn the_defaults_are_those_that_are_documented() {
    let reminders = ReminderSettings::default();
    assert!(reminders.enabled);
    assert_eq!(reminders.offsets, [Offset::Hours(24)].into());
    assert_eq!(reminders.minimum_notice_minutes, 60);
    assert_eq!(reminders.minimum_age_years, 16);
    assert!(!reminders.name_the_patient);
    assert!(reminders.slot_types.is_all() && reminders.sites.is_all());
    assert_eq!(reminders.problems(), []);

    let booking = BookingSettings::default();
    assert!(!booking.enabled);
    assert!(booking.slot_types.is_empty());
    assert_eq!(booking.horizon_days, 42);
    assert_eq!(booking.minimum_notice_minutes, 60);
    assert_eq!(booking.cancel_cut_off_minutes, 60);
    assert_eq!(booking.max_future_per_patient, 2);
    assert_eq!(booking.reason, "Booked online");
    assert_eq!(booking.problems(), []);
}

#[test]
fn quiet_hours_within_a_day_and_over_midnight() {
    let at = |hour, minute| time(hour, minute, 0, 0);
    let noon = QuietHours::new(at(12, 0), at(14, 0));
    for (hour, minute, quiet) in [
        (11, 59, false),
        (12, 0, true),
        (13, 59, true),
        (14, 0, false),
    ] {
        assert_eq!(noon.contains(at(hour, minute)), quiet, "{hour}:{minute}");
    }
    let night = QuietHours::default();
    for (hour, minute, quiet) in [
        (19, 59, false),
        (20, 0, true),
        (0, 0, true),
        (7, 59, true),
        (8, 0, false),
    ] {
        assert_eq!(night.contains(at(hour, minute)), quiet, "{hour}:{minute}");
    }
}

#[test]
fn patients_name_the_practice_as_the_reminder_settings_say() {
    let mut settings = fresh();
    assert_eq!(settings.name_for_patients(), None);
    settings.set_name(Some(" Invented Surgery ")).unwrap();
    assert_eq!(settings.name_for_patients(), Some("Invented Surgery"));
    let mut reminders = ReminderSettings::default();
    reminders.practice_name = Some("The Surgery".to_owned());
    settings.set_reminders(reminders).unwrap();
    assert_eq!(settings.name_for_patients(), Some("The Surgery"));
    settings.set_name(None).unwrap();
    assert_eq!(settings.name(), None);
}

#[test]
fn a_patient_can_opt_out_and_in_again() {
    let patient = PatientNumber::new(41).unwrap();
    let mut opted_out = OptOuts::default();
    assert!(opted_out.is_empty());
    assert!(opted_out.insert(patient) && !opted_out.insert(patient));
    assert!(opted_out.contains(patient));
    assert_eq!(opted_out.iter().collect::<Vec<_>>(), [patient]);
    assert!(opted_out.remove(patient) && !opted_out.remove(patient));
    assert!(opted_out.is_empty());
}

fn any_time() -> impl Strategy<Value = Time> {
    (0..24i8, 0..60i8, 0..60i8).prop_map(|(hour, minute, second)| time(hour, minute, second, 0))
}

proptest! {
    #[test]
    fn every_moment_is_quiet_either_in_the_hours_or_in_their_reverse(
        from in any_time(), until in any_time(), now in any_time(),
    ) {
        prop_assume!(from != until);
        let quiet = QuietHours::new(from, until).contains(now);
        let reverse = QuietHours::new(until, from).contains(now);
        prop_assert!(quiet != reverse);
        prop_assert!(QuietHours::new(from, until).contains(from));
        prop_assert!(!QuietHours::new(from, until).contains(until));
    }

    #[test]
    fn a_selection_includes_what_was_chosen(chosen in proptest::collection::btree_set(1..50i64, 0..9)) {
        let site = |id: i64| SiteId::new(id).unwrap();
        let rule: SiteRule = Selection::only(chosen.iter().map(|id| site(*id)));
        prop_assert_eq!(rule.is_empty(), chosen.is_empty());
        for id in 1..50 {
            prop_assert_eq!(rule.includes(&site(id)), chosen.contains(&id));
            prop_assert!(SiteRule::All.includes(&site(id)));
        }
    }
}
