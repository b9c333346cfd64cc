//! A change by one call shows in the answers of the others.

use std::sync::Arc;

use emis_sim::{DiaryError, PatientKind, Sim, SimAppointmentStatus};
use emis_types::{ManualClock, uk};
use jiff::civil::date;
use serde_json::{Value, json};

use crate::common::{Caller, NOW, small, tomorrow};

fn patient(sim: &Sim) -> i32 {
    // The last one, which other steps do not use.
    let patients = sim.practice().patients();
    patients.last().expect("patients").patient_number
}

/// The entry of a slot in `GetSlotsForSessionV2`.
async fn slot_entry(caller: &Caller, session: i32, slot: i32) -> Value {
    let list = caller.slots(session).await.json();
    let slots = list["slot"].as_array().expect("slots");
    let entry = slots.iter().find(|entry| entry["dbid"] == slot);
    entry.expect("the slot").clone()
}

/// `(booked, available)` of one slot type in `GetAppointmentSessions`.
async fn counts(caller: &Caller, session: i32, slot_type: i32) -> (i64, i64) {
    let slot_type = json!(slot_type.to_string());
    let list = caller.sessions("01/06/2026", "30/06/2026").await.json();
    let sessions = list["appointmentSession"].as_array().expect("sessions");
    let session = sessions.iter().find(|entry| entry["dbid"] == session);
    let types = session.expect("the session")["slotTypeList"]
        .as_array()
        .expect("types");
    let counted = types.iter().find(|entry| entry["typeID"] == slot_type);
    let counted = counted.expect("the slot type");
    (
        counted["booked"].as_i64().expect("n"),
        counted["available"].as_i64().expect("n"),
    )
}

#[tokio::test]
async fn a_booking_shows_everywhere_and_a_cancellation_takes_it_away() {
    let sim = small().start().await.expect("started");
    let (caller, practice) = (Caller::first(&sim).await, sim.practice());
    let (slot, patient) = (practice.free_slot().expect("a free slot"), patient(&sim));
    let before = counts(&caller, slot.session_id, slot.slot_type_id).await;
    let earlier = caller.appointments(patient).await.json()["appointment"]
        .as_array()
        .expect("list")
        .len();

    let answer = caller.book(slot.slot_id, patient).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let booked = answer.json();
    let information = &booked["appointmentInformation"];
    assert_eq!(information["slotId"], slot.slot_id);
    assert_eq!(information["sessionId"], slot.session_id);
    assert_eq!(information["slotTypeId"], slot.slot_type_id);
    assert_eq!(
        information["slotDateTime"],
        slot.start.strftime("%d/%m/%Y %H:%M").to_string()
    );
    assert_eq!(information["bookingNotes"], "ref 17");
    assert_eq!(booked["patientInforamtion"]["patientId"], patient);
    assert_eq!(booked["patientInforamtion"]["patientNumber"], patient);
    let now = uk::zoned(NOW).timestamp().as_millisecond();
    assert_eq!(booked["patientInforamtion"]["actionPerformedOn"], now);

    assert_eq!(practice.booking_of(slot.slot_id), Some(patient));
    let entry = slot_entry(&caller, slot.session_id, slot.slot_id).await;
    assert_eq!(entry["status"], "Booked");
    assert_eq!(entry["patientList"]["patient"]["dbid"], patient);
    assert_eq!(
        (&entry["notes"], &entry["reason"]),
        (&json!("ref 17"), &json!("Booked online"))
    );
    let after = counts(&caller, slot.session_id, slot.slot_type_id).await;
    assert_eq!(after, (before.0 + 1, before.1 - 1));
    let appointments = caller.appointments(patient).await.json();
    let appointments = appointments["appointment"].as_array().expect("list");
    assert_eq!(appointments.len(), earlier + 1);
    let appointment = appointments
        .iter()
        .find(|entry| entry["slotID"] == slot.slot_id);
    let appointment = appointment.expect("the appointment");
    assert_eq!(appointment["sessionDBID"], slot.session_id);
    assert_eq!(appointment["siteID"], slot.site_id);
    assert_eq!(appointment["status"], "Booked");
    assert_eq!(appointment["slotType"]["bookable"], true);
    let listed = caller.booked(0, 43_200).await.json();
    let listed = listed["bookedList"].as_array().expect("list");
    let id = json!(slot.slot_id.to_string());
    let entry = listed
        .iter()
        .find(|entry| entry["appointment"]["id"]["dbid"] == id);
    let entry = entry.expect("the booking");
    assert_eq!(entry["patient"]["dbid"], patient.to_string());
    assert_eq!(
        entry["appointment"]["slotType"]["id"],
        slot.slot_type_id.to_string()
    );
    assert_eq!(entry["appointment"]["sessionId"], slot.session_id);

    let answer = caller.cancel(slot.slot_id, patient).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(practice.booking_of(slot.slot_id), None);
    let entry = slot_entry(&caller, slot.session_id, slot.slot_id).await;
    assert_eq!(entry["status"], "Slot Available");
    assert_eq!(entry["patientList"], json!({}));
    assert_eq!(
        counts(&caller, slot.session_id, slot.slot_type_id).await,
        before
    );
    assert_eq!(
        caller.cancel(slot.slot_id, patient).await.refusal(),
        (404, -1)
    );
}

