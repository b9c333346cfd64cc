//! Answers that are not what they should be: a typed decode error that names operation and field
//! and never the value, in both encodings; nothing else, and never a panic.

use crate::support::operations::{Read, call};
use crate::support::{Scripted, Step, builder};
use emis_client::operation::Effect;
use emis_client::{Client, ClientError, ClientErrorKind, Operation, Response, RetryPolicy};
use proptest::prelude::*;

const JSON: &str = "application/json; charset=utf-8";
const XML: &str = "application/xml; charset=utf-8";

/// The outcome of an operation that receives this answer.
fn answered(
    operation: Operation,
    status: u16,
    content_type: &str,
    body: impl Into<Vec<u8>>,
) -> Result<Read, ClientError> {
    let answer = Response::new(status, body).with_content_type(content_type);
    let client: Client = builder()
        .retry(RetryPolicy::never())
        .build_with_transport(Scripted::new([Step::Answer(answer)]));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.unwrap().block_on(call(&client, operation))
}

/// Operations whose answer says something: GetHealth's does not.
fn read_operations() -> impl Iterator<Item = Operation> {
    Operation::ALL.iter().copied().filter(|operation| {
        *operation != Operation::GetHealth && operation.effect() == Effect::Read
    })
}

/// Writes whose answer need not, but may, say something.
fn write_operations() -> impl Iterator<Item = Operation> {
    Operation::ALL
        .iter()
        .copied()
        .filter(|operation| operation.effect() == Effect::Write)
}

/// Checks the properties that every refusal to decode has.
fn refused(operation: Operation, result: Result<Read, ClientError>, what: &str) -> ClientError {
    let error = match result {
        Ok(read) => panic!("{operation}, {what}: {} records", read.records),
        Err(error) => error,
    };
    let expected = match operation.effect() {
        Effect::Read => ClientErrorKind::Decode,
        Effect::Write => ClientErrorKind::Ambiguous,
    };
    assert_eq!(error.kind(), expected, "{operation}, {what}");
    assert_eq!(error.operation(), Some(operation));
    assert_eq!(error.http_status(), Some(200));
    let shown = format!("{} {error:?}", error.report());
    for secret in ["Person", "999", "07700", "secret"] {
        assert!(!shown.contains(secret), "{operation}, {what}: {shown}");
    }
    error
}

/// A message for each encoding with one patient in it.
fn message(operation: Operation) -> Option<[(&'static str, String); 2]> {
    let patient_json = r#"{"dbid": "17", "familyName": "Person", "nhsNumber": "999 000 0018",
        "mobile": "07700 900123", "dateOfBirth": "29/02/1980"}"#;
    let patient_xml = "<DBID>17</DBID><FamilyName>Person</FamilyName>
        <NhsNumber>999 000 0018</NhsNumber><Mobile>07700 900123</Mobile>
        <DateOfBirth>29/02/1980</DateOfBirth>";
    let (json, xml) = match operation {
        Operation::GetBookedPatients
        | Operation::GetBookedPatientsV2
        | Operation::GetArrivedPatients
        | Operation::GetSentInPatients => (
            format!(
                r#"{{"bookedList": [{{"patient": {patient_json}, "appointment":
                {{"id": {{"dbid": "21"}}, "date": "02/06/2026", "time": "09:05"}}}}]}}"#
            ),
            format!(
                "<BookedPatients><BookedList><Booked><Patient>{patient_xml}</Patient><Appointment>
                 <ID><DBID>21</DBID></ID><Date>02/06/2026</Date><Time>09:05</Time></Appointment>
                 </Booked></BookedList></BookedPatients>"
            ),
        ),
        Operation::GetMatchedPatients
        | Operation::GetChangedPatients
        | Operation::GetPatientSequence => (
            format!(r#"{{"patientList": [{patient_json}]}}"#),
            format!(
                "<PatientMatches><PatientList><Patient>{patient_xml}</Patient></PatientList>
                     </PatientMatches>"
            ),
        ),
        Operation::GetPatientDemographics => (
            format!(r#"{{"registration": {patient_json}}}"#),
            format!("<MedicalRecord><Registration>{patient_xml}</Registration></MedicalRecord>"),
        ),
        _ => return None,
    };
    Some([(JSON, json), (XML, xml)])
}

fn messages() -> impl Iterator<Item = (Operation, &'static str, String)> {
    Operation::ALL
        .iter()
        .copied()
        .filter_map(|operation| Some((operation, message(operation)?)))
        .flat_map(|(operation, both)| both.map(|(encoding, body)| (operation, encoding, body)))
}

