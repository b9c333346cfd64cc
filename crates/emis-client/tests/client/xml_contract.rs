//! Every message of the document, written in XML with the names and literals of EMIS Open's
//! schemas, comes to the same value as in JSON.

use std::collections::HashSet;

use crate::support::emis_open::{Schemas, in_xml, schemas};
use crate::support::operations::{Read, call, success};
use crate::support::schema::{Enums, Generator};
use crate::support::{Scripted, Step, builder, id, openapi};
use emis_client::{Operation, Response, RetryPolicy};
use serde_json::Value;

/// Content type and body, in JSON and in XML.
type Both = [(&'static str, String); 2];

/// A message with every property, in JSON and in XML. `place` is which of its values each
/// enumeration has.
fn message(document: &Value, schemas: &Schemas, schema: &Value, place: usize) -> Both {
    let tweak = |of_type: &str, key: &str, value: Value| {
        // In JSON an entry of a consultation does not say what it is: XML alone tells.
        let entry = of_type == "ElementListTypeConsultationElement" && key == "item";
        let known = schemas.has_literal(document, of_type, key, &value);
        (known && !entry).then_some(value)
    };
    let generator = Generator {
        document,
        enums: Enums::Place(place),
        tweak: &tweak,
    };
    let instance = generator.instance(schema);
    let xml = in_xml(document, schemas, schema, &instance);
    [
        ("application/json", instance.to_string()),
        ("application/xml", xml),
    ]
}

fn client((content_type, body): &(&str, String)) -> emis_client::Client {
    let answer = Response::new(200, body.as_bytes()).with_content_type(*content_type);
    builder()
        .retry(RetryPolicy::never())
        .build_with_transport(Scripted::new([Step::Answer(answer)]))
}

fn messages() -> Option<Vec<(Operation, Both)>> {
    let (document, schemas) = (openapi()?, schemas()?);
    let mut messages = Vec::new();
    let mut seen = HashSet::new();
    for operation in Operation::ALL.iter().copied() {
        if let (200, Some(schema)) = success(&document, operation)
            // A response that is a bare string has no form in XML.
            && schema.get("$ref").is_some()
            && seen.insert(schema.to_string())
        {
            for place in 0..15 {
                messages.push((operation, message(&document, &schemas, schema, place)));
            }
        }
    }
    Some(messages)
}

#[tokio::test]
async fn every_message_of_the_document_may_come_in_xml() {
    let Some(messages) = messages() else { return };
    for (operation, both) in &messages {
        let mut reads: Vec<Read> = Vec::new();
        for encoded in both {
            let read = call(&client(encoded), *operation).await;
            reads.push(read.unwrap_or_else(|error| panic!("{}: {encoded:?}", error.report())));
        }
        let [json, xml] = &reads[..] else {
            panic!("two of them")
        };
        assert_eq!(json.shown, xml.shown, "{operation} {both:?}");
        assert_eq!((json.records, &json.skipped), (xml.records, &xml.skipped));
    }
    assert!(
        messages.len() >= 15 * 12,
        "the document shows more operations"
    );
}

#[tokio::test]
async fn every_property_of_a_medical_record_may_come_in_xml() {
    let Some(messages) = messages() else { return };
    let of_records = messages
        .iter()
        .filter(|(operation, _)| *operation == Operation::GetMedicalRecord);
    for (_, both) in of_records {
        let mut records = Vec::new();
        for encoded in both {
            let record = client(encoded)
                .medical_record()
                .get_medical_record(id("17"))
                .await;
            records.push(record.unwrap());
        }
        let [json, xml] = &records[..] else {
            panic!("two of them")
        };
        assert_eq!(json.skipped, []);
        // Part by part, because a record does not show what differs.
        assert!(
            json.registration == xml.registration,
            "registration {both:?}"
        );
        assert!(
            json.registration_status == xml.registration_status,
            "status"
        );
        assert!(json.events == xml.events, "events");
        assert!(json.consultations == xml.consultations, "consultations");
        assert!(json.investigations == xml.investigations, "investigations");
        assert!(json.referrals == xml.referrals, "referrals");
        assert!(json.allergies == xml.allergies, "allergies");
        assert!(json.medications == xml.medications, "medications");
        assert!(json.issues == xml.issues, "issues");
        assert!(json.attachments == xml.attachments, "attachments");
        assert!(json.diary == xml.diary, "diary");
        assert!(json.alerts == xml.alerts, "alerts");
        assert!(
            json.pathology_reports == xml.pathology_reports,
            "pathology reports"
        );
        assert!(json.test_requests == xml.test_requests, "test requests");
        assert!(json.people == xml.people, "people");
        assert!(json == xml, "the rest");
    }
}
