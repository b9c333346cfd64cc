//! Every message of the document, written in XML with the names and literals of EMIS Open's
//! schemas, comes to the same value as in JSON.
//!
//! The schemas are reference data like the document, and not part of the repository.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod support;

use std::collections::{HashMap, HashSet};
use std::io::Write as _;

use emis_client::{Operation, Response, RetryPolicy};
use serde_json::Value;
use support::operations::{Read, call, success};
use support::schema::{Enums, Generator};
use support::{Scripted, Step, builder, id, openapi};

/// Content type and body, in JSON and in XML.
type Both = [(&'static str, String); 2];

/// What EMIS Open's schemas say: how names are written, and the literals of enumerations.
#[derive(Debug, Default)]
struct Schemas {
    /// By the name in small letters, because that is what JSON's and XML's have in common.
    names: HashMap<String, Vec<String>>,
    /// By type and name.
    literals: HashMap<(String, String), Vec<String>>,
}

fn schemas() -> Option<Schemas> {
    let folder = std::env::var_os("EMIS_OPEN_SCHEMAS").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/emis-open-xsd"),
        Into::into,
    );
    let Ok(files) = std::fs::read_dir(&folder) else {
        let note = "SKIPPED: EMIS Open's schemas are not at hand; EMIS_OPEN_SCHEMAS names them";
        writeln!(std::io::stderr(), "{note}").expect("stderr takes a line");
        return None;
    };
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    // The newest medical record comes last, and counts.
    files.sort();
    let mut schemas = Schemas::default();
    for file in files {
        schemas.learn(&String::from_utf8_lossy(&std::fs::read(file).unwrap()));
    }
    Some(schemas)
}

impl Schemas {
    /// Takes from a schema what these tests need: its names and the enumerations below them.
    fn learn(&mut self, schema: &str) {
        let (mut of_type, mut of_name) = (String::new(), String::new());
        let mut lists: HashMap<(String, String), Vec<String>> = HashMap::new();
        for tag in schema.split('<') {
            let attribute = |name: &str| {
                let begin = tag.find(&format!(" {name}=\""))? + name.len() + 3;
                tag[begin..].split('"').next().map(str::to_owned)
            };
            let name = attribute("name");
            if tag.starts_with("xs:complexType") {
                of_type = name.unwrap_or(of_type);
            } else if tag.starts_with("xs:element") || tag.starts_with("xs:attribute ") {
                let Some(name) = name.or_else(|| attribute("ref")) else {
                    continue;
                };
                let alike = self.names.entry(name.to_lowercase()).or_default();
                alike.push(name.clone());
                of_name = name;
            } else if tag.starts_with("xs:enumeration") {
                let key = (of_type.clone(), of_name.clone());
                lists.entry(key).or_default().extend(attribute("value"));
            }
        }
        self.literals.extend(lists);
    }

    fn name(&self, key: &str) -> String {
        // What would be called like its type has a 1 in JSON.
        let key = key
            .strip_suffix('1')
            .filter(|key| key.ends_with("Type"))
            .unwrap_or(key);
        // Alike but for capitals at the beginning: there is TermID and TermId.
        let same = |name: &&String| {
            let pairs = || name.chars().zip(key.chars());
            let rest = pairs().skip_while(|(xml, json)| xml != json);
            name.len() == key.len() && rest.into_iter().all(|(xml, json)| xml == json)
        };
        match self
            .names
            .get(&key.to_lowercase())
            .and_then(|alike| alike.iter().find(same))
        {
            Some(name) => name.clone(),
            None => key[..1].to_uppercase() + &key[1..],
        }
    }

    fn literal(&self, of_type: &str, key: &str, place: usize) -> Option<&str> {
        let of_type = match of_type {
            "IssueType" => "MedicationType",
            "PatientMatchesPatient" => "RegistrationType",
            ending if ending.ends_with("SessionHolder") => "PersonType",
            "PathologyReportTypeOriginalMessageDetails" => "PathologyReportType",
            other => other,
        };
        let found = self.literals.get(&(of_type.to_owned(), self.name(key)));
        found?.get(place).map(String::as_str)
    }
}

/// Writes a message of the document in XML.
struct Writer<'a> {
    document: &'a Value,
    schemas: &'a Schemas,
    xml: String,
}

