//! Breaks one record of a sound answer, and only one.

use serde_json::{Map, Value};

use crate::server::Answer;

/// The same answer with one broken record: the middle one of the first list of records, or the
/// whole message if it holds no list.
pub(crate) fn with_one_broken_record(answer: Answer) -> Answer {
    let Ok(Value::Object(mut message)) = serde_json::from_slice(&answer.body) else {
        return answer;
    };
    match first_list(&mut message) {
        Some(records) => {
            let middle = records.len() / 2;
            if let Some(Value::Object(record)) = records.get_mut(middle) {
                break_record(record);
            }
        }
        None => break_record(&mut message),
    }
    Answer {
        body: Value::Object(message).to_string().into(),
        ..answer
    }
}

fn first_list(message: &mut Map<String, Value>) -> Option<&mut Vec<Value>> {
    message.values_mut().find_map(|value| match value {
        Value::Array(records) if records.iter().any(Value::is_object) => Some(records),
        _ => None,
    })
}

/// Identifiers become words or objects, dates and times impossible, at every depth.
fn break_record(record: &mut Map<String, Value>) {
    for (name, value) in record {
        let name = name.to_ascii_lowercase();
        match value {
            Value::Object(inner) => break_record(inner),
            Value::Number(_) if name.ends_with("id") => *value = "not a number".into(),
            Value::String(_) if name.ends_with("id") => *value = serde_json::json!({ "odd": true }),
            Value::String(_) if name.contains("date") => *value = "31/02/2026".into(),
            Value::String(_) if name.contains("time") => *value = "25:61".into(),
            _ => {}
        }
    }
}
