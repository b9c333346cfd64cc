//! The one document that is kept for each practice.

use emis_credentials::{SealContext, SealedApiUser};
use emis_types::{OdsCode, OrganisationId};
use serde::{Deserialize, Serialize};

use crate::problem::{Problem, ProblemCode as Code, ValidationError};
use crate::{BookingSettings, ReminderSettings, text};

/// Everything that a practice sets.
///
/// Changes are refused as a whole where anything in them is wrong, with [every mistake at
/// once](ValidationError::problems).
///
/// The JSON form is for storage: it holds the API user sealed, never a password. Fields that are
/// absent have their defaults and unknown ones are ignored, so that older and newer releases can
/// share a store; a form that an older release would misread has a higher `schema_version`, and
/// is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PracticeSettings {
    #[serde(default)]
    schema_version: SchemaVersion,
    #[serde(default)]
    version: u64,
    pub(crate) ods_code: OdsCode,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    pub(crate) organisation_id: Option<OrganisationId>,
    #[serde(default)]
    pub(crate) api_user: Option<SealedApiUser>,
    #[serde(default)]
    pub(crate) reminders: ReminderSettings,
    #[serde(default)]
    pub(crate) booking: BookingSettings,
}

impl PracticeSettings {
    /// The settings of a practice that has set nothing yet, at version 0.
    pub fn new(ods_code: OdsCode) -> Self {
        Self {
            schema_version: SchemaVersion,
            version: 0,
            ods_code,
            name: None,
            organisation_id: None,
            api_user: None,
            reminders: ReminderSettings::default(),
            booking: BookingSettings::default(),
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

    /// Sets how patients are reminded.
    ///
    /// # Errors
    /// [Every mistake](ReminderSettings::problems) in it. Nothing is changed then.
    pub fn set_reminders(&mut self, reminders: ReminderSettings) -> Result<(), ValidationError> {
        ValidationError::check(reminders.problems())?;
        self.reminders = reminders;
        Ok(())
    }

    /// Sets what patients may book.
    ///
    /// # Errors
    /// [Every mistake](BookingSettings::problems) in it. Nothing is changed then.
    pub fn set_booking(&mut self, booking: BookingSettings) -> Result<(), ValidationError> {
        ValidationError::check(booking.problems())?;
        self.booking = booking;
        Ok(())
    }

    /// Everything that is wrong or missing, in the order of the form. Whether the slot types,
    /// sites and staff still exist in EMIS is for diagnostics to find out.
    pub fn problems(&self) -> Vec<Problem> {
        name_problem(self.name())
            .into_iter()
            .chain(self.connection_problems())
            .chain(self.reminders.problems())
            .chain(self.booking.problems())
            .collect()
    }
}

fn name_problem(name: Option<&str>) -> Option<Problem> {
    let fault = text::fault(name?, 60)?;
    Some(Problem::new(
        Code::PracticeNameInvalid,
        "name",
        format!("The practice's name {fault}."),
    ))
}

/// The version of the JSON form that this release writes, and the highest that it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
struct SchemaVersion;

impl SchemaVersion {
    const NUMBER: u32 = 1;
}

impl TryFrom<u32> for SchemaVersion {
    type Error = &'static str;

    fn try_from(number: u32) -> Result<Self, Self::Error> {
        match number {
            Self::NUMBER => Ok(Self),
            _ => Err("the settings were written by another release, which this one can't read"),
        }
    }
}

impl From<SchemaVersion> for u32 {
    fn from(_: SchemaVersion) -> Self {
        SchemaVersion::NUMBER
    }
}
