//! The parts of a scenario that can be set while the simulator runs.

use serde::{Deserialize, Serialize};

use super::{ApiUserScenario, EmasScenario, Scenario, ScenarioError};
use crate::practice::SimPractice;

/// EMAS Manager and API user of a practice.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Setup {
    emas: EmasScenario,
    api_user: ApiUserScenario,
}

impl Setup {
    /// Returns the present setup of a practice.
    pub(crate) fn of(practice: &SimPractice) -> Self {
        let state = practice.emas().state();
        let calls = state.deactivated_calls.iter();
        Self {
            emas: EmasScenario {
                application_active: state.application_active,
                deactivated_calls: calls.map(ToString::to_string).collect(),
                listed_as: state.listed_as,
            },
            api_user: ApiUserScenario {
                exists: state.user_exists,
                ticked_in_edit_users: state.in_edit_users,
                password_matches: practice.password() == practice.password_handed_over(),
                expired: state.expired,
                locked: state.locked,
                must_change_password: state.must_change_password,
                contract_ended: state.contract_ended,
                allow_login: state.allow_login,
                auto_login: state.auto_login,
                rbac_role_ok: state.rbac_role_ok,
                duplicate: state.duplicate.is_some(),
            },
        }
    }

    /// Parses a setup. Fields that are left out are healthy.
    pub(crate) fn from_json(json: &[u8]) -> Result<Self, ScenarioError> {
        let mut json = serde_json::Deserializer::from_slice(json);
        let setup: Self =
            serde_path_to_error::deserialize(&mut json).map_err(ScenarioError::of_field)?;
        json.end().map_err(|_| ScenarioError::syntax())?;
        let scenario = Scenario {
            emas: setup.emas,
            api_user: setup.api_user,
            ..Scenario::default()
        };
        scenario.check()?;
        Ok(Self {
            emas: scenario.emas,
            api_user: scenario.api_user,
        })
    }

    /// Applies the setup to a practice.
    pub(crate) fn apply(self, practice: &SimPractice) {
        let emas = practice.emas();
        emas.remove_duplicate();
        emas.unlock_user();
        emas.change(|state| state.deactivated_calls.clear());
        let scenario = Scenario {
            emas: self.emas,
            api_user: self.api_user,
            ..Scenario::default()
        };
        scenario.set_up(&emas);
        if scenario.api_user.password_matches {
            emas.set_user_password(practice.password_handed_over());
        } else {
            practice.change_password_unknown_to_the_product();
        }
    }
}
