//! Details of a practice, apart from its connection.

use std::collections::{BTreeMap, BTreeSet};

use emis_types::{ApplicationId, SiteId, SlotTypeId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::environment::EmisEnvironment;
use crate::mode::AppointmentMode;
use crate::opening::{OpeningHours, PracticeHoliday, holiday_problems};
use crate::problem::{Problems, SettingsProblem};
use crate::problem_text::ProblemCode as Code;
use crate::text::is_line;

/// A site of a practice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct PracticeSite {
    /// The site's id in EMIS.
    #[schemars(with = "i32")]
    pub id: SiteId,
    /// The name that patients know, 1 to 60 characters: reminders give it in place of the one in
    /// EMIS.
    pub name: String,
}

impl PracticeSite {
    /// Creates a site with the name that patients know.
    pub fn new(id: SiteId, name: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
        }
    }
}

/// The details of a practice, apart from its connection, which are changed together by
/// [`PracticeSettings::set_details`](crate::PracticeSettings::set_details).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct PracticeDetails {
    /// See [`PracticeSettings::sites`](crate::PracticeSettings::sites).
    pub sites: Vec<PracticeSite>,
    /// See [`PracticeSettings::opening_hours`](crate::PracticeSettings::opening_hours).
    pub opening_hours: OpeningHours,
    /// See [`PracticeSettings::holidays`](crate::PracticeSettings::holidays).
    pub holidays: Vec<PracticeHoliday>,
    /// See [`PracticeSettings::slot_type_modes`](crate::PracticeSettings::slot_type_modes).
    pub slot_type_modes: BTreeMap<SlotTypeId, AppointmentMode>,
    /// See [`PracticeSettings::application_id`](crate::PracticeSettings::application_id).
    pub application_id: Option<ApplicationId>,
    /// See [`PracticeSettings::environment`](crate::PracticeSettings::environment).
    pub environment: EmisEnvironment,
}

impl PracticeDetails {
    pub(crate) fn problems(&self) -> Vec<SettingsProblem> {
        const SITES: &str = "sites";
        let distinct: BTreeSet<_> = self.sites.iter().map(|site| site.id).collect();
        let repeated = distinct.len() < self.sites.len() || self.sites.len() > 50;
        let named = self.sites.iter().all(|site| is_line(&site.name, 60));
        let mut problems = Problems::default();
        problems.add_if(repeated, Code::SitesRepeated, SITES);
        problems.add_if(!named, Code::SiteNameInvalid, SITES);
        problems.extend(self.opening_hours.problems());
        problems.extend(holiday_problems(&self.holidays));
        problems.into_vec()
    }
}
