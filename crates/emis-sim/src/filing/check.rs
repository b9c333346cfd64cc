//! Whether a JSON message is what the document says.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::NotTheMessage;
use super::schema::{Kind, ROOT, member};

/// Every member known, and of its type.
pub(super) fn check(message: &Value) -> Result<(), NotTheMessage> {
    value(message, Kind::Type(ROOT), "the message")
}

fn value(value: &Value, kind: Kind, name: &str) -> Result<(), NotTheMessage> {
    let fits = match (kind, value) {
        (Kind::Any, _) | (Kind::Bool, Value::Bool(_)) | (Kind::Number, Value::Number(_)) => true,
        // Texts and lists may be null; nothing else may.
        (Kind::Text, Value::String(_) | Value::Null) | (Kind::List(_), Value::Null) => true,
        (Kind::Time, Value::String(text)) => text.parse::<Timestamp>().is_ok(),
        (Kind::Integer, Value::Number(number)) => number
            .as_i64()
            .is_some_and(|number| i32::try_from(number).is_ok()),
        (Kind::Choice(literals), Value::Number(number)) => number
            .as_u64()
            .and_then(|place| usize::try_from(place).ok())
            .is_some_and(|place| place < literals.split('|').count()),
        (Kind::List(of), Value::Array(items)) => {
            return items
                .iter()
                .try_for_each(|item| self::value(item, Kind::Type(of), name));
        }
        (Kind::Type(of), Value::Object(members)) => return object(members, of),
        _ => false,
    };
    if fits {
        Ok(())
    } else {
        Err(NotTheMessage::odd(name))
    }
}

fn object(members: &Map<String, Value>, of_type: &str) -> Result<(), NotTheMessage> {
    members.iter().try_for_each(|(key, it)| {
        // What is unknown is not named either: it may be anything.
        let member = member(of_type, key).ok_or_else(NotTheMessage::unknown)?;
        value(it, member.kind, member.key)
    })
}
