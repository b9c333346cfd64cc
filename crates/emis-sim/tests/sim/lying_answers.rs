//! Answers that lie: false ones under 200, distorted ones, and late commits.

use emis_sim::{
    CallEnd, Distortion, FalseAnswer, FaultRule, LexicalForm, NumberForm, Sim, SimFault,
    SimOperation, StrayCharacter, TextEncoding,
};
use emis_types::ManualClock;
use jiff::SignedDuration;
use serde_json::Value;

use crate::common::{Answer, Caller, NOW, http, small, token, token_request};

/// A simulator, a caller, a free slot and a patient.
struct Scene {
    sim: Sim,
    clock: ManualClock,
    caller: Caller,
    slot: i32,
    patient: i32,
}

impl Scene {
    async fn set() -> Self {
        let clock = ManualClock::at_uk(NOW);
        let sim = small().manual_clock(clock.clone()).start().await;
        let sim = sim.expect("started");
        let practice = sim.practice();
        Self {
            caller: Caller::first(&sim).await,
            slot: practice.free_slot().expect("free").slot_id,
            patient: practice.patient_who_can_book().expect("one").patient_number,
            sim,
            clock,
        }
    }

    async fn book_with(&self, fault: SimFault) -> Answer {
        self.sim.faults().next(SimOperation::BookAppointment, fault);
        self.caller.book(self.slot, self.patient).await
    }

    fn is_booked(&self) -> bool {
        self.sim.practice().booking_of(self.slot) == Some(self.patient)
    }

    /// The bytes and the content type of the booked patients of a month.
    async fn booked(&self, accept: &str, distortion: Distortion) -> (Vec<u8>, String) {
        let operation = SimOperation::GetBookedPatientsV2;
        self.sim
            .faults()
            .next(operation, SimFault::Distort(distortion));
        let query = [("minutesBefore", "0"), ("minutesWithin", "43200")];
        let path = "/api/v1/appointments/GetBookedPatientsV2";
        let request = self
            .caller
            .request_in(accept, reqwest::Method::GET, path, &query);
        raw(request).await
    }

    async fn booked_json(&self, distortion: Distortion) -> Value {
        let (bytes, _) = self.booked(JSON, distortion).await;
        serde_json::from_slice(&bytes).expect("JSON")
    }
}

const JSON: &str = "application/json";
const XML: &str = "application/xml";

