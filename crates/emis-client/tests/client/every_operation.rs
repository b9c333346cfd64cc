//! Properties of every operation, and cases in which clients generated from EMIS's document fail: answers
//! without a body, answers that the document does not declare, and patients in `Debug`.

use crate::support::openapi;
use crate::support::operations::{answered, answered_each_way, success};
use crate::support::schema::{Enums, Generator, whole};
use emis_client::operation::Effect;
use emis_client::{ClientErrorKind, Operation, SentStatus};
use serde_json::{Value, json};

fn writes() -> impl Iterator<Item = Operation> {
    Operation::ALL
        .iter()
        .copied()
        .filter(|operation| operation.effect() == Effect::Write)
}

#[test]
fn a_write_that_is_answered_with_204_is_done_with_a_body_or_without() {
    for operation in writes() {
        for body in ["", " ", "{}", "null", r#""done""#, "<html></html>"] {
            let answer = answered(operation, 204, body);
            assert!(answer.is_ok(), "{operation}: {answer:?}");
        }
    }
}

#[test]
fn a_body_that_the_document_shows_with_a_204_is_no_failure() {
    let Some(document) = openapi() else { return };
    let mut shown = 0;
    for operation in writes() {
        if let (204, Some(schema)) = success(&document, operation) {
            let body = whole(&document, schema).to_string();
            answered(operation, 204, body).unwrap();
            shown += 1;
        }
    }
    assert!(shown >= 5, "the document shows bodies with a 204");
}

#[test]
fn a_write_whose_answer_tells_nothing_of_use_is_done_without_one() {
    use Operation::{BookAppointment, CancelAppointment};
    for operation in writes() {
        if matches!(operation, BookAppointment | CancelAppointment) {
            continue;
        }
        let documented = match operation {
            Operation::SetSlotNotes | Operation::AddSlotComment => r#"{"dbid": {}}"#,
            Operation::SetAppointmentStatus | Operation::SetAppointmentStatusEx => {
                r#"{"sessionId": "?"}"#
            }
            _ => r#""OK""#,
        };
        for body in ["", "null", documented] {
            let answer = answered(operation, 200, body);
            assert!(answer.is_ok(), "{operation} {body}: {answer:?}");
        }
        // This did not come from EMIS, or not as an answer.
        for body in [
            "<html></html>",
            "{}",
            "[]",
            "true",
            "7",
            r#"{"error": "x"}"#,
        ] {
            let error = answered(operation, 200, body).unwrap_err();
            assert_eq!(
                error.kind(),
                ClientErrorKind::Ambiguous,
                "{operation} {body}"
            );
        }
    }
}

#[test]
fn a_slot_in_the_answer_is_the_one_that_was_written_on() {
    for operation in [Operation::SetSlotNotes, Operation::AddSlotComment] {
        let slot =
            |dbid: i32| json!({"dbid": dbid, "startTime": "09:10", "status": "Booked"}).to_string();
        let read = answered(operation, 200, slot(21)).unwrap();
        assert!(read.shown.contains("SlotId(21)"), "{}", read.shown);
        let error = answered(operation, 200, slot(22)).unwrap_err();
        assert_eq!(error.kind(), ClientErrorKind::Ambiguous, "{operation}");
    }
}

/// Statuses that come, declared or not, and what each is to a read and to a write.
const REFUSALS: [(u16, ClientErrorKind, ClientErrorKind); 10] = {
    use ClientErrorKind::Unauthenticated;
    use ClientErrorKind::{
        Ambiguous, Conflict, Forbidden, NotFound, RateLimited, Rejected, Server,
    };
    [
        (400, Rejected, Rejected),
        (401, Unauthenticated, Unauthenticated),
        (403, Forbidden, Forbidden),
        (404, NotFound, NotFound),
        (409, Conflict, Conflict),
        (415, Rejected, Rejected),
        (429, RateLimited, RateLimited),
        (500, Server, Ambiguous),
        (502, Server, Ambiguous),
        (503, Server, Ambiguous),
    ]
};

#[test]
fn refusals_are_told_apart_whether_the_document_declares_them_or_not() {
    let error = json!({
        "messageId": "6f9619ff-8b86-d011-b42d-00c04fc964ff",
        "text": {"status": "generated", "div": "Invented Person"},
        "issue": {"severity": 1, "code": "x", "details": {"text": "Invented Person"}},
        "legacyOutcome": -1,
    })
    .to_string();
    for &operation in Operation::ALL {
        for (status, read, write) in REFUSALS {
            if (operation, status) == (Operation::GetHealth, 401) {
                // It shows that the API is there.
                continue;
            }
            let expected = match operation.effect() {
                Effect::Read => read,
                Effect::Write => write,
            };
            for body in [error.as_str(), "", "<html>Invented Person</html>"] {
                let error = answered(operation, status, body).unwrap_err();
                let what = format!("{operation} {status}");
                assert_eq!(error.kind(), expected, "{what}");
                assert_eq!(error.http_status(), Some(status), "{what}");
                assert_eq!(error.operation(), Some(operation), "{what}");
                let known = body.starts_with('{');
                assert_eq!(error.message_id().is_some(), known, "{what}");
                assert_eq!(error.legacy_outcome().is_some(), known, "{what}");
                assert_ne!(error.sent(), SentStatus::NotSent, "{what}");
                let shown = format!("{error:?} {}", error.report());
                assert!(!shown.contains("Invented"), "{shown}");
            }
        }
    }
}

/// Returns true if a property is about a patient: all that a registration holds, and free text.
fn is_about_a_patient(schema: &str, property: &str) -> bool {
    let registrations = [
        "RegistrationType",
        "PatientMatchesPatient",
        "PatientInformationType",
    ];
    // The day on which a patient left the list is on the way to reminders, and shown.
    if property == "deductedDate" {
        return false;
    }
    let free_text = ["notes", "reason", "bookingNotes", "commentList"];
    let patient = schema == "PatientStruct" && !["dbid", "refID"].contains(&property);
    registrations.contains(&schema) || patient || free_text.contains(&property)
}

#[test]
fn no_answer_shows_a_patient_in_debug() {
    let Some(document) = openapi() else { return };
    for &operation in Operation::ALL {
        let (_, Some(schema)) = success(&document, operation) else {
            continue;
        };
        let tweak = |schema: &str, property: &str, value: Value| {
            let ids = ["dbid", "refID", "guid", "oldGUID"].contains(&property);
            Some(match &value {
                Value::String(text) if is_about_a_patient(schema, property) && !ids => {
                    let date = text.contains('/');
                    json!(if date { "01/02/1903" } else { "Zebedee" })
                }
                Value::Array(items) if is_about_a_patient(schema, property) => {
                    let texts = items.iter().all(Value::is_string);
                    if texts { json!(["Zebedee"]) } else { value }
                }
                _ => value,
            })
        };
        let generator = Generator {
            document: &document,
            enums: Enums::Place(0),
            tweak: &tweak,
        };
        let answer = generator.instance(schema).to_string();
        for read in answered_each_way(operation, &answer) {
            let shown = read.unwrap().shown;
            assert!(!shown.contains("Zebedee"), "{operation}: {shown}");
            assert!(!shown.contains("1903"), "{operation}: {shown}");
        }
    }
}
