//! The settings document of a practice.

use std::collections::{BTreeMap, BTreeSet};

use emis_credentials::{SealContext, SealedApiUser};
use emis_types::{ApplicationId, OdsCode, OrganisationId, SiteId, SlotTypeId};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::booking::BookingSettings;
use crate::calendar::WorkingCalendar;
use crate::details::{PracticeDetails, PracticeSite};
use crate::environment::EmisEnvironment;
use crate::mode::AppointmentMode;
use crate::opening::{OpeningHours, PracticeHoliday};
use crate::problem::{Problems, SettingsProblem, ValidationError};
use crate::problem_text::ProblemCode as Code;
use crate::reminder_rule::RULES;
use crate::reminders::ReminderSettings;
use crate::selection::all_in;
use crate::stored_form::{StoredForm, upgrade};
use crate::text::is_line;
use crate::unknown_fields::UnknownFields;

/// The settings of a practice.
///
/// A change with any mistake in it is refused as a whole, with [every
/// mistake](ValidationError::problems).
///
/// The JSON form is for storage: it holds the API user sealed, never a password. Absent fields have
/// their defaults and unknown ones are kept, so that older and newer releases can share a store.
/// Documents of earlier releases are upgraded when they are read; one that this release would
/// misread is refused. [`json_schema`](Self::json_schema) describes the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(remote = "Self")]
pub struct PracticeSettings {
    /// The version of the form.
    #[serde(flatten)]
    #[schemars(skip)]
    form: StoredForm,
    /// The number of times that these settings were saved.
    #[serde(default)]
    version: u64,
    /// The practice's ODS code.
    #[schemars(with = "String")]
    pub(crate) ods_code: OdsCode,
    /// The practice's name, 1 to 60 characters.
    #[serde(default)]
    name: Option<String>,
    /// The practice's sites if it has more than one, at most 50.
    #[serde(default)]
    sites: Vec<PracticeSite>,
    /// The opening hours.
    #[serde(default)]
    opening_hours: OpeningHours,
    /// The days on which the practice is closed besides.
    #[serde(default)]
    holidays: Vec<PracticeHoliday>,
    /// The mode of the appointments of each slot type: `face_to_face`, `telephone`, `video` or
    /// `visit`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, AppointmentMode>")]
    pub(crate) slot_type_modes: BTreeMap<SlotTypeId, AppointmentMode>,
    /// The EMIS organisation ID (CDB number), 1 to 10 digits.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(crate) organisation_id: Option<OrganisationId>,
    /// The application ID (party key) for this practice if it is not the product's.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    application_id: Option<ApplicationId>,
    /// The EMIS environment of the practice.
    #[serde(default)]
    environment: EmisEnvironment,
    /// The EMIS API user, sealed.
    #[serde(default)]
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    pub(crate) api_user: Option<SealedApiUser>,
    /// The settings of reminders.
    #[serde(default)]
    pub(crate) reminders: ReminderSettings,
    /// The settings of self-booking.
    #[serde(default)]
    pub(crate) booking: BookingSettings,
    /// Fields that a newer release added, kept unchanged.
    #[serde(flatten)]
    unknown: UnknownFields,
}

impl PracticeSettings {
    /// Creates the default settings of a practice, at version 0.
    pub fn new(ods_code: OdsCode) -> Self {
        Self {
            form: StoredForm::default(),
            version: 0,
            ods_code,
            name: None,
            sites: Vec::new(),
            opening_hours: OpeningHours::default(),
            holidays: Vec::new(),
            slot_type_modes: BTreeMap::new(),
            organisation_id: None,
            application_id: None,
            environment: EmisEnvironment::default(),
            api_user: None,
            reminders: ReminderSettings::default(),
            booking: BookingSettings::default(),
            unknown: UnknownFields::default(),
        }
    }

    /// Returns the ODS code of the practice, which identifies its settings.
    pub fn ods_code(&self) -> &OdsCode {
        &self.ods_code
    }

