//! The mock for embedders: the client returns the values that it is given, and an unexpected call
//! fails the test.

mod practice;

use std::future::Future;
use std::num::NonZeroU16;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use self::practice::*;
use emis_client::model::medical_record::{
    AttachmentProvisional, AttachmentVisibility, NewConsultation, NewEntry, OnlineVisibility,
};
use emis_client::model::{
    AppointmentStatus, Listing, MatchedTerms, MinutesWindow, Patient, SearchMatch, SearchReport,
    StatusChange, VitalStatus,
};
use emis_client::testing::{Fault, File, Json, MockEmis, Refusal};
use emis_client::{ClientErrorKind, Operation, QueryDateFormat, RetryPolicy};
use futures_util::FutureExt;
use jiff::civil::date;

/// Expects a call with an answer, makes the call, and compares. The expectation and the call take
/// the same arguments.
macro_rules! answers {
    ($emis:ident, $group:ident, $method:ident($($argument:expr),*), $answer:expr) => {
        answers!($emis, $group, $method($($argument),*), $answer, $answer)
    };
    ($emis:ident, $group:ident, $method:ident($($argument:expr),*), $answer:expr, $given:expr) => {
        $emis.$method($($argument),*).answer($answer).called(1).mount().await;
        let given = $emis.client().$group().$method($($argument),*).await.unwrap();
        assert_eq!(given, $given, stringify!($method));
    };
}

#[tokio::test]
async fn the_appointment_book_is_given_as_it_was_told() {
    let emis = MockEmis::start().await;
    let window = MinutesWindow::new(60, 1440).unwrap();
    let patient_number = id("17");
    let slot_type = id("GP/1");
    answers!(
        emis,
        appointments,
        get_appointment_configuration(june()),
        configuration()
    );
    answers!(
        emis,
        appointments,
        get_appointment_sessions(june(), None),
        vec![session()],
        Listing::new(vec![session()])
    );
    answers!(
        emis,
        appointments,
        get_appointment_sessions(june(), Some(&slot_type)),
        vec![],
        Listing::default()
    );
    answers!(
        emis,
        appointments,
        get_slots_for_session(id("31")),
        vec![slot()],
        Listing::new(vec![slot()])
    );
    answers!(
        emis,
        appointments,
        get_slots_for_session_v1(id("31")),
        vec![slot()],
        Listing::new(vec![slot()])
    );
    answers!(
        emis,
        appointments,
        get_booked_patients(window),
        vec![booked_patient()],
        Listing::new(vec![booked_patient()])
    );
    answers!(
        emis,
        appointments,
        get_booked_patients_v1(window),
        vec![booked_patient()],
        Listing::new(vec![booked_patient()])
    );
    answers!(
        emis,
        appointments,
        get_arrived_patients(window),
        vec![booked_patient()],
        Listing::new(vec![booked_patient()])
    );
    answers!(
        emis,
        appointments,
        get_sent_in_patients(window),
        vec![booked_patient()],
        Listing::new(vec![booked_patient()])
    );
    answers!(
        emis,
        appointments,
        get_patient_appointments(patient_number, june()),
        vec![appointment()],
        Listing::new(vec![appointment()])
    );
    answers!(
        emis,
        appointments,
        get_patient_appointments_v1(patient_number, june()),
        vec![appointment()],
        Listing::new(vec![appointment()])
    );
    emis.verify().await;
}

