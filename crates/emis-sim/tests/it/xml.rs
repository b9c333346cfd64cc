//! The same answers in EMIS Open XML: names, order, literals and what is left out.

use emis_sim::{Operation, PatientKind, Sim};
use reqwest::Method;

use crate::common::{Caller, send, small};

const OPEN: &str = "http://www.e-mis.com/emisopen/MedicalRecord";

async fn xml(caller: &Caller, path: &str, query: &[(&str, &str)]) -> String {
    let request = caller.request_in("application/xml", Method::GET, path, query);
    let answer = send(request).await;
    let content_type = answer.content_type.as_deref();
    assert_eq!(content_type, Some("application/xml; charset=utf-8"));
    assert!(
        answer
            .text
            .starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?><")
    );
    answer.text
}

async fn demographics(caller: &Caller, patient: i32) -> String {
    let path = "/api/v1/patient/GetPatientDemographics";
    xml(caller, path, &[("patientNumber", &patient.to_string())]).await
}

/// What stands between the first `<name>` and the `</name>` after it.
fn inside<'a>(xml: &'a str, name: &str) -> &'a str {
    let (_, rest) = xml.split_once(&format!("<{name}>")).expect("a beginning");
    rest.split_once(&format!("</{name}>")).expect("an end").0
}

fn in_order(xml: &str, names: &[&str]) {
    let mut rest = xml;
    for name in names {
        let at = rest
            .find(&format!("<{name}"))
            .unwrap_or_else(|| panic!("{name} in its place"));
        rest = &rest[at..];
    }
}

#[tokio::test]
async fn dead_is_a_literal_and_absent_where_the_record_is_silent() {
    let sim: Sim = small().start().await.expect("started");
    let caller = Caller::first(&sim).await;
    let practice = sim.practice();
    for patient in practice.patients() {
        let text = demographics(&caller, patient.patient_number).await;
        let expected = match patient.dead {
            Some(true) => "<Dead>1</Dead>",
            Some(false) => "<Dead>0</Dead>",
            None => "",
        };
        assert_eq!(text.contains("<Dead>"), patient.dead.is_some());
        assert!(text.contains(expected), "{:?}", patient.dead);
        assert!(!text.contains("Specified"));
    }
    let kinds = practice.patients().into_iter().map(|patient| patient.dead);
    let kinds: std::collections::BTreeSet<_> = kinds.collect();
    assert_eq!(kinds.len(), 3, "dead, alive and silent were all seen");
}

#[tokio::test]
async fn a_registration_has_the_schemas_names_in_its_order() {
    let sim = small().start().await.expect("started");
    let caller = Caller::first(&sim).await;
    let patient = sim.practice().patient_of_kind(PatientKind::Regular);
    let patient = patient.expect("a patient");
    let text = demographics(&caller, patient).await;
    let root = format!("<MedicalRecord xmlns=\"{OPEN}\" PatientID=\"{patient}\">");
    assert!(text.contains(&root), "{text}");
    let names = [
        "Registration",
        "DBID",
        "RefID",
        "GUID",
        "DateOfBirth",
        "Sex",
        "FamilyName",
        "FirstNames",
        "Address",
        "HouseNameFlat",
        "RegisteredGpID",
        "UsualGpID",
        "DateAdded",
        "Mobile",
        "RegistrationStatus",
        "CurrentStatus",
        "Code",
        "PracticeRegistered",
        "HARegistered",
    ];
    in_order(&text, &names);
    assert!(!text.contains("null") && !text.contains("dbid"));
}

#[tokio::test]
async fn staff_answer_yes_and_no_in_letters() {
    let sim = small().start().await.expect("started");
    let caller = Caller::first(&sim).await;
    let path = "/api/v1/user/GetUserById";
    let doctor = xml(&caller, path, &[("userInRoleId", "1101")]).await;
    let root = format!("<UserDetails xmlns=\"{OPEN}\"><Person><DBID>1101</DBID>");
    assert!(doctor.contains(&root), "{doctor}");
    in_order(
        &doctor,
        &[
            "LastName",
            "Category",
            "Scripts",
            "Consulter",
            "Doctor",
            "Locum",
        ],
    );
    assert!(doctor.contains("<Scripts>Y</Scripts>") && doctor.contains("<Locum>N</Locum>"));
    // None of these says anything.
    for absent in [
        "Purpose",
        "ChildSurveillance",
        "ContractualRelationship",
        "PCSUser",
    ] {
        assert!(!doctor.contains(absent), "{absent}");
    }
    let nurse = xml(&caller, path, &[("userInRoleId", "1105")]).await;
    assert!(nurse.contains("<Doctor>N</Doctor>") && nurse.contains("<Consulter>Y</Consulter>"));
}