    /// Returns the practice's name, if it is entered.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns the practice's name for patients: that of the reminder settings, or else
    /// [`name`](Self::name).
    pub fn name_for_patients(&self) -> Option<&str> {
        self.reminders.practice_name.as_deref().or(self.name())
    }

    /// Returns the practice's sites. If it lists any, reminders and booking can be limited to no
    /// others. Default: none.
    pub fn sites(&self) -> &[PracticeSite] {
        &self.sites
    }

    /// Returns the opening hours. Default: not entered.
    pub fn opening_hours(&self) -> &OpeningHours {
        &self.opening_hours
    }

    /// Returns the days on which the practice is closed besides. Default: none.
    pub fn holidays(&self) -> &[PracticeHoliday] {
        &self.holidays
    }

    /// Returns the mode of the appointments of each slot type, as far as the practice has set it.
    /// Default: none.
    pub fn slot_type_modes(&self) -> &BTreeMap<SlotTypeId, AppointmentMode> {
        &self.slot_type_modes
    }

    /// Returns the practice's working days by its opening hours and holidays, with the built-in
    /// [bank holidays](crate::BankHolidays).
    pub fn working_calendar(&self) -> WorkingCalendar {
        WorkingCalendar::new(self.opening_hours.clone(), self.holidays.clone())
    }

    /// Returns the application ID (party key) for this practice. Default: none, which means the
    /// product's own.
    pub fn application_id(&self) -> Option<&ApplicationId> {
        self.application_id.as_ref()
    }

    /// Returns the EMIS environment of the practice. Default: production.
    pub fn environment(&self) -> EmisEnvironment {
        self.environment
    }

    /// Returns the details of the practice, to change and to [set](Self::set_details) again.
    pub fn details(&self) -> PracticeDetails {
        PracticeDetails {
            sites: self.sites.clone(),
            opening_hours: self.opening_hours.clone(),
            holidays: self.holidays.clone(),
            slot_type_modes: self.slot_type_modes.clone(),
            application_id: self.application_id.clone(),
            environment: self.environment,
        }
    }

    /// Returns the fields that a newer release added.
    pub fn unknown(&self) -> &UnknownFields {
        &self.unknown
    }

    /// Returns the EMIS organisation ID (CDB number), if it is entered.
    pub fn organisation_id(&self) -> Option<&OrganisationId> {
        self.organisation_id.as_ref()
    }

    /// Returns the sealed EMIS API user, if it is entered.
    pub fn api_user(&self) -> Option<&SealedApiUser> {
        self.api_user.as_ref()
    }

    /// Returns the context for which the API user is sealed: this practice at this EMIS organisation
    /// ID.
    pub fn seal_context(&self) -> Option<SealContext> {
        self.organisation_id
            .clone()
            .map(|organisation_id| SealContext::new(self.ods_code.clone(), organisation_id))
    }

    /// Returns the settings of reminders.
    pub fn reminders(&self) -> &ReminderSettings {
        &self.reminders
    }

    /// Returns the settings of self-booking.
    pub fn booking(&self) -> &BookingSettings {
        &self.booking
    }

    /// Returns the number of times that these settings were saved: 0 for new ones. A store refuses
    /// to save over a version that was not loaded.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Replaces the version. For stores.
    #[must_use]
    pub fn at_version(mut self, version: u64) -> Self {
        self.version = version;
        self
    }

    /// Sets the practice's name, trimmed, or removes it.
    ///
    /// # Errors
    /// [`ValidationError`] if the name is blank, longer than 60 characters or more than a line.
    pub fn set_name(&mut self, name: Option<&str>) -> Result<(), ValidationError> {
        let name = name.map(|name| name.trim().to_owned());
        ValidationError::check(name_problem(name.as_deref()).into_iter().collect())?;
        self.name = name;
        Ok(())
    }

