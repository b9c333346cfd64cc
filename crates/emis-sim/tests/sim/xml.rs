//! Answers in EMIS Open XML: names, order, literals and omissions.

use std::collections::BTreeSet;
use std::path::Path;

use emis_sim::{PatientKind, Sim, SimOperation};
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

/// The text between the first `<name>` and the next `</name>`.
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
async fn dead_is_a_literal_and_absent_if_not_set() {
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
    let kinds: BTreeSet<_> = kinds.collect();
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
    // None of these has an effect.
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
async fn any_text_gives_a_well_formed_document() {
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
    assert!(sim.count(SimOperation::GetSlotsForSessionV2) > 0);
}

#[tokio::test]
async fn a_malformed_record_is_well_formed_xml() {
    let sim = small().start().await.expect("started");
    let caller = Caller::first(&sim).await;
    sim.faults().next(
        SimOperation::GetSlotsForSessionV2,
        emis_sim::SimFault::Distort(emis_sim::Distortion::MalformedRecord),
    );
    let session = sim.practice().slots()[0].session_id.to_string();
    let path = "/api/v1/appointments/GetSlotsForSessionV2";
    let query = [("appointmentSessionId", session.as_str())];
    let broken = xml(&caller, path, &query).await;
    let sound = xml(&caller, path, &query).await;
    assert_eq!(
        broken.matches("<Slot>").count(),
        sound.matches("<Slot>").count()
    );
    assert_eq!(broken.matches("<DBID>not a number</DBID>").count(), 1);
    assert!(broken.contains("<StartTime>25:61</StartTime>"));
    assert!(!sound.contains("not a number"));
}

/// The names of elements and attributes in EMIS Open's schemas, which are not in the repository.
fn schemas() -> Option<BTreeSet<String>> {
    let folder = std::env::var_os("EMIS_OPEN_SCHEMAS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/emis-open-xsd"),
        Into::into,
    );
    let Ok(files) = std::fs::read_dir(&folder) else {
        eprintln!(
            "SKIPPED: EMIS Open's schemas are not there; set EMIS_OPEN_SCHEMAS to their folder"
        );
        return None;
    };
    let mut names = BTreeSet::new();
    for file in files {
        let schema = std::fs::read(file.expect("a file").path()).expect("a schema");
        for tag in String::from_utf8_lossy(&schema).split('<') {
            if tag.starts_with("xs:element") || tag.starts_with("xs:attribute ") {
                let name = tag
                    .split("name=\"")
                    .nth(1)
                    .and_then(|rest| rest.split('"').next());
                names.extend(name.map(str::to_owned));
            }
        }
    }
    Some(names)
}

#[tokio::test]
async fn every_name_is_in_the_schemas_or_added_by_the_partner_api() {
    let Some(known) = schemas() else { return };
    let sim = small().start().await.expect("started");
    let caller = Caller::first(&sim).await;
    let practice = sim.practice();
    let taken = practice.slots().into_iter();
    let mut taken = taken.filter(|slot| slot.status == "Booked");
    let taken = taken.next_back().expect("a booking");
    let patient = taken.patient.expect("a patient").to_string();
    let session = taken.session_id.to_string();
    let (from, to) = (("startDate", "01/06/2026"), ("endDate", "30/06/2026"));
    let window = [("minutesBefore", "60"), ("minutesWithin", "43200")];
    let whose = [("patientNumber", patient.as_str())];
    caller.comment(taken.slot_id, "Seen").await;
    let mut added = BTreeSet::new();
    for (path, query) in [
        ("organisation/GetOrganisation", vec![]),
        ("organisation/GetOrganisationV2", vec![]),
        ("user/GetUserById", vec![("userInRoleId", "1101")]),
        ("appointments/GetAppointmentSessions", vec![from, to]),
        (
            "appointments/GetSlotsForSession",
            vec![("appointmentSessionId", &*session)],
        ),
        (
            "appointments/GetSlotsForSessionV2",
            vec![("appointmentSessionId", &*session)],
        ),
        ("appointments/GetBookedPatients", window.to_vec()),
        ("appointments/GetBookedPatientsV2", window.to_vec()),
        (
            "appointments/GetPatientAppointments",
            vec![whose[0], from, to],
        ),
        (
            "appointments/GetPatientAppointmentsV2",
            vec![whose[0], from, to],
        ),
        ("patientMatching/GetChangedPatients", vec![]),
        ("patient/GetPatientDemographics", whose.to_vec()),
        ("medicalRecord/GetMedicalRecord", whose.to_vec()),
    ] {
        let text = xml(&caller, &format!("/api/v1/{path}"), &query).await;
        for tag in text.split('<').skip(2) {
            let name = tag.trim_start_matches('/').split([' ', '/', '>']).next();
            let name = name.expect("a name");
            if !known.contains(name) {
                added.insert(name.to_owned());
            }
        }
    }
    let expected = [
        "AppointmentName",
        "Bookable",
        "BookedPatientsV2",
        "CommentList",
        "Display",
        "EmisAccess",
        "OrganisationInformationV2",
        "OrganisationNACS",
        "PatientAppointmentListV2",
        "PfsVisible",
        "Provisional",
        "SessionId",
        "SessionLocation",
        "SessionLocationsList",
        "SessionUser",
        "SessionUsersList",
    ];
    assert_eq!(added, expected.map(str::to_owned).into());
}
