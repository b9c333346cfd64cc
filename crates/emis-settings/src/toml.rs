//! Settings as TOML, for support: read by people, sent by mail, imported again.

use emis_types::OdsCode;
use serde_json::{Map, Value};

use crate::connection::UpdateOutcome;
use crate::practice::PracticeSettings;
use crate::problem::{Problems, SettingsProblem, ValidationError};
use crate::problem_text::ProblemCode as Code;
use crate::secrets::{any_secret, is_secret};

/// The parts of the settings, besides the whole, to which a newer release may add fields.
const PARTS: [&str; 2] = ["reminders", "booking"];

impl PracticeSettings {
    /// Returns the settings as TOML, without the API user, its password, and the list of patients who
    /// opted out. A field of a newer release is left out too if anything in it is called a password;
    /// so are nulls, which TOML does not have.
    ///
    /// # Examples
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
        let mut document = self.to_document();
        for part in PARTS {
            if let Some(Value::Object(fields)) = document.get_mut(part) {
                fields.retain(|name, value| !stays(name, value));
            }
        }
        document.retain(|name, value| !stays(name, value));
        let value = without_nulls(Value::Object(document));
        // TOML has every kind of value that JSON has, except null.
        toml::to_string_pretty(&value).unwrap_or_default()
    }

    /// Returns these settings with the values of a TOML text, at the same version. A value that the
    /// text does not hold gets its default. The API user and the patients who opted out stay, unless
    /// the EMIS organisation ID becomes another number: see [`UpdateOutcome`].
    ///
    /// # Errors
    /// [`ValidationError`] if the text can't be read, is of another practice, holds an API user or a
    /// password, or if a value in it is wrong.
    pub fn with_toml(&self, text: &str) -> Result<(Self, UpdateOutcome), ValidationError> {
        self.import(text, false)
    }

    pub(crate) fn import(
        &self,
        text: &str,
        patients_are_excluded: bool,
    ) -> Result<(Self, UpdateOutcome), ValidationError> {
        let unreadable = || SettingsProblem::new(Code::ImportUnreadable, "");
        let mut document: Map<String, Value> = toml::from_str(text).map_err(|_| unreadable())?;
        let practice = document.get("ods_code").and_then(Value::as_str);
        let practice: Option<OdsCode> = practice.and_then(|code| code.parse().ok());
        let other = practice.as_ref() != Some(&self.ods_code);
        let mut problems = Problems::default();
        problems.add_if(any_secret(&document), Code::ImportHoldsApiUser, "api_user");
        problems.add_if(other, Code::ImportOfAnotherPractice, "ods_code");
        ValidationError::check(problems.into_vec())?;

        let mut kept = self.to_document();
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
        // An import does not have to complete the connection.
        let missing = [Code::OrganisationIdMissing, Code::ApiUserMissing];
        let mut problems = imported.problems();
        problems.retain(|problem| !missing.contains(&problem.code()));
        ValidationError::check(problems)?;
        Ok((imported, outcome))
    }
}

/// Returns `true` for a field that is never in the TOML and that an import leaves as it is: secrets,
/// the patients who opted out, and the version, which belongs to the store.
fn stays(name: &str, value: &Value) -> bool {
    ["version", "opted_out"].contains(&name) || is_secret(name, value)
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