#[tokio::test]
async fn what_is_written_is_answered_as_it_was_told() {
    let emis = MockEmis::start().await;
    let (slot_id, patient_number, slot_type) = (id("21"), id("17"), id("7"));
    let status = AppointmentStatus::QuietSentIn;
    let mut change = StatusChange::default();
    change.session = Some(id("31"));
    change.performed_on = Some(1_780_000_000_000);
    answers!(emis, appointments, book_appointment(&booking()), booked());
    answers!(
        emis,
        appointments,
        cancel_appointment(slot_id, patient_number),
        booked()
    );
    answers!(
        emis,
        appointments,
        set_appointment_status(slot_id, patient_number, status),
        change
    );
    answers!(
        emis,
        appointments,
        set_appointment_status_v1(slot_id, status),
        change
    );
    answers!(
        emis,
        appointments,
        set_slot_type(slot_id, &slot_type, Some(" Note ")),
        ()
    );
    answers!(
        emis,
        appointments,
        set_slot_notes(slot_id, Some("Notes")),
        Some(slot())
    );
    answers!(emis, appointments, set_slot_notes(slot_id, None), None);
    answers!(
        emis,
        appointments,
        add_slot_comment(slot_id, "Reminder sent"),
        Some(slot())
    );
    emis.verify().await;
}

#[tokio::test]
async fn the_practice_and_its_patients_are_given_as_they_were_told() {
    let emis = MockEmis::start().await;
    let terms = MatchedTerms::new("01/02/1980 Zoë O'Example").unwrap();
    let mut found = SearchMatch::new(id("17"));
    found.status_code = Some(8);
    let batch = NonZeroU16::new(50).unwrap();
    let since = Some(date(2026, 6, 1));
    let patients = || vec![patient(), Patient::new(id("18"))];
    answers!(emis, organisation, get_organisation(), organisation());
    answers!(emis, organisation, get_organisation_v1(), organisation());
    answers!(
        emis,
        user,
        get_user_by_id(id("5")),
        vec![staff()],
        Listing::new(vec![staff()])
    );
    answers!(
        emis,
        search,
        get_patient_searches(GUID, "Example Surgery", SearchReport::FinancialYearEnd),
        vec![found],
        Listing::new(vec![found])
    );
    answers!(emis, patient, get_patient_demographics(id("17")), patient());
    answers!(
        emis,
        patient_matching,
        get_matched_patients(&terms),
        patients(),
        Listing::new(patients())
    );
    answers!(
        emis,
        patient_matching,
        get_changed_patients(since),
        patients(),
        Listing::new(patients())
    );
    answers!(
        emis,
        patient_matching,
        get_changed_patients(None),
        vec![],
        Listing::default()
    );
    answers!(
        emis,
        patient_matching,
        get_changed_patients_mr(since),
        patients(),
        Listing::new(patients())
    );
    answers!(
        emis,
        patient_matching,
        get_patient_sequence(id("1"), batch),
        patients(),
        Listing::new(patients())
    );
    emis.health().answer(()).called(1).mount().await;
    emis.client().health().await.unwrap();
    emis.verify().await;
}

