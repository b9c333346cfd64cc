//! The stored form of settings, and how one of an earlier release is read.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::PracticeSettings;

/// The version of the form that this release writes.
pub(crate) const SCHEMA_VERSION: u32 = 2;

/// The earliest release, by its form, that can work with what this one writes. It is raised with
/// every change that an older release would misread, and with no other.
const READABLE_BY: u32 = 2;

/// The steps from each earlier form to the next: the first one from 1 to 2. A step that was
/// released is never changed.
const STEPS: &[fn(&mut Map<String, Value>)] = &[hours_become_offsets];

/// Version 1 knew hours alone: `"hours_before": [24]` is now `"offsets": [{"hours": 24}]`.
fn hours_become_offsets(document: &mut Map<String, Value>) {
    let Some(Value::Object(reminders)) = document.get_mut("reminders") else {
        return;
    };
    if let Some(Value::Array(hours)) = reminders.remove("hours_before") {
        let offsets = hours.into_iter().map(|hours| json!({ "hours": hours }));
        reminders.insert("offsets".to_owned(), offsets.collect());
    }
}

/// Which form a document has.
///
/// A newer release may add what this one doesn't know. Its documents say from which release on
/// they can be worked with; what is unknown in them is kept, and saved with the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Form {
    pub(crate) schema_version: u32,
    pub(crate) readable_by: u32,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            readable_by: READABLE_BY,
        }
    }
}

impl Form {
    /// The form of a document; before there were forms that said so, it was the first.
    fn of(document: &Map<String, Value>) -> Result<Self, &'static str> {
        let number = |field| match document.get(field) {
            None => Ok(None),
            Some(value) => value
                .as_u64()
                .and_then(|number| u32::try_from(number).ok())
                .map(Some)
                .ok_or("the version of the settings' form is not a number"),
        };
        let schema_version = number("schema_version")?.unwrap_or(1);
        let readable_by = number("readable_by")?.unwrap_or(schema_version);
        Ok(Self {
            schema_version,
            readable_by,
        })
    }
}

/// Brings a document to the form of this release, or refuses it.
fn upgrade(document: &mut Map<String, Value>) -> Result<(), &'static str> {
    let form = Form::of(document)?;
    if form.schema_version == 0 || form.readable_by > SCHEMA_VERSION {
        return Err("the settings were written by another release, which this one can't read");
    }
    let steps_behind = usize::try_from(form.schema_version - 1).unwrap_or(usize::MAX);
    for step in STEPS.iter().skip(steps_behind) {
        step(document);
    }
    let form = Form {
        schema_version: form.schema_version.max(SCHEMA_VERSION),
        readable_by: form.readable_by.max(READABLE_BY),
    };
    document.insert("schema_version".to_owned(), form.schema_version.into());
    document.insert("readable_by".to_owned(), form.readable_by.into());
    Ok(())
}

impl<'de> Deserialize<'de> for PracticeSettings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let mut document = Map::deserialize(deserializer)?;
        upgrade(&mut document).map_err(D::Error::custom)?;
        Self::deserialize(Value::Object(document)).map_err(D::Error::custom)
    }
}

impl Serialize for PracticeSettings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

/// The fields of a document that this release doesn't know: a newer one added them. They are
/// kept, and saved with the rest.
///
/// They may be nested 32 deep. What is deeper is refused as it is read: parsers of JSON stop at
/// some depth, and settings that were saved must be readable again, in the audit trail as well.
///
/// `Debug` shows how many there are: what they hold is not known.
#[derive(Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct UnknownFields(Map<String, Value>);

/// How deep unknown fields may be nested.
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
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for UnknownFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnknownFields([{}])", self.len())
    }
}

impl PracticeSettings {
    /// The JSON Schema of the stored form, for editors and for those who read settings through an
    /// API: every field with its meaning, its default and its limits.
    ///
    /// What spans fields is for [`problems`](Self::problems) to find. The sealed API user is
    /// described as any object: nobody writes one by hand.
    ///
    /// ```
    /// let schema = emis_settings::PracticeSettings::json_schema();
    /// assert_eq!(schema["title"], "PracticeSettings");
    /// ```
    pub fn json_schema() -> Value {
        schemars::schema_for!(Self).to_value()
    }
}