impl Writer<'_> {
    fn element(&mut self, name: &str, schema: &Value, value: &Value) {
        self.xml.push_str(&format!("<{name}>"));
        let (of_type, schema) = resolve(self.document, schema);
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    self.member(&of_type, key, &schema["properties"][key], value, members);
                }
            }
            Value::Array(items) => {
                let schema = &schema["items"];
                let (item, _) = resolve(self.document, schema);
                let name = item.trim_end_matches("Type").trim_end_matches("Struct");
                let name = if name.is_empty() { "string" } else { name };
                for value in items {
                    self.element(name, schema, value);
                }
            }
            Value::String(text) => self.xml.push_str(text),
            other => self.xml.push_str(&other.to_string()),
        }
        self.xml.push_str(&format!("</{name}>"));
    }

    fn member(
        &mut self,
        of_type: &str,
        key: &str,
        schema: &Value,
        value: &Value,
        members: &serde_json::Map<String, Value>,
    ) {
        let marker = key.strip_suffix("Specified");
        if key == "itemElementName" || marker.is_some_and(|of| members.contains_key(of)) {
            return;
        }
        let name = self.schemas.name(key);
        match (of_type, key) {
            ("MedicationTypeDrug", "item") => self.element("PreparationID", schema, value),
            ("MedicalRecordTypeMessageInformationMessagePurpose", "item") => {
                self.element("Post", schema, value);
            }
            (_, "item") => {
                let place = members["itemElementName"].as_u64().unwrap() as usize;
                let names = match of_type {
                    "StructuredIdentType" => ["AgreedID", "Name", "NationalCode"],
                    _ => ["Organisation", "Person", ""],
                };
                self.element(names[place], schema, value);
            }
            (_, "slot" | "appointmentSession" | "appointment" | "investigationRef")
            | ("UserDetails", "person")
                if value.is_array() =>
            {
                for value in value.as_array().unwrap() {
                    self.element(&name, &schema["items"], value);
                }
            }
            _ if resolve(self.document, schema).1["enum"].is_array() => {
                let place = value.as_u64().unwrap() as usize;
                let literal = self.schemas.literal(of_type, key, place);
                let literal = literal.unwrap_or_else(|| panic!("{of_type} {key} {place}"));
                self.xml.push_str(&format!("<{name}>{literal}</{name}>"));
            }
            _ => self.element(&name, schema, value),
        }
    }
}

fn resolve<'a>(document: &'a Value, schema: &'a Value) -> (String, &'a Value) {
    match schema["$ref"].as_str() {
        Some(reference) => {
            let name = reference.rsplit('.').next().unwrap_or(reference);
            let schema = document.pointer(reference.trim_start_matches('#'));
            (
                name.to_owned(),
                schema.expect("what is referred to is there"),
            )
        }
        None => (String::new(), schema),
    }
}

/// A message with every property, in JSON and in XML. `place` is which of its values each
/// enumeration has.
fn message(document: &Value, schemas: &Schemas, schema: &Value, place: usize) -> Both {
    let tweak = |of_type: &str, key: &str, value: Value| {
        // In JSON an entry of a consultation does not say what it is: XML alone tells.
        let entry = of_type == "ElementListTypeConsultationElement" && key == "item";
        // An enumeration of which the schemas show fewer literals than the document.
        let known = match &value {
            Value::Number(_) if key != "itemElementName" => {
                let (_, of) = resolve(document, &document["components"]["schemas"]);
                of.as_object()
                    .unwrap()
                    .iter()
                    .filter(|(name, _)| name.rsplit('.').next() == Some(of_type))
                    .all(|(_, of)| {
                        let (_, property) = resolve(document, &of["properties"][key]);
                        let place = value.as_u64().unwrap_or(0) as usize;
                        !property["enum"].is_array()
                            || schemas
                                .literal(of_type, key, place)
                                .is_some_and(|literal| !literal.is_empty())
                    })
            }
            _ => true,
        };
        (known && !entry).then_some(value)
    };
    let generator = Generator {
        document,
        enums: Enums::Place(place),
        tweak: &tweak,
    };
    let instance = generator.instance(schema);
    let (root, _) = resolve(document, schema);
    let mut writer = Writer {
        document,
        schemas,
        xml: String::new(),
    };
    writer.element(
        root.trim_end_matches("Type").trim_end_matches("Struct"),
        schema,
        &instance,
    );
    [
        ("application/json", instance.to_string()),
        ("application/xml", writer.xml),
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
            reads.push(read.unwrap_or_else(|error| panic!("{}: {encoded:?}", error.chain())));
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
