//! Versions of the stored form, and the upgrade from earlier ones.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The version of the form that this release writes.
pub(crate) const SCHEMA_VERSION: u32 = 3;

/// The version of the earliest release that can work with documents of this one. It is raised with
/// every change that an older release would misread, and with no other.
const READABLE_BY: u32 = 3;

/// The steps from each version to the next, the first one from 1 to 2. A step that was released is
/// never changed.
const STEPS: &[fn(&mut Map<String, Value>)] = &[hours_become_offsets, rules_are_added];

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

/// Version 2 had one rule for all appointments, which is the general one now. A release that does
/// not know the others would remind by it where another rule says not to.
fn rules_are_added(document: &mut Map<String, Value>) {
    if let Some(Value::Object(reminders)) = document.get_mut("reminders") {
        reminders.entry("rules").or_insert_with(|| json!([]));
    }
}

/// The version of a document.
///
/// A newer release may add fields. Its documents name the earliest release that can work with
/// them; fields that are unknown to that release are kept and saved with the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredForm {
    pub(crate) schema_version: u32,
    pub(crate) readable_by: u32,
}

impl Default for StoredForm {
    fn default() -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            readable_by: READABLE_BY,
        }
    }
}

impl StoredForm {
    /// Reads the version of a document; the first version did not say which it was.
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

/// Upgrades a document to the version of this release, or refuses it.
pub(crate) fn upgrade(document: &mut Map<String, Value>) -> Result<(), &'static str> {
    let form = StoredForm::of(document)?;
    if form.schema_version == 0 || form.readable_by > SCHEMA_VERSION {
        return Err("the settings were written by another release, which this one can't read");
    }
    let steps_behind = usize::try_from(form.schema_version - 1).unwrap_or(usize::MAX);
    for step in STEPS.iter().skip(steps_behind) {
        step(document);
    }
    let form = StoredForm {
        schema_version: form.schema_version.max(SCHEMA_VERSION),
        readable_by: form.readable_by.max(READABLE_BY),
    };
    document.insert("schema_version".to_owned(), form.schema_version.into());
    document.insert("readable_by".to_owned(), form.readable_by.into());
    Ok(())
}
