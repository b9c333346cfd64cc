//! Bank holidays: the built-in ones, and lists that replace them.

use emis_settings::{BankHolidays, BankHolidaysError, OpeningHours, WorkingCalendar};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use serde_json::{Value, json};

/// The list that GOV.UK publishes, which is reference data and not part of the repository.
/// `EMIS_BANK_HOLIDAYS` names the file.
fn published() -> Option<String> {
    let path = std::env::var_os("EMIS_BANK_HOLIDAYS").map_or_else(
        || {
            let crate_folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
            crate_folder.join("../../../shared/reference/bank-holidays.json")
        },
        Into::into,
    );
    let read = std::fs::read_to_string(path);
    let required = std::env::var("EMIS_REQUIRE_REFERENCE").is_ok_and(|value| value == "1");
    assert!(
        read.is_ok() || !required,
        "GOV.UK's bank holidays are required; EMIS_BANK_HOLIDAYS names the file"
    );
    read.ok()
}

fn is_weekday(day: &Date) -> bool {
    day.weekday().to_monday_one_offset() < 6
}

fn days_of(years: std::ops::RangeInclusive<i16>) -> impl Iterator<Item = Date> {
    let last = date(*years.end(), 12, 31);
    let days = (0..).map(move |n: i32| date(*years.start(), 1, 1).saturating_add(n.days()));
    days.take_while(move |day| *day <= last)
}

#[test]
fn the_built_in_days_are_those_that_were_published() {
    let Some(text) = published() else { return };
    let document: Value = serde_json::from_str(&text).unwrap();
    let events = document["england-and-wales"]["events"].as_array().unwrap();
    let published: Vec<Date> = events
        .iter()
        .map(|event| event["date"].as_str().unwrap().parse().unwrap())
        .collect();
    let (first, last) = (published[0].year(), published[published.len() - 1].year());
    let listed = BankHolidays::from_gov_uk(&text).unwrap();
    for table in [BankHolidays::default(), listed] {
        let days = days_of(first..=last).filter(is_weekday);
        let found: Vec<_> = days.filter(|day| table.contains(*day)).collect();
        assert_eq!(found, published);
    }
}

/// A list for the years from 2026 on, with a day that no rule knows.
fn list(years: i16) -> Value {
    let built_in = BankHolidays::default();
    let days = days_of(2026..=2025 + years).filter(is_weekday);
    let mut events: Vec<_> = days.filter(|day| built_in.contains(*day)).collect();
    events.push(date(2026, 6, 15));
    let events: Vec<_> = events
        .iter()
        .map(|day| json!({"title": "x", "date": day}))
        .collect();
    json!({"england-and-wales": {"division": "england-and-wales", "events": events}, "scotland": {}})
}

#[test]
fn a_list_counts_for_its_years_and_the_rules_for_all_others() {
    let proclaimed = date(2026, 6, 15);
    assert!(!BankHolidays::default().contains(proclaimed));
    let table = BankHolidays::from_gov_uk(&list(2).to_string()).unwrap();
    assert!(table.contains(proclaimed));
    assert!(table.contains(date(2030, 1, 1)) && table.contains(date(2022, 9, 19)));
    let calendar = WorkingCalendar::new(OpeningHours::default(), Vec::new());
    assert!(calendar.is_working_day(proclaimed));
    assert!(
        !calendar
            .with_bank_holidays(table)
            .is_working_day(proclaimed)
    );
}

#[test]
fn christmas_on_a_saturday_is_a_holiday_too() {
    let table = BankHolidays::from_gov_uk(&list(2).to_string()).unwrap();
    for table in [table, BankHolidays::default()] {
        assert!(table.contains(date(2027, 12, 25)) && table.contains(date(2027, 12, 27)));
        assert!(!table.contains(date(2026, 6, 13)));
    }
}

#[test]
fn what_is_not_a_complete_list_is_refused() {
    let without = |day: &str| {
        let mut list = list(2);
        let events = list["england-and-wales"]["events"].as_array_mut().unwrap();
        let before = events.len();
        events.retain(|event| event["date"] != day);
        assert!(events.len() < before);
        BankHolidays::from_gov_uk(&list.to_string())
    };
    for day in ["2026-04-03", "2027-03-29"] {
        let refused = without(day);
        assert!(
            matches!(refused, Err(BankHolidaysError::Incomplete(Some(_)))),
            "{day}"
        );
    }
    let mut weekend = list(1);
    weekend["england-and-wales"]["events"][0]["date"] = json!("2026-01-03");
    let refused = BankHolidays::from_gov_uk(&weekend.to_string()).unwrap_err();
    insta::assert_snapshot!(refused, @"list of bank holidays holds 2026-01-03, which is on a weekend");

    let mut gap = list(3);
    let events = gap["england-and-wales"]["events"].as_array_mut().unwrap();
    events.retain(|event| !event["date"].as_str().unwrap().starts_with("2027"));
    let refused = BankHolidays::from_gov_uk(&gap.to_string()).unwrap_err();
    insta::assert_snapshot!(refused, @"list of bank holidays is not complete for 2027");

    let truncated = list(2).to_string();
    let truncated = &truncated[..truncated.len() / 2];
    let long = format!("{}{}", " ".repeat(1 << 20), list(2));
    let scotland = list(2).to_string().replace("england-and-wales", "scotland");
    let empty = r#"{"england-and-wales": {"events": []}}"#;
    for text in ["", "[]", "{}", "null", truncated, &long, &scotland, empty] {
        assert!(BankHolidays::from_gov_uk(text).is_err());
    }
}
