//! Every mistake, one by one and all at once.

use std::collections::BTreeSet;

use emis_settings::{
    BookingSettings, Offset, PracticeSettings, ProblemCode as Code, QuietHours, ReminderSettings,
    Selection,
};
use jiff::civil::time;
use proptest::prelude::*;

use crate::generate::practice;
use crate::mistakes::{booking, organisation_id, reminders, single_mistakes};
use crate::{codes, fresh};

#[test]
fn each_mistake_is_reported_alone_in_its_field_as_a_sentence() {
    for (code, path, problems) in single_mistakes() {
        assert_eq!(codes(&problems), [code], "{path}");
        assert_eq!(problems[0].path(), path, "{code}");
        let message = problems[0].message();
        let sentence = message.starts_with(|c: char| c.is_uppercase()) && message.ends_with('.');
        assert!(sentence, "{code}: {message}");
    }
}

#[test]
fn every_code_can_come_up() {
    let mut seen: BTreeSet<Code> = single_mistakes()
        .into_iter()
        .map(|(code, ..)| code)
        .collect();
    seen.extend(codes(&fresh().problems()));
    // Sealing fails only on a machine without randomness, which no test can simulate.
    seen.insert(Code::ApiUserNotSealed);
    // The check that renders templates, in `emis-messaging`, finds these.
    seen.extend([
        Code::TemplateSyntaxInvalid,
        Code::TemplatePlaceholderEmpty,
        Code::TemplateTooLong,
    ]);
    assert_eq!(seen, Code::ALL.iter().copied().collect());
}

/// Every sentence that a practice can read, as reviewed.
#[test]
fn practices_are_told_in_the_nhs_content_style() {
    let mut sentences: Vec<_> = single_mistakes()
        .iter()
        .flat_map(|(code, _, problems)| problems.iter().map(move |p| (code, p.message())))
        .map(|(code, message)| format!("{code}: {message}"))
        .collect();
    let connection = fresh().connection_problems();
    sentences.extend(
        connection
            .iter()
            .map(|p| format!("{}: {}", p.code(), p.message())),
    );
    sentences.sort();
    sentences.dedup();
    insta::assert_snapshot!(sentences.join("\n"));
}

#[test]
fn codes_are_distinct_and_stable_in_form() {
    let texts: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(texts.len(), Code::ALL.len());
    for text in texts {
        assert!(
            text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
            "{text}"
        );
    }
}

#[test]
fn a_problem_is_written_for_a_screen() {
    let problem = &organisation_id("A20047")[0];
    insta::assert_snapshot!(serde_json::to_string_pretty(problem).unwrap(), @r#"
    {
      "code": "organisation-id-is-ods-code",
      "path": "organisation_id",
      "message": "This looks like your ODS code. Enter the CDB number, which is digits only. You can find it in EMIS under your organisation details."
    }
    "#);
}

#[test]
fn the_values_at_the_limits_are_right() {
    assert_eq!(
        reminders(|r| r.offsets = [Offset::Hours(2), Offset::Hours(24), Offset::Hours(168)].into()),
        []
    );
    assert_eq!(reminders(|r| r.minimum_notice_minutes = 24 * 60 - 1), []);
    assert_eq!(reminders(|r| r.minimum_age_years = 18), []);
    assert_eq!(reminders(|r| r.cancel_text = Some("é".repeat(160))), []);
    let quiet = QuietHours::new(time(9, 0, 0, 0), time(8, 0, 0, 0));
    assert_eq!(reminders(|r| r.quiet_hours = quiet), []);
    assert_eq!(reminders(|r| r.quiet_hours = QuietHours::NIGHT), []);
    assert_eq!(booking(|b| b.horizon_days = 84), []);
    assert_eq!(booking(|b| b.minimum_notice_minutes = 42 * 24 * 60 - 1), []);
    assert_eq!(booking(|b| b.cancel_cut_off_minutes = 10_080), []);
    assert_eq!(booking(|b| b.max_future_per_patient = 10), []);
    assert_eq!(booking(|b| b.reason = "x".repeat(100)), []);
}

#[test]
fn what_a_feature_needs_is_asked_for_only_while_it_is_on() {
    let off = reminders(|r| {
        r.enabled = false;
        r.offsets.clear();
        r.channels.clear();
        r.slot_types = Selection::only([]);
        r.sites = Selection::only([]);
    });
    assert_eq!(off, []);
    let off = booking(|b| {
        b.enabled = false;
        b.slot_types.clear();
        b.booked_by = None;
    });
    assert_eq!(off, []);
}

#[test]
fn a_refused_change_changes_nothing_and_names_everything() {
    let mut settings = fresh();
    let mut wrong = ReminderSettings::default();
    wrong.channels.clear();
    wrong.offsets = [Offset::Hours(0), Offset::Hours(200)].into();
    let refused = settings.set_reminders(wrong).unwrap_err();
    assert_eq!(
        codes(refused.problems()),
        [Code::ReminderTimeOutOfRange, Code::ReminderChannelsMissing]
    );
    assert_eq!(settings, fresh());

    let mut wrong = BookingSettings::default();
    wrong.enabled = true;
    let refused = settings.set_booking(wrong).unwrap_err();
    assert_eq!(
        codes(refused.problems()),
        [Code::BookingSlotTypesMissing, Code::BookedByMissing]
    );
    assert_eq!(settings, fresh());
    insta::assert_snapshot!(refused, @"the settings were not changed: Choose at least one slot type that patients can book. Choose the EMIS user that appointments are booked by.");
}

#[test]
fn stored_settings_that_are_wrong_in_every_part_report_every_part() {
    let settings: PracticeSettings = serde_json::from_value(serde_json::json!({
        "ods_code": "A20047",
        "name": " ",
        "reminders": {"offsets": []},
        "booking": {"reason": ""},
    }))
    .unwrap();
    assert_eq!(
        codes(&settings.problems()),
        [
            Code::PracticeNameInvalid,
            Code::OrganisationIdMissing,
            Code::ApiUserMissing,
            Code::ReminderTimesMissing,
            Code::BookingReasonInvalid,
        ]
    );
}

proptest! {
    #[test]
    fn any_settings_can_be_checked_and_checking_agrees_with_setting(settings in practice()) {
        let problems = settings.problems();
        prop_assert!(problems.iter().all(|problem| !problem.message().is_empty()));

        let mut target = fresh();
        let reminders = settings.reminders().clone();
        prop_assert_eq!(reminders.problems().is_empty(), target.set_reminders(reminders).is_ok());
        let booking = settings.booking().clone();
        prop_assert_eq!(booking.problems().is_empty(), target.set_booking(booking).is_ok());
        // What was accepted has no problems but those of the missing connection.
        prop_assert_eq!(
            codes(&target.problems()),
            [Code::OrganisationIdMissing, Code::ApiUserMissing]
        );
    }
}