#[tokio::test]
async fn records_are_given_as_they_were_told() {
    let emis = MockEmis::start().await;
    let client = emis.client();
    let records = client.medical_record();
    let patient = id("17");
    let json = || Json::new(r#"{"registration": {"dbid": "17", "familyName": "Quillfeather"}}"#);
    /// Expects a call with a record, makes the call, and looks whose record it is.
    macro_rules! records {
        ($($method:ident($($argument:expr),*))*) => {$(
            emis.$method($($argument),*).answer(json()).called(1).mount().await;
            let record = records.$method($($argument),*).await.unwrap();
            let whose = record.registration.and_then(|registration| registration.patient);
            assert_eq!(whose.unwrap().number, patient, stringify!($method));
        )*};
    }
    records! {
        get_medical_record(patient)
        get_coded_record(patient)
        get_events(patient, 30)
        get_medication_issues(patient, 30)
        get_consultation(patient, GUID)
        get_attachments(patient)
        get_attachments_v1(patient)
    }
    let file = || File::new("letter.txt", "Dear Robin");
    for old in [false, true] {
        let (expected, data) = if old {
            (
                emis.get_base64_attachment_data_v1(patient, GUID),
                records.get_base64_attachment_data_v1(patient, GUID).boxed(),
            )
        } else {
            (
                emis.get_base64_attachment_data(patient, GUID),
                records.get_base64_attachment_data(patient, GUID).boxed(),
            )
        };
        expected.answer(file()).called(1).mount().await;
        let data = data.await.unwrap();
        let mut bytes = Vec::new();
        data.write_to(&mut bytes).unwrap();
        assert_eq!(bytes, b"Dear Robin");
        assert_eq!(data.file_name.unwrap().expose(), "letter.txt");
    }
    emis.verify().await;
}

#[tokio::test]
async fn what_is_filed_is_compared_word_by_word() {
    let emis = MockEmis::start().await;
    let client = emis.client();
    let records = client.medical_record();
    let patient = id("17");
    let consultation = |text: &str| {
        let comment = NewEntry::Comment(text.to_owned().into());
        NewConsultation::new(date(2026, 6, 2).at(9, 30, 0, 0), id("5"), comment)
    };
    emis.file_record(patient, &consultation("Seen"))
        .answer(())
        .called(1)
        .mount()
        .await;
    records
        .file_record(patient, &consultation("Seen"))
        .await
        .unwrap();
    emis.update_attachment(
        patient,
        GUID,
        AttachmentVisibility::Visible,
        AttachmentProvisional::NoChange,
    )
    .answer(())
    .called(1)
    .mount()
    .await;
    let updated = records.update_attachment(
        patient,
        GUID,
        AttachmentVisibility::Visible,
        AttachmentProvisional::NoChange,
    );
    updated.await.unwrap();
    emis.update_consultation_visibility(patient, GUID, OnlineVisibility::NotVisible)
        .answer(())
        .called(1)
        .mount()
        .await;
    let updated =
        records.update_consultation_visibility(patient, GUID, OnlineVisibility::NotVisible);
    updated.await.unwrap();
    emis.verify().await;

    let other = records
        .file_record(patient, &consultation("Not seen"))
        .await;
    assert_eq!(other.unwrap_err().kind(), ClientErrorKind::Rejected);
    assert!(panics(async move { drop(emis) }).await);
}

#[tokio::test]
async fn the_dead_are_given_as_they_were_told() {
    for status in [
        VitalStatus::NoSignOfDeath,
        VitalStatus::Deceased,
        VitalStatus::Conflicting,
    ] {
        let emis = MockEmis::start().await;
        let mut patient = patient();
        patient.vital_status = status;
        answers!(
            emis,
            patient,
            get_patient_demographics(id("17")),
            patient.clone()
        );
    }
}

#[tokio::test]
async fn dates_are_understood_however_they_are_written() {
    let emis = MockEmis::start().await;
    emis.get_appointment_sessions(june(), None)
        .answer(vec![])
        .called(2)
        .mount()
        .await;
    for format in [QueryDateFormat::DayMonthYear, QueryDateFormat::Iso] {
        let client = emis.builder().date_format(format).build().unwrap();
        let sessions = client.appointments().get_appointment_sessions(june(), None);
        sessions.await.unwrap();
    }
    emis.verify().await;
}

#[tokio::test]
async fn steps_come_one_after_the_other_and_the_last_again() {
    let emis = MockEmis::start().await;
    emis.get_slots_for_session(id("31"))
        .refuse(503)
        .answer(vec![slot()])
        .refuse(404)
        .called(4)
        .mount()
        .await;
    let client = emis.client();
    let appointments = client.appointments();
    let slots = appointments.get_slots_for_session(id("31")).await.unwrap();
    assert_eq!(slots.items.len(), 1);
    for _ in 0..2 {
        let gone = appointments.get_slots_for_session(id("31")).await;
        assert_eq!(gone.unwrap_err().kind(), ClientErrorKind::NotFound);
    }
    assert_eq!(emis.calls(Operation::GetSlotsForSessionV2).await, 4);
    emis.verify().await;
}

#[tokio::test]
async fn a_refusal_says_what_it_was_told_to_say() {
    let emis = MockEmis::start().await;
    let refusal = Refusal::new(409).message_id(GUID).legacy_outcome(2);
    emis.book_appointment(&booking())
        .refuse(refusal.retry_after(Duration::from_secs(30)))
        .mount()
        .await;
    let client = emis.client();
    let error = client.appointments().book_appointment(&booking()).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::Conflict);
    assert_eq!(error.message_id(), Some(GUID));
    assert_eq!(error.legacy_outcome(), Some(2));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(30)));
}

