//! Every operation against the simulated practice, in JSON and in XML: all of it is read, and both
//! come to the same.

use std::fmt::Debug;
use std::sync::Arc;

use emis_client::model::medical_record::{
    AttachmentProvisional, AttachmentVisibility, MedicalRecord, NewAttachment, NewCodedValue,
    NewConsultation, NewEntry, OnlineVisibility,
};
use emis_client::model::{
    AppointmentStatus, Code, CodeScheme, DateRange, Listing, MatchedTerms, MinutesWindow,
    NewBooking, SearchReport,
};
use emis_client::{Client, Encoding};
use emis_sim::{Sim, SimOperation, SimPractice};
use emis_test_support::{api_user_grant, client_builder, token_source_builder};
use emis_types::{ManualClock, PatientNumber, Sensitive, SlotId};
use jiff::civil::date;

async fn sim() -> Sim {
    let clock = ManualClock::at_uk(date(2026, 6, 2).at(10, 0, 0, 0));
    let sim = Sim::builder().patients(200).clock(Arc::new(clock));
    sim.start().await.unwrap()
}

fn client(sim: &Sim, encoding: Encoding) -> Client {
    let clock = ManualClock::at_uk(date(2026, 6, 2).at(10, 0, 0, 0));
    let tokens = token_source_builder(sim, api_user_grant(&sim.practice()), &clock);
    client_builder(sim, tokens, &clock)
        .answers_in(encoding)
        .file_in(encoding)
        .build()
        .unwrap()
}

fn number(id: i32) -> PatientNumber {
    PatientNumber::new(id.into()).unwrap()
}

fn slot(id: i32) -> SlotId {
    SlotId::new(id.into()).unwrap()
}

/// Both answers in full, and alike.
fn alike<T: PartialEq + Debug>(what: &str, [json, xml]: [Listing<T>; 2]) -> Listing<T> {
    assert_eq!(json.skipped, [], "{what}");
    assert_eq!(xml.skipped, [], "{what}");
    assert!(json.items == xml.items, "{what} differs");
    json
}

macro_rules! both {
    ($clients:expr, |$client:ident| $call:expr) => {{
        let mut answers = Vec::new();
        for $client in &$clients {
            answers.push($call.await.unwrap());
        }
        let [json, xml] = <[_; 2]>::try_from(answers).unwrap_or_else(|_| panic!("two clients"));
        [json, xml]
    }};
}

fn taken(practice: &SimPractice) -> (i32, i32, i32) {
    let slots = practice.slots();
    let taken = slots.iter().find(|slot| slot.status == "Booked").unwrap();
    (taken.slot_id, taken.patient.unwrap(), taken.session_id)
}

