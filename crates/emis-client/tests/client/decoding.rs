//! Decoding of answers: lenient towards the form, strict about what must be there.

use crate::support::{answered, id};
use emis_client::model::{DateRange, MatchedTerms, MinutesWindow, NewBooking, SlotStatus};
use emis_client::{Client, ClientErrorKind};
use emis_types::Sensitive;
use jiff::civil::{date, time};

fn june() -> DateRange {
    DateRange::new(date(2026, 6, 1), date(2026, 6, 30)).unwrap()
}

#[tokio::test]
async fn slots_are_read_whatever_form_their_scalars_have() {
    let client = answered(
        200,
        r#"{"slot": [
            {"dbid": 11, "refID": 1, "startTime": "09:00", "slotLength": "10",
             "type": {"typeID": "3", "description": "GP Routine"}, "status": "Slot Available",
             "patientList": {"patient": {"dbid": 0, "title": null}}, "notes": null,
             "reason": "", "commentList": null, "somethingNew": {"deep": [1, 2]}},
            {"dbid": "12", "startTime": "9:10", "slotLength": 15, "type": {"typeID": 3},
             "status": " Booked ", "patientList": {"patient": {"dbid": "77"}},
             "notes": 5, "commentList": ["first", null, "second"]},
            {"dbid": 13.0, "startTime": "09:25:00", "status": "Beamed Up"}
        ]}"#,
    );
    let slots = client
        .appointments()
        .get_slots_for_session(id("5"))
        .await
        .unwrap();
    assert_eq!(slots.skipped, []);
    let [free, booked, odd] = slots.items.as_slice() else {
        panic!("three slots")
    };

    assert_eq!((free.id, free.start), (id("11"), time(9, 0, 0, 0)));
    assert!(free.status.is_free());
    assert_eq!(free.minutes, Some(10));
    assert_eq!(free.slot_type, Some(id("3")));
    assert_eq!(free.slot_type_description.as_deref(), Some("GP Routine"));
    assert_eq!(free.patient, None);
    assert_eq!((&free.notes, &free.reason), (&None, &None));

    assert_eq!((booked.id, booked.start), (id("12"), time(9, 10, 0, 0)));
    assert_eq!(booked.status, SlotStatus::from_wire("Booked"));
    assert_eq!((booked.minutes, booked.patient), (Some(15), Some(id("77"))));
    assert_eq!(booked.notes, Some(Sensitive::new("5".to_owned())));
    let comments: Vec<_> = booked
        .comments
        .iter()
        .map(|c| c.expose().as_str())
        .collect();
    assert_eq!(comments, ["first", "second"]);

    assert_eq!(odd.id, id("13"));
    assert_eq!(
        (odd.status.as_str(), odd.status.known()),
        ("Beamed Up", None)
    );
    assert_eq!(
        (odd.minutes, odd.slot_type.clone(), odd.patient),
        (None, None, None)
    );
}

#[tokio::test]
async fn a_bad_record_is_named_and_loses_only_itself() {
    let client = answered(
        200,
        r#"{"bookedList": [
            {"patient": {"dbid": "1"},
             "appointment": {"id": {"dbid": "21"}, "date": "31/02/2026", "time": "09:00"}},
            {"patient": {"dbid": "2"},
             "appointment": {"id": {"dbid": "22"}, "date": "02/06/2026", "time": "09:10"}},
            {"patient": {"dbid": "x"},
             "appointment": {"id": {"dbid": "23"}, "date": "02/06/2026", "time": "09:20"}},
            {"patient": {"dbid": "4"}, "appointment": {"id": {"dbid": "24"}, "date": "02/06/2026"}},
            {"patient": "Somebody", "appointment": null},
            {"patient": {"dbid": "6"}},
            17,
            {"patient": {"dbid": "8"}, "appointment": {"id": {"dbid": "28"},
             "date": "02/06/2026", "time": "nine", "slotType": {"id": "3"}}},
            [{"dbid": "9"}]
        ]}"#,
    );
    let window = MinutesWindow::new(0, 60).unwrap();
    let booked = client
        .appointments()
        .get_booked_patients(window)
        .await
        .unwrap();
    assert_eq!(booked.items.len(), 1);
    assert_eq!(booked.items[0].patient.number, id("2"));
    assert_eq!(booked.items[0].start, date(2026, 6, 2).at(9, 10, 0, 0));

    let skipped: Vec<String> = booked.skipped.iter().map(ToString::to_string).collect();
    assert_eq!(
        skipped,
        [
            "record 0: appointment.date is not a date",
            "record 2: patient.dbid is not an id",
            "record 3: appointment.time is missing",
            "record 4: patient has another form than documented",
            "record 5: appointment is missing",
            "record 6: the whole has another form than documented",
            "record 7: appointment.time is not a time",
            "record 8: the whole has another form than documented",
        ]
    );
}