#[tokio::test]
async fn the_appointment_book_in_both_versions() {
    let sim = small().start().await.expect("started");
    let caller = Caller::first(&sim).await;
    let taken = sim.practice().slots().into_iter();
    let mut taken = taken;
    let taken = taken
        .find(|slot| slot.status == "Booked")
        .expect("a booking");
    let session = taken.session_id.to_string();
    let patient = taken.patient.expect("a patient").to_string();
    assert_eq!(
        caller.comment(taken.slot_id, "A < B & \"C\"").await.status,
        204
    );

    let query = [("appointmentSessionId", session.as_str())];
    let first = xml(&caller, "/api/v1/appointments/GetSlotsForSession", &query).await;
    assert!(first.contains("?><SlotList><Slot><DBID>"), "{first}");
    in_order(
        &first,
        &[
            "RefID",
            "StartTime",
            "SlotLength",
            "Type",
            "TypeID",
            "Status",
        ],
    );
    in_order(
        &first,
        &[
            "PatientList",
            "Patient",
            "DBID",
            "Surname",
            "FullName",
            "Reason",
        ],
    );
    assert!(first.contains(&format!("<Patient><DBID>{patient}</DBID>")));
    assert!(first.contains("<PatientList/>") && !first.contains("CommentList"));
    let second = xml(&caller, "/api/v1/appointments/GetSlotsForSessionV2", &query).await;
    assert_eq!(
        inside(&second, "CommentList"),
        "<Comment>A &lt; B &amp; &quot;C&quot;</Comment>"
    );

    let dates = [("startDate", "01/06/2026"), ("endDate", "30/06/2026")];
    let path = "/api/v1/appointments/GetAppointmentSessions";
    let sessions = xml(&caller, path, &dates).await;
    assert!(sessions.contains(&format!(
        "<AppointmentSessionList xmlns=\"{OPEN}\"><AppointmentSession><DBID>"
    )));
    in_order(
        &sessions,
        &[
            "SlotTypeList",
            "SlotType",
            "Total",
            "Booked",
            "Site",
            "HolderList",
            "Holder",
        ],
    );
    let counts = sessions.matches("<AppointmentSession>").count();
    let json = caller.sessions("01/06/2026", "30/06/2026").await.json();
    assert_eq!(
        counts,
        json["appointmentSession"].as_array().expect("list").len()
    );

    let query = [dates[0], dates[1], ("patientNumber", &patient)];
    for (path, root, has_type) in [
        (
            "/api/v1/appointments/GetPatientAppointments",
            "PatientAppointmentList ",
            false,
        ),
        (
            "/api/v1/appointments/GetPatientAppointmentsV2",
            "PatientAppointmentListV2 ",
            true,
        ),
    ] {
        let text = xml(&caller, path, &query).await;
        assert!(text.contains(&format!("<{root}")), "{text}");
        in_order(
            &text,
            &[
                "Appointment>",
                "SlotID",
                "SiteID",
                "Duration",
                "SessionDBID",
                "Status",
            ],
        );
        assert_eq!(text.contains("<SlotType>"), has_type);
    }

    let window = [("minutesBefore", "0"), ("minutesWithin", "43200")];
    for (path, root, has_type) in [
        (
            "/api/v1/appointments/GetBookedPatients",
            "BookedPatients ",
            false,
        ),
        (
            "/api/v1/appointments/GetBookedPatientsV2",
            "BookedPatientsV2 ",
            true,
        ),
    ] {
        let text = xml(&caller, path, &window).await;
        assert!(text.contains(&format!("<{root}")), "{text}");
        in_order(
            &text,
            &[
                "BookedList",
                "Booked",
                "Patient",
                "Appointment",
                "ID>",
                "SessionHolder>",
            ],
        );
        in_order(
            &text,
            &[
                "Alert>",
                "SessionHolderList",
                "SessionHolder>",
                "WaitingTime",
                "Time",
            ],
        );
        assert_eq!(text.contains("<SlotType>"), has_type);
    }
}

#[tokio::test]
async fn no_text_breaks_the_document() {
    let sim = small().start().await.expect("started");
    let caller = Caller::first(&sim).await;
    let slot = sim.practice().free_slot().expect("a slot");
    for text in [
        "]]>",
        "<!--",
        "&amp;",
        "\u{0}\u{8}\u{fffe}",
        "tab\tand\r\nlines",
        "\u{1f600}",
    ] {
        assert_eq!(
            caller.comment(slot.slot_id, text).await.status,
            204,
            "{text:?}"
        );
    }
    let session = slot.session_id.to_string();
    let path = "/api/v1/appointments/GetSlotsForSessionV2";
    let text = xml(&caller, path, &[("appointmentSessionId", &session)]).await;
    let comments = inside(&text, "CommentList");
    assert!(comments.contains("<Comment>]]&gt;</Comment><Comment>&lt;!--</Comment>"));
    assert!(comments.contains("<Comment>&amp;amp;</Comment>"));
    assert!(comments.contains("tab\tand&#13;\nlines"));
    let forbidden = |c: char| c < ' ' && !"\t\n\r".contains(c) || c == '\u{fffe}';
    assert!(!text.contains(forbidden));
    assert!(sim.count(Operation::GetSlotsForSessionV2) > 0);
}
