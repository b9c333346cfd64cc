//! Fields that a newer release added.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// The fields of a document that this release does not know, because a newer one added them. They
/// are kept and saved with the rest.
///
/// They may be nested 32 deep. A deeper document is refused when it is read: JSON parsers limit the
/// depth, and settings that were saved must be readable again, in the audit log as well.
///
/// `Debug` shows their number: their content is not known.
#[derive(Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct UnknownFields(Map<String, Value>);

/// The deepest nesting of an unknown field.
const DEEPEST: usize = 32;

impl<'de> Deserialize<'de> for UnknownFields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let fields = Map::deserialize(deserializer)?;
        if fields.values().all(|value| fits(value, DEEPEST)) {
            Ok(Self(fields))
        } else {
            Err(D::Error::custom("an unknown field is nested too deeply"))
        }
    }
}

fn fits(value: &Value, levels: usize) -> bool {
    let Some(below) = levels.checked_sub(1) else {
        return !value.is_array() && !value.is_object();
    };
    match value {
        Value::Array(items) => items.iter().all(|item| fits(item, below)),
        Value::Object(fields) => fields.values().all(|field| fits(field, below)),
        _ => true,
    }
}

impl UnknownFields {
    /// Returns the number of fields.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns `true` if there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for UnknownFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnknownFields([{}])", self.len())
    }
}