#[tokio::test]
async fn a_booked_patient_carries_all_that_the_wire_has() {
    let client = answered(
        200,
        r#"{"time": "02/06/2026 08:00", "sessionHolderList": [
              {"dbid": "5", "refID": "901", "lastName": "Example"}, {"dbid": "?", "refID": "902"},
              {"dbid": "8", "refID": "0901"}],
            "bookedList": [{
              "patient": {"dbid": "17", "nhsNumber": "999 000 0018", "title": "Mrs",
                "firstNames": "Invented", "callingName": "Inny", "familyName": "Person",
                "dateOfBirth": "29/02/1980", "mobile": "07700 900123 (mum)",
                "email": "inny@example.com", "deductedDate": "", "dead": 0, "deadSpecified": false},
              "appointment": {"id": {"dbid": "21"}, "appointmentSite": "Main Surgery",
                "date": "2/6/2026", "time": "9:05", "sessionHolder": {"refID": "901"},
                "sessionUsersList": [{"dbid": "5"}, {"dbid": "6"}, {"refID": "902"}],
                "sessionLocationsList": [{"dbid": "1"}], "sessionId": 31,
                "slotType": {"id": "3", "bookable": true}},
              "alert": 1, "alertSpecified": true}]}"#,
    );
    let window = MinutesWindow::new(0, 1440).unwrap();
    let booked = client
        .appointments()
        .get_booked_patients(window)
        .await
        .unwrap();
    assert_eq!(booked.skipped, []);
    let [booked] = booked.items.as_slice() else {
        panic!("one record")
    };

    assert_eq!((booked.slot, booked.session), (id("21"), Some(id("31"))));
    assert_eq!(booked.start, date(2026, 6, 2).at(9, 5, 0, 0));
    assert_eq!(booked.site_name.as_deref(), Some("Main Surgery"));
    assert_eq!(booked.sites, [id("1")]);
    assert_eq!(booked.session_holders, [id("5"), id("6")]);
    assert_eq!(booked.slot_type, Some(id("3")));
    assert_eq!(booked.alert, Some(true));

    let patient = &booked.patient;
    assert_eq!(patient.number, id("17"));
    assert_eq!(patient.nhs_number, Some(id("9990000018")));
    let name = patient.name.expose();
    let part = |part: &Option<Sensitive<String>>| part.as_ref().map(|part| part.expose().clone());
    assert_eq!(part(&name.title).as_deref(), Some("Mrs"));
    assert_eq!(part(&name.first_names).as_deref(), Some("Invented"));
    assert_eq!(part(&name.calling_name).as_deref(), Some("Inny"));
    assert_eq!(part(&name.family_name).as_deref(), Some("Person"));
    assert_eq!(
        patient.date_of_birth,
        Some(Sensitive::new(date(1980, 2, 29)))
    );
    assert_eq!(part(&patient.mobile).as_deref(), Some("07700 900123 (mum)"));
    assert_eq!(part(&patient.email).as_deref(), Some("inny@example.com"));
    assert_eq!((patient.deducted_on, patient.registration), (None, None));
}

#[tokio::test]
async fn an_alert_that_was_not_specified_is_not_known() {
    for (wire, alert) in [
        (r#""alert": 0, "alertSpecified": true"#, Some(false)),
        (r#""alert": 0, "alertSpecified": false"#, None),
        (r#""alert": 1"#, Some(true)),
        (r#""alertSpecified": true"#, None),
    ] {
        let client = answered(
            200,
            &format!(
                r#"{{"bookedList": [{{"patient": {{"dbid": 1}}, {wire}, "appointment":
                {{"id": {{"dbid": 2}}, "date": "02/06/2026", "time": "09:00"}}}}]}}"#
            ),
        );
        let window = MinutesWindow::new(0, 60).unwrap();
        let booked = client
            .appointments()
            .get_booked_patients(window)
            .await
            .unwrap();
        assert_eq!(booked.items[0].alert, alert, "{wire}");
    }
}