#[tokio::test]
async fn booking_an_unavailable_slot_is_a_conflict() {
    let sim = small().start().await.expect("started");
    let (caller, practice) = (Caller::first(&sim).await, sim.practice());
    let patient = patient(&sim);
    let free = practice.free_slots();
    practice
        .staff_book(free[0].slot_id, patient - 1)
        .expect("booked");
    practice.staff_block(free[1].slot_id).expect("blocked");
    practice.staff_embargo(free[2].slot_id).expect("embargoed");
    for slot in &free[..3] {
        assert_eq!(caller.book(slot.slot_id, patient).await.refusal(), (409, 2));
    }
    assert_eq!(practice.booking_of(free[0].slot_id), Some(patient - 1));
    assert_eq!(
        caller.cancel(free[0].slot_id, patient).await.refusal(),
        (409, 2)
    );
    assert_eq!(practice.booking_of(free[0].slot_id), Some(patient - 1));
    practice.staff_release(free[1].slot_id).expect("released");
    assert_eq!(caller.book(free[1].slot_id, patient).await.status, 200);
}

#[tokio::test]
async fn a_booking_needs_an_existing_patient_and_user() {
    let sim = small().start().await.expect("started");
    let (caller, practice) = (Caller::first(&sim).await, sim.practice());
    let (slot, patient) = (practice.free_slot().expect("free").slot_id, patient(&sim));
    assert_eq!(caller.book(-5, patient).await.refusal().0, 404);
    assert_eq!(caller.book(slot, 1).await.refusal().0, 404);
    let nobody = "00000000-0000-4000-8000-000000000000";
    for booked_by in [nobody, "12", "patchs"] {
        assert_eq!(
            caller.book_by(slot, patient, booked_by).await.refusal().0,
            400,
            "{booked_by}"
        );
    }
    assert_eq!(practice.booking_of(slot), None);
    let gp = &practice.staff()[0];
    assert_eq!(
        caller
            .book_by(slot, patient, &gp.guid.to_string())
            .await
            .status,
        200
    );
    assert_eq!(caller.cancel(slot, patient).await.status, 200);
    assert_eq!(
        caller
            .book_by(slot, patient, &gp.id.to_string())
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn one_of_many_concurrent_bookings_succeeds() {
    let sim = small().start().await.expect("started");
    let (caller, practice) = (Caller::first(&sim).await, sim.practice());
    let slot = practice.free_slot().expect("free").slot_id;
    let patients = practice.patients();
    let calls: Vec<_> = patients[..20]
        .iter()
        .map(|patient| {
            let (caller, patient) = (caller.clone(), patient.patient_number);
            tokio::spawn(async move { (patient, caller.book(slot, patient).await.status) })
        })
        .collect();
    let mut served = Vec::new();
    for call in calls {
        let (patient, status) = call.await.expect("done");
        match status {
            200 => served.push(patient),
            other => assert_eq!(other, 409),
        }
    }
    assert_eq!(served.len(), 1);
    assert_eq!(practice.booking_of(slot), Some(served[0]));
}

#[tokio::test]
async fn a_status_is_set_only_for_the_right_patient() {
    let sim = small().start().await.expect("started");
    let (caller, practice) = (Caller::first(&sim).await, sim.practice());
    let (slot, patient) = (practice.free_slot().expect("free"), patient(&sim));
    assert_eq!(
        caller
            .set_status(slot.slot_id, patient, 2)
            .await
            .refusal()
            .0,
        404
    );
    practice.staff_book(slot.slot_id, patient).expect("booked");
    for (id, word) in [
        (2, "Arrived"),
        (3, "Send In"),
        (12, "Quiet Send In"),
        (4, "Left"),
    ] {
        let answer = caller.set_status(slot.slot_id, patient, id).await;
        assert_eq!(answer.json()["sessionId"], slot.session_id);
        let entry = slot_entry(&caller, slot.session_id, slot.slot_id).await;
        assert_eq!(entry["status"], word);
    }
    assert_eq!(
        caller
            .set_status(slot.slot_id, patient - 1, 2)
            .await
            .refusal(),
        (409, 2)
    );
    for unknown in [0, 1, 5, 13] {
        assert_eq!(
            caller
                .set_status(slot.slot_id, patient, unknown)
                .await
                .refusal()
                .0,
            400
        );
    }
    assert_eq!(practice.slot(slot.slot_id).expect("slot").status, "Left");
}

#[tokio::test]
async fn only_booked_appointments_are_listed() {
    let sim = small().start().await.expect("started");
    let (caller, practice) = (Caller::first(&sim).await, sim.practice());
    let listed = async || {
        caller.booked(0, 43_200).await.json()["bookedList"]
            .as_array()
            .expect("list")
            .len()
    };
    let before = listed().await;
    let slot = practice
        .slots_on(tomorrow())
        .into_iter()
        .find(|slot| slot.patient.is_some());
    let slot = slot.expect("somebody is booked").slot_id;
    practice
        .staff_set_status(slot, SimAppointmentStatus::Arrived)
        .expect("arrived");
    assert_eq!(listed().await, before - 1);
    practice
        .staff_set_status(slot, SimAppointmentStatus::Booked)
        .expect("booked");
    practice.staff_cancel(slot).expect("cancelled");
    assert_eq!(listed().await, before - 1);
}

#[tokio::test]
async fn comments_are_added_to_any_slot() {
    let sim = small().start().await.expect("started");
    let (caller, practice) = (Caller::first(&sim).await, sim.practice());
    let slot = practice.free_slot().expect("free");
    for comment in ["Reminder sent", "Réminder & again=yes"] {
        assert_eq!(caller.comment(slot.slot_id, comment).await.status, 204);
    }
    let entry = slot_entry(&caller, slot.session_id, slot.slot_id).await;
    assert_eq!(
        entry["commentList"],
        json!(["Reminder sent", "Réminder & again=yes"])
    );
    assert_eq!(practice.slot(slot.slot_id).expect("slot").comments.len(), 2);
    assert_eq!(caller.comment(-1, "lost").await.refusal().0, 404);
}

#[tokio::test]
async fn changes_by_reception_show_in_the_next_call() {
    let sim = small().start().await.expect("started");
    let (caller, practice) = (Caller::first(&sim).await, sim.practice());
    let patient = practice.patient_of_kind(PatientKind::Regular).expect("one");
    practice
        .set_mobile(patient, "07700 900123 mum")
        .expect("typed");
    practice.set_email(patient, "").expect("typed");
    let registration = caller.demographics(patient).await.json()["registration"].clone();
    assert_eq!(registration["mobile"], "07700 900123 mum");
    assert_eq!(registration["email"], Value::Null);
    practice
        .record_death(patient, tomorrow())
        .expect("recorded");
    let record = caller.demographics(patient).await.json();
    assert_eq!(record["registration"]["dateOfDeath"], "03/06/2026");
    assert_eq!(
        record["registrationStatus"]["currentStatus"]["code"]["value"],
        "11"
    );
    assert!(practice.set_mobile(1, "07700 900124").is_err());
}

#[tokio::test]
async fn the_dead_flag_is_an_index() {
    let sim = small().start().await.expect("started");
    let (caller, practice) = (Caller::first(&sim).await, sim.practice());
    let mut seen = std::collections::BTreeSet::new();
    for patient in practice.patients() {
        let registration =
            caller.demographics(patient.patient_number).await.json()["registration"].clone();
        let written = (
            registration["dead"].as_i64(),
            registration["deadSpecified"].as_bool(),
        );
        let meant = match patient.dead {
            Some(true) => (Some(0), Some(true)),
            Some(false) => (Some(1), Some(true)),
            None => (Some(0), Some(false)),
        };
        assert_eq!(written, meant);
        assert_eq!(
            registration["dateOfDeath"].is_string(),
            patient.date_of_death.is_some()
        );
        seen.insert((patient.dead, patient.date_of_death.is_some()));
    }
    assert!(seen.contains(&(Some(true), true)), "both");
    assert!(
        seen.contains(&(None, true)) || seen.contains(&(Some(true), false)),
        "only one"
    );
    assert!(
        seen.contains(&(Some(false), false)) && seen.contains(&(None, false)),
        "the living"
    );
}

#[tokio::test]
async fn patients_are_found_by_each_kind_of_term() {
    let sim = small().start().await.expect("started");
    let (caller, practice) = (Caller::first(&sim).await, sim.practice());
    let wanted = practice
        .patients()
        .into_iter()
        .find(|patient| patient.nhs_number.is_some());
    let wanted = wanted.expect("a patient");
    let id = wanted.patient_number.to_string();
    let born = wanted.dob.strftime("%d/%m/%Y").to_string();
    let first = wanted.first_names.split(' ').next().expect("a name");
    let found = async |terms: String| {
        let body = caller.matched(&terms).await.json();
        let list = body["patientList"].as_array().expect("list").clone();
        list.iter()
            .map(|entry| entry["dbid"].as_str().expect("id").to_owned())
            .collect::<Vec<_>>()
    };
    let nhs = wanted.nhs_number.clone().expect("number");
    assert_eq!(found(nhs.clone()).await, [id.as_str()]);
    assert_eq!(
        found(format!("{} {} {}", &nhs[..3], &nhs[3..6], &nhs[6..])).await,
        [id.as_str()]
    );
    let everything = format!("{born} {first} {}", wanted.family_name);
    assert!(found(everything.to_uppercase()).await.contains(&id));
    assert!(found(wanted.family_name.clone()).await.contains(&id));
    assert!(found(first.to_owned()).await.contains(&id));
    assert!(found(born).await.contains(&id));
    assert_eq!(found("9990000000".to_owned()).await, Vec::<String>::new());
    for odd in ["(Quenby)", "Quenby*", "31/02/1980", "", "  "] {
        assert_eq!(caller.matched(odd).await.refusal().0, 400, "{odd}");
    }
}

#[tokio::test]
async fn an_extra_session_shows_on_the_day_the_clocks_change() {
    // Saturday, ten in the morning; on Sunday the clocks go forward.
    let clock = ManualClock::at_uk(date(2026, 3, 28).at(10, 0, 0, 0));
    let sim = small()
        .clock(Arc::new(clock))
        .start()
        .await
        .expect("started");
    let (caller, practice) = (Caller::first(&sim).await, sim.practice());
    let routine = practice.slot_types()[0].id;
    let sunday = date(2026, 3, 29);
    let opened = practice.staff_open_session(sunday.at(10, 0, 0, 0), 15, 4, routine);
    let slots = opened.expect("opened");
    assert_eq!(practice.slots_on(sunday).len(), 4);
    assert_eq!(caller.book(slots[0], patient(&sim)).await.status, 200);
    let listed = async |within: i32| {
        let list = caller.booked(0, within).await.json();
        list["bookedList"].as_array().expect("list").clone()
    };
    // Ten on Sunday is 23 hours away.
    assert_eq!(listed(23 * 60 - 1).await.len(), 0);
    let found = listed(23 * 60).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["appointment"]["date"], "29/03/2026");
    assert_eq!(found[0]["appointment"]["time"], "10:00");

    let late = practice.staff_open_session(sunday.at(23, 30, 0, 0), 15, 4, routine);
    assert_eq!(late.expect("opened").len(), 2, "until midnight");
    let unknown = practice.staff_open_session(sunday.at(9, 0, 0, 0), 15, 4, 1);
    assert_eq!(unknown, Err(DiaryError::UnknownSlotType));
}
