//! The one document that is kept for each practice.

use std::collections::BTreeSet;

use emis_credentials::{SealContext, SealedApiUser};
use emis_types::{ApplicationId, OdsCode, OrganisationId, SiteId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::Form;
use crate::problem::{ProblemCode as Code, SettingsProblem, ValidationError};
use crate::{
    BookingSettings, EmisEnvironment, OpeningHours, PracticeHoliday, ReminderSettings,
    UnknownFields, WorkingCalendar, opening, text,
};

/// Everything that a practice sets.
///
/// Changes are refused as a whole where anything in them is wrong, with [every mistake at
/// once](ValidationError::problems).
///
/// The JSON form is for storage: it holds the API user sealed, never a password. Fields that are
/// absent have their defaults and unknown ones are kept, so that older and newer releases can
/// share a store; forms of earlier releases are brought up to date as they are read, and one that
/// this release would misread is refused. [`json_schema`](Self::json_schema) describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(remote = "Self")]
pub struct PracticeSettings {
    /// Which form the document has.
    #[serde(flatten)]
    #[schemars(skip)]
    form: Form,
    /// How often these settings were saved.
    #[serde(default)]
    version: u64,
    /// The practice's ODS code.
    #[schemars(with = "String")]
    pub(crate) ods_code: OdsCode,
    /// The practice's name, 1 to 60 characters.
    #[serde(default)]
    name: Option<String>,
    /// The practice's sites, where it has more than one, at most 50.
    #[serde(default)]
    sites: Vec<PracticeSite>,
    /// When the practice is open.
    #[serde(default)]
    opening_hours: OpeningHours,
    /// On which days it is closed besides.
    #[serde(default)]
    holidays: Vec<PracticeHoliday>,
    /// The EMIS organisation ID (CDB number), 1 to 10 digits.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(crate) organisation_id: Option<OrganisationId>,
    /// The application ID (party key) for this practice, where it is not the product's.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    application_id: Option<ApplicationId>,
    /// Which EMIS the practice is in.
    #[serde(default)]
    environment: EmisEnvironment,
    /// The EMIS API user, sealed.
    #[serde(default)]
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    pub(crate) api_user: Option<SealedApiUser>,
    /// What is reminded of, when and how.
    #[serde(default)]
    pub(crate) reminders: ReminderSettings,
    /// What patients may book.
    #[serde(default)]
    pub(crate) booking: BookingSettings,
    /// What a newer release added: kept as it is.
    #[serde(flatten)]
    unknown: UnknownFields,
}

/// A site of a practice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct PracticeSite {
    /// The site, as EMIS numbers it.
    #[schemars(with = "i32")]
    pub id: SiteId,
    /// What patients know it as, 1 to 60 characters: reminders give this name instead of the one
    /// that EMIS has.
    pub name: String,
}

impl PracticeSite {
    /// A site and what patients know it as.
    pub fn new(id: SiteId, name: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
        }
    }
}

/// What a practice sets of itself, apart from its connection: changed together, by
/// [`PracticeSettings::set_details`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PracticeDetails {
    /// See [`PracticeSettings::sites`].
    pub sites: Vec<PracticeSite>,
    /// See [`PracticeSettings::opening_hours`].
    pub opening_hours: OpeningHours,
    /// See [`PracticeSettings::holidays`].
    pub holidays: Vec<PracticeHoliday>,
    /// See [`PracticeSettings::application_id`].
    pub application_id: Option<ApplicationId>,
    /// See [`PracticeSettings::environment`].
    pub environment: EmisEnvironment,
}

impl PracticeSettings {
    /// The settings of a practice that has set nothing yet, at version 0.
    pub fn new(ods_code: OdsCode) -> Self {
        Self {
            form: Form::default(),
            version: 0,
            ods_code,
            name: None,
            sites: Vec::new(),
            opening_hours: OpeningHours::default(),
            holidays: Vec::new(),
            organisation_id: None,
            application_id: None,
            environment: EmisEnvironment::default(),
            api_user: None,
            reminders: ReminderSettings::default(),
            booking: BookingSettings::default(),
            unknown: UnknownFields::default(),
        }
    }

    /// The ODS code of the practice, which names its settings.
    pub fn ods_code(&self) -> &OdsCode {
        &self.ods_code
    }

    /// The practice's name, where the product knows it.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The practice's name for patients: that of the reminder settings, or else
    /// [`name`](Self::name).
    pub fn name_for_patients(&self) -> Option<&str> {
        self.reminders.practice_name.as_deref().or(self.name())
    }

    /// The practice's sites, where it lists them: reminders and booking can then choose among no
    /// others. Default: none, which leaves it to EMIS.
    pub fn sites(&self) -> &[PracticeSite] {
        &self.sites
    }

    /// When the practice is open. Default: not entered.
    pub fn opening_hours(&self) -> &OpeningHours {
        &self.opening_hours
    }

    /// On which days the practice is closed besides. Default: none.
    pub fn holidays(&self) -> &[PracticeHoliday] {
        &self.holidays
    }

    /// The practice's working days, by its opening hours and holidays.
    pub fn working_calendar(&self) -> WorkingCalendar {
        WorkingCalendar::new(self.opening_hours.clone(), self.holidays.clone())
    }

    /// The application ID (party key) to call EMIS with for this practice. Default: none, which
    /// is the product's own.
    pub fn application_id(&self) -> Option<&ApplicationId> {
        self.application_id.as_ref()
    }

    /// Which EMIS the practice is in. Default: production.
    pub fn environment(&self) -> EmisEnvironment {
        self.environment
    }

