//! Details of answers besides the appointments themselves, and answers in full.

use std::fmt::Debug;
use std::time::Duration;

use crate::support::{answered, id};
use emis_client::model::{
    AppointmentStatus, DateRange, MatchedTerms, MinutesWindow, NewBooking, SearchReport,
    VitalStatus,
};
use emis_types::Sensitive;
use jiff::civil::{date, time};
use serde_json::{Value, json};

fn client(answer: Value) -> emis_client::Client {
    answered(200, &answer.to_string())
}

fn exposed<T: Clone + Debug>(value: &Option<Sensitive<T>>) -> Option<T> {
    value.as_ref().map(|value| value.expose().clone())
}

fn words(text: &str) -> Option<String> {
    Some(text.to_owned())
}

const JUNE: DateRange = DateRange::day(date(2026, 6, 2));

#[tokio::test]
async fn a_configuration_has_schedules_and_the_days_on_which_staff_are_away() {
    let client = client(json!({
        "scheduleList": [{"name": "Mornings", "startTime": "08:30", "endTime": "12:00",
            "slotLength": "10"}],
        "slotTypeList": [{"id": "5", "bookable": "true", "emisAccess": "All"}],
        "holidayList": {"staff": [
            {"dbid": 5, "title": "Dr", "surname": "Example",
                "dates": [{"day": "02/06/2026", "startTime": "13:00", "description": "Leave"}]},
            {"dbid": 0, "dates": []},
        ]},
    }));
    let configuration = client.appointments();
    let configuration = configuration.get_appointment_configuration(JUNE);
    let configuration = configuration.await.unwrap();
    let schedule = &configuration.schedules[0];
    assert_eq!(schedule.name, words("Mornings"));
    assert_eq!(schedule.start, Some(time(8, 30, 0, 0)));
    assert_eq!(schedule.end, Some(time(12, 0, 0, 0)));
    assert_eq!(schedule.slot_minutes, Some(10));
    assert_eq!(configuration.slot_types[0].emis_access, words("All"));
    let away = &configuration.staff_holidays[0];
    assert_eq!(away.holder.id, id("5"));
    assert_eq!(away.holder.name.to_string(), "Dr Example");
    assert_eq!(away.days[0].day, date(2026, 6, 2));
    assert_eq!(away.days[0].start, Some(time(13, 0, 0, 0)));
    let skipped = &configuration.skipped[0];
    assert_eq!(
        skipped.to_string(),
        "record 1: holidayList.staff.dbid is missing"
    );
}

#[tokio::test]
async fn an_appointment_of_a_patient_has_the_names_of_its_session_and_slot_type() {
    let appointment = |slot_type: Value| {
        json!({"slotID": 21, "date": "02/06/2026", "startTime": "09:10",
            "sessionName": "Morning", "slotType": slot_type})
    };
    let client = client(json!({"appointment": [
        appointment(json!({"id": "5", "display": "GP", "description": "Routine",
            "bookable": true, "emisAccess": "All",
            "coding": {"system": "http://example.com/categories", "code": "1", "display": "One"}})),
        appointment(json!({"id": "5", "bookable": null})),
        appointment(json!({"display": "GP"})),
    ]}));
    let appointments = client.appointments();
    let listing = appointments.get_patient_appointments(id("17"), JUNE).await;
    let items = listing.unwrap().items;
    // The same slot three times: the windows of a range join by it.
    let first = &items[0];
    assert_eq!(first.session_name, words("Morning"));
    assert_eq!(first.slot_type, Some(id("5")));
    let details = first.slot_type_details.as_ref().unwrap();
    assert_eq!(details.display, words("GP"));
    assert_eq!(details.bookable, Some(true));
    assert_eq!(details.coding.as_ref().unwrap().code, words("1"));
    assert_eq!(items[1].slot_type, Some(id("5")));
    assert_eq!(items[1].slot_type_details, None);
    assert_eq!(items[2].slot_type, None);
}

#[tokio::test]
async fn a_slot_has_the_name_of_its_patient() {
    let slot = |patient: Value| {
        json!({"dbid": 21, "startTime": "09:10", "status": "Booked",
            "patientList": {"patient": patient}})
    };
    let client = client(json!({"slot": [
        slot(json!({"dbid": 17, "fullName": "PERSON, Invented (Ms)", "surname": "Person"})),
        slot(json!({"dbid": 17, "title": "Ms", "firstNames": "Invented", "surname": "Person"})),
        slot(json!({"dbid": 17, "title": " "})),
    ]}));
    let slots = client.appointments().get_slots_for_session(id("31")).await;
    let names = slots.unwrap().items;
    let names: Vec<_> = names
        .iter()
        .map(|slot| exposed(&slot.patient_name))
        .collect();
    let expected = [
        words("PERSON, Invented (Ms)"),
        words("Ms Invented Person"),
        None,
    ];
    assert_eq!(names, expected);
}

