//! Settings as TOML, for support: read by people, sent by mail, put back.

use emis_types::OdsCode;
use serde_json::{Map, Value};

use crate::problem::{ProblemCode as Code, SettingsProblem, ValidationError};
use crate::{PracticeSettings, UpdateOutcome};

/// The parts of the settings to which a newer release may add fields, beside the whole.
const PARTS: [&str; 2] = ["reminders", "booking"];

impl PracticeSettings {
    /// The settings as TOML, without the API user and its password, and without the list of
    /// patients who opted out. A field that a newer release added stays out as well where anything
    /// in it is called a password; so do nulls, which TOML does not have.
    ///
    /// ```
    /// use emis_settings::PracticeSettings;
    ///
    /// let mut settings = PracticeSettings::new("A20047".parse()?);
    /// settings.update_organisation_id("50002")?;
    /// let text = settings.to_toml();
    /// assert!(text.contains("organisation_id = \"50002\""));
    /// assert_eq!(PracticeSettings::new("A20047".parse()?).with_toml(&text)?.0, settings);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_toml(&self) -> String {
        let mut document = self.document();
        for part in PARTS {
            if let Some(Value::Object(fields)) = document.get_mut(part) {
                fields.retain(|name, value| !stays(name, value));
            }
        }
        document.retain(|name, value| !stays(name, value));
        let value = without_nulls(Value::Object(document));
        // Every value that JSON has but null, TOML has too.
        toml::to_string_pretty(&value).unwrap_or_default()
    }

    /// These settings with everything that a TOML text says, at the version that they have. What
    /// the text does not say has its default; the API user and the patients who opted out stay as
    /// they are, unless the EMIS organisation ID becomes another number: see [`UpdateOutcome`].
    ///
    /// # Errors
    /// Where it can't be read, is of another practice, holds an API user or a password, or where
    /// anything in it is wrong.
    pub fn with_toml(&self, text: &str) -> Result<(Self, UpdateOutcome), ValidationError> {
        self.import(text, false)
    }

    pub(crate) fn import(
        &self,
        text: &str,
        patients_are_excluded: bool,
    ) -> Result<(Self, UpdateOutcome), ValidationError> {
        let unreadable = || {
            SettingsProblem::new(
                Code::ImportUnreadable,
                "",
                "The text is not settings in TOML, or a value in it is of the wrong kind.",
            )
        };
        let mut document: Map<String, Value> = toml::from_str(text).map_err(|_| unreadable())?;
        let mut problems = Vec::new();
        if holds_api_user(&document) {
            problems.push(SettingsProblem::new(
                Code::ImportHoldsApiUser,
                "api_user",
                "The text holds an API user or a password: take it out, and enter the API user \
                 on the settings page.",
            ));
        }
        let practice = document.get("ods_code").and_then(Value::as_str);
        let practice: Option<OdsCode> = practice.and_then(|code| code.parse().ok());
        if practice.as_ref() != Some(&self.ods_code) {
            problems.push(SettingsProblem::new(
                Code::ImportOfAnotherPractice,
                "ods_code",
                "The text is of another practice, or does not say of which.",
            ));
        }
        ValidationError::check(problems)?;
        let mut kept = self.document();
        for part in PARTS {
            let kept = kept.remove(part);
            let fields = document.entry(part).or_insert_with(|| Map::new().into());
            if let (Value::Object(fields), Some(Value::Object(kept))) = (fields, kept) {
                fields.extend(kept.into_iter().filter(|(name, value)| stays(name, value)));
            }
        }
        document.extend(kept.into_iter().filter(|(name, value)| stays(name, value)));
        let mut imported: Self =
            serde_json::from_value(Value::Object(document)).map_err(|_| unreadable())?;

        let organisation_id = imported.organisation_id.take();
        imported.organisation_id.clone_from(&self.organisation_id);
        let outcome = match organisation_id {
            Some(organisation_id) => imported.move_to(organisation_id, patients_are_excluded),
            None => UpdateOutcome::default(),
        };
        // What is not entered yet was not entered before, either.
        let missing = [Code::OrganisationIdMissing, Code::ApiUserMissing];
        let mut problems = imported.problems();
        problems.retain(|problem| !missing.contains(&problem.code()));
        ValidationError::check(problems)?;
        Ok((imported, outcome))
    }

    /// The stored form.
    fn document(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(document)) => document,
            _ => Map::new(),
        }
    }
}

/// What is never in the TOML, and stays as it is when some is imported: the API user, however well
/// it is sealed, and whatever else is secret; the patients who opted out; and what belongs to the
/// store that keeps the settings.
fn stays(name: &str, value: &Value) -> bool {
    ["version", "opted_out"].contains(&name) || is_secret(name, value)
}

/// Whether it is called an API user or a password, or anything in it is.
pub(crate) fn is_secret(name: &str, value: &Value) -> bool {
    let name = name.to_lowercase();
    name == "api_user" || name.contains("password") || inside(value)
}

fn holds_api_user(document: &Map<String, Value>) -> bool {
    let mut fields = document.iter();
    fields.any(|(name, value)| is_secret(name, value))
}

fn inside(value: &Value) -> bool {
    match value {
        Value::Object(fields) => holds_api_user(fields),
        Value::Array(items) => items.iter().any(inside),
        _ => false,
    }
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, without_nulls(value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items
            .into_iter()
            .filter(|item| !item.is_null())
            .map(without_nulls)
            .collect(),
        other => other,
    }
}
