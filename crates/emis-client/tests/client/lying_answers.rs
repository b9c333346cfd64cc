//! A 200 that is not the documented message is an error that names the operation, and never an
//! empty answer.

use crate::support::operations::{answered, answered_each_way, call};
use crate::support::{Scripted, Step, builder, id};
use emis_client::operation::Effect;
use emis_client::{ClientErrorKind, Operation, Response, RetryPolicy};
use proptest::prelude::*;
use serde_json::{Value, json};

const EMIS_ERROR: &str = r#"{"messageId": "6f9619ff-8b86-d011-b42d-00c04fc964ff",
    "text": {"status": "generated", "div": "Invented Person"},
    "issue": {"severity": 0, "code": "x"}, "legacyOutcome": 3}"#;

const EMIS_ERROR_IN_XML: &str = "<ErrorResponse><MessageId>6f9619ff-8b86-d011-b42d-00c04fc964ff\
    </MessageId><Text><Div>Invented Person</Div></Text><LegacyOutcome>3</LegacyOutcome>\
    </ErrorResponse>";

/// Messages of others, or EMIS's own about something else.
const OTHER_MESSAGES: [&str; 20] = [
    r#"{"message":"An error has occurred."}"#,
    r#"{"BookedList":[{"Patient":{"Dbid":17},"Appointment":{"Id":{"Dbid":21}}}]}"#,
    "<Error><Message>An error has occurred.</Message></Error>",
    "{}",
    " { } ",
    "[]",
    "[{}]",
    "7",
    "true",
    EMIS_ERROR,
    EMIS_ERROR_IN_XML,
    r#"{"type": "about:blank", "title": "Error", "status": 500, "traceId": "1"}"#,
    r#"{"error": {"code": "BadGateway", "message": "Invented Person"}}"#,
    r#"{"policy": "blocked", "data": {"slot": [], "bookedList": [], "patientList": []}}"#,
    r#"{"access_token": "abc", "token_type": "Bearer"}"#,
    r#"<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>
        <faultcode>s:Server</faultcode></s:Fault></s:Body></s:Envelope>"#,
    r#"<?xml version="1.0"?><Fault/>"#,
    "<Message/>",
    "<EmptyList/>",
    "<problem><title>Error</title></problem>",
];

fn operations() -> impl Iterator<Item = Operation> {
    let all = Operation::ALL.iter().copied();
    all.filter(|operation| *operation != Operation::GetHealth)
}

fn refusal(operation: Operation) -> ClientErrorKind {
    match operation.effect() {
        Effect::Read => ClientErrorKind::Decode,
        Effect::Write => ClientErrorKind::Ambiguous,
    }
}

#[test]
fn another_message_is_an_error_that_names_the_operation() {
    for operation in operations() {
        for body in OTHER_MESSAGES {
            for result in answered_each_way(operation, body) {
                let error = result.expect_err(&format!("{operation} {body}"));
                assert_eq!(error.kind(), refusal(operation), "{operation} {body}");
                assert_eq!(error.operation(), Some(operation));
                assert_eq!(error.http_status(), Some(200));
                assert!(!error.report().contains("Invented"), "{}", error.report());
            }
        }
    }
}

#[test]
fn a_text_is_an_answer_only_where_the_document_shows_one() {
    let texts = [
        Operation::SetSlotType,
        Operation::FileRecord,
        Operation::UpdateAttachment,
        Operation::UpdateConsultationVisibility,
    ];
    for operation in operations() {
        for body in [r#""Done""#, "<string>Done</string>"] {
            let result = answered(operation, 200, body);
            assert_eq!(
                result.is_ok(),
                texts.contains(&operation),
                "{operation} {body}"
            );
        }
        let nothing = answered(operation, 200, "null");
        let may_be_nothing = operation.effect() == Effect::Write
            && ![Operation::BookAppointment, Operation::CancelAppointment].contains(&operation);
        assert_eq!(nothing.is_ok(), may_be_nothing, "{operation} null");
    }
}

#[test]
fn an_error_document_in_a_200_is_told_from_other_messages() {
    for operation in operations() {
        for body in [EMIS_ERROR, EMIS_ERROR_IN_XML] {
            let error = answered(operation, 200, body).unwrap_err();
            assert_eq!(
                error.message_id(),
                Some(id("6f9619ff-8b86-d011-b42d-00c04fc964ff"))
            );
            assert_eq!(error.legacy_outcome(), Some(3), "{operation}");
            let report = error.report();
            assert!(
                report.ends_with("the whole is an error document"),
                "{report}"
            );
        }
    }
}

/// The list of each operation that answers with one, and its root in XML.
const LISTS: [(Operation, &str, &str); 17] = [
    (Operation::GetUserById, "person", "UserDetails"),
    (
        Operation::GetAppointmentSessions,
        "appointmentSession",
        "AppointmentSessionList",
    ),
    (Operation::GetSlotsForSession, "slot", "SlotList"),
    (Operation::GetSlotsForSessionV2, "slot", "SlotList"),
    (Operation::GetBookedPatients, "bookedList", "BookedPatients"),
    (
        Operation::GetBookedPatientsV2,
        "bookedList",
        "BookedPatientsV2",
    ),
    (
        Operation::GetArrivedPatients,
        "bookedList",
        "BookedPatients",
    ),
    (Operation::GetSentInPatients, "bookedList", "BookedPatients"),
    (
        Operation::GetPatientAppointments,
        "appointment",
        "PatientAppointmentList",
    ),
    (
        Operation::GetPatientAppointmentsV2,
        "appointment",
        "PatientAppointmentListV2",
    ),
    (
        Operation::GetMatchedPatients,
        "patientList",
        "PatientMatches",
    ),
    (
        Operation::GetChangedPatients,
        "patientList",
        "PatientMatches",
    ),
    (
        Operation::GetChangedPatientsMR,
        "patientList",
        "PatientMatches",
    ),
    (
        Operation::GetPatientSequence,
        "patientList",
        "PatientMatches",
    ),
    (
        Operation::GetPatientSearches,
        "patientList",
        "PatientMatches",
    ),
    (Operation::GetEvents, "eventList", "MedicalRecord"),
    (
        Operation::GetOrganisationV2,
        "organisationList",
        "OrganisationInformation",
    ),
];

