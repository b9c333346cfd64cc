//! The values of medical records: dates known in part, lengths, and lists of values.

use std::time::Duration;

use crate::support::{answered, id};
use emis_client::model::medical_record::{
    AllergyKind, Drug, EventKind, Funding, IssueMethod, MayConsult, MedicalRecord, ReferralUrgency,
};
use emis_client::model::{DatePrecision, PartialDate};
use emis_types::Sensitive;
use jiff::civil::date;
use serde_json::{Value, json};

async fn record(body: &Value) -> MedicalRecord {
    let client = answered(200, &body.to_string());
    let record = client.medical_record().get_medical_record(id("17")).await;
    record.unwrap()
}

#[tokio::test]
async fn what_is_not_specified_is_not_there_whichever_comes_first() {
    let event = r#"{"episodicity": 0, "episodicitySpecified": false,
        "numericValue": {"valueSpecified": false, "value": 0,
            "numericMinimumSpecified": true, "numericMinimum": 0}}"#;
    let body = format!(r#"{{"eventList": [{event}]}}"#);
    let client = answered(200, &body);
    let record = client
        .medical_record()
        .get_coded_record(id("17"))
        .await
        .unwrap();
    assert_eq!(record.events[0].episodicity, None);
    let value = record.events[0].numeric_value.as_ref().unwrap();
    assert_eq!((value.value, value.minimum), (None, Some(0.0)));
}

/// The known parts of a date: precision, year, month, day.
fn known(assigned: PartialDate) -> (DatePrecision, Option<i16>, Option<i8>, Option<i8>) {
    let day = assigned.day().map(|day| day.day());
    (assigned.precision(), assigned.year(), assigned.month(), day)
}

#[tokio::test]
async fn a_date_is_known_as_far_as_both_its_text_and_its_part_say() {
    use DatePrecision::{Day, Moment, Month, Unknown, Year};
    let nothing = (Unknown, None, None, None);
    let year = (Year, Some(2026), None, None);
    let month = (Month, Some(2026), Some(6), None);
    let day = (Day, Some(2026), Some(6), Some(2));
    let moment = (Moment, Some(2026), Some(6), Some(2));
    let table = [
        ("02/06/2026", json!(0), day),
        ("2/6/2026", json!("0"), day),
        ("2026-06-02", json!(null), day),
        ("02/06/2026", json!(9), day),
        ("02/06/2026 09:10:00", json!(4), moment),
        ("02/06/2026", json!(4), day),
        ("02/06/2026 09:10", json!(0), day),
        ("01/06/2026", json!(1), month),
        ("06/2026", json!(1), month),
        ("6/2026", json!(0), month),
        ("June/2026", json!(1), month),
        ("jun 2026", json!(1), month),
        ("01/01/2026", json!(2), year),
        ("2026", json!(2), year),
        ("2026", json!(0), year),
        ("02/06/2026", json!(3), nothing),
        ("Not Known", json!(3), nothing),
        ("", json!(0), nothing),
    ];
    for (text, part, expected) in table {
        let event = json!({"assignedDate": text, "datePart": part, "datePartSpecified": true});
        let record = record(&json!({"eventList": [event]})).await;
        let assigned = record.events[0].entry.assigned;
        assert_eq!(known(assigned), expected, "{text} {part}");
    }
    let unspecified = record(
        &json!({"eventList": [{"assignedDate": "02/06/2026", "datePart": 3,
        "datePartSpecified": false}]}),
    )
    .await;
    let assigned = unspecified.events[0].entry.assigned;
    assert_eq!(known(assigned), day);
    assert_eq!(assigned.earliest(), Some(date(2026, 6, 2)));
    for text in ["06/13/2026", "13/2026", "Juno/2026", "0/2026", "26", "soon"] {
        let record = record(&json!({"eventList": [{"assignedDate": text}]})).await;
        let told = record.skipped[0].to_string();
        assert_eq!(
            told, "record 0: eventList.assignedDate is not a date",
            "{text}"
        );
    }
}

#[tokio::test]
async fn lengths_are_minutes_whole_or_not() {
    let record = record(&json!({
        "consultationList": [{"duration": "10", "travelTime": 5}, {"duration": "-1"}],
        "appointmentList": [{"duration": 7.5, "durationSpecified": true, "assignedDate": "02/06/2026",
            "time": "9:10", "site": {"id": "3", "name": "Main Surgery"}}],
    }))
    .await;
    let consultation = &record.consultations[0];
    assert_eq!(consultation.duration, Some(Duration::from_secs(600)));
    assert_eq!(consultation.travel_time, Some(Duration::from_secs(300)));
    assert_eq!(
        record.appointments[0].duration,
        Some(Duration::from_secs(450))
    );
    let told = record.skipped[0].to_string();
    assert_eq!(
        told,
        "record 1: consultationList.duration is not a number of minutes"
    );
}