#[test]
fn the_messages_of_these_tests_are_read() {
    for (operation, encoding, body) in messages() {
        let read = answered(operation, 200, encoding, body).unwrap();
        assert_eq!(
            (read.records, read.skipped.len()),
            (1, 0),
            "{operation} {encoding}"
        );
    }
}

#[test]
fn an_answer_that_breaks_off_anywhere_is_refused() {
    for (operation, encoding, body) in messages() {
        for end in 1..body.len() {
            let Some(part) = body.get(..end).filter(|part| !part.trim().is_empty()) else {
                continue;
            };
            let result = answered(operation, 200, encoding, part);
            let error = refused(operation, result, &format!("{encoding} up to {end}"));
            assert!(error.report().contains("the whole "), "{}", error.report());
        }
    }
}

#[test]
fn an_empty_body_with_200_is_refused_and_one_with_204_is_done() {
    for encoding in [JSON, XML, ""] {
        for body in ["", " ", "\r\n", "\u{feff}"] {
            for operation in read_operations() {
                refused(
                    operation,
                    answered(operation, 200, encoding, body),
                    "nothing",
                );
            }
        }
        for body in ["", "{}", "<done/>", "<html>", "\u{1}", "Person"] {
            for operation in write_operations() {
                let result = answered(operation, 204, encoding, body);
                assert!(result.is_ok(), "{operation} {encoding} {body}: {result:?}");
            }
        }
    }
}

#[test]
fn what_is_not_an_answer_of_emis_is_refused() {
    let page = "<!DOCTYPE html>\n<html><head><title>Sign in, Person</title></head></html>";
    let cases: [(&str, &[u8]); 16] = [
        ("text/html", page.as_bytes()),
        (
            "text/html; charset=utf-8",
            b"<html><body>Person</body></html>",
        ),
        ("application/xhtml+xml", b"<html xmlns=\"x\"/>"),
        ("text/html", b"{}"),
        ("", page.as_bytes()),
        ("", b"<HTML></HTML>"),
        ("text/plain", b"Person could not be found"),
        (JSON, page.as_bytes()),
        (JSON, b"<BookedPatients/>"),
        (XML, b"{}"),
        (XML, page.as_bytes()),
        // Latin-1 and UTF-16, as some proxy may turn it into.
        (JSON, b"{\"P\xe9rson\": 1}"),
        (XML, b"<FamilyName>P\xe9rson</FamilyName>"),
        (XML, b"\xff\xfe<\0a\0/\0>\0"),
        (JSON, b"\xff\xfe{\0}\0"),
        (JSON, b"\x1f\x8b\x08\0\0\0\0\0"),
    ];
    for (content_type, body) in cases {
        let what = String::from_utf8_lossy(body).into_owned();
        for operation in read_operations() {
            refused(
                operation,
                answered(operation, 200, content_type, body),
                &what,
            );
        }
        let booking = Operation::BookAppointment;
        refused(booking, answered(booking, 200, content_type, body), &what);
    }
}

