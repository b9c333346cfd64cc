//! Scenario files: the state of a practice, the identity service and the API, in JSON.

mod apply;
mod error;
mod setup;

use std::path::Path;

use serde::{Deserialize, Serialize};

pub use error::{ScenarioError, ScenarioErrorKind};
pub(crate) use setup::Setup;

use crate::world::{LISTED_AS, USERNAME};

/// The first practice's organisation ID.
const CDB: &str = "50002";
/// The first practice's ODS code: NHS England's test practice.
const ODS: &str = "A20047";

/// The scopes that reminders and booking need.
const SCOPES: [&str; 4] = [
    "papi-appt.read",
    "papi-appt.write",
    "papi-subjects.read",
    "papi-config.read",
];

/// A state of the simulator. Fields that a file leaves out are healthy; unknown fields are an error.
///
/// # Examples
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
    /// The settings that the product has stored. The simulator does not use them.
    pub settings: SettingsScenario,
}

/// The state of EMAS Manager > Partner API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct EmasScenario {
    /// The product is activated.
    pub application_active: bool,
    /// Operations of the Partner API that are deactivated.
    pub deactivated_calls: Vec<String>,
    /// The name under which the product is listed.
    pub listed_as: String,
}

/// The state of the API user in EMIS, under Edit Users and under Login Access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ApiUserScenario {
    /// The user exists.
    pub exists: bool,
    /// It is ticked under Edit Users.
    pub ticked_in_edit_users: bool,
    /// The password in the ready line, which the product has stored, is the one under Edit Users.
    pub password_matches: bool,
    /// Its password has expired.
    pub expired: bool,
    /// It is locked.
    pub locked: bool,
    /// It must change its password at the next log-on.
    pub must_change_password: bool,
    /// Its contract end date has passed.
    pub contract_ended: bool,
    /// Login Access: "Allow Login".
    pub allow_login: bool,
    /// Login Access: "Auto Login".
    pub auto_login: bool,
    /// It has the required RBAC role.
    pub rbac_role_ok: bool,
    /// There is a second user of the same name, without ticks.
    pub duplicate: bool,
}

/// The state of the practice in EMIS.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct OrganisationScenario {
    /// CDB number, which is EMIS's organisation ID: 1 to 10 digits.
    pub cdb: String,
    /// ODS code: 3 to 12 capitals and digits.
    pub ods: String,
    /// CDB number or ODS code of the practice that this one has merged into, as which EMIS answers.
    /// The other code is that of the simulated practice with this one, or else invented.
    pub merged_into: Option<String>,
}

/// The state of the identity service.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct IdentityScenario {
    /// It answers.
    pub reachable: bool,
    /// The client secret in the ready line is accepted.
    pub client_secret_ok: bool,
    /// The scopes that the application holds: by default those that reminders and booking need.
    /// Without a scenario the simulator's application holds every scope.
    pub scopes: Vec<String>,
    /// Seconds by which its clock is ahead; negative is behind.
    pub clock_skew_seconds: i32,
}

/// The state of the API.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ApiScenario {
    /// It answers.
    pub reachable: bool,
    /// The party key in the ready line is accepted.
    pub application_id_ok: bool,
    /// Share of calls that fail with 500 without a commit, from 0 to 1: a
    /// [`FaultRule`](crate::FaultRule), like the delay.
    pub error_rate: f64,
    /// Delay of each call in milliseconds.
    pub latency_ms: u32,
    /// Slots and appointments carry their notes.
    pub returns_notes: bool,
}

/// The settings that the product has stored about the practice.
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
    /// The password in the ready line is stored.
    pub password_set: bool,
    /// The slot types that the practice chose exist in EMIS.
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
            returns_notes: true,
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
    /// Parses a scenario from JSON.
    ///
    /// # Errors
    ///
    /// If the text is not JSON, has an unknown field, or has an invalid value:
    /// [`ScenarioError::path`] names the field.
    pub fn from_json(json: &str) -> Result<Self, ScenarioError> {
        // A list would be accepted as the values of the fields.
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
    /// If the file cannot be read, or as [`from_json`](Self::from_json).
    pub fn read(file: impl AsRef<Path>) -> Result<Self, ScenarioError> {
        Self::from_json(&std::fs::read_to_string(file).map_err(ScenarioError::read)?)
    }
}
