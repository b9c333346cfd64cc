//! Differences between two versions of a practice's settings.

use std::collections::BTreeSet;

use emis_audit::Digest;
use serde_json::{Map, Value, json};

use crate::practice::PracticeSettings;
use crate::secrets::is_secret;

/// The longest value in the audit log, in bytes; a longer one is replaced by its digest.
const LONGEST: usize = 2_000;

/// Returns the fields that changed, each with its old and new values, as a list of
/// `{"path": …, "from": …, "to": …}` in the order of the paths.
///
/// Of the API user, and of what a newer release keeps secret, the list only says that it changed;
/// of the patients who opted out, it gives the number.
pub(crate) fn changes_between(before: &PracticeSettings, after: &PracticeSettings) -> Value {
    let (before, after) = (fields(before), fields(after));
    let paths: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let changed = paths.into_iter().filter_map(|path| {
        let (from, to) = (before.get(path), after.get(path));
        let mut values = from.into_iter().chain(to);
        let secret = values.any(|value| is_secret(path, value));
        (from != to).then(|| match path.as_str() {
            _ if secret => json!({ "path": path }),
            "reminders.opted_out" => json!({ "path": path, "from": count(from), "to": count(to) }),
            _ => json!({ "path": path, "from": short(from), "to": short(to) }),
        })
    });
    changed.collect()
}

/// Returns every field by its path. Reminders and booking are taken apart; other values are whole.
fn fields(settings: &PracticeSettings) -> Map<String, Value> {
    let mut fields = Map::new();
    for (name, value) in settings.to_document() {
        match (name.as_str(), value) {
            ("version" | "schema_version" | "readable_by", _) => {}
            ("reminders" | "booking", Value::Object(inner)) => {
                let named = |(field, value)| (format!("{name}.{field}"), value);
                fields.extend(inner.into_iter().map(named));
            }
            (_, value) => {
                fields.insert(name, value);
            }
        }
    }
    fields
}

fn short(value: Option<&Value>) -> Value {
    let value = value.cloned().unwrap_or_default();
    let text = value.to_string();
    if text.len() <= LONGEST {
        value
    } else {
        json!({ "bytes": text.len(), "sha256": Digest::of(text) })
    }
}

fn count(value: Option<&Value>) -> usize {
    value.and_then(Value::as_array).map_or(0, Vec::len)
}
