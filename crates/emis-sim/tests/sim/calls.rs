//! Any call in any order, valid or not: the answer is documented, and the practice stays consistent.

use std::collections::{BTreeMap, BTreeSet};

use emis_sim::{Sim, SimOperation, SimPractice};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use reqwest::Method;
use serde_json::Value;

use crate::common::{Caller, send, small};

/// Every operation: its group, its name, and its parameters.
const OPERATIONS: &[(&str, &str, &[&str])] = &[
    ("organisation", "GetOrganisation", &[]),
    ("organisation", "GetOrganisationV2", &[]),
    ("user", "GetUserById", &["userInRoleId"]),
    (
        "appointments",
        "GetAppointmentConfiguration",
        &["startDate", "endDate"],
    ),
    (
        "appointments",
        "GetAppointmentSessions",
        &["startDate", "endDate", "slotType"],
    ),
    (
        "appointments",
        "GetSlotsForSession",
        &["appointmentSessionId"],
    ),
    (
        "appointments",
        "GetSlotsForSessionV2",
        &["appointmentSessionId"],
    ),
    (
        "appointments",
        "GetBookedPatients",
        &["minutesBefore", "minutesWithin"],
    ),
    (
        "appointments",
        "GetBookedPatientsV2",
        &["minutesBefore", "minutesWithin"],
    ),
    (
        "appointments",
        "GetArrivedPatients",
        &["minutesBefore", "minutesWithin"],
    ),
    (
        "appointments",
        "GetSentInPatients",
        &["minutesBefore", "minutesWithin"],
    ),
    (
        "appointments",
        "GetPatientAppointments",
        &["patientNumber", "startDate", "endDate"],
    ),
    (
        "appointments",
        "GetPatientAppointmentsV2",
        &["patientNumber", "startDate", "endDate"],
    ),
    (
        "appointments",
        "BookAppointment",
        &[
            "slotId",
            "patientNumber",
            "reason",
            "bookedBy",
            "bookingNote",
        ],
    ),
    (
        "appointments",
        "CancelAppointment",
        &["slotId", "patientNumber"],
    ),
    (
        "appointments",
        "SetAppointmentStatus",
        &["slotId", "statusId"],
    ),
    (
        "appointments",
        "SetAppointmentStatusEx",
        &["slotId", "statusId", "patientNumber"],
    ),
    (
        "appointments",
        "SetSlotType",
        &["slotId", "slotType", "bookingNote"],
    ),
    ("appointments", "SetSlotNotes", &["slotId", "slotNotes"]),
    ("appointments", "AddSlotComment", &["slotId", "slotComment"]),
    ("patient", "GetPatientDemographics", &["patientNumber"]),
    ("patientMatching", "GetMatchedPatients", &["matchedTerms"]),
    ("patientMatching", "GetChangedPatients", &["fromDate"]),
    ("patientMatching", "GetChangedPatientsMR", &["fromDate"]),
    (
        "patientMatching",
        "GetPatientSequence",
        &["startId", "batchSize"],
    ),
    (
        "search",
        "GetPatientSearches",
        &["searchGuid", "site", "reportType"],
    ),
    ("medicalRecord", "GetMedicalRecord", &["patientNumber"]),
    ("medicalRecord", "GetCodedRecord", &["patientNumber"]),
    ("medicalRecord", "GetEvents", &["patientNumber", "noOfDays"]),
    (
        "medicalRecord",
        "GetMedicationIssues",
        &["patientNumber", "noOfDays"],
    ),
    (
        "medicalRecord",
        "GetConsultation",
        &["patientNumber", "consultationGuid"],
    ),
    ("medicalRecord", "GetAttachments", &["patientNumber"]),
    ("medicalRecord", "GetAttachmentsV2", &["patientNumber"]),
    (
        "medicalRecord",
        "GetBase64AttachmentData",
        &["patientNumber", "documentId"],
    ),
    (
        "medicalRecord",
        "GetBase64AttachmentDataV2",
        &["patientNumber", "documentId"],
    ),
    ("medicalRecord", "FileRecord", &["patientNumber"]),
    (
        "medicalRecord",
        "UpdateAttachment",
        &[
            "patientNumber",
            "attachmentGuid",
            "pfsVisibility",
            "provisional",
        ],
    ),
    (
        "medicalRecord",
        "UpdateConsultationVisibility",
        &["patientNumber", "consultationGuid", "pfsVisibility"],
    ),
];

fn method(operation: &str) -> Method {
    match operation {
        "FileRecord" => Method::POST,
        _ if operation.starts_with("Set") => Method::PATCH,
        _ if operation.starts_with("Update") || operation.starts_with("Add") => Method::PATCH,
        _ => Method::GET,
    }
}

