//! Checks a JSON message against the document.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::error::FilingError;
use super::schema::{Kind, ROOT, member};

/// Checks that every member is known and of its type.
pub(super) fn check(message: &Value) -> Result<(), FilingError> {
    value(message, Kind::Type(ROOT), "the message")
}

fn value(value: &Value, kind: Kind, name: &str) -> Result<(), FilingError> {
    let fits = match (kind, value) {
        (Kind::Any, _) | (Kind::Bool, Value::Bool(_)) | (Kind::Number, Value::Number(_)) => true,
        // Only texts and lists may be null.
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
        Err(FilingError::invalid(name))
    }
}

fn object(members: &Map<String, Value>, of_type: &str) -> Result<(), FilingError> {
    members.iter().try_for_each(|(key, it)| {
        // An unknown member is not named in the error: it may be anything.
        let member = member(of_type, key).ok_or_else(FilingError::unknown_member)?;
        value(it, member.kind, member.key)
    })
}
