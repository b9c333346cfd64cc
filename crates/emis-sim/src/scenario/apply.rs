//! Applies a scenario to a simulator.

use std::sync::Arc;
use std::time::Duration;

use emis_types::{OdsCode, OrganisationId};
use jiff::SignedDuration;

use super::{ApiScenario, IdentityScenario, Scenario, ScenarioError};
use crate::emas::Emas;
use crate::fault::{FaultInjector, FaultRule, SimFault};
use crate::operation::{Scope, SimOperation};
use crate::switches::{ApiSwitches, IdentitySwitches};
use crate::world::{PracticeState, World};

/// The codes of a merged practice that is not simulated.
const MERGED_CDB: &str = "59999";
const MERGED_ODS: &str = "Z99999";

/// Returns an operation that requires a token: the others cannot be deactivated.
fn operation(name: &str) -> Option<SimOperation> {
    let operation: SimOperation = name.parse().ok()?;
    operation.scope().is_some().then_some(operation)
}

fn is_cdb(text: &str) -> bool {
    text.parse::<OrganisationId>()
        .is_ok_and(|cdb| cdb.as_str() == text)
}

fn is_ods(text: &str) -> bool {
    text.parse::<OdsCode>()
        .is_ok_and(|ods| ods.as_str() == text)
}

enum Code {
    Cdb(String),
    Ods(String),
}

fn code(text: &str) -> Option<Code> {
    if is_cdb(text) {
        Some(Code::Cdb(text.to_owned()))
    } else {
        is_ods(text).then(|| Code::Ods(text.to_owned()))
    }
}

impl Scenario {
    /// Checks what the types do not.
    pub(crate) fn check(&self) -> Result<(), ScenarioError> {
        let refused = |path: &str| Err(ScenarioError::value(path));
        for (index, call) in self.emas.deactivated_calls.iter().enumerate() {
            if operation(call).is_none() {
                return refused(&format!("emas.deactivated_calls[{index}]"));
            }
        }
        for (index, scope) in self.identity.scopes.iter().enumerate() {
            if scope.parse::<Scope>().is_err() {
                return refused(&format!("identity.scopes[{index}]"));
            }
        }
        let organisation = &self.organisation;
        if !is_cdb(&organisation.cdb) {
            return refused("organisation.cdb");
        }
        if !is_ods(&organisation.ods) {
            return refused("organisation.ods");
        }
        match &organisation.merged_into {
            Some(other) if code(other).is_none() => return refused("organisation.merged_into"),
            _ => {}
        }
        if !(0.0..=1.0).contains(&self.api.error_rate) {
            return refused("api.error_rate");
        }
        Ok(())
    }

    /// Sets the codes of the first practice.
    pub(crate) fn set_codes(&self, practice: &mut PracticeState) {
        practice.set_codes(&self.organisation.cdb, &self.organisation.ods);
    }

    /// Applies everything but the codes.
    pub(crate) fn apply(&self, world: &Arc<World>) {
        self.identity
            .apply(&IdentitySwitches::new(Arc::clone(world)));
        self.api
            .apply(&ApiSwitches::new(Arc::clone(world)), &world.faults);
        let Some(practice) = world.practices.first() else {
            return;
        };
        self.set_up(&Emas::new(Arc::clone(practice)));
        if !self.api_user.password_matches {
            practice.change_password_unknown_to_the_product();
        }
        if let Some(code) = self.organisation.merged_into.as_deref().and_then(code) {
            let (cdb, ods) = both_codes(code, world);
            practice.merge_into(&cdb, &ods);
        }
    }

    pub(super) fn set_up(&self, emas: &Emas) {
        let (wanted, user) = (&self.emas, &self.api_user);
        emas.list_as(&wanted.listed_as);
        for call in wanted
            .deactivated_calls
            .iter()
            .filter_map(|call| operation(call))
        {
            emas.deactivate_call(call);
        }
        if user.duplicate {
            emas.add_duplicate();
        }
        emas.change(|state| {
            state.application_active = wanted.application_active;
            state.user_exists = user.exists;
            state.in_edit_users = user.ticked_in_edit_users;
            state.allow_login = user.allow_login;
            state.auto_login = user.auto_login;
            state.expired = user.expired;
            state.locked = user.locked;
            state.must_change_password = user.must_change_password;
            state.contract_ended = user.contract_ended;
            state.rbac_role_ok = user.rbac_role_ok;
        });
    }
}

fn both_codes(code: Code, world: &World) -> (String, String) {
    let other = world.practices.iter().skip(1).find(|other| match &code {
        Code::Cdb(cdb) => other.cdb == *cdb,
        Code::Ods(ods) => other.ods == *ods,
    });
    match (other, code) {
        (Some(other), _) => (other.cdb.clone(), other.ods.clone()),
        (None, Code::Cdb(cdb)) => (cdb, MERGED_ODS.to_owned()),
        (None, Code::Ods(ods)) => (MERGED_CDB.to_owned(), ods),
    }
}

impl IdentityScenario {
    fn apply(&self, identity: &IdentitySwitches) {
        identity.set_reachable(self.reachable);
        identity.set_client_secret_ok(self.client_secret_ok);
        identity.set_clock_skew(SignedDuration::from_secs(self.clock_skew_seconds.into()));
        let scopes = self.scopes.iter().filter_map(|scope| scope.parse().ok());
        identity.hold(scopes.collect());
    }
}

impl ApiScenario {
    fn apply(&self, api: &ApiSwitches, faults: &FaultInjector) {
        api.set_reachable(self.reachable);
        api.set_application_id_ok(self.application_id_ok);
        api.set_returns_notes(self.returns_notes);
        let latency = Duration::from_millis(self.latency_ms.into());
        for (fault, share) in [
            (
                SimFault::DelayBeforeCommit(latency),
                if latency.is_zero() { 0.0 } else { 1.0 },
            ),
            (SimFault::Status(500), self.error_rate),
        ] {
            if share > 0.0 {
                let rule = FaultRule::new(fault).on_the_api().probability(share);
                // The scenario's check has refused an invalid share.
                let _ = faults.rule(rule);
            }
        }
    }
}