#[tokio::test]
async fn what_a_booking_says_besides_is_read_where_it_can_be() {
    let booking = NewBooking::new(id("21"), id("17"), id("5"), "Booked online");
    let whole = json!({
        "appointmentInformation": {"slotId": 21, "reason": "Booked online",
            "bookingNotes": "ref 1"},
        "patientInforamtion": {"patientNumber": 17, "name": "Invented Person",
            "dob": "01/02/1980", "hasPatientWarnings": "true", "led": "x",
            "actionPerformedOn": 1_780_000_000_000_i64},
    });
    let client = client(whole.clone());
    let booked = client.appointments().book_appointment(&booking).await;
    let booked = booked.unwrap();
    assert_eq!(exposed(&booked.reason), words("Booked online"));
    assert_eq!(exposed(&booked.note), words("ref 1"));
    assert_eq!(exposed(&booked.patient_name), words("Invented Person"));
    assert_eq!(exposed(&booked.date_of_birth), Some(date(1980, 2, 1)));
    assert_eq!(booked.has_warnings, Some(true));
    assert_eq!(exposed(&booked.led), words("x"));
    assert_eq!(booked.performed_on, Some(1_780_000_000_000));

    // It is booked, whatever EMIS writes there.
    let mut odd = whole;
    odd["patientInforamtion"]["dob"] = json!("31/02/1980");
    odd["patientInforamtion"]["actionPerformedOn"] = json!("yesterday");
    let client = answered(200, &odd.to_string());
    let booked = client.appointments().book_appointment(&booking).await;
    let booked = booked.unwrap();
    assert_eq!(booked.patient, Some(id("17")));
    assert_eq!(booked.date_of_birth, None);
}

#[tokio::test]
async fn a_status_that_was_set_says_when_in_a_number() {
    let client = client(json!({"sessionId": 31, "actionPerformedOn": 1_780_000_000_000_i64}));
    let appointments = client.appointments();
    let status = AppointmentStatus::Arrive;
    let change = appointments.set_appointment_status(id("21"), id("17"), status);
    let change = change.await.unwrap();
    assert_eq!(change.session, Some(id("31")));
    assert_eq!(change.performed_on, Some(1_780_000_000_000));
}

#[tokio::test]
async fn a_search_lists_patients_by_their_reference() {
    let client = client(json!({"patientList": [
        {"refID": 17, "currentStatus": 8}, {"refID": 18}, {"currentStatus": 8},
    ]}));
    let search = client.search().get_patient_searches(
        uuid::Uuid::nil(),
        "1",
        SearchReport::ThreeMonthLookAhead,
    );
    let search = search.await.unwrap();
    assert_eq!(search.items[0].patient, id("17"));
    assert_eq!(search.items[0].status_code, Some(8));
    assert_eq!(search.items[1].status_code, None);
    let skipped = search.skipped[0].to_string();
    assert_eq!(skipped, "record 2: refID is missing");
}

#[tokio::test]
async fn matches_in_full_have_registrations_and_the_people_they_refer_to() {
    let client = client(json!({
        "patientList": [
            {"dbid": "17", "familyName": "Person", "sex": "F", "homeTelephone": "01632 960000",
                "address": {"postCode": "ZZ99 3CZ"}, "registeredGpID": {"refID": "9"},
                "dead": 0, "deadSpecified": true,
                "currentStatus": {"code": {"value": "8"}}},
            {"familyName": "Nobody"},
        ],
        "peopleList": [{"refID": "9", "dbid": "5", "title": "Dr", "lastName": "Example"}],
    }));
    let terms = MatchedTerms::new("Person").unwrap();
    let matching = client.patient_matching();
    let matches = matching.get_matched_patients_in_full(&terms).await.unwrap();
    let registration = &matches.patients[0];
    let patient = registration.patient.as_ref().unwrap();
    assert_eq!(patient.number, id("17"));
    assert_eq!(patient.vital_status, VitalStatus::Deceased);
    assert_eq!(patient.registration.unwrap().status_code, Some(8));
    assert_eq!(exposed(&registration.sex), words("F"));
    assert_eq!(exposed(&registration.home_telephone), words("01632 960000"));
    let postcode = &registration.address.as_ref().unwrap().postcode;
    assert_eq!(exposed(postcode), words("ZZ99 3CZ"));
    let gp = &matches.people[0];
    assert!(
        gp.ident
            .names_same(registration.registered_gp.as_ref().unwrap())
    );
    assert_eq!(gp.name.to_string(), "Dr Example");
    let skipped = matches.skipped[0].to_string();
    assert_eq!(skipped, "record 1: patientList.dbid is missing");
}