/// A value for a parameter: mostly a valid one.
#[derive(Debug, Clone)]
enum Pick {
    Fitting(Index),
    Odd(String),
    Missing,
}

#[derive(Debug, Clone)]
struct TestCall {
    operation: &'static (&'static str, &'static str, &'static [&'static str]),
    picks: Vec<Pick>,
    accept: &'static str,
    /// Sometimes the method of another operation.
    method: Option<&'static str>,
    body: String,
    content_type: &'static str,
}

impl TestCall {
    fn is_write(&self) -> bool {
        let operation: SimOperation = self.operation.1.parse().expect("an operation");
        operation.is_write()
    }
}

fn call() -> impl Strategy<Value = TestCall> {
    let pick = prop_oneof![
        12 => any::<Index>().prop_map(Pick::Fitting),
        1 => any::<String>().prop_map(Pick::Odd),
        1 => any::<i64>().prop_map(|n| Pick::Odd(n.to_string())),
        1 => Just(Pick::Missing),
    ];
    let accept = select(vec![
        "application/json",
        "application/xml",
        "*/*",
        "text/html",
        "x",
    ]);
    let method = prop_oneof![
        15 => Just(None),
        1 => select(vec!["GET", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "ODD"]).prop_map(Some),
    ];
    let body = prop_oneof![
        Just(FILING.to_owned()),
        any::<String>(),
        Just("<MedicalRecord/>".to_owned())
    ];
    let types = select(vec![
        "application/json",
        "text/xml",
        "application/json",
        "text/plain",
    ]);
    let picks = prop::collection::vec(pick, 5);
    (select(OPERATIONS), picks, accept, method, body, types).prop_map(
        |(operation, picks, accept, method, body, content_type)| TestCall {
            // The table is static.
            operation: OPERATIONS
                .iter()
                .find(|it| it.1 == operation.1)
                .expect("an operation"),
            picks,
            accept,
            method,
            body,
            content_type,
        },
    )
}

const FILING: &str = r#"{"consultationList":[{"assignedDate":"02/06/2026","userID":{"dbid":"1900"},
    "elementList":[{"item":{}}]}],"eventList":[{"descriptiveText":"Telephoned"}]}"#;

struct World {
    caller: Caller,
    practice: SimPractice,
    /// Valid values by parameter. Slots and patients are few, so that calls interact.
    fitting: BTreeMap<&'static str, Vec<String>>,
}

impl World {
    async fn of(sim: &Sim) -> Self {
        let practice = sim.practice();
        let slots: Vec<_> = practice.slots().into_iter().take(6).collect();
        let texts = |numbers: &[i32]| numbers.iter().map(i32::to_string).collect::<Vec<_>>();
        let some = |texts: &[&str]| {
            texts
                .iter()
                .map(|&text| text.to_owned())
                .collect::<Vec<_>>()
        };
        let patients: Vec<_> = practice
            .patients()
            .iter()
            .take(3)
            .map(|it| it.patient_number)
            .collect();
        let caller = Caller::first(sim).await;
        let query = [("patientNumber", &*patients[0].to_string())];
        let record = caller
            .get("/api/v1/medicalRecord/GetMedicalRecord", &query)
            .await
            .json();
        let guid = |list: &str| some(&[record[list][0]["guid"].as_str().expect("a GUID")]);
        let dates = some(&[
            "01/06/2026",
            "30/06/2026",
            "2026-06-02",
            "2026-06-02T00:00:00Z",
        ]);
        let notes = some(&["Interpreter", "", "<&>"]);
        let fitting = BTreeMap::from([
            ("appointmentSessionId", texts(&[slots[0].session_id])),
            ("attachmentGuid", guid("attachmentList")),
            ("batchSize", some(&["1", "1000"])),
            ("bookedBy", some(&["1900"])),
            ("bookingNote", notes.clone()),
            ("consultationGuid", guid("consultationList")),
            ("documentId", guid("attachmentList")),
            ("endDate", dates.clone()),
            ("fromDate", dates.clone()),
            ("matchedTerms", some(&["Ma", "999 000 0018", "01/02/1960"])),
            ("minutesBefore", some(&["0", "60"])),
            ("minutesWithin", some(&["0", "43200"])),
            ("noOfDays", some(&["0", "2147483647"])),
            ("patientNumber", texts(&patients)),
            ("pfsVisibility", some(&["-1", "0", "1"])),
            ("provisional", some(&["-1", "0", "1"])),
            ("reason", some(&["Review"])),
            ("reportType", some(&["0", "3"])),
            (
                "searchGuid",
                some(&[&practice.searches()[0].guid.to_string()]),
            ),
            ("site", some(&[&practice.sites()[0].name])),
            ("slotComment", notes.clone()),
            (
                "slotId",
                texts(&slots.iter().map(|slot| slot.slot_id).collect::<Vec<_>>()),
            ),
            ("slotNotes", notes),
            ("slotType", some(&["301", "Smear", ""])),
            ("startDate", dates),
            ("startId", texts(&[0, i32::MAX])),
            ("statusId", some(&["2", "3", "4", "12"])),
            ("userInRoleId", texts(&[1101, 1900])),
        ]);
        Self {
            caller,
            practice,
            fitting,
        }
    }

