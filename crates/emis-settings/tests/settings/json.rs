//! The JSON form, which is stored for years.

use emis_settings::{
    AppointmentMode, Channel, EmisEnvironment, Offset, Opening, PatientAction, PracticeHoliday,
    PracticeSettings, PracticeSite, ReminderRule, Selection, Template, TimeShown,
};
use emis_types::SlotTypeId;
use jiff::civil::{date, time};
use proptest::prelude::*;
use serde_json::json;

use crate::fresh;
use crate::generate::practice;

fn pretty(settings: &PracticeSettings) -> String {
    serde_json::to_string_pretty(settings).unwrap()
}

#[test]
fn default_settings_in_json() {
    insta::assert_snapshot!(pretty(&fresh()), @r#"
    {
      "schema_version": 3,
      "readable_by": 3,
      "version": 0,
      "ods_code": "A20047",
      "name": null,
      "sites": [],
      "opening_hours": {
        "monday": [],
        "tuesday": [],
        "wednesday": [],
        "thursday": [],
        "friday": [],
        "saturday": [],
        "sunday": []
      },
      "holidays": [],
      "slot_type_modes": {},
      "organisation_id": null,
      "application_id": null,
      "environment": "production",
      "api_user": null,
      "reminders": {
        "enabled": true,
        "offsets": [
          {
            "hours": 24
          }
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
        "least_minutes_between": 60,
        "name_the_patient": false,
        "practice_name": null,
        "cancel_text": null,
        "time_shown": "exact",
        "language": "en",
        "templates": [],
        "confirmations": {},
        "patient_may": "nothing",
        "rules": [],
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
        "move_cut_off_minutes": null,
        "max_future_per_patient": 2,
        "max_a_day_per_patient": null,
        "max_a_day": null,
        "emis_returns_notes": true,
        "late_arrivals": "cancel",
        "move_order": "book_first",
        "booked_by": null,
        "reason": "Booked online"
      }
    }
    "#);
}

#[test]
fn every_field_in_json() {
    let mut settings = fresh();
    settings.set_name(Some("Invented Surgery")).unwrap();
    settings.update_organisation_id("50002").unwrap();
    let mut details = settings.details();
    details.sites = vec![PracticeSite::new("1".parse().unwrap(), "Main Street")];
    details.opening_hours.monday = vec![Opening {
        from: time(8, 0, 0, 0),
        until: time(18, 30, 0, 0),
    }];
    details.holidays = vec![PracticeHoliday::new(date(2026, 12, 24), date(2026, 12, 24))];
    details.slot_type_modes = [("3".parse().unwrap(), AppointmentMode::Telephone)].into();
    details.application_id = Some("the-party-key".parse().unwrap());
    details.environment = EmisEnvironment::Test;
    settings.set_details(details).unwrap();
    let mut reminders = settings.reminders().clone();
    reminders.offsets = [Offset::WorkingDays(1), Offset::Hours(72)].into();
    reminders.time_shown = TimeShown::HalfDay;
    reminders.templates = vec![Template::new(Channel::Sms, "See you on {date} {time}.")];
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
      "schema_version": 3,
      "readable_by": 3,
      "version": 7,
      "ods_code": "A20047",
      "name": "Invented Surgery",
      "sites": [
        {
          "id": 1,
          "name": "Main Street"
        }
      ],
      "opening_hours": {
        "monday": [
          {
            "from": "08:00:00",
            "until": "18:30:00"
          }
        ],
        "tuesday": [],
        "wednesday": [],
        "thursday": [],
        "friday": [],
        "saturday": [],
        "sunday": []
      },
      "holidays": [
        {
          "from": "2026-12-24",
          "until": "2026-12-24",
          "name": null
        }
      ],
      "slot_type_modes": {
        "3": "telephone"
      },
      "organisation_id": "50002",
      "application_id": "the-party-key",
      "environment": "test",
      "api_user": null,
      "reminders": {
        "enabled": true,
        "offsets": [
          {
            "working_days": 1
          },
          {
            "hours": 72
          }
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
        "least_minutes_between": 60,
        "name_the_patient": false,
        "practice_name": "The Invented Surgery",
        "cancel_text": "To cancel, call 01632 960123.",
        "time_shown": "half_day",
        "language": "en",
        "templates": [
          {
            "channel": "sms",
            "language": "en",
            "subject": null,
            "body": "See you on {date} {time}."
          }
        ],
        "confirmations": {},
        "patient_may": "nothing",
        "rules": [],
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
        "move_cut_off_minutes": null,
        "max_future_per_patient": 2,
        "max_a_day_per_patient": null,
        "max_a_day": null,
        "emis_returns_notes": true,
        "late_arrivals": "cancel",
        "move_order": "book_first",
        "booked_by": "12",
        "reason": "Booked online"
      }
    }
    "#);
}

#[test]
fn an_ods_code_is_enough() {
    let settings: PracticeSettings = serde_json::from_value(json!({"ods_code": "A20047"})).unwrap();
    assert_eq!(settings, fresh());
}

#[test]
fn absent_fields_have_their_defaults_and_unknown_ones_are_kept() {
    let document = json!({
        "ods_code": "A20047",
        "schema_version": 9,
        "readable_by": 3,
        "telepathy": {"range": 7},
        "reminders": {"offsets": [{"hours": 48}], "telepathy": true},
        "booking": {"horizon_days": 7, "telepathy": "07700 900123"},
    });
    let mut settings: PracticeSettings = serde_json::from_value(document.clone()).unwrap();
    assert_eq!(settings.reminders().offsets, [Offset::Hours(48)].into());
    assert_eq!(settings.booking().horizon_days, 7);
    assert_eq!(settings.unknown().len(), 1);
    assert!(!format!("{settings:?}").contains("07700"));

    // Fields of the newer release stay when this one makes a change.
    settings.set_name(Some("Invented Surgery")).unwrap();
    let mut reminders = settings.reminders().clone();
    reminders.minimum_age_years = 18;
    settings.set_reminders(reminders).unwrap();
    let written = serde_json::to_value(&settings).unwrap();
    for pointer in [
        "/schema_version",
        "/readable_by",
        "/telepathy",
        "/reminders/telepathy",
        "/booking/telepathy",
    ] {
        assert_eq!(
            written.pointer(pointer),
            document.pointer(pointer),
            "{pointer}"
        );
    }
}

/// Documents of earlier releases, which are never changed.
#[test]
fn every_earlier_form_is_read() {
    let first = include_str!("forms/1.json");
    let settings: PracticeSettings = serde_json::from_str(first).unwrap();
    assert_eq!(settings.version(), 7);
    assert_eq!(settings.name(), Some("Invented Surgery"));
    let reminders = settings.reminders();
    assert_eq!(
        reminders.offsets,
        [Offset::Hours(24), Offset::Hours(72)].into()
    );
    assert!(reminders.opted_out.contains("41".parse().unwrap()));
    assert_eq!(reminders.time_shown, TimeShown::Exact);
    assert!(settings.booking().enabled);
    assert_eq!(settings.problems().len(), 1, "but for the API user");

    let written = serde_json::to_value(&settings).unwrap();
    assert_eq!(written["schema_version"], json!(3));
    assert!(written["reminders"].get("hours_before").is_none());
    let again: PracticeSettings = serde_json::from_value(written).unwrap();
    assert_eq!(again, settings);

    // The first form had no number.
    let unnumbered = json!({"ods_code": "A20047", "reminders": {"hours_before": [48]}});
    let settings: PracticeSettings = serde_json::from_value(unnumbered).unwrap();
    assert_eq!(settings.reminders().offsets, [Offset::Hours(48)].into());
}

/// The second form's one rule is read as the general rule, which comes last.
#[test]
fn the_one_rule_of_the_second_form_becomes_the_general_one() {
    let second = include_str!("forms/2.json");
    let mut settings: PracticeSettings = serde_json::from_str(second).unwrap();
    assert_eq!(settings.version(), 9);
    let reminders = settings.reminders().clone();
    assert_eq!(reminders.rules, []);
    let [general] = &reminders.every_rule()[..] else {
        panic!("there is one rule");
    };
    assert_eq!(
        general.offsets,
        [Offset::Hours(24), Offset::WorkingDays(3)].into()
    );
    assert_eq!(general.channels, [Channel::Email, Channel::Sms]);
    assert_eq!(
        general.slot_types,
        Selection::all_but(["9".parse().unwrap()])
    );
    assert_eq!(general.sites, Selection::only(["1".parse().unwrap()]));
    assert!(general.clinicians.is_all() && general.modes.is_all());
    assert_eq!(general.time_shown, TimeShown::TwoHours);
    assert_eq!(general.cancel_text, reminders.cancel_text);
    assert_eq!(general.templates, reminders.templates);
    assert_eq!(general.patient_may, PatientAction::Nothing);
    assert_eq!(reminders.least_minutes_between, 60);
    assert_eq!(reminders.minimum_notice_minutes, 90);
    assert_eq!(settings.problems().len(), 1, "but for the API user");

    let mut changed = reminders.clone();
    let mut visits = ReminderRule::new("Visits");
    visits.modes = Selection::only([AppointmentMode::Visit]);
    visits.clinicians = Selection::only(["12".parse().unwrap()]);
    visits.offsets = [].into();
    visits.patient_may = PatientAction::Ask;
    changed.rules = vec![visits];
    settings.set_reminders(changed.clone()).unwrap();
    let written = serde_json::to_value(&settings).unwrap();
    assert_eq!(written["schema_version"], json!(3));
    assert_eq!(
        written["readable_by"],
        json!(3),
        "an older release would remind of visits"
    );
    let again: PracticeSettings = serde_json::from_value(written).unwrap();
    assert_eq!(*again.reminders(), changed);
    assert_eq!(changed.every_rule().len(), 2);
}

#[test]
fn a_form_that_would_be_misread_is_refused() {
    for form in [
        json!({"ods_code": "A20047", "schema_version": 4}),
        json!({"ods_code": "A20047", "schema_version": 9, "readable_by": 4}),
        json!({"ods_code": "A20047", "schema_version": 0}),
        json!({"ods_code": "A20047", "schema_version": "2"}),
    ] {
        assert!(
            serde_json::from_value::<PracticeSettings>(form.clone()).is_err(),
            "{form}"
        );
    }
    let newer = json!({"ods_code": "A20047", "schema_version": 4});
    let refused = serde_json::from_value::<PracticeSettings>(newer).unwrap_err();
    assert!(refused.to_string().contains("another release"), "{refused}");
}

#[test]
fn invalid_ids_are_refused() {
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
fn debug_shows_the_number_of_opted_out_patients() {
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
    fn settings_survive_json(settings in practice()) {
        let text = serde_json::to_string(&settings).unwrap();
        let back: PracticeSettings = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(back, settings);
    }
}

/// The part of a JSON Schema validation that is easily lost: each field of the document is
/// described, and each described field is in the document.
#[test]
fn the_schema_describes_every_field_and_no_other() {
    fn fields(value: &serde_json::Value) -> Vec<&String> {
        value.as_object().unwrap().keys().collect()
    }
    let schema = PracticeSettings::json_schema();
    let document = serde_json::to_value(fresh()).unwrap();
    let mut top = fields(&schema["properties"]);
    top.sort();
    let mut written = fields(&document);
    written.retain(|field| !["schema_version", "readable_by"].contains(&field.as_str()));
    written.sort();
    assert_eq!(top, written);
    for (part, name) in [
        ("reminders", "ReminderSettings"),
        ("booking", "BookingSettings"),
    ] {
        let described = &schema["$defs"][name]["properties"];
        let (mut described_fields, mut written) = (fields(described), fields(&document[part]));
        described_fields.sort();
        written.sort();
        assert_eq!(described_fields, written, "{part}");
        for (field, description) in described.as_object().unwrap() {
            assert!(
                description.get("description").is_some(),
                "{part}.{field} is not explained"
            );
        }
    }
    let text = schema.to_string();
    assert!(!text.contains("\"password\""), "the schema has no password");
}

#[test]
fn toml_omits_the_api_user_and_an_import_keeps_it() {
    let identity = emis_credentials::SealingIdentity::generate();
    let mut settings = fresh();
    settings
        .update_connection(
            "50002",
            "patchs",
            "Invented-Passw0rd".into(),
            identity.recipient(),
        )
        .unwrap();
    let mut reminders = settings.reminders().clone();
    reminders.opted_out.insert("4011123".parse().unwrap());
    reminders.templates = vec![Template::new(Channel::Email, "Hello,\n{date} \u{1f9d1}")];
    settings.set_reminders(reminders).unwrap();

    let text = settings.to_toml();
    for secret in ["api_user", "patchs", "Passw0rd", "age", "4011123"] {
        assert!(
            !text.contains(secret) || secret == "age",
            "{secret} is in {text}"
        );
    }
    let (back, outcome) = settings.with_toml(&text).unwrap();
    assert_eq!(back, settings);
    assert_eq!(outcome, emis_settings::UpdateOutcome::default());
    // Into a practice that has nothing yet, all but the API user and the patients.
    let (elsewhere, _) = fresh().with_toml(&text).unwrap();
    assert_eq!(
        elsewhere.reminders().templates,
        settings.reminders().templates
    );
    assert!(elsewhere.api_user().is_none() && elsewhere.reminders().opted_out.is_empty());

    // Another organisation ID drops the API user, as a command does.
    let (moved, outcome) = settings.with_toml(&text.replace("50002", "50003")).unwrap();
    assert!(outcome.api_user_must_be_entered_again && outcome.reminders_switched_off);
    assert!(moved.api_user().is_none() && !moved.reminders().enabled);

    let wrong = text.replace("minimum_age_years = 16", "minimum_age_years = 90");
    let refused = settings.with_toml(&wrong).unwrap_err();
    assert_eq!(refused.problems()[0].path(), "reminders.minimum_age_years");
}

proptest! {
    #[test]
    fn valid_settings_survive_toml(settings in practice()) {
        let mut right = fresh();
        let _ = right.set_reminders(settings.reminders().clone());
        let _ = right.set_booking(settings.booking().clone());
        let (back, _) = right.with_toml(&right.to_toml()).unwrap();
        prop_assert_eq!(back, right);
    }
}