#[tokio::test]
async fn sessions_and_a_patients_appointments_are_read() {
    let client = answered(
        200,
        r#"{"appointmentSession": [{"dbid": 31, "name": "Morning", "date": "02/06/2026",
            "startTime": "09:00", "endTime": "12:00", "slotLength": "10",
            "slotTypeList": [{"typeID": "3", "description": "GP", "total": 18, "booked": "9",
              "blocked": 1, "embargoed": 2, "available": 6}],
            "site": {"dbid": 1, "name": "Main"},
            "holderList": [{"dbid": 5, "title": "Dr", "firstNames": "Ann", "lastName": "Example"},
              {"dbid": 0}]},
          {"dbid": 32, "date": "2026-06-03T00:00:00", "site": null, "holderList": null,
            "slotTypeList": null}]}"#,
    );
    let sessions = client
        .appointments()
        .get_appointment_sessions(june(), None)
        .await
        .unwrap();
    assert_eq!(sessions.skipped, []);
    let [first, second] = sessions.items.as_slice() else {
        panic!("two sessions")
    };
    assert_eq!((first.id, first.date), (id("31"), date(2026, 6, 2)));
    assert_eq!(first.start, Some(time(9, 0, 0, 0)));
    assert_eq!(first.end, Some(time(12, 0, 0, 0)));
    assert_eq!(
        (first.slot_minutes, first.name.as_deref()),
        (Some(10), Some("Morning"))
    );
    let site = first.site.as_ref().unwrap();
    assert_eq!((site.id, site.name.as_deref()), (id("1"), Some("Main")));
    assert_eq!(first.session_holders.len(), 1);
    assert_eq!(first.session_holders[0].name.to_string(), "Dr Ann Example");
    let [count] = first.slot_types.as_slice() else {
        panic!("one slot type")
    };
    assert_eq!(
        (
            count.total,
            count.booked,
            count.blocked,
            count.embargoed,
            count.available
        ),
        (18, 9, 1, 2, 6)
    );
    assert_eq!((second.id, second.date), (id("32"), date(2026, 6, 3)));
    assert_eq!((&second.site, second.session_holders.len()), (&None, 0));

    let client = answered(
        200,
        r#"{"appointment": [{"slotID": 21, "siteID": 0, "date": "02/06/2026",
            "startTime": "09:05", "duration": "10", "notes": "ours", "reason": "Booked online",
            "sessionDBID": 31, "holderList": [{"dbid": 5, "lastName": "Example"}],
            "status": null, "slotType": {"id": "3"}}]}"#,
    );
    let appointments = client
        .appointments()
        .get_patient_appointments(id("17"), june())
        .await
        .unwrap();
    let [appointment] = appointments.items.as_slice() else {
        panic!("one appointment")
    };
    assert_eq!(
        (appointment.slot, appointment.session),
        (id("21"), Some(id("31")))
    );
    assert_eq!(appointment.start, date(2026, 6, 2).at(9, 5, 0, 0));
    assert_eq!((appointment.minutes, appointment.site), (Some(10), None));
    assert_eq!(
        (&appointment.status, &appointment.slot_type),
        (&None, &Some(id("3")))
    );
    assert_eq!(appointment.notes, Some(Sensitive::new("ours".to_owned())));
    assert_eq!(
        appointment.reason,
        Some(Sensitive::new("Booked online".to_owned()))
    );
    assert_eq!(appointment.session_holders[0].id, id("5"));
}

#[tokio::test]
async fn the_configuration_names_the_list_of_a_skipped_record() {
    let client = answered(
        200,
        r#"{"siteList": [{"dbid": 1, "name": "Main"}, {"name": "Nowhere"}],
            "holderList": [{"dbid": "5", "surname": "Example"}],
            "slotTypeList": [{"id": "3", "display": "GP", "bookable": "Yes"}, {"id": 4,
              "bookable": "perhaps"}, {"id": null}],
            "holidayList": {"practice": [{"day": "25/12/2026", "description": "Christmas"},
              {"day": "24/12/2026", "startTime": "12:00", "endTime": "18:30"},
              {"day": "30/02/2026"}], "staff": []}}"#,
    );
    let configuration = client
        .appointments()
        .get_appointment_configuration(june())
        .await
        .unwrap();
    assert_eq!(configuration.sites[0].id, id("1"));
    assert_eq!(configuration.session_holders[0].name.to_string(), "Example");
    let bookable: Vec<_> = configuration
        .slot_types
        .iter()
        .map(|t| t.bookable)
        .collect();
    assert_eq!(bookable, [Some(true), None]);
    assert_eq!(configuration.practice_holidays.len(), 2);
    assert_eq!(
        configuration.practice_holidays[1].start,
        Some(time(12, 0, 0, 0))
    );
    let skipped: Vec<String> = configuration
        .skipped
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        skipped,
        [
            "record 1: siteList.dbid is missing",
            "record 2: slotTypeList.id is missing",
            "record 2: holidayList.practice.day is not a date",
        ]
    );
}

