//! The JSON form, which is stored for years.

use emis_settings::{PracticeSettings, Selection};
use emis_types::SlotTypeId;
use proptest::prelude::*;
use serde_json::json;

use crate::fresh;
use crate::generate::practice;

fn pretty(settings: &PracticeSettings) -> String {
    serde_json::to_string_pretty(settings).unwrap()
}

#[test]
fn fresh_settings_look_like_this() {
    insta::assert_snapshot!(pretty(&fresh()), @r#"
    {
      "schema_version": 1,
      "version": 0,
      "ods_code": "A20047",
      "name": null,
      "organisation_id": null,
      "api_user": null,
      "reminders": {
        "enabled": true,
        "hours_before": [
          24
        ],
        "channels": [
          "sms",
          "email"
        ],
        "slot_types": "all",
        "sites": "all",
        "quiet_hours": {
          "from": "20:00:00",
          "until": "08:00:00"
        },
        "minimum_notice_minutes": 60,
        "minimum_age_years": 16,
        "name_the_patient": false,
        "practice_name": null,
        "cancel_text": null,
        "opted_out": []
      },
      "booking": {
        "enabled": false,
        "slot_types": [],
        "sites": "all",
        "session_holders": "all",
        "horizon_days": 42,
        "minimum_notice_minutes": 60,
        "cancel_cut_off_minutes": 60,
        "max_future_per_patient": 2,
        "booked_by": null,
        "reason": "Booked online"
      }
    }
    "#);
}

#[test]
fn every_field_looks_like_this() {
    let mut settings = fresh();
    settings.set_name(Some("Invented Surgery")).unwrap();
    settings.update_organisation_id("50002").unwrap();
    let mut reminders = settings.reminders().clone();
    reminders.hours_before = [24, 72].into();
    reminders.slot_types = Selection::only(["3".parse().unwrap()]);
    reminders.sites = Selection::only(["1".parse().unwrap()]);
    reminders.practice_name = Some("The Invented Surgery".to_owned());
    reminders.cancel_text = Some("To cancel, call 01632 960123.".to_owned());
    reminders.opted_out.insert("41".parse().unwrap());
    settings.set_reminders(reminders).unwrap();
    let mut booking = settings.booking().clone();
    booking.enabled = true;
    booking.slot_types = ["3".parse().unwrap(), "4".parse().unwrap()].into();
    booking.session_holders = Selection::only(["12".parse().unwrap()]);
    booking.booked_by = Some("12".parse().unwrap());
    settings.set_booking(booking).unwrap();

    insta::assert_snapshot!(pretty(&settings.at_version(7)), @r#"
    {
      "schema_version": 1,
      "version": 7,
      "ods_code": "A20047",
      "name": "Invented Surgery",
      "organisation_id": "50002",
      "api_user": null,
      "reminders": {
        "enabled": true,
        "hours_before": [
          24,
          72
        ],
        "channels": [
          "sms",
          "email"
        ],
        "slot_types": {
          "only": [
            "3"
          ]
        },
        "sites": {
          "only": [
            1
          ]
        },
        "quiet_hours": {
          "from": "20:00:00",
          "until": "08:00:00"
        },
        "minimum_notice_minutes": 60,
        "minimum_age_years": 16,
        "name_the_patient": false,
        "practice_name": "The Invented Surgery",
        "cancel_text": "To cancel, call 01632 960123.",
        "opted_out": [
          41
        ]
      },
      "booking": {
        "enabled": true,
        "slot_types": [
          "3",
          "4"
        ],
        "sites": "all",
        "session_holders": {
          "only": [
            12
          ]
        },
        "horizon_days": 42,
        "minimum_notice_minutes": 60,
        "cancel_cut_off_minutes": 60,
        "max_future_per_patient": 2,
        "booked_by": "12",
        "reason": "Booked online"
      }
    }
    "#);
}

#[test]
fn a_practice_needs_no_more_than_its_ods_code() {
    let settings: PracticeSettings = serde_json::from_value(json!({"ods_code": "A20047"})).unwrap();
    assert_eq!(settings, fresh());
}

#[test]
fn absent_fields_have_their_defaults_and_unknown_ones_are_ignored() {
    let settings: PracticeSettings = serde_json::from_value(json!({
        "ods_code": "A20047",
        "telepathy": true,
        "reminders": {"hours_before": [48], "telepathy": true},
        "booking": {"horizon_days": 7, "telepathy": true},
    }))
    .unwrap();
    let mut expected = fresh();
    let mut reminders = expected.reminders().clone();
    reminders.hours_before = [48].into();
    expected.set_reminders(reminders).unwrap();
    let mut booking = expected.booking().clone();
    booking.horizon_days = 7;
    expected.set_booking(booking).unwrap();
    assert_eq!(settings, expected);
}

#[test]
fn a_form_of_a_newer_release_is_refused() {
    let newer = json!({"ods_code": "A20047", "schema_version": 2});
    let refused = serde_json::from_value::<PracticeSettings>(newer).unwrap_err();
    assert!(refused.to_string().contains("another release"), "{refused}");
}

#[test]
fn ids_that_cannot_be_are_refused() {
    for wrong in [
        json!({"ods_code": "A20047", "organisation_id": "A20047"}),
        json!({"ods_code": "?"}),
        json!({"ods_code": "A20047", "reminders": {"opted_out": [0]}}),
        json!({"ods_code": "A20047", "reminders": {"channels": ["pigeon"]}}),
        json!({"ods_code": "A20047", "booking": {"booked_by": "somebody"}}),
    ] {
        assert!(
            serde_json::from_value::<PracticeSettings>(wrong.clone()).is_err(),
            "{wrong}"
        );
    }
}

#[test]
fn a_selection_is_all_or_only() {
    let all: Selection<SlotTypeId> = serde_json::from_value(json!("all")).unwrap();
    assert_eq!(all, Selection::All);
    let only: Selection<SlotTypeId> = serde_json::from_value(json!({"only": ["3"]})).unwrap();
    assert_eq!(only, Selection::only(["3".parse().unwrap()]));
}

#[test]
fn debug_counts_the_opted_out_and_names_nobody() {
    let mut settings = fresh();
    let mut reminders = settings.reminders().clone();
    reminders.opted_out = [4_011_123, 4_011_124]
        .map(|number| emis_types::PatientNumber::new(number).unwrap())
        .into_iter()
        .collect();
    settings.set_reminders(reminders).unwrap();
    let printed = format!("{settings:?}");
    assert!(printed.contains("OptOuts([2 patients])"), "{printed}");
    assert!(!printed.contains("4011123"), "{printed}");
}

proptest! {
    #[test]
    fn whatever_is_set_comes_back_from_json(settings in practice()) {
        let text = serde_json::to_string(&settings).unwrap();
        let back: PracticeSettings = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(back, settings);
    }
}