#[tokio::test]
async fn every_read_comes_to_the_same_in_both() {
    let sim = sim().await;
    let practice = sim.practice();
    let clients = [Encoding::Json, Encoding::Xml].map(|encoding| client(&sim, encoding));
    let june = DateRange::new(date(2026, 6, 1), date(2026, 6, 30)).unwrap();
    let window = MinutesWindow::new(60, 43_200).unwrap();
    let (slot_id, patient, session) = taken(&practice);
    let session = i64::from(session).try_into().unwrap();
    practice
        .staff_set_status(slot_id, emis_sim::SimAppointmentStatus::Arrived)
        .unwrap();

    let [json, xml] = both!(clients, |it| it.organisation().get_organisation());
    assert!(json.skipped.is_empty() && json == xml);
    assert!(json.users.len() == practice.staff().len());
    let [json, xml] = both!(clients, |it| it.organisation().get_organisation_v1());
    assert!(json.skipped.is_empty() && json == xml);
    let [json, xml] = both!(clients, |it| it.organisation().get_organisation_in_full());
    assert!(json.skipped.is_empty() && json == xml);
    let users = both!(clients, |it| it
        .user()
        .get_user_by_id("1101".parse().unwrap()));
    assert_eq!(alike("user", users).items.len(), 1);

    let [json, xml] = both!(clients, |it| it
        .appointments()
        .get_appointment_configuration(june));
    assert!(json.skipped.is_empty() && json == xml);
    assert!(!json.slot_types.is_empty());
    let sessions = both!(clients, |it| it
        .appointments()
        .get_appointment_sessions(june, None));
    assert!(alike("sessions", sessions).items.len() > 100);
    for slots in [
        both!(clients, |it| it
            .appointments()
            .get_slots_for_session(session)),
        both!(clients, |it| it
            .appointments()
            .get_slots_for_session_v1(session)),
    ] {
        assert!(!alike("slots", slots).items.is_empty());
    }
    let whose = number(patient);
    for appointments in [
        both!(clients, |it| it
            .appointments()
            .get_patient_appointments(whose, june)),
        both!(clients, |it| it
            .appointments()
            .get_patient_appointments_v1(whose, june)),
    ] {
        assert!(!alike("appointments", appointments).items.is_empty());
    }
    for [json, xml] in [
        both!(clients, |it| it.appointments().get_booked_patients(window)),
        both!(clients, |it| it
            .appointments()
            .get_booked_patients_v1(window)),
    ] {
        assert!(json.skipped.is_empty() && json == xml);
        assert!(json.items.len() > 50);
    }
    let [json, xml] = both!(clients, |it| it.appointments().get_sent_in_patients(window));
    assert!(json.skipped.is_empty() && json == xml);

    let terms = MatchedTerms::new("Ma").unwrap();
    let matched = both!(clients, |it| it
        .patient_matching()
        .get_matched_patients(&terms));
    assert!(!alike("matched", matched).items.is_empty());
    let matching = both!(clients, |it| it
        .patient_matching()
        .get_changed_patients(None));
    assert_eq!(
        alike("changed", matching).items.len(),
        practice.patients().len()
    );
    let matching = both!(clients, |it| it
        .patient_matching()
        .get_changed_patients_mr(None));
    assert_eq!(
        alike("changed", matching).items.len(),
        practice.patients().len()
    );
    let size = 25.try_into().unwrap();
    let batch = both!(clients, |it| it
        .patient_matching()
        .get_patient_sequence(number(1), size));
    assert_eq!(alike("batch", batch).items.len(), 25);
    let search = practice.searches()[0].guid;
    let site = practice.sites()[0].name.clone();
    let report = SearchReport::HowAmIDriving;
    let found = both!(clients, |it| it
        .search()
        .get_patient_searches(search, &site, report));
    assert!(!alike("search", found).items.is_empty());
}

/// The two forms of a record without the references of consultations: in XML the reference has the
/// name of its kind, for which JSON has no room.
fn same(what: &str, [mut json, mut xml]: [MedicalRecord; 2]) -> MedicalRecord {
    assert_eq!(json.skipped, [], "{what}");
    assert_eq!(xml.skipped, [], "{what}");
    let whole = json.clone();
    assert_eq!(json.consultations.len(), xml.consultations.len());
    json.consultations.clear();
    xml.consultations.clear();
    assert!(json == xml, "{what} differs");
    whole
}

#[tokio::test]
async fn records_come_to_the_same_in_both() {
    let sim = sim().await;
    let practice = sim.practice();
    let clients = [Encoding::Json, Encoding::Xml].map(|encoding| client(&sim, encoding));
    for patient in practice.patients().iter().take(12) {
        let patient = number(patient.patient_number);
        let [json, xml] = both!(clients, |it| it.patient().get_patient_demographics(patient));
        assert!(json == xml);
        let records = both!(clients, |it| it
            .medical_record()
            .get_medical_record(patient));
        let record = same("record", records);
        let part = both!(clients, |it| it.medical_record().get_coded_record(patient));
        assert!(same("coded", part).events == record.events);
        let part = both!(clients, |it| it.medical_record().get_events(patient, 5000));
        assert!(same("events", part).events == record.events);
        let part = both!(clients, |it| it
            .medical_record()
            .get_medication_issues(patient, 5000));
        assert!(same("issues", part).issues == record.issues);
        for part in [
            both!(clients, |it| it.medical_record().get_attachments(patient)),
            both!(clients, |it| it
                .medical_record()
                .get_attachments_v1(patient)),
        ] {
            assert!(same("attachments", part).attachments == record.attachments);
        }
        for consultation in &record.consultations {
            let guid = consultation.ident.guid.unwrap();
            let part = both!(clients, |it| it
                .medical_record()
                .get_consultation(patient, guid));
            let part = same("consultation", part);
            assert_eq!(part.consultations.len(), 1);
            assert!(part.consultations.first() == Some(consultation));
        }
    }
}

