//! The limits in the document, and the parsing of parameters.

use serde_json::Value;

use crate::common::{Caller, small};

fn count(body: &Value, list: &str) -> usize {
    body[list].as_array().expect("a list").len()
}

#[tokio::test]
async fn sessions_are_limited_to_ninety_days() {
    let sim = small().start().await.expect("started");
    let caller = Caller::first(&sim).await;
    assert_eq!(
        caller.sessions("01/06/2026", "30/08/2026").await.status,
        200
    );
    assert_eq!(
        caller
            .sessions("01/06/2026", "31/08/2026")
            .await
            .refusal()
            .0,
        400
    );
    assert_eq!(
        caller
            .sessions("02/06/2026", "01/06/2026")
            .await
            .refusal()
            .0,
        400
    );
    let iso = caller.sessions("2026-06-01", "2026-06-30").await.json();
    let british = caller.sessions("01/06/2026", "30/06/2026").await.json();
    assert_eq!(iso, british);
    assert!(count(&british, "appointmentSession") > 100);
    for odd in ["06/31/2026", "1/6/2026", "01-06-2026", "tomorrow", ""] {
        assert_eq!(
            caller.sessions(odd, "30/06/2026").await.refusal().0,
            400,
            "{odd}"
        );
    }
    let path = "/api/v1/appointments/GetPatientAppointmentsV2";
    let number = sim.practice().patients()[0].patient_number.to_string();
    for (end, status) in [("30/08/2026", 200), ("31/08/2026", 400)] {
        let query = [
            ("patientNumber", &*number),
            ("startDate", "01/06/2026"),
            ("endDate", end),
        ];
        assert_eq!(caller.get(path, &query).await.status, status);
    }
}

#[tokio::test]
async fn sessions_of_one_slot_type() {
    let sim = small().start().await.expect("started");
    let caller = Caller::first(&sim).await;
    let path = "/api/v1/appointments/GetAppointmentSessions";
    let of_type = async |slot_type: &str| {
        let dates = [("startDate", "01/06/2026"), ("endDate", "30/06/2026")];
        let query = [dates[0], dates[1], ("slotType", slot_type)];
        caller.get(path, &query).await.json()
    };
    let smears = sim
        .practice()
        .slot_types()
        .into_iter()
        .find(|kind| kind.display == "Smear");
    let smears = smears.expect("a slot type").id.to_string();
    let by_id = of_type(&smears).await;
    assert!(count(&by_id, "appointmentSession") > 0);
    for session in by_id["appointmentSession"].as_array().expect("list") {
        assert_eq!(count(session, "slotTypeList"), 1);
        assert_eq!(session["slotTypeList"][0]["typeID"], *smears);
    }
    assert_eq!(of_type("Smear").await, by_id);
    assert_eq!(count(&of_type("Palmistry").await, "appointmentSession"), 0);
    let all = caller.sessions("01/06/2026", "30/06/2026").await.json();
    assert_eq!(of_type("").await, all);
}

#[tokio::test]
async fn booked_patients_are_limited_to_an_hour_back_and_thirty_days_ahead() {
    let sim = small().start().await.expect("started");
    let caller = Caller::first(&sim).await;
    for (before, within, status) in [
        (60, 43_200, 200),
        (0, 0, 200),
        (61, 0, 400),
        (0, 43_201, 400),
        (-1, 0, 400),
        (0, -1, 400),
    ] {
        let answer = caller.booked(before, within).await;
        assert_eq!(answer.status, status, "{before} {within}");
    }
    let all = caller.booked(0, 43_200).await.json();
    assert_eq!(all["time"], "02/06/2026 10:00");
    let all = count(&all, "bookedList");
    // From 10:00 to the same time tomorrow, inclusive.
    let day = caller.booked(0, 24 * 60).await.json();
    let entries = day["bookedList"].as_array().expect("list");
    assert!(!entries.is_empty() && entries.len() < all);
    let practice = sim.practice();
    let from = crate::common::NOW;
    let to = from.saturating_add(jiff::ToSpan::day(1));
    let expected = practice
        .slots()
        .into_iter()
        .filter(|slot| slot.status == "Booked" && from <= slot.start && slot.start <= to)
        .count();
    assert_eq!(entries.len(), expected);
    let holders: Vec<_> = day["sessionHolderList"]
        .as_array()
        .expect("list")
        .iter()
        .map(|holder| &holder["refID"])
        .collect();
    for entry in entries {
        assert!(holders.contains(&&entry["appointment"]["sessionHolder"]["refID"]));
    }
}

#[tokio::test]
async fn the_configuration_limits_its_holidays() {
    let sim = small().start().await.expect("started");
    let caller = Caller::first(&sim).await;
    let path = "/api/v1/appointments/GetAppointmentConfiguration";
    let within = async |from: &str, to: &str| {
        caller
            .get(path, &[("startDate", from), ("endDate", to)])
            .await
            .json()
    };
    let june = within("01/06/2026", "30/06/2026").await;
    assert_eq!(june["holidayList"]["practice"][0]["day"], "18/06/2026");
    assert_eq!(
        june["holidayList"]["staff"][0]["dates"][0]["day"],
        "09/06/2026"
    );
    let away = june["holidayList"]["staff"][0]["dbid"]
        .as_i64()
        .expect("id");
    let practice = sim.practice();
    let on_leave = practice.slots_on(jiff::civil::date(2026, 6, 9));
    assert!(
        on_leave
            .iter()
            .all(|slot| i64::from(slot.holder_id) != away)
    );
    let training = practice.slots_on(jiff::civil::date(2026, 6, 18));
    assert!(!training.is_empty() && training.iter().all(|slot| slot.start.hour() < 13));
    let first_week = within("01/06/2026", "07/06/2026").await;
    assert_eq!(count(&first_week["holidayList"], "practice"), 0);
    assert_eq!(count(&first_week["holidayList"], "staff"), 0);
    assert_eq!(count(&june, "siteList"), 2);
    assert_eq!(count(&june, "holderList"), 8);
    assert_eq!(count(&june, "slotTypeList"), 8);
    assert!(
        june["slotTypeList"]
            .as_array()
            .expect("list")
            .iter()
            .all(|kind| kind["bookable"].is_string())
    );
}

#[tokio::test]
async fn parameters_are_parsed_strictly() {
    let sim = small().start().await.expect("started");
    let caller = Caller::first(&sim).await;
    let path = "/api/v1/appointments/GetSlotsForSessionV2";
    let name = "appointmentSessionId";
    for value in ["", " ", "7001x", "7001.0", "0x10", "99999999999", "٧٠٠١"] {
        assert_eq!(
            caller.get(path, &[(name, value)]).await.refusal().0,
            400,
            "{value}"
        );
    }
    let twice = [(name, "7001"), (name, "7001")];
    assert_eq!(caller.get(path, &twice).await.refusal().0, 400);
    assert_eq!(caller.get(path, &[(name, "-7001")]).await.refusal().0, 404);
    assert_eq!(
        caller
            .get(path, &[(name, "7001"), ("other", "ignored")])
            .await
            .status,
        200
    );
}
