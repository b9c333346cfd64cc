//! One seed, clock and order of calls give one sequence of bytes, so that a failing run can be repeated.

use std::time::Duration;

use emis_sim::{Distortion, FaultRule, RecordedCall, Sim, SimFault, SimOperation};
use emis_types::ManualClock;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;

use crate::common::{Caller, NOW, small, token};

/// The observable results of a run.
#[derive(Debug, PartialEq)]
struct Run {
    /// Status, headers and body of each answer, or `None` if the connection was dropped.
    answers: Vec<Option<String>>,
    journal: Vec<RecordedCall>,
}

/// Starts a practice with frequent faults and receptionists.
async fn faulty_sim(seed: u64) -> (Sim, ManualClock) {
    let clock = ManualClock::at_uk(NOW);
    let sim = small()
        .manual_clock(clock.clone())
        .seed(seed)
        .receptionists(3)
        .token_lifetime(SignedDuration::from_hours(24))
        .start()
        .await
        .expect("started");
    for (fault, probability) in [
        (SimFault::Status(503), 0.1),
        (SimFault::DropAfterCommit, 0.1),
        (SimFault::StatusAfterCommit(500), 0.1),
        (SimFault::Distort(Distortion::MalformedRecord), 0.1),
        (SimFault::DelayBeforeCommit(Duration::from_millis(1)), 0.2),
    ] {
        let rule = FaultRule::new(fault).on_the_api().probability(probability);
        sim.faults().rule(rule).expect("a good rule");
    }
    (sim, clock)
}

/// Returns the call of a step; seven kinds take turns.
fn call(step: usize, slot: i32, patient: i32) -> (Method, String, &'static str) {
    let (json, xml) = ("application/json", "application/xml");
    let of = format!("slotId={slot}&patientNumber={patient}");
    let (path, accept) = match step % 7 {
        0 => (
            format!("BookAppointment?{of}&reason=Review&bookedBy=1900"),
            json,
        ),
        1 => (
            "GetBookedPatientsV2?minutesBefore=60&minutesWithin=1500".to_owned(),
            json,
        ),
        2 => (format!("CancelAppointment?{of}"), xml),
        3 => (
            "GetAppointmentSessions?startDate=01/06/2026&endDate=03/06/2026".to_owned(),
            "*/*",
        ),
        4 => (
            "GetSlotsForSessionV2?appointmentSessionId=none".to_owned(),
            json,
        ),
        5 => {
            let path = format!("/api/v1/medicalRecord/FileRecord?patientNumber={patient}");
            return (Method::POST, path, json);
        }
        _ => {
            let path = format!("/api/v1/medicalRecord/GetMedicalRecord?patientNumber={patient}");
            return (Method::GET, path, xml);
        }
    };
    (Method::GET, format!("/api/v1/appointments/{path}"), accept)
}

fn a_document() -> String {
    json!({
        "consultationList": [{
            "refID": "1", "fileStatus": "0",
            "assignedDate": "02/06/2026 09:10:00", "datePart": 4, "datePartSpecified": true,
            "userID": { "refID": "7" },
            "elementList": [{ "item": { "refID": "1", "fileStatus": "3" } }]
        }],
        "attachmentList": [{
            "refID": "1", "title": "Care plan", "address": "plan.txt", "attachmentData": "SW52ZW50ZWQ="
        }],
        "peopleList": [{ "refID": "7", "dbid": "1101" }]
    })
    .to_string()
}

/// Sends a request and returns the whole answer.
async fn answer_to(request: reqwest::RequestBuilder) -> Option<String> {
    let response = request.send().await.ok()?;
    let head = format!("{} {:?}", response.status(), response.headers());
    Some(head + &response.text().await.ok()?)
}

async fn run(seed: u64, steps: usize) -> Run {
    let (sim, clock) = faulty_sim(seed).await;
    let caller = Caller::first(&sim).await;
    // Tokens differ: they contain the port and are signed with a key of the process.
    let unknown = [("grant_type", "refresh_token"), ("refresh_token", "none")];
    let mut answers = vec![Some(token(&sim, &unknown).await.text)];
    let practice = sim.practice();
    let patients = practice.patients();
    for step in 0..steps {
        clock.advance(SignedDuration::from_mins(7));
        // The same patient for seven calls.
        let patient = patients[step / 7].patient_number;
        let slot = practice.free_slots()[step / 7].slot_id;
        let (method, path, accept) = call(step, slot, patient);
        let (path, query) = path.split_once('?').expect("parameters");
        let query: Vec<_> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .collect();
        let mut request = caller.request_in(accept, method.clone(), path, &query);
        if method == Method::POST {
            request = request
                .header("content-type", "application/json")
                .body(a_document());
        }
        answers.push(answer_to(request).await);
    }
    let journal = sim.journal();
    Run { answers, journal }
}

#[tokio::test]
async fn the_same_seed_and_calls_give_the_same_bytes() {
    let first = run(7, 84).await;
    let again = run(7, 84).await;
    assert_eq!(first.journal, again.journal);
    for (step, (one, other)) in first.answers.iter().zip(&again.answers).enumerate() {
        assert_eq!(one, other, "answer {step}");
    }
    // There were enough faults.
    let faults = first.journal.iter().flat_map(|call| &call.faults).count();
    assert!(faults > 20, "{faults} faults");
    assert!(
        first.answers.iter().any(Option::is_none),
        "none was dropped"
    );
    let filed = |call: &&RecordedCall| call.operation == SimOperation::FileRecord && call.committed;
    assert!(
        first.journal.iter().any(|call| filed(&call)),
        "none was filed"
    );
    let start = first.answers.iter().take(15);
    assert!(!start.eq(&run(8, 14).await.answers));
}
