//! Numbers that no field can hold, in either encoding: a note or an error that names the field,
//! and never the number.

use std::collections::{BTreeSet, HashSet};

use crate::support::emis_open::{Schemas, in_xml, schemas};
use crate::support::openapi;
use crate::support::operations::{Read, answered_each_way, success};
use crate::support::schema::{Enums, Generator};
use emis_client::operation::Effect;
use emis_client::{ClientError, ClientErrorKind, Operation};
use serde_json::{Value, json};

/// An answer in which numbers stand that can be others.
struct Message {
    /// The text before each number; the last one is the end of the message.
    between: Vec<String>,
    numbers: Vec<Number>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Number {
    within: String,
    property: String,
    value: String,
}

/// Stands around each number while its message is written down.
const MARK: &str = "@@";

impl Message {
    fn new(marked: &str) -> Self {
        let (mut between, mut numbers) = (Vec::new(), Vec::new());
        for (place, piece) in marked.split(MARK).enumerate() {
            if place % 2 == 0 {
                between.push(piece.to_owned());
                continue;
            }
            let mut parts = piece.split(' ').map(str::to_owned);
            let mut part = || parts.next().unwrap();
            numbers.push(Number {
                within: part(),
                property: part(),
                value: part(),
            });
        }
        Self { between, numbers }
    }

    /// With another number in each place for which `chosen` says so: as a text, or in JSON as it
    /// is, even where JSON refuses it.
    fn with(&self, number: &str, bare: bool, chosen: impl Fn(&Number) -> bool) -> String {
        let mut text = String::new();
        let mut after_bare = false;
        for (place, between) in self.between.iter().enumerate() {
            let here = self.numbers.get(place);
            let chosen = here.is_some_and(&chosen);
            let between = match after_bare {
                true => between.strip_prefix('"').unwrap(),
                false => between,
            };
            after_bare = chosen && bare;
            text += match after_bare {
                true => between.strip_suffix('"').unwrap(),
                false => between,
            };
            text += match here {
                Some(_) if chosen => number,
                Some(here) => &here.value,
                None => "",
            };
        }
        text
    }
}

/// The report of an answer that was decoded in part or not at all: in the fields' names and
/// our own words.
fn told(operation: Operation, result: &Result<Read, ClientError>) -> Vec<String> {
    let told: Vec<String> = match result {
        Ok(read) => read.skipped.iter().map(ToString::to_string).collect(),
        Err(error) => {
            let kind = match operation.effect() {
                Effect::Read => ClientErrorKind::Decode,
                Effect::Write => ClientErrorKind::Ambiguous,
            };
            let chain = error.report();
            assert_eq!(error.kind(), kind, "{operation}: {chain}");
            assert_eq!(error.operation(), Some(operation));
            assert!(!format!("{error:?}").contains("999"), "{error:?}");
            vec![chain]
        }
    };
    for text in &told {
        assert!(!text.contains("999") && text.len() < 300, "{text}");
        assert!(!text.contains("e308") && !text.contains("e400"), "{text}");
    }
    told
}

/// Each message of the document once, with the operations that answer with it.
fn for_each_message(document: &Value, mut test: impl FnMut(Operation, &Value)) {
    let mut seen = HashSet::new();
    for &operation in Operation::ALL {
        if let (_, Some(schema)) = success(document, operation)
            && seen.insert((operation.effect() == Effect::Write, schema.to_string()))
        {
            test(operation, schema);
        }
    }
    assert!(seen.len() > 12, "there are messages to test");
}

fn is_number(value: &Value) -> bool {
    match value {
        Value::Number(_) => true,
        Value::String(text) => text.parse::<f64>().is_ok(),
        _ => false,
    }
}

/// An answer with all its numbers marked, as it is in JSON; with schemas as it is in XML, too.
fn marked(document: &Value, schemas: Option<&Schemas>, schema: &Value) -> Value {
    let tweak = |within: &str, property: &str, value: Value| {
        // In XML an entry of a consultation is known by its name alone, and so is what the
        // schemas have a literal for.
        let entry = property == "item" && within == "ElementListTypeConsultationElement";
        let literal = |schemas: &Schemas| {
            let listed = Schemas::is_enumeration(document, within, property);
            let written = || schemas.has_literal(document, within, property, &value);
            (listed, !entry && (!listed || written()))
        };
        match schemas.map(literal) {
            Some((_, false)) => None,
            Some((true, _)) => Some(value),
            _ if is_number(&value) => {
                let plain = value.to_string().replace('"', "");
                let mark = format!("{MARK}{within} {property} {plain}{MARK}");
                Some(json!(mark))
            }
            _ => Some(value),
        }
    };
    let generator = Generator {
        document,
        enums: Enums::Place(0),
        tweak: &tweak,
    };
    generator.instance(schema)
}

#[test]
fn any_number_may_stand_everywhere_at_once() {
    let Some(document) = openapi() else { return };
    let mut numbers = 0;
    for_each_message(&document, |operation, schema| {
        let message = Message::new(&marked(&document, None, schema).to_string());
        numbers += message.numbers.len();
        for number in [
            "9223372036854775808",
            "-9223372036854775809",
            "18446744073709551616",
            "2147483648",
            "1e308",
            "-1e308",
            "1e400",
            "1e-5",
            "1e-400",
            "1.0",
            "-0",
            "-0.0",
            &"9".repeat(400),
        ] {
            for bare in [false, true] {
                let answer = message.with(number, bare, |_| true);
                for result in answered_each_way(operation, &answer) {
                    told(operation, &result);
                }
            }
        }
    });
    assert!(numbers > 500, "{numbers}");
}

/// Returns true if the report names this field.
fn is_about(told: &str, property: &str) -> bool {
    // The path of the field at fault, without places in lists.
    let mut words = told.split([' ', '.']).map(|word| word.split('[').next());
    words.any(|word| word == Some(property))
}

/// The parts of a record, which is a long one: each alone with the registration, without which
/// there are no demographics. Any other message as it is.
fn parts(message: Value) -> Vec<Value> {
    let Some(registration) = message.get("registration").cloned() else {
        return vec![message];
    };
    let Value::Object(members) = message else {
        panic!("not a record")
    };
    let alone = |(key, part)| {
        let mut record = json!({"registration": registration});
        record[&key] = part;
        record
    };
    members.into_iter().map(alone).collect()
}

#[test]
fn each_field_that_cannot_hold_a_number_is_named_in_either_encoding() {
    let (Some(document), Some(schemas)) = (openapi(), schemas()) else {
        return;
    };
    let (mut fields, mut refused) = (0, 0);
    let many_digits = "9".repeat(4_000);
    for_each_message(&document, |operation, schema| {
        let mut seen = BTreeSet::new();
        for part in parts(marked(&document, Some(&schemas), schema)) {
            let json = Message::new(&part.to_string());
            let xml = Message::new(&in_xml(&document, &schemas, schema, &part));
            let read = |message: &Message, instead, bare, number| -> Vec<Vec<String>> {
                let answer = message.with(instead, bare, |one| one == number);
                let results = answered_each_way(operation, &answer);
                results.iter().map(|it| told(operation, it)).collect()
            };
            for number in json.numbers.iter().filter(|it| seen.insert((*it).clone())) {
                fields += 1;
                let told = read(&json, &many_digits, false, number);
                let in_xml = read(&xml, &many_digits, false, number);
                assert_eq!(told, in_xml, "{operation}");
                refused += told.concat().len();
                let beyond = read(&json, "1e400", true, number);
                for told in told.iter().chain(&beyond).flatten() {
                    let Number {
                        within, property, ..
                    } = number;
                    let shown = format!("{operation} {within}.{property}: {told}");
                    assert!(is_about(told, property), "{shown}");
                }
            }
        }
    });
    assert!(fields > 200 && refused > 200, "{fields} {refused}");
}

/// A slot in each encoding, with its id and its length as they are written.
fn slot(id: &str, length: &str) -> [String; 2] {
    let plain = |text: &str| text.trim_matches('"').to_owned();
    let (id_text, length_text) = (plain(id), plain(length));
    [
        format!(
            r#"{{"slot": [{{"dbid": {id}, "startTime": "09:05", "status": "Booked",
            "slotLength": {length}}}]}}"#
        ),
        format!(
            "<SlotList><Slot><DBID>{id_text}</DBID><StartTime>09:05</StartTime>
            <Status>Booked</Status><SlotLength>{length_text}</SlotLength></Slot></SlotList>"
        ),
    ]
}