#[tokio::test]
async fn a_practice_in_full_has_the_others_that_it_deals_with() {
    let client = client(json!({
        "organisationList": [{"locationName": "Example Surgery", "telephone1": "01632 960000"}],
        "userList": [{"dbid": "5", "lastName": "Example", "gmcCode": "1234567", "doctor": 0,
            "doctorSpecified": true, "locum": 0, "locumSpecified": false}],
        "externalOrganisationList": [{"locationName": "Example Hospital"}],
        "externalPersonList": [{"lastName": "Consultant"}],
        "locationTypeList": [{"refID": "1", "description": "Hospital"}],
        "locationList": [{"locationName": "Branch", "locationTypeID": {"refID": "1"}}],
    }));
    let practice = client.organisation().get_organisation_in_full().await;
    let practice = practice.unwrap();
    assert_eq!(practice.organisations[0].name, words("Example Surgery"));
    assert_eq!(practice.users[0].gmc_code, words("1234567"));
    // An enumeration that lists yes first: 0 is yes, where it is specified.
    assert_eq!(practice.users[0].doctor, Some(true));
    assert_eq!(practice.users[0].locum, None);
    assert_eq!(
        practice.external_organisations[0].name,
        words("Example Hospital")
    );
    assert_eq!(practice.external_people[0].name.to_string(), "Consultant");
    let kind = practice.locations[0].location_type.as_ref().unwrap();
    assert!(practice.location_types[0].ident.names_same(kind));
    assert_eq!(practice.skipped, []);

    let client = answered(
        200,
        r#"{"person": [{"dbid": "5", "locum": 1, "locumSpecified": true}]}"#,
    );
    let user = client.user().get_user_by_id_in_full(id("5")).await.unwrap();
    assert_eq!(user.items[0].locum, Some(false));
}

#[tokio::test]
async fn demographics_in_full_are_a_record_with_nothing_but_the_registration() {
    let client = client(json!({
        "registration": {"dbid": "17", "familyName": "Person", "workTelephone": "01632 960001"},
        "registrationStatus": {"currentStatus": {"code": {"value": "8"}}},
    }));
    let record = client.patient().get_patient_demographics_in_full(id("17"));
    let record = record.await.unwrap();
    let registration = record.registration.unwrap();
    assert_eq!(exposed(&registration.work_telephone), words("01632 960001"));
    let patient = registration.patient.unwrap();
    assert_eq!(patient.number, id("17"));
    assert_eq!(patient.registration.unwrap().status_code, Some(8));
    assert!(record.events.is_empty());
}

#[tokio::test]
async fn booked_patients_in_full_have_registrations_slot_types_and_waiting_times() {
    let booked = |slot: Value, mileage: &str| {
        json!({
            "patient": {"dbid": "17", "familyName": "Person", "sex": "F",
                "ruralMileage": mileage},
            "appointment": {"id": {"dbid": slot}, "date": "02/06/2026", "time": "09:10",
                "appointmentName": "Morning", "sessionHolder": {"refID": "9"},
                "slotType": {"id": "5", "description": "Routine", "bookable": true}},
        })
    };
    let client = client(json!({
        "bookedList": [booked(json!("21"), "3"), booked(json!(null), "3"), booked(json!("23"), "far")],
        "sessionHolderList": [{"refID": "9", "dbid": "5", "lastName": "Example",
            "waitingTime": "600"}],
        "time": "02/06/2026 09:05",
    }));
    let window = MinutesWindow::new(0, 60).unwrap();
    let appointments = client.appointments();
    let booked = appointments
        .get_booked_patients_in_full(window)
        .await
        .unwrap();
    let first = &booked.appointments[0];
    assert_eq!(first.booked.slot, id("21"));
    assert_eq!(first.booked.session_holders, [id("5")]);
    assert_eq!(first.name, words("Morning"));
    let slot_type = first.slot_type.as_ref().unwrap();
    assert_eq!(slot_type.description, words("Routine"));
    assert_eq!(exposed(&first.registration.sex), words("F"));
    assert_eq!(first.registration.rural_mileage, Some(3));
    let patient = first.registration.patient.as_ref();
    assert_eq!(patient, Some(&first.booked.patient));

    // The second has no slot; the third keeps what can be read of it.
    assert_eq!(booked.appointments.len(), 2);
    assert_eq!(booked.appointments[1].booked.slot, id("23"));
    let skipped: Vec<String> = booked.skipped.iter().map(ToString::to_string).collect();
    assert_eq!(
        skipped,
        [
            "record 1: appointment.id.dbid is missing",
            "record 2: patient.ruralMileage is not a whole number",
        ]
    );
    let holder = &booked.session_holders[0];
    assert_eq!(holder.waiting, Some(Duration::from_secs(600)));
    assert_eq!(holder.person.name.to_string(), "Example");
    assert_eq!(booked.server_time, Some(date(2026, 6, 2).at(9, 5, 0, 0)));
}