    /// What the practice sets of itself, to change and to [set](Self::set_details) again.
    pub fn details(&self) -> PracticeDetails {
        PracticeDetails {
            sites: self.sites.clone(),
            opening_hours: self.opening_hours.clone(),
            holidays: self.holidays.clone(),
            application_id: self.application_id.clone(),
            environment: self.environment,
        }
    }

    /// The fields that a newer release added.
    pub fn unknown(&self) -> &UnknownFields {
        &self.unknown
    }

    /// The EMIS organisation ID (CDB number), once entered.
    pub fn organisation_id(&self) -> Option<&OrganisationId> {
        self.organisation_id.as_ref()
    }

    /// The EMIS API user, once entered, with its password sealed.
    pub fn api_user(&self) -> Option<&SealedApiUser> {
        self.api_user.as_ref()
    }

    /// What the API user's password is sealed for, and must be opened with: this practice at
    /// this EMIS organisation ID.
    pub fn seal_context(&self) -> Option<SealContext> {
        self.organisation_id
            .clone()
            .map(|organisation_id| SealContext::new(self.ods_code.clone(), organisation_id))
    }

    /// How patients are reminded.
    pub fn reminders(&self) -> &ReminderSettings {
        &self.reminders
    }

    /// What patients may book.
    pub fn booking(&self) -> &BookingSettings {
        &self.booking
    }

    /// How often these settings were saved: 0 for new ones. A store refuses to save over a
    /// version that was not loaded.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The same settings at another version. For stores.
    #[must_use]
    pub fn at_version(mut self, version: u64) -> Self {
        self.version = version;
        self
    }

    /// Sets the practice's name, trimmed; `None` forgets it.
    ///
    /// # Errors
    /// Where it is blank, longer than 60 characters or more than a line.
    pub fn set_name(&mut self, name: Option<&str>) -> Result<(), ValidationError> {
        let name = name.map(|name| name.trim().to_owned());
        ValidationError::check(name_problem(name.as_deref()).into_iter().collect())?;
        self.name = name;
        Ok(())
    }

    /// Sets what the practice says of itself.
    ///
    /// # Errors
    /// Every mistake in it. Nothing is changed then.
    pub fn set_details(&mut self, details: PracticeDetails) -> Result<(), ValidationError> {
        let mut changed = self.clone();
        changed.sites = details.sites;
        changed.opening_hours = details.opening_hours;
        changed.holidays = details.holidays;
        changed.application_id = details.application_id;
        changed.environment = details.environment;
        let mut problems = changed.detail_problems();
        problems.extend(changed.site_problems());
        ValidationError::check(problems)?;
        *self = changed;
        Ok(())
    }

    /// Sets how patients are reminded.
    ///
    /// # Errors
    /// [Every mistake](ReminderSettings::problems) in it. Nothing is changed then.
    pub fn set_reminders(&mut self, reminders: ReminderSettings) -> Result<(), ValidationError> {
        self.check_replaced(
            |settings| settings.reminders = reminders,
            |settings| settings.reminders.problems(),
        )
    }

    /// Sets what patients may book.
    ///
    /// # Errors
    /// [Every mistake](BookingSettings::problems) in it. Nothing is changed then.
    pub fn set_booking(&mut self, booking: BookingSettings) -> Result<(), ValidationError> {
        self.check_replaced(
            |settings| settings.booking = booking,
            |settings| settings.booking.problems(),
        )
    }

    /// Makes a change where nothing is wrong with what was changed, nor with how it fits to the
    /// practice's sites.
    fn check_replaced(
        &mut self,
        replace: impl FnOnce(&mut Self),
        problems: impl FnOnce(&Self) -> Vec<SettingsProblem>,
    ) -> Result<(), ValidationError> {
        let before = self.site_problems();
        let mut changed = self.clone();
        replace(&mut changed);
        let mut found = problems(&changed);
        let sites = changed.site_problems();
        // What did not fit before is not this change's mistake.
        found.extend(
            sites
                .into_iter()
                .filter(|problem| !before.contains(problem)),
        );
        ValidationError::check(found)?;
        *self = changed;
        Ok(())
    }

    /// Everything that is wrong or missing, in the order of the form. Whether the slot types,
    /// sites and staff still exist in EMIS is for
    /// [`problems_against`](Self::problems_against) to say.
    pub fn problems(&self) -> Vec<SettingsProblem> {
        name_problem(self.name())
            .into_iter()
            .chain(self.detail_problems())
            .chain(self.connection_problems())
            .chain(self.reminders.problems())
            .chain(self.booking.problems())
            .chain(self.site_problems())
            .collect()
    }

    fn detail_problems(&self) -> Vec<SettingsProblem> {
        const SITES: &str = "sites";
        let mut problems = Vec::new();
        let distinct: BTreeSet<_> = self.sites.iter().map(|site| site.id).collect();
        if distinct.len() < self.sites.len() || self.sites.len() > 50 {
            problems.push(SettingsProblem::new(
                Code::SitesRepeated,
                SITES,
                "List each site of the practice once, at most 50 in all.",
            ));
        }
        let mut names = self.sites.iter().map(|site| site.name.as_str());
        if let Some(fault) = names.find_map(|name| text::fault(name, 60)) {
            problems.push(SettingsProblem::new(
                Code::SiteNameInvalid,
                SITES,
                format!("The name of a site {fault}."),
            ));
        }
        problems.extend(self.opening_hours.problems());
        problems.extend(opening::holiday_problems(&self.holidays));
        problems
    }
}

fn name_problem(name: Option<&str>) -> Option<SettingsProblem> {
    let fault = text::fault(name?, 60)?;
    Some(SettingsProblem::new(
        Code::PracticeNameInvalid,
        "name",
        format!("The practice's name {fault}."),
    ))
}