#[tokio::test]
async fn the_organisation_and_its_staff_are_read() {
    let client = answered(
        200,
        r#"{"organisationList": [{"locationName": "Example Surgery", "nationalCode": "a20047",
              "guid": "{6F9619FF-8B86-D011-B42D-00C04FC964FF}"}],
            "userList": [{"dbid": "5", "guid": "not one", "title": "Dr", "lastName": "Example",
              "category": {"description": "General Medical Practitioner"}, "activeUser": "1"},
              {"dbid": null, "lastName": "Lost"}],
            "locationList": [{"locationName": "Branch", "nationalCode": null}]}"#,
    );
    let practice = client.organisation().get_organisation().await.unwrap();
    assert_eq!(practice.name.as_deref(), Some("Example Surgery"));
    assert_eq!(practice.ods_code, Some(id("A20047")));
    let guid = practice.guid.unwrap().to_string();
    assert_eq!(guid, "6f9619ff-8b86-d011-b42d-00c04fc964ff");
    let [doctor] = practice.users.as_slice() else {
        panic!("one user")
    };
    assert_eq!(
        (doctor.id, doctor.guid, doctor.active),
        (id("5"), None, Some(true))
    );
    assert_eq!(
        doctor.category.as_deref(),
        Some("General Medical Practitioner")
    );
    assert_eq!(practice.locations[0].name.as_deref(), Some("Branch"));
    assert_eq!(
        practice.skipped[0].to_string(),
        "record 1: userList.dbid is missing"
    );

    let client = answered(200, r#"{"person": [{"dbid": 5, "activeEMISUser": "N"}]}"#);
    let staff = client.user().get_user_by_id(id("5")).await.unwrap();
    assert_eq!(staff.items[0].active, Some(false));
    assert_eq!(staff.items[0].name.to_string(), "unnamed");
}

#[tokio::test]
async fn demographics_and_matches_carry_the_registration() {
    let client = answered(
        200,
        r#"{"registration": {"dbid": "17", "nhsNumber": "0000000000", "familyName": "Person",
              "deductedDate": "01/05/2026"},
            "registrationStatus": {"currentStatus": {"code": {"value": "15"},
              "patientType": {"value": 4}, "practiceRegistered": "0"}}}"#,
    );
    let patient = client
        .patient()
        .get_patient_demographics(id("17"))
        .await
        .unwrap();
    assert_eq!(patient.nhs_number, None);
    assert_eq!(patient.deducted_on, Some(date(2026, 5, 1)));
    let registration = patient.registration.unwrap();
    assert_eq!(registration.status_code, Some(15));
    assert_eq!(registration.patient_type, Some(4));
    assert_eq!(registration.practice_registered, Some(false));

    let client = answered(
        200,
        r#"{"patientList": [{"dbid": "17", "currentStatus": {"code": {"value": "8"}}},
            {"dbid": "-3"}]}"#,
    );
    let terms = MatchedTerms::new("Person").unwrap();
    let found = client
        .patient_matching()
        .get_matched_patients(&terms)
        .await
        .unwrap();
    assert_eq!(found.items[0].registration.unwrap().status_code, Some(8));
    assert_eq!(found.skipped[0].to_string(), "record 1: dbid is not an id");
}

#[tokio::test]
async fn a_list_that_is_there_and_holds_nothing_is_empty() {
    for body in [
        r#"{"slot": null}"#,
        r#"{"slot": []}"#,
        "\u{feff}{\"slot\": null}",
    ] {
        let slots = answered(200, body)
            .appointments()
            .get_slots_for_session(id("5"))
            .await;
        assert_eq!(slots.unwrap().items, [], "{body}");
    }
}

