//! Instances of the document's schemas, and whether a value is one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// The change of a property: by the names of its schema and its own, and the value it would
/// have. None leaves it out.
pub(crate) type Tweak<'a> = &'a dyn Fn(&str, &str, Value) -> Option<Value>;

/// Which of its values an enumeration has.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Enums {
    /// The one in this place, from the front again after the last.
    Place(usize),
    /// One that the document does not list.
    Unlisted,
}

/// Makes instances of the document's schemas.
pub(crate) struct Generator<'a> {
    pub(crate) document: &'a Value,
    pub(crate) enums: Enums,
    pub(crate) tweak: Tweak<'a>,
}

/// A whole instance with every property, one record in every list.
pub(crate) fn whole(document: &Value, schema: &Value) -> Value {
    let tweak = |_: &str, _: &str, value| Some(value);
    let generator = Generator {
        document,
        enums: Enums::Place(0),
        tweak: &tweak,
    };
    generator.instance(schema)
}

impl Generator<'_> {
    pub(crate) fn instance(&self, schema: &Value) -> Value {
        self.value(schema, "", &mut Vec::new())
            .expect("a schema does not begin with itself")
    }

    /// None for a schema within itself: there the instance has to end.
    fn value<'s>(
        &'s self,
        schema: &'s Value,
        property: &str,
        within: &mut Vec<&'s str>,
    ) -> Option<Value> {
        if let Some(reference) = schema["$ref"].as_str() {
            if within.contains(&reference) {
                return None;
            }
            within.push(reference);
            let value = self.value(resolve(self.document, schema), property, within);
            within.pop();
            return value;
        }
        if let Some(values) = schema["enum"].as_array() {
            return Some(match self.enums {
                Enums::Place(place) => values[place % values.len()].clone(),
                Enums::Unlisted => json!(99),
            });
        }
        Some(match schema["type"].as_str() {
            Some("object") => {
                let name = within.last().map_or("", |reference| last_name(reference));
                let mut object = Map::new();
                for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
                    let value = self.value(schema, key, within);
                    let value = value.and_then(|value| (self.tweak)(name, key, value));
                    object.extend(value.map(|value| (key.clone(), value)));
                }
                Value::Object(object)
            }
            Some("array") => match self.value(&schema["items"], property, within) {
                Some(item) => json!([item]),
                None => json!([]),
            },
            Some("integer") => json!(21),
            Some("number") => json!(1.5),
            Some("boolean") => json!(true),
            Some("string") => json!(text(property, schema["format"].as_str())),
            // The document leaves nine properties without a type.
            None => json!("5"),
            Some(other) => panic!("{property} has a type that this test does not know: {other}"),
        })
    }
}

/// Properties that are texts in the document and numbers in EMIS Open's schemas.
const NUMBERS: [&str; 43] = [
    "abnormal",
    "archived",
    "ariveswap",
    "authorisedissue",
    "automaticweeknumber",
    "book",
    "box",
    "contraceptiveissue",
    "datasource",
    "difficultquarters",
    "direction",
    "dispensinginterval",
    "duration",
    "errornumber",
    "etpissue",
    "expectedduration",
    "frequency",
    "gmccode",
    "gms",
    "haregistered",
    "interchange",
    "issuecount",
    "mixtureindicator",
    "nhs",
    "numberoftests",
    "pcsuser",
    "practiceregistered",
    "priority",
    "recordfilestatus",
    "repeatinterval",
    "repeatissuecount",
    "repinvnumber",
    "reportdatatype",
    "ruralmileage",
    "scn",
    "sequence",
    "templateinstance",
    "testnumber",
    "traveltime",
    "urgency",
    "version",
    "waitingtime",
    "walkingquarters",
];

/// A text such as EMIS has in a property of that name.
fn text(property: &str, format: Option<&str>) -> &'static str {
    const GUID: &str = "6f9619ff-8b86-d011-b42d-00c04fc964ff";
    match format {
        Some("date-time") => return "2026-06-02T09:10:00",
        Some("uuid") => return GUID,
        _ => {}
    }
    let name = property.to_ascii_lowercase();
    let has = |part: &str| name.contains(part);
    match name.as_str() {
        "dbid" => "17",
        "refid" => "1",
        "filestatus" => "0",
        "status" => "Booked",
        "value" => "8",
        "bookable" => "true",
        "nationalcode" => "Z99999",
        "nhsnumber" | "oldnhsnumber" => "9990000018",
        "mobile" => "07700 900123",
        "email" => "someone@example.com",
        "slotlength" => "10",
        "actionbefore" | "lastmenstualperiod" => "02/06/2026",
        name if NUMBERS.contains(&name) => "1",
        _ if has("guid") => GUID,
        _ if has("datetime") => "02/06/2026 09:10",
        _ if has("date") || has("dob") || has("expiry") || name == "day" => "02/06/2026",
        _ if name == "contractstart" || name == "contractend" => "02/06/2026",
        _ if name == "time" || name.ends_with("time") => "09:10",
        _ if name.ends_with("id") => "5",
        _ => "Invented",
    }
}

/// Returns the paths in a value that the schema does not allow.
pub(crate) fn violations(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(document, schema, value, "", &mut found);
    found
}

fn check(document: &Value, schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    if value.is_null() && schema["nullable"] == true {
        return;
    }
    let schema = resolve(document, schema);
    let fits = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("integer") => value.is_i64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("string") => value.is_string(),
        _ => true,
    };
    let listed = schema["enum"]
        .as_array()
        .is_none_or(|values| values.contains(value));
    if !fits || !listed {
        found.push(format!("{path} is not what the document shows"));
        return;
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        check(
            document,
            &schema["items"],
            item,
            &format!("{path}[{index}]"),
            found,
        );
    }
    for (key, value) in value.as_object().into_iter().flatten() {
        let path = format!("{path}.{key}");
        match schema["properties"].get(key) {
            Some(schema) => check(document, schema, value, &path, found),
            None => found.push(format!("{path} is not in the document")),
        }
    }
}

/// Every schema that one reaches, by its last name, with its properties.
pub(crate) fn properties(document: &Value, schema: &Value) -> BTreeMap<String, Vec<String>> {
    let names = |reference: &String| {
        let properties = document["components"]["schemas"][reference]["properties"].as_object();
        let names = properties
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone());
        (last_name(reference).to_owned(), names.collect())
    };
    references(document, schema).iter().map(names).collect()
}

/// The names of all schemas that one reaches, its own among them.
pub(crate) fn references(document: &Value, schema: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![schema];
    while let Some(value) = open.pop() {
        if let Some(reference) = value["$ref"].as_str() {
            let name = reference.rsplit('/').next().unwrap_or_default();
            if found.insert(name.to_owned()) {
                open.push(resolve(document, value));
            }
        }
        match value {
            Value::Object(object) => open.extend(object.values()),
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    found
}

fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => document
            .pointer(reference.trim_start_matches('#'))
            .expect("what is referred to is there"),
        None => schema,
    }
}

fn last_name(reference: &str) -> &str {
    reference.rsplit('.').next().unwrap_or(reference)
}