#[test]
fn ids_and_lengths_are_whole_numbers_within_their_bounds() {
    const ID: &str = "record 0: dbid is not an id";
    const MISSING: &str = "record 0: dbid is missing";
    const MINUTES: &str = "record 0: slotLength is not a number of minutes";
    const BEYOND: &str = "record 0: dbid is a number out of range";
    // The id and the length in JSON, what is told of them, and what of the same texts in XML.
    for (id, length, json, xml) in [
        ("21", "10", "", ""),
        ("\"21\"", "\"10\"", "", ""),
        ("2147483647", "65535", "", ""),
        // As a number it is whole; as a text it is not written like one.
        ("21.0", "10", "", ID),
        ("21", "1e1", "", MINUTES),
        ("\"21.0\"", "10", ID, ID),
        ("2147483648", "10", ID, ID),
        ("-2147483649", "10", ID, ID),
        ("-1", "10", ID, ID),
        ("9223372036854775808", "10", ID, ID),
        ("18446744073709551616", "10", ID, ID),
        ("1e308", "10", ID, ID),
        ("1e-5", "10", ID, ID),
        ("1e-400", "10", MISSING, ID),
        ("1e400", "10", BEYOND, ID),
        ("\"1e400\"", "10", ID, ID),
        ("\"NaN\"", "10", ID, ID),
        ("\"٢١\"", "10", ID, ID),
        ("0", "10", MISSING, MISSING),
        ("-0", "10", MISSING, MISSING),
        ("null", "10", MISSING, ID),
        ("\" \"", "10", MISSING, MISSING),
        ("21", "65536", MINUTES, MINUTES),
        ("21", "-1", MINUTES, MINUTES),
        ("21", "7.5", MINUTES, MINUTES),
        ("21", "1e-5", MINUTES, MINUTES),
        ("21", "\"1e308\"", MINUTES, MINUTES),
    ] {
        for (body, expected) in slot(id, length).into_iter().zip([json, xml]) {
            for operation in [
                Operation::GetSlotsForSession,
                Operation::GetSlotsForSessionV2,
            ] {
                for result in answered_each_way(operation, &body) {
                    assert_eq!(told(operation, &result).concat(), expected, "{body}");
                }
            }
        }
    }
}