async fn raw(request: reqwest::RequestBuilder) -> (Vec<u8>, String) {
    let response = request.send().await.expect("an answer");
    assert_eq!(response.status(), 200);
    let content_type = response.headers()["content-type"].to_str().expect("text");
    let content_type = content_type.to_owned();
    let bytes = response.bytes().await.expect("a complete body");
    (bytes.to_vec(), content_type)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn a_false_answer_has_status_200_before_and_after_the_commit() {
    let scene = Scene::set().await;
    for (kind, start, content_type) in [
        (FalseAnswer::ErrorObject, "{\"message\":", JSON),
        (FalseAnswer::ErrorElement, "<Error><Message>", XML),
        (FalseAnswer::ErrorResponse, "{\"messageId\":", JSON),
        (FalseAnswer::SoapFault, "<?xml", "text/xml"),
        (
            FalseAnswer::OAuthError,
            "{\"error\":\"invalid_grant\"",
            JSON,
        ),
        (FalseAnswer::HtmlPage, "<!DOCTYPE html>", "text/html"),
        (FalseAnswer::ProxyJson, "{\"status\":", JSON),
        (FalseAnswer::EmptyObject, "{}", JSON),
        (FalseAnswer::EmptyBody, "", JSON),
    ] {
        for (fault, commits) in [
            (SimFault::Instead(kind), false),
            (SimFault::InsteadAfterCommit(kind), true),
        ] {
            let answer = scene.book_with(fault).await;
            assert_eq!(answer.status, 200, "{fault:?}");
            assert!(answer.text.starts_with(start), "{fault:?}: {}", answer.text);
            let given = answer.content_type.expect("a content type");
            assert!(given.starts_with(content_type), "{fault:?}: {given}");
            assert_eq!(scene.is_booked(), commits, "{fault:?}");
            assert_eq!(fault.commits(), commits);
            if commits {
                scene
                    .sim
                    .practice()
                    .staff_cancel(scene.slot)
                    .expect("booked");
            }
        }
    }
}

#[tokio::test]
async fn a_true_body_comes_under_another_status() {
    let scene = Scene::set().await;
    let answer = scene.book_with(SimFault::TrueBodyUnderStatus(500)).await;
    assert_eq!(answer.status, 500);
    assert_eq!(
        answer.json()["appointmentInformation"]["slotId"],
        scene.slot
    );
    assert!(scene.is_booked());

    let refused = scene.book_with(SimFault::TrueBodyUnderStatus(200)).await;
    assert_eq!(
        (refused.status, refused.json()["legacyOutcome"].clone()),
        (200, 2.into())
    );

    let username = scene.sim.practice().username().to_owned();
    let fields = [
        ("grant_type", "password"),
        ("username", username.as_str()),
        ("password", "Wrong-Password-1"),
    ];
    let under_200 = SimFault::TrueBodyUnderStatus(200);
    scene.sim.faults().next(SimOperation::Token, under_200);
    let refused = token(&scene.sim, &fields).await;
    assert_eq!(
        (refused.status, refused.json()["error"].clone()),
        (200, "access_denied".into())
    );
}

#[tokio::test]
async fn a_late_commit_waits_for_the_simulators_clock() {
    let later = |status| SimFault::CommitLater {
        after: SignedDuration::from_mins(3),
        status,
    };
    let scene = Scene::set().await;
    assert_eq!(scene.book_with(later(Some(504))).await.status, 504);
    scene.clock.advance(SignedDuration::from_mins(2));
    scene.sim.perform_late_commits();
    assert!(!scene.is_booked());
    let last = || scene.sim.journal().pop().expect("a call");
    assert_eq!(
        (last().end, last().committed),
        (CallEnd::Answered(504), false)
    );

    scene.clock.advance(SignedDuration::from_mins(1));
    scene.sim.perform_late_commits();
    assert!(scene.is_booked());
    assert!(last().committed);

    // A connection that is closed, and a commit with the next request.
    let (other, patient) = (
        scene.sim.practice().free_slot().expect("free").slot_id,
        scene.patient,
    );
    scene
        .sim
        .faults()
        .next(SimOperation::BookAppointment, later(None));
    let path = "/api/v1/appointments/BookAppointment";
    let (slot, number) = (other.to_string(), patient.to_string());
    let query = [
        ("slotId", &*slot),
        ("patientNumber", &number),
        ("reason", "R"),
        ("bookedBy", "1900"),
    ];
    let request = scene.caller.request(reqwest::Method::GET, path, &query);
    assert!(request.send().await.expect_err("closed").is_request());
    scene.clock.advance(SignedDuration::from_mins(3));
    assert_eq!(scene.caller.get("/", &[]).await.status, 200);
    assert_eq!(scene.sim.practice().booking_of(other), Some(patient));
}

#[tokio::test]
async fn a_late_commit_can_fail() {
    let scene = Scene::set().await;
    let fault = SimFault::CommitLater {
        after: SignedDuration::from_secs(1),
        status: Some(500),
    };
    scene.book_with(fault).await;
    let practice = scene.sim.practice();
    let other = practice.patients()[0].patient_number;
    practice.staff_book(scene.slot, other).expect("free");
    scene.clock.advance(SignedDuration::from_secs(1));
    scene.sim.perform_late_commits();
    assert_eq!(practice.booking_of(scene.slot), Some(other));
    assert!(!scene.sim.journal().pop().expect("a call").committed);
}

#[tokio::test]
async fn half_a_body_looks_complete() {
    let scene = Scene::set().await;
    let whole = scene.caller.demographics(scene.patient).await.text;
    let operation = SimOperation::GetPatientDemographics;
    scene.sim.faults().next(operation, SimFault::HalfBody);
    let half = scene.caller.demographics(scene.patient).await.text;
    assert_eq!(half, whole[..whole.len() / 2]);
}

#[tokio::test]
async fn names_begin_with_a_capital() {
    let scene = Scene::set().await;
    let message = scene.booked_json(Distortion::PascalCase).await;
    assert!(message.get("bookedList").is_none());
    let first = &message["BookedList"][0];
    assert!(first["Patient"]["FamilyName"].is_string());
    assert!(first["Appointment"]["Id"]["Dbid"].is_string());
}

#[tokio::test]
async fn dates_that_are_not_set_are_the_minimum() {
    let scene = Scene::set().await;
    let message = scene.booked_json(Distortion::MinValueDates).await;
    let booked = message["bookedList"].as_array().expect("a list");
    let minimum = "0001-01-01T00:00:00";
    let is_minimum = |one: &&Value| one["patient"]["dateOfDeath"] == minimum;
    assert!(booked.len() > 10 && booked.iter().filter(is_minimum).count() > 10);
    assert!(
        booked
            .iter()
            .all(|one| one["patient"]["dateOfBirth"] != minimum)
    );

    let (xml, _) = scene.booked(XML, Distortion::MinValueDates).await;
    assert!(contains(
        &xml,
        b"<DateOfDeath>0001-01-01T00:00:00</DateOfDeath>"
    ));
}

#[tokio::test]
async fn dates_and_times_have_other_forms() {
    let scene = Scene::set().await;
    for (form, time_end, date) in [
        (LexicalForm::Fraction, ":00.0000000", "03/06/2026"),
        (LexicalForm::Offset, ":00+01:00", "2026-06-03+01:00"),
        (LexicalForm::DateTime, ":00", "2026-06-03T00:00:00"),
    ] {
        let message = scene.booked_json(Distortion::Lexical(form)).await;
        let booked = message["bookedList"].as_array().expect("a list");
        let of_the_day = |one: &&Value| one["appointment"]["date"] == date;
        let first = booked.iter().find(of_the_day).expect("one on that day");
        let time = first["appointment"]["time"].as_str().expect("a time");
        assert!(time.ends_with(time_end), "{form:?}: {time}");
        assert_eq!(
            time.starts_with("0001-01-01T"),
            form == LexicalForm::DateTime
        );
    }
}

#[tokio::test]
async fn text_comes_in_other_encodings() {
    let scene = Scene::set().await;
    let patients = scene.sim.practice().patients();
    let accented = |name: &str| name.contains('ë') || name.contains('í');
    let person = patients
        .iter()
        .find(|patient| accented(&patient.first_names));
    let number = person.expect("an accent").patient_number.to_string();
    let ask = async |accept: &str, encoding| {
        let fault = SimFault::Distort(Distortion::Encoding(encoding));
        scene
            .sim
            .faults()
            .next(SimOperation::GetPatientDemographics, fault);
        let path = "/api/v1/patient/GetPatientDemographics";
        let query = [("patientNumber", &*number)];
        let get = reqwest::Method::GET;
        raw(scene.caller.request_in(accept, get, path, &query)).await
    };
    let is_latin = |bytes: &[u8]| bytes.contains(&0xeb) || bytes.contains(&0xed);

    let (xml, content_type) = ask(XML, TextEncoding::Latin1).await;
    assert!(is_latin(&xml) && std::str::from_utf8(&xml).is_err());
    assert!(contains(&xml, b"encoding=\"ISO-8859-1\""));
    assert_eq!(content_type, "application/xml; charset=iso-8859-1");

    let (json, content_type) = ask(JSON, TextEncoding::Windows1252).await;
    assert!(is_latin(&json));
    assert_eq!(content_type, "application/json; charset=windows-1252");

    let (json, content_type) = ask(JSON, TextEncoding::Undeclared).await;
    assert!(is_latin(&json));
    assert_eq!(content_type, "application/json; charset=utf-8");

    let (xml, content_type) = ask(XML, TextEncoding::Utf16).await;
    assert!(xml.starts_with(&[0xff, 0xfe, b'<', 0]));
    assert_eq!(content_type, "application/xml; charset=utf-16");

    let (json, _) = ask(JSON, TextEncoding::Utf8WithMark).await;
    assert!(json.starts_with("\u{feff}{".as_bytes()));
}

#[tokio::test]
async fn one_record_has_a_stray_character() {
    let scene = Scene::set().await;
    for (stray, accept, part) in [
        (StrayCharacter::Control, JSON, &b"\"remark\":\"a\x01b\""[..]),
        (StrayCharacter::Control, XML, b"<Remark>a\x01b</Remark>"),
        (StrayCharacter::Null, JSON, b"\"remark\":\"a\0b\""),
        (StrayCharacter::Null, XML, b"<Remark>a&#x0;b</Remark>"),
        (StrayCharacter::Latin1, JSON, b"\"remark\":\"a\xe9b\""),
    ] {
        let distortion = Distortion::StrayCharacter(stray);
        let (bytes, _) = scene.booked(accept, distortion).await;
        assert!(contains(&bytes, part), "{stray:?} in {accept}");
    }
}

#[tokio::test]
async fn the_identity_services_answers_are_distorted_too() {
    let scene = Scene::set().await;
    let faults = scene.sim.faults();
    for (form, text) in [
        (NumberForm::Text, "\"expires_in\":\"3600\""),
        (NumberForm::Fraction, "\"expires_in\":3600.0"),
        (NumberForm::Exponent, "\"expires_in\":3.600e3"),
    ] {
        let fault = SimFault::Distort(Distortion::ExpiresIn(form));
        faults.next(SimOperation::Token, fault);
        let granted = token(&scene.sim, &[("grant_type", "client_credentials")]).await;
        assert!(granted.text.contains(text), "{}", granted.text);
        let seconds = &granted.json()["expires_in"];
        let seconds = seconds
            .as_f64()
            .or(seconds.as_str().map(|it| it.parse().expect("a number")));
        assert_eq!(seconds, Some(3600.0));
    }
    let mark = SimFault::Distort(Distortion::Encoding(TextEncoding::Utf8WithMark));
    faults
        .rule(FaultRule::new(mark).on_the_identity_service())
        .expect("a rule");
    let at = |path: &str| format!("{}{path}", scene.sim.identity_url());
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", scene.sim.client_id()),
        ("client_secret", scene.sim.client_secret()),
    ];
    for request in [
        http().get(at("/.well-known/openid-configuration")),
        http().get(at("/discovery/keys")),
        token_request(&scene.sim, &fields),
    ] {
        let (bytes, _) = raw(request).await;
        assert!(bytes.starts_with("\u{feff}{".as_bytes()));
    }
}

#[tokio::test]
async fn notes_are_returned_unless_they_are_switched_off() {
    let scene = Scene::set().await;
    let booked = scene.caller.book(scene.slot, scene.patient).await.json();
    assert_eq!(booked["appointmentInformation"]["bookingNotes"], "ref 17");
    let session = scene
        .sim
        .practice()
        .slot(scene.slot)
        .expect("a slot")
        .session_id;
    let notes = async || {
        let slots = scene.caller.slots(session).await.json();
        let slots = slots["slot"].as_array().expect("slots").clone();
        let slot = slots.into_iter().find(|slot| slot["dbid"] == scene.slot);
        let appointments = scene.caller.appointments(scene.patient).await.json();
        [
            slot.expect("the slot")["notes"].clone(),
            appointments["appointment"][0]["notes"].clone(),
        ]
    };
    assert_eq!(notes().await, ["ref 17", "ref 17"]);
    scene.sim.api().set_returns_notes(false);
    assert_eq!(notes().await, [Value::Null, Value::Null]);
    let cancelled = scene.caller.cancel(scene.slot, scene.patient).await.json();
    assert!(cancelled["appointmentInformation"]["bookingNotes"].is_null());
}