#[tokio::test]
async fn a_read_that_is_not_what_the_document_says_is_a_decode_error() {
    for (body, cause) in [
        (
            "<html><body>Blocked</body></html>",
            "the whole is a web page",
        ),
        ("", "the whole breaks off"),
        (r#"{"slot": [{"dbid": 1}"#, "the whole breaks off"),
        ("[]", "the whole has another form than documented"),
        ("null", "the whole has another form than documented"),
        (
            r#"{"slot": "none"}"#,
            "slot has another form than documented",
        ),
        (
            r#"{"slot": []} and more"#,
            "the whole goes on after its end",
        ),
    ] {
        let error = answered(200, body)
            .appointments()
            .get_slots_for_session(id("5"))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ClientErrorKind::Decode, "{body}");
        assert_eq!(error.http_status(), Some(200));
        let chain = error.report();
        assert!(chain.ends_with(cause), "{body}: {chain}");
    }
}

#[tokio::test]
async fn a_booking_is_confirmed_by_its_answer() {
    let book = async |client: Client| {
        let booking = NewBooking::new(id("21"), id("17"), id("5"), "Booked online");
        client.appointments().book_appointment(&booking).await
    };
    let whole = r#"{"appointmentInformation": {"sessionId": 31, "slotId": 21,
          "slotDateTime": "02/06/2026 09:05", "endDateTime": "2026-06-02T09:15:00",
          "slotTypeId": 3},
        "patientInforamtion": {"patientId": 99, "patientNumber": 17, "name": "Invented Person"}}"#;
    let booked = book(answered(200, whole)).await.unwrap();
    assert_eq!((booked.slot, booked.patient), (id("21"), Some(id("17"))));
    assert_eq!(
        (booked.session, &booked.slot_type),
        (Some(id("31")), &Some(id("3")))
    );
    assert_eq!(booked.start, Some(date(2026, 6, 2).at(9, 5, 0, 0)));
    assert_eq!(booked.end, Some(date(2026, 6, 2).at(9, 15, 0, 0)));

    for body in ["", "{}", "anything"] {
        let booked = book(answered(204, body)).await.unwrap();
        assert_eq!(
            (booked.slot, booked.patient),
            (id("21"), None),
            "204 {body:?}"
        );
    }

    for body in [
        "",
        "{}",
        "<html></html>",
        r#"{"appointmentInformation": {"slotId": 0}}"#,
        r#"{"appointmentInformation": {"slotId": 22}}"#,
        r#"{"appointmentInformation": {"slotId": 21, "slotDateTime": "soon"}}"#,
    ] {
        let error = book(answered(200, body)).await.unwrap_err();
        assert_eq!(error.kind(), ClientErrorKind::Ambiguous, "200 {body:?}");
        assert!(error.is_ambiguous());
    }
}

#[tokio::test]
async fn a_write_without_an_answer_of_use_takes_nothing_or_the_documented_message() {
    for (status, body) in [
        (204, ""),
        (204, r#"{"sessionId": 1}"#),
        (200, ""),
        (200, "null"),
        (200, r#"{"dbid": 21}"#),
    ] {
        let client = answered(status, body);
        let done = client
            .appointments()
            .add_slot_comment(id("21"), "Reminded")
            .await;
        assert!(done.is_ok(), "{status} {body:?}");
    }
    for body in [
        "<html></html>",
        "{}",
        r#"{"message": "An error has occurred."}"#,
    ] {
        let client = answered(200, body);
        let error = client
            .appointments()
            .add_slot_comment(id("21"), "Reminded")
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ClientErrorKind::Ambiguous, "{body}");
    }
}

proptest::proptest! {
    #[test]
    fn no_answer_makes_the_decoders_panic(status in 200u16..600, body: Vec<u8>, text: String) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let _ = crate::support::raw(status, body).appointments()
                .get_slots_for_session(id("5")).await;
            let slot = format!(
                r#"{{"slot": [{{"dbid": 1, "status": "Booked", "startTime": {0:?}, "slotLength": {0:?}}}]}}"#,
                text.escape_unicode().to_string()
            );
            let listing = answered(200, &slot).appointments()
                .get_slots_for_session(id("5")).await.unwrap();
            assert_eq!(listing.items.len() + listing.skipped.len(), 1);
        });
    }
}