    async fn make(&self, call: &TestCall) {
        let (group, name, parameters) = call.operation;
        let mut query = Vec::new();
        for (parameter, pick) in parameters.iter().zip(&call.picks) {
            match pick {
                Pick::Fitting(index) => {
                    query.push((*parameter, index.get(&self.fitting[parameter]).clone()))
                }
                Pick::Odd(text) => query.push((*parameter, text.clone())),
                Pick::Missing => {}
            }
        }
        let query: Vec<_> = query
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let usual = method(name);
        let method = call
            .method
            .map_or(usual.clone(), |it| it.parse().expect("a method"));
        let path = format!("/api/v1/{group}/{name}");
        let request = self
            .caller
            .request_in(call.accept, method.clone(), &path, &query);
        let request = request.header("content-type", call.content_type);
        let answer = send(request.body(call.body.clone())).await;
        let wanted = ["application/json", "application/xml", "*/*"].contains(&call.accept);
        match answer.status {
            204 if method == Method::OPTIONS => {}
            405 => assert_ne!(method, usual, "{name}"),
            415 => assert!(!wanted || *name == "FileRecord", "{name}"),
            200 | 204 => assert!(wanted && method == usual, "{name}"),
            400 | 404 | 409 => assert!(wanted, "{name}"),
            other => panic!("{name}: {other}"),
        }
        if answer.status >= 400 {
            if call.accept == "application/json" {
                answer.refusal();
            } else {
                assert!(
                    answer.text.contains("?><ErrorResponse><MessageId>"),
                    "{name}"
                );
            }
        }
    }

    /// Checks that slots, sessions and appointments agree.
    async fn check(&self) {
        let patients: BTreeSet<_> = self
            .practice
            .patients()
            .iter()
            .map(|it| it.patient_number)
            .collect();
        for slot in self.practice.slots() {
            let is_empty = ["Slot Available", "Blocked", "Embargoed"].contains(&slot.status);
            assert_eq!(is_empty, slot.patient.is_none(), "slot {}", slot.slot_id);
            assert!(
                slot.patient
                    .is_none_or(|patient| patients.contains(&patient))
            );
            assert!(!is_empty || slot.reason.is_none());
        }
        let session = &self.fitting["appointmentSessionId"][0];
        let id: i32 = session.parse().expect("a number");
        let slots = self.caller.slots(id).await.json();
        let sessions = self
            .caller
            .sessions("01/06/2026", "01/06/2026")
            .await
            .json();
        let sessions = sessions["appointmentSession"].as_array().expect("a list");
        let session = sessions.iter().find(|it| it["dbid"] == id);
        let shown = session.expect("the session")["slotTypeList"]
            .as_array()
            .expect("a list");
        let slots = slots["slot"].as_array().expect("a list");
        let total: i64 = shown.iter().filter_map(|it| it["total"].as_i64()).sum();
        assert_eq!(total, i64::try_from(slots.len()).expect("a number"));
        for counts in shown {
            let of_type = |slot: &&Value| slot["type"]["typeID"] == counts["typeID"];
            let booked = |slot: &&Value| slot["patientList"]["patient"].is_object();
            let of_type = || slots.iter().filter(of_type);
            assert_eq!(counts["total"], of_type().count());
            assert_eq!(counts["booked"], of_type().filter(booked).count());
        }
    }
}

#[test]
fn any_calls_leave_the_practice_consistent() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let config = ProptestConfig {
        cases: 24,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(calls in prop::collection::vec(call(), 1..40))| {
        runtime.block_on(async {
            let sim = small().patients(40).start().await.expect("started");
            let world = World::of(&sim).await;
            for call in &calls {
                world.make(call).await;
                // Reads hold the practice's read lock.
                if call.is_write() {
                    world.check().await;
                }
            }
            world.check().await;
        });
    });
}

#[test]
fn the_table_of_calls_is_complete() {
    for (_, name, _) in OPERATIONS {
        assert!(name.parse::<emis_sim::SimOperation>().is_ok(), "{name}");
    }
    let named: BTreeSet<_> = OPERATIONS.iter().map(|(_, name, _)| *name).collect();
    // GetHealth has no parameters.
    assert_eq!(named.len(), 38);
}