    /// Sets the details of the practice.
    ///
    /// # Errors
    /// [`ValidationError`] with every mistake in them. Nothing is changed then.
    pub fn set_details(&mut self, details: PracticeDetails) -> Result<(), ValidationError> {
        let mut changed = self.clone();
        changed.sites = details.sites;
        changed.opening_hours = details.opening_hours;
        changed.holidays = details.holidays;
        changed.slot_type_modes = details.slot_type_modes;
        changed.application_id = details.application_id;
        changed.environment = details.environment;
        let mut problems = changed.details().problems();
        problems.extend(changed.site_problems());
        ValidationError::check(problems)?;
        *self = changed;
        Ok(())
    }

    /// Sets the settings of reminders.
    ///
    /// # Errors
    /// [`ValidationError`] with [every mistake](ReminderSettings::problems) in them. Nothing is
    /// changed then.
    pub fn set_reminders(&mut self, reminders: ReminderSettings) -> Result<(), ValidationError> {
        let problems = reminders.problems();
        self.replace(problems, |settings| settings.reminders = reminders)
    }

    /// Sets the settings of self-booking.
    ///
    /// # Errors
    /// [`ValidationError`] with [every mistake](BookingSettings::problems) in them. Nothing is
    /// changed then.
    pub fn set_booking(&mut self, booking: BookingSettings) -> Result<(), ValidationError> {
        let problems = booking.problems();
        self.replace(problems, |settings| settings.booking = booking)
    }

    /// Makes a change unless it has problems of its own or names sites that are not listed.
    fn replace(
        &mut self,
        mut problems: Vec<SettingsProblem>,
        change: impl FnOnce(&mut Self),
    ) -> Result<(), ValidationError> {
        let before = self.site_problems();
        let mut changed = self.clone();
        change(&mut changed);
        // A site that was not listed before is not a mistake of this change.
        let sites = changed.site_problems().into_iter();
        problems.extend(sites.filter(|problem| !before.contains(problem)));
        ValidationError::check(problems)?;
        *self = changed;
        Ok(())
    }

    /// Returns every problem, in the order of the form.
    /// [`problems_against`](Self::problems_against) tells which ids EMIS no longer has.
    pub fn problems(&self) -> Vec<SettingsProblem> {
        name_problem(self.name())
            .into_iter()
            .chain(self.details().problems())
            .chain(self.connection_problems())
            .chain(self.reminders.problems())
            .chain(self.booking.problems())
            .chain(self.site_problems())
            .collect()
    }

    /// Returns the problems of rules that name sites which the practice does not list.
    fn site_problems(&self) -> Vec<SettingsProblem> {
        let listed: BTreeSet<SiteId> = self.sites.iter().map(|site| site.id).collect();
        let mut problems = Problems::default();
        for (rule, path) in [
            (&self.reminders.sites, "reminders.sites"),
            (&self.booking.sites, "booking.sites"),
        ] {
            problems.add_if(!all_in(rule.named(), &listed), Code::SiteNotListed, path);
        }
        let by_rule = self.reminders.rules.iter();
        let sites = by_rule.flat_map(|rule| rule.sites.named());
        problems.add_if(!all_in(sites, &listed), Code::SiteNotListed, RULES);
        problems.into_vec()
    }

    /// Returns the JSON Schema of the stored form, for editors and for readers of an API: every
    /// field with its meaning, its default and its limits.
    ///
    /// Rules that span fields are for [`problems`](Self::problems). The sealed API user is described
    /// as any object.
    ///
    /// # Examples
    ///
    /// ```
    /// let schema = emis_settings::PracticeSettings::json_schema();
    /// assert_eq!(schema["title"], "PracticeSettings");
    /// ```
    pub fn json_schema() -> Value {
        schemars::schema_for!(Self).to_value()
    }

    /// Returns the stored form.
    pub(crate) fn to_document(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(document)) => document,
            // Settings always have a JSON form.
            _ => Map::new(),
        }
    }
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

fn name_problem(name: Option<&str>) -> Option<SettingsProblem> {
    let wrong = !is_line(name?, 60);
    wrong.then(|| SettingsProblem::new(Code::PracticeNameInvalid, "name"))
}