#[test]
fn nesting_and_size_have_their_limits() {
    let deep = 100_000;
    let (open, close) = ("[".repeat(deep), "]".repeat(deep));
    let members = format!("{}1{}", r#"{"new":"#.repeat(deep), "}".repeat(deep));
    for operation in read_operations() {
        let xml = format!("{}{}", "<new>".repeat(deep), "</new>".repeat(deep));
        refused(
            operation,
            answered(operation, 200, XML, xml.clone()),
            "deep",
        );
        if operation == Operation::GetBookedPatientsV2 {
            let xml = format!("<BookedPatients>{xml}</BookedPatients>");
            let error = refused(operation, answered(operation, 200, XML, xml), "deep");
            assert!(error.report().ends_with("the whole is nested too deeply"));
        }
        for json in [
            format!("{open}{close}"),
            format!(r#"{{"bookedList": {open}{close}, "registration": {open}{close}}}"#),
            format!(r#"{{"new": {open}{close}}}"#),
            members.clone(),
        ] {
            // What nobody asks for is skipped, however deep it is.
            match answered(operation, 200, JSON, json.as_str()) {
                Ok(read) => assert!(json.starts_with('{') && read.records <= 1, "{operation}"),
                error => drop(refused(operation, error, "deep")),
            }
        }
    }
    let mut huge = b"<BookedPatients>".to_vec();
    huge.resize(64 * 1024 * 1024 + 1, b' ');
    let operation = Operation::GetBookedPatientsV2;
    let error = refused(operation, answered(operation, 200, XML, huge), "huge");
    assert!(error.report().ends_with("the whole is too large"));
}

#[test]
fn numbers_may_be_texts_and_texts_numbers() {
    let operation = Operation::GetSlotsForSessionV2;
    for (json, reads) in [
        (
            r#"{"dbid": 21, "startTime": "09:05", "status": "Booked"}"#,
            true,
        ),
        (
            r#"{"dbid": "21", "startTime": "09:05", "status": "Booked", "slotLength": 10}"#,
            true,
        ),
        (
            r#"{"dbid": 21.0, "startTime": "09:05", "status": 7, "notes": false}"#,
            true,
        ),
        (
            r#"{"dbid": " 21 ", "startTime": "9:05", "status": "Booked"}"#,
            true,
        ),
        (
            r#"{"dbid": "twenty-one", "startTime": "09:05", "status": "Booked"}"#,
            false,
        ),
        (
            r#"{"dbid": 21.5, "startTime": "09:05", "status": "Booked"}"#,
            false,
        ),
        (
            r#"{"dbid": 1e400, "startTime": "09:05", "status": "Booked"}"#,
            false,
        ),
        (
            r#"{"dbid": 99999999999999999999, "startTime": "09:05", "status": "Booked"}"#,
            false,
        ),
        (
            r#"{"dbid": true, "startTime": "09:05", "status": "Booked"}"#,
            false,
        ),
        (
            r#"{"dbid": [21], "startTime": "09:05", "status": "Booked"}"#,
            false,
        ),
        (
            r#"{"dbid": {"value": 21}, "startTime": "09:05", "status": "Booked"}"#,
            false,
        ),
        (
            r#"{"dbid": 21, "startTime": 905, "status": "Booked"}"#,
            false,
        ),
    ] {
        let read = answered(operation, 200, JSON, format!(r#"{{"slot": [{json}]}}"#));
        let read = read.unwrap();
        let came = (read.records == 1, read.skipped.len());
        assert_eq!(came, (reads, usize::from(!reads)), "{json}");
    }
}

#[test]
fn dates_and_times_that_there_are_not_are_named_by_their_field() {
    let appointment = |encoding: &str, date: &str, time: &str| {
        let body = match encoding {
            JSON => format!(
                r#"{{"bookedList": [{{"patient": {{"dbid": 17}}, "appointment":
                {{"id": {{"dbid": 21}}, "date": "{date}", "time": "{time}"}}}}]}}"#
            ),
            _ => format!(
                "<BookedPatients><BookedList><Booked><Patient><DBID>17</DBID></Patient><Appointment>
                 <ID><DBID>21</DBID></ID><Date>{date}</Date><Time>{time}</Time></Appointment>
                 </Booked></BookedList></BookedPatients>"
            ),
        };
        answered(Operation::GetBookedPatientsV2, 200, encoding, body).unwrap()
    };
    for encoding in [JSON, XML] {
        for date in [
            "29/02/2026",
            "31/04/2026",
            "00/06/2026",
            "06/13/2026",
            "2026-02-30",
            "2026-13-01",
            "02/06/26",
            "secret",
        ] {
            let read = appointment(encoding, date, "09:05");
            assert_eq!(read.records, 0, "{date}");
            let skipped = read.skipped[0].to_string();
            assert_eq!(skipped, "record 0: appointment.date is not a date");
        }
        for time in ["24:00", "09:60", "9", "nine", "09:05 am", "-1:00"] {
            let read = appointment(encoding, "02/06/2026", time);
            assert_eq!(read.records, 0, "{time}");
            let skipped = read.skipped[0].to_string();
            assert_eq!(skipped, "record 0: appointment.time is not a time");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// A message with a few bytes changed, lost or doubled.
    #[test]
    fn no_damage_makes_decoding_panic_or_an_error_talk(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 1..6),
    ) {
        for (operation, encoding, body) in messages() {
            let mut body = body.into_bytes();
            for (place, byte, how) in &changes {
                let place = place.index(body.len());
                match how {
                    0 => body[place] = *byte,
                    1 => drop(body.remove(place)),
                    _ => body.insert(place, *byte),
                }
            }
            if let Err(error) = answered(operation, 200, encoding, body) {
                let shown = format!("{} {error:?}", error.report());
                prop_assert!(!shown.contains("Person") && !shown.contains("07700"), "{shown}");
            }
        }
    }
}