#[test]
fn nothing_is_there_only_where_the_answer_says_so() {
    for (operation, list, root) in LISTS {
        for said in [
            format!(r#"{{"{list}": []}}"#),
            format!(r#"{{"{list}": null}}"#),
            format!(r#"{{"error": null, "{list}": [], "message": null}}"#),
            format!(r#"{{"addedByEmis": [1], "{list}": []}}"#),
            format!("<{root}/>"),
            format!(r#"<e:{root} xmlns:e="http://example.com/"></e:{root}>"#),
        ] {
            for read in answered_each_way(operation, &said) {
                let read = read.unwrap_or_else(|error| panic!("{said}: {}", error.report()));
                assert!(
                    read.records <= 1 && read.skipped.is_empty(),
                    "{operation} {said}"
                );
            }
        }
        for unsaid in [
            r#"{"addedByEmis": []}"#.to_owned(),
            format!(r#"{{"{list}": null, "message": "An error has occurred."}}"#),
            format!(r#"{{"error": {{"code": "x"}}, "{list}": []}}"#),
            format!(r#"{{"{list}": [ ], "error": {{"code": "x"}}}}"#),
            format!(r#"{{"{}": []}}"#, list.to_uppercase()),
            format!("<{root}><AddedByEmis/></{root}>"),
            format!("<{root}>nothing</{root}>"),
            format!("<Other><{root}/></Other>"),
        ] {
            for read in answered_each_way(operation, &unsaid) {
                let error = read.expect_err(&unsaid);
                assert_eq!(
                    error.kind(),
                    ClientErrorKind::Decode,
                    "{operation} {unsaid}"
                );
            }
        }
    }
    // What is known of the waiting room says nothing about the appointments.
    let beside = r#"{"time": "02/06/2026 08:00", "sessionHolderList": []}"#;
    for read in answered_each_way(Operation::GetBookedPatientsV2, beside) {
        assert_eq!(read.unwrap_err().kind(), ClientErrorKind::Decode);
    }
}

#[tokio::test]
async fn a_stream_of_another_message_ends_in_an_error() {
    for body in OTHER_MESSAGES.iter().chain(&[r#""Done""#, "null", ""]) {
        let client = builder()
            .retry(RetryPolicy::never())
            .build_with_transport(Scripted::new([Step::Answer(Response::new(200, *body))]));
        let window = emis_client::model::MinutesWindow::new(0, 60).unwrap();
        let error = match client.appointments().stream_booked_patients(window).await {
            Ok(mut stream) => stream.next().await.map(|_| ()).expect_err(body),
            Err(error) => error,
        };
        assert_eq!(error.kind(), ClientErrorKind::Decode, "{body}");
        assert_eq!(error.operation(), Some(Operation::GetBookedPatientsV2));
    }
}

/// A message with its names as .NET writes them where camel case is not switched on.
fn in_pascal_case(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| {
                let (first, rest) = key.split_at(1);
                (first.to_uppercase() + rest, in_pascal_case(value))
            });
            Value::Object(members.collect())
        }
        Value::Array(items) => items.iter().map(in_pascal_case).collect(),
        other => other.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_object_of_other_fields_is_an_answer(
        keys in prop::collection::vec("[A-Z][a-zA-Z]{0,12}|[a-z_-]{1,3}", 0..6),
        value in prop_oneof![
            Just(json!(null)), Just(json!([])), Just(json!({"slot": [], "dbid": 21})), Just(json!("x"))
        ],
    ) {
        let body: Value = keys.iter().map(|key| (key.clone(), value.clone())).collect();
        for operation in operations() {
            let error = answered(operation, 200, body.to_string()).unwrap_err();
            prop_assert_eq!(error.kind(), refusal(operation));
        }
    }

    #[test]
    fn a_list_in_pascal_case_is_no_list(records in 0usize..3) {
        for (operation, list, _) in LISTS {
            let body = json!({ list: vec![json!({"dbid": 17}); records] });
            let body = in_pascal_case(&body).to_string();
            prop_assert_eq!(answered(operation, 200, body).unwrap_err().kind(), refusal(operation));
        }
    }
}

#[tokio::test]
async fn the_documented_message_is_read_whatever_comes_before_it() {
    let body =
        r#"{"new": {"slot": 7}, "slot": [{"dbid": 1, "startTime": "09:00", "status": "DNA"}]}"#;
    let transport = Scripted::new([Step::Answer(Response::new(200, body))]);
    let client = builder().build_with_transport(transport);
    let read = call(&client, Operation::GetSlotsForSessionV2)
        .await
        .unwrap();
    assert_eq!((read.records, read.skipped.len()), (1, 0));
}
