//! Scenario files: how a practice, the identity service and the API are, as JSON.

mod apply;
mod error;
mod setup;

use std::path::Path;

use serde::{Deserialize, Serialize};

pub use error::{ScenarioError, ScenarioErrorKind};
pub(crate) use setup::Setup;

use crate::emas::LISTED_AS;
use crate::world::USERNAME;

/// The first practice's organisation ID.
const CDB: &str = "50002";
/// The first practice's ODS code: NHS England's test practice.
const ODS: &str = "A20047";

/// What reminders and booking need.
const SCOPES: [&str; 4] = [
    "papi-appt.read",
    "papi-appt.write",
    "papi-subjects.read",
    "papi-config.read",
];

/// One state of the world. Every field may be left out of the file and is healthy then; a field
/// that there is not is an error.
///
/// ```
/// use emis_sim::Scenario;
///
/// # fn main() -> Result<(), emis_sim::ScenarioError> {
/// let scenario = Scenario::from_json(r#"{"emas": {"deactivated_calls": ["BookAppointment"]}}"#)?;
/// assert!(scenario.emas.application_active);
/// assert_eq!(scenario.settings.organisation_id, "50002");
///
/// let wrong = Scenario::from_json(r#"{"emas": {"aplication_active": false}}"#);
/// assert_eq!(wrong.map_err(|error| error.path().to_owned()), Err("emas.aplication_active".into()));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Scenario {
    /// EMAS Manager of the first practice.
    pub emas: EmasScenario,
    /// The first practice's API user.
    pub api_user: ApiUserScenario,
    /// The first practice itself.
    pub organisation: OrganisationScenario,
    /// The identity service.
    pub identity: IdentityScenario,
    /// The API.
    pub api: ApiScenario,
    /// What the product has stored. The simulator makes no use of it.
    pub settings: SettingsScenario,
}

/// EMAS Manager > Partner API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct EmasScenario {
    /// The product has its green tick.
    pub application_active: bool,
    /// Operations of the Partner API that are deactivated one by one.
    pub deactivated_calls: Vec<String>,
    /// The name under which the product is listed.
    pub listed_as: String,
}

/// The API user in EMIS, under Edit Users and under Login Access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ApiUserScenario {
    /// EMIS has the user.
    pub exists: bool,
    /// It is ticked under Edit Users.
    pub ticked_in_edit_users: bool,
    /// The password that the product has stored, the ready line's, is the one under Edit Users.
    pub password_matches: bool,
    /// Its password has expired.
    pub expired: bool,
    /// It is locked.
    pub locked: bool,
    /// It has to change its password at the next log-on.
    pub must_change_password: bool,
    /// Its contract end date has passed.
    pub contract_ended: bool,
    /// Login Access: "Allow Login".
    pub allow_login: bool,
    /// Login Access: "Auto Login".
    pub auto_login: bool,
    /// It has the RBAC role that it needs.
    pub rbac_role_ok: bool,
    /// There is a second user of that name, without any tick.
    pub duplicate: bool,
}

/// The practice as EMIS knows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct OrganisationScenario {
    /// CDB number, which EMIS also calls the organisation ID: 1 to 10 digits.
    pub cdb: String,
    /// ODS code: 3 to 12 capitals and digits.
    pub ods: String,
    /// CDB number or ODS code of the practice that this one has merged into: EMIS answers as
    /// that practice. The half that is not given is the other simulated practice's, if there is
    /// one with that code, or made up.
    pub merged_into: Option<String>,
}

/// The identity service.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct IdentityScenario {
    /// It answers.
    pub reachable: bool,
    /// The client secret that the product has, the ready line's, is right.
    pub client_secret_ok: bool,
    /// What the application may be given. Left out, what reminders and booking need; a simulator
    /// that is started without any scenario has every scope.
    pub scopes: Vec<String>,
    /// How far its clock is ahead, in seconds; negative for behind.
    pub clock_skew_seconds: i32,
}

/// The API.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ApiScenario {
    /// It answers.
    pub reachable: bool,
    /// The party key that the product has, the ready line's, is known.
    pub application_id_ok: bool,
    /// Share of calls that fail with 500 and do nothing, 0 to 1; like the next a rule of
    /// [`Faults`](crate::Faults).
    pub error_rate: f64,
    /// How long each call takes longer, in milliseconds.
    pub latency_ms: u32,
}

/// What the product has stored about the practice.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SettingsScenario {
    /// EMIS organisation ID.
    pub organisation_id: String,
    /// ODS code.
    pub ods_code: String,
    /// Username of the API user.
    pub username: String,
    /// A password is stored: the ready line's.
    pub password_set: bool,
    /// The slot types that the practice chose are in EMIS.
    pub slot_types_exist: bool,
}

impl Default for EmasScenario {
    fn default() -> Self {
        Self {
            application_active: true,
            deactivated_calls: Vec::new(),
            listed_as: LISTED_AS.to_owned(),
        }
    }
}

impl Default for ApiUserScenario {
    fn default() -> Self {
        Self {
            exists: true,
            ticked_in_edit_users: true,
            password_matches: true,
            expired: false,
            locked: false,
            must_change_password: false,
            contract_ended: false,
            allow_login: true,
            auto_login: true,
            rbac_role_ok: true,
            duplicate: false,
        }
    }
}

impl Default for OrganisationScenario {
    fn default() -> Self {
        Self {
            cdb: CDB.to_owned(),
            ods: ODS.to_owned(),
            merged_into: None,
        }
    }
}

impl Default for IdentityScenario {
    fn default() -> Self {
        Self {
            reachable: true,
            client_secret_ok: true,
            scopes: SCOPES.map(str::to_owned).to_vec(),
            clock_skew_seconds: 0,
        }
    }
}

impl Default for ApiScenario {
    fn default() -> Self {
        Self {
            reachable: true,
            application_id_ok: true,
            error_rate: 0.0,
            latency_ms: 0,
        }
    }
}

impl Default for SettingsScenario {
    fn default() -> Self {
        Self {
            organisation_id: CDB.to_owned(),
            ods_code: ODS.to_owned(),
            username: USERNAME.to_owned(),
            password_set: true,
            slot_types_exist: true,
        }
    }
}

impl Scenario {
    /// Reads a scenario from JSON.
    ///
    /// # Errors
    ///
    /// If it is not JSON, names a field that there is not, or holds a value that a field cannot
    /// have: [`ScenarioError::path`] says which.
    pub fn from_json(json: &str) -> Result<Self, ScenarioError> {
        // Fields without names would be taken as a list of values, and nobody means that.
        if json.trim_start().starts_with('[') {
            return Err(ScenarioError::value(""));
        }
        let mut json = serde_json::Deserializer::from_str(json);
        let scenario: Self =
            serde_path_to_error::deserialize(&mut json).map_err(ScenarioError::of_field)?;
        json.end().map_err(|_| ScenarioError::syntax())?;
        scenario.check()?;
        Ok(scenario)
    }

    /// Reads a scenario file.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, and as [`from_json`](Self::from_json).
    pub fn read(file: impl AsRef<Path>) -> Result<Self, ScenarioError> {
        Self::from_json(&std::fs::read_to_string(file).map_err(ScenarioError::read)?)
    }
}