#[tokio::test]
async fn faults_come_to_what_they_come_to_in_earnest() {
    for (fault, of_read, of_write) in [
        (
            Fault::Disconnect,
            ClientErrorKind::Interrupted,
            ClientErrorKind::Ambiguous,
        ),
        (
            Fault::Hang,
            ClientErrorKind::Interrupted,
            ClientErrorKind::Ambiguous,
        ),
        (
            Fault::Html,
            ClientErrorKind::Decode,
            ClientErrorKind::Ambiguous,
        ),
        (
            Fault::Truncated,
            ClientErrorKind::Decode,
            ClientErrorKind::Ambiguous,
        ),
        (
            Fault::Empty,
            ClientErrorKind::Decode,
            ClientErrorKind::Ambiguous,
        ),
    ] {
        let emis = MockEmis::start().await;
        emis.get_slots_for_session(id("31"))
            .fault(fault)
            .mount()
            .await;
        let booking = booking();
        let books = emis.book_appointment(&booking).fault(fault);
        let (books, client) = match fault {
            // A busy machine may give a request up before it is sent.
            Fault::Hang => (
                books,
                emis.builder().attempt_timeout(Duration::from_secs(1)),
            ),
            _ => (books.called(1), emis.builder()),
        };
        books.mount().await;
        let client = client.retry(RetryPolicy::never()).build().unwrap();
        let read = client.appointments().get_slots_for_session(id("31")).await;
        assert_eq!(read.unwrap_err().kind(), of_read, "{fault:?}");
        let write = client.appointments().book_appointment(&booking).await;
        assert_eq!(write.unwrap_err().kind(), of_write, "{fault:?}");
        emis.verify().await;
    }
}

/// Returns whether the work panics, as a failing test does.
async fn panics(work: impl Future<Output = ()>) -> bool {
    AssertUnwindSafe(work).catch_unwind().await.is_err()
}

#[tokio::test]
async fn what_was_not_expected_fails_the_test() {
    let emis = MockEmis::start().await;
    emis.get_slots_for_session(id("31"))
        .answer(vec![])
        .mount()
        .await;
    let client = emis.client();
    let other = client.appointments().get_slots_for_session(id("32")).await;
    assert_eq!(other.unwrap_err().kind(), ClientErrorKind::Rejected);
    assert!(panics(emis.verify()).await);
    assert!(
        panics(async move { drop(emis) }).await,
        "it is heard at the latest when it is dropped"
    );
}

#[tokio::test]
async fn what_was_expected_and_did_not_come_fails_the_test() {
    let emis = MockEmis::start().await;
    let expected = emis.cancel_appointment(id("21"), id("17")).answer(booked());
    expected.called(1).mount().await;
    assert!(panics(emis.verify()).await);
    assert!(panics(async move { drop(emis) }).await);
}

#[tokio::test]
async fn an_expectation_without_an_answer_fails_the_test() {
    let emis = MockEmis::start().await;
    assert!(panics(emis.get_organisation().mount()).await);
}

#[tokio::test]
async fn any_parameters_are_taken_where_that_is_said() {
    let emis = MockEmis::start().await;
    emis.get_slots_for_session(id("1"))
        .with_any_parameters()
        .answer(vec![slot()])
        .called(2)
        .mount()
        .await;
    let client = emis.client();
    for session in ["31", "32"] {
        let slots = client
            .appointments()
            .get_slots_for_session(id(session))
            .await;
        assert_eq!(slots.unwrap().items, [slot()]);
    }
    emis.verify().await;
}