#[tokio::test]
async fn values_of_lists_are_places_in_json_and_literals_elsewhere_and_new_ones_are_kept() {
    let methods = [
        (json!(1), Some(IssueMethod::WithoutScript), None),
        (json!("1"), Some(IssueMethod::WithoutScript), None),
        (json!("Q"), Some(IssueMethod::WithoutScript), None),
        (json!("q"), Some(IssueMethod::WithoutScript), None),
        (json!(11), Some(IssueMethod::E), None),
        (json!(12), None, Some("12")),
        (json!("Z"), None, Some("Z")),
    ];
    for (wire, expected, unknown) in methods {
        let record = record(&json!({"medicationList": [{"issueMethod": wire}]})).await;
        let method = record.medications[0].issue_method.as_ref().unwrap();
        assert_eq!(
            (method.known(), method.unknown()),
            (expected, unknown),
            "{wire}"
        );
    }
    // Its literals begin with 1 and have 0 last but one.
    for (wire, expected) in [
        (json!(0), EventKind::Observation),
        (json!(13), EventKind::Text),
        (json!(14), EventKind::ProblemRating),
        (json!("Item0"), EventKind::Text),
        (json!("0"), EventKind::Text),
    ] {
        let record = record(&json!({"eventList": [{"eventType1": wire}]})).await;
        assert_eq!(
            record.events[0].kind.as_ref().unwrap().known(),
            Some(expected)
        );
    }
    // A plain number is no place: 1 means 1.
    let record =
        record(&json!({"allergyList": [{"allergyType1": 1}, {"allergyType1": "4"}]})).await;
    let kind = |index: usize| record.allergies[index].kind.as_ref().unwrap().known();
    assert_eq!(kind(0), Some(AllergyKind::DrugGroup));
    assert_eq!(kind(1), Some(AllergyKind::NameAndConstituent));
}

#[tokio::test]
async fn yes_comes_first_in_some_lists_and_last_in_others() {
    let record = record(&json!({
        "peopleList": [{"refID": "1", "dbid": "5", "title": "Dr", "lastName": "Example",
            "scripts": 0, "scriptsSpecified": true, "doctor": 1, "doctorSpecified": true,
            "locum": 0, "locumSpecified": false, "registrar": "Y", "consulter": 3,
            "consulterSpecified": true, "activeEMISUser": "Y", "pcsUser": "0"}],
        "referralList": [{"community": "1", "communitySpecified": true, "urgency": 2,
            "urgencySpecified": true, "nhs": 1, "nhsSpecified": true}],
        "testRequestHeaderList": [{"fasted": 0, "fastedSpecified": true, "pregnant": 1,
            "pregnantSpecified": true, "nhs": 2, "nhsSpecified": true}],
    }))
    .await;
    let person = &record.people[0];
    assert_eq!(person.name.to_string(), "Dr Example");
    assert_eq!(
        (person.prescribes, person.doctor),
        (Some(true), Some(false))
    );
    assert_eq!((person.locum, person.registrar), (None, Some(true)));
    assert_eq!((person.active, person.is_user), (Some(true), Some(false)));
    assert_eq!(
        person.consults.as_ref().unwrap().known(),
        Some(MayConsult::Unstated)
    );
    let referral = &record.referrals[0];
    assert_eq!(referral.community, Some(true));
    let urgency = referral.urgency.as_ref().unwrap().known();
    assert_eq!(urgency, Some(ReferralUrgency::Urgent));
    assert_eq!(
        referral.funding.as_ref().unwrap().known(),
        Some(Funding::Private)
    );
    let request = &record.test_requests[0];
    assert_eq!(
        (request.fasted, request.pregnant),
        (Some(false), Some(true))
    );
    assert_eq!(
        request.funding.as_ref().unwrap().known(),
        Some(Funding::Other)
    );
}

#[tokio::test]
async fn what_the_document_leaves_untyped_is_told_by_its_form() {
    let value = |item: Value| json!({"medicationList": [{"drug": {"item": item}}]});
    for (item, code) in [
        (json!("1234"), Some("1234")),
        (json!(" 1234 "), Some("1234")),
        (json!(1234), Some("1234")),
        (json!(1.5), Some("1.5")),
        (json!({"value": 1234}), Some("1234")),
        (json!({"new": [{}]}), None),
        (json!(""), None),
        (json!({}), None),
        (json!(null), None),
    ] {
        let record = record(&value(item.clone())).await;
        assert!(record.skipped.is_empty(), "{item}: {:?}", record.skipped);
        let read = match &record.medications[0].drug {
            Some(Drug::Preparation(code)) => code.value.clone(),
            Some(_) => panic!("not a preparation"),
            None => None,
        };
        assert_eq!(
            read,
            code.map(|code| Sensitive::new(code.to_owned())),
            "{item}"
        );
    }
    let deep: Value = (0..100).fold(json!(1), |inner, _| json!([inner]));
    for (item, told) in [
        (json!(["1234"]), "has another form than documented"),
        (deep, "has another form than documented"),
        (
            json!({"constituents": [{"preparationID": []}]}),
            ".constituents[0].preparationID has another form than documented",
        ),
    ] {
        let record = record(&value(item)).await;
        assert_eq!(record.medications.len(), 0);
        let skipped = record.skipped[0].to_string();
        assert!(
            skipped.starts_with("record 0: medicationList.drug.item"),
            "{skipped}"
        );
        assert!(skipped.ends_with(told), "{skipped}");
    }
    for item in [json!("x"), json!([1]), json!(true), json!({})] {
        let message = json!({"messagePurpose": {"item": item}});
        let record = record(&json!({"messageInformation": message})).await;
        assert!(record.skipped.is_empty(), "{item}: {:?}", record.skipped);
    }
}
