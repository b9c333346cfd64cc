//! EMIS Open's schemas, and messages in XML as they show them.
//!
//! The schemas are reference data like the document, and not part of the repository.

use std::collections::HashMap;
use std::io::Write as _;

use serde_json::Value;

/// The contents of EMIS Open's schemas: the spelling of names, and the literals of enumerations.
#[derive(Debug, Default)]
pub(crate) struct Schemas {
    /// By the name in small letters, because that is what JSON's and XML's have in common.
    names: HashMap<String, Vec<String>>,
    /// By type and name.
    literals: HashMap<(String, String), Vec<String>>,
}

pub(crate) fn schemas() -> Option<Schemas> {
    let folder = std::env::var_os("EMIS_OPEN_SCHEMAS").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/emis-open-xsd"),
        Into::into,
    );
    let Ok(files) = std::fs::read_dir(&folder) else {
        let required = std::env::var("EMIS_REQUIRE_REFERENCE").is_ok_and(|value| value == "1");
        assert!(
            !required,
            "EMIS Open's schemas are required; EMIS_OPEN_SCHEMAS names their folder"
        );
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

    /// Returns whether the document lists the values of a property.
    pub(crate) fn is_enumeration(document: &Value, of_type: &str, key: &str) -> bool {
        Self::properties(document, of_type, key).any(|property| property["enum"].is_array())
    }

    /// The schemas of a property: types of several messages may have one name.
    fn properties<'a>(
        document: &'a Value,
        of_type: &'a str,
        key: &'a str,
    ) -> impl Iterator<Item = &'a Value> {
        let schemas = document["components"]["schemas"].as_object().unwrap();
        schemas
            .iter()
            .filter(move |(name, _)| name.rsplit('.').next() == Some(of_type))
            .map(move |(_, schema)| resolve(document, &schema["properties"][key]).1)
    }

    /// Returns whether a value can be written: an enumeration may have fewer literals in the schemas than
    /// numbers in the document.
    pub(crate) fn has_literal(
        &self,
        document: &Value,
        of_type: &str,
        key: &str,
        value: &Value,
    ) -> bool {
        let Value::Number(_) = value else { return true };
        if key == "itemElementName" {
            return true;
        }
        let place = value.as_u64().unwrap_or(0) as usize;
        Self::properties(document, of_type, key).all(|property| {
            !property["enum"].is_array()
                || self
                    .literal(of_type, key, place)
                    .is_some_and(|literal| !literal.is_empty())
        })
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

/// A message of the document in XML.
pub(crate) fn in_xml(
    document: &Value,
    schemas: &Schemas,
    schema: &Value,
    message: &Value,
) -> String {
    let (root, _) = resolve(document, schema);
    let root = root.trim_end_matches("Type").trim_end_matches("Struct");
    let mut writer = Writer {
        document,
        schemas,
        xml: String::new(),
    };
    writer.element(root, schema, message);
    writer.xml
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

/// The name and the content of a schema, wherever it is written down.
pub(crate) fn resolve<'a>(document: &'a Value, schema: &'a Value) -> (String, &'a Value) {
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