#[tokio::test]
async fn every_write_works_in_both() {
    let sim = sim().await;
    let practice = sim.practice();
    let patient = practice.patients()[0].patient_number;
    let free: Vec<i32> = practice
        .free_slots()
        .iter()
        .map(|slot| slot.slot_id)
        .collect();
    for (encoding, free) in [(Encoding::Json, free[0]), (Encoding::Xml, free[1])] {
        let client = client(&sim, encoding);
        let (appointments, whose) = (client.appointments(), number(patient));
        let booking = NewBooking::new(slot(free), whose, "1900".parse().unwrap(), "Review");
        appointments.book_appointment(&booking).await.unwrap();
        assert_eq!(practice.booking_of(free), Some(patient));
        appointments
            .set_appointment_status(slot(free), whose, AppointmentStatus::Arrive)
            .await
            .unwrap();
        assert_eq!(practice.slot(free).unwrap().status, "Arrived");
        appointments
            .set_appointment_status_v1(slot(free), AppointmentStatus::SentIn)
            .await
            .unwrap();
        assert_eq!(practice.slot(free).unwrap().status, "Send In");
        let slot_type = "303".parse().unwrap();
        appointments
            .set_slot_type(slot(free), &slot_type, Some("Interpreter"))
            .await
            .unwrap();
        let seen = practice.slot(free).unwrap();
        assert_eq!(
            (seen.slot_type_id, seen.note.as_deref()),
            (303, Some("Interpreter"))
        );
        appointments
            .set_slot_notes(slot(free), Some("Wheelchair"))
            .await
            .unwrap();
        appointments
            .add_slot_comment(slot(free), "Seen")
            .await
            .unwrap();
        let seen = practice.slot(free).unwrap();
        assert_eq!(
            (seen.note.as_deref(), seen.comments.len()),
            (Some("Wheelchair"), 1)
        );
        appointments
            .cancel_appointment(slot(free), whose)
            .await
            .unwrap();
        assert_eq!(practice.booking_of(free), None);

        let records = client.medical_record();
        let at = date(2026, 6, 2).at(9, 10, 0, 0);
        let user = || "1101".parse().unwrap();
        let mut reading = NewCodedValue::new(Code::new(
            "271649006",
            CodeScheme::Snomed,
            "Systolic blood pressure",
        ));
        reading.value = Some(Sensitive::new(121.0));
        reading.units = Some("mmHg".to_owned());
        let document = NewAttachment::new("Care plan", "plan.txt", *b"Invented");
        let before = records.get_medical_record(whose).await.unwrap();
        for entry in [
            NewEntry::Coded(reading),
            NewEntry::Comment("Telephoned".to_owned().into()),
            NewEntry::Attachment(document),
        ] {
            let mut consultation = NewConsultation::new(at, user(), entry);
            consultation.visibility = Some(OnlineVisibility::NotVisible);
            records.file_record(whose, &consultation).await.unwrap();
        }
        let after = records.get_medical_record(whose).await.unwrap();
        assert_eq!(after.skipped, []);
        assert_eq!(after.consultations.len(), before.consultations.len() + 3);
        assert_eq!(after.events.len(), before.events.len() + 2);
        let document = after.attachments.last().unwrap();
        let guid = document.document.unwrap();
        for file in [
            records
                .get_base64_attachment_data(whose, guid)
                .await
                .unwrap(),
            records
                .get_base64_attachment_data_v1(whose, guid)
                .await
                .unwrap(),
        ] {
            let mut bytes = Vec::new();
            file.write_to(&mut bytes).unwrap();
            assert_eq!(bytes, b"Invented");
        }
        let hidden = AttachmentVisibility::NotVisible;
        let entry = document.entry.ident.guid.unwrap();
        records
            .update_attachment(whose, entry, hidden, AttachmentProvisional::Provisional)
            .await
            .unwrap();
        let consultation = after.consultations.last().unwrap().ident.guid.unwrap();
        let visible = OnlineVisibility::Visible;
        records
            .update_consultation_visibility(whose, consultation, visible)
            .await
            .unwrap();
        let record = records.get_consultation(whose, consultation).await.unwrap();
        assert_eq!(record.skipped, []);
    }
    let called = |operation: &&SimOperation| sim.count(**operation) > 0;
    assert!(
        SimOperation::ALL
            .iter()
            .filter(|it| it.is_write())
            .all(|it| called(&it))
    );
}
