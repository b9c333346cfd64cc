//! The settings in EMAS Manager and in the API user's details, and their effect.

use std::collections::BTreeSet;

use crate::assumptions::WireState;
use crate::operation::{Scope, SimOperation};

/// Name under which EMAS Manager lists the product by default.
pub(crate) const LISTED_AS: &str = "Patchs";

/// The partner's product in EMAS Manager, and its API user in EMIS.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EmasState {
    /// Name in the list of applications. EMIS may list a product under an older name.
    pub listed_as: String,
    /// The product is activated: it has a green tick.
    pub application_active: bool,
    /// Calls that are deactivated although the product is activated. Deactivating and activating the
    /// application restores them.
    pub deactivated_calls: BTreeSet<SimOperation>,
    /// The API user exists in EMIS.
    pub user_exists: bool,
    /// The API user is ticked under Edit Users.
    pub in_edit_users: bool,
    /// Login Access: "Allow Login" is ticked for the API user.
    pub allow_login: bool,
    /// Login Access: "Auto Login" is ticked for the API user.
    pub auto_login: bool,
    /// `APIUSER1`, the default user of every EMIS organisation, is ticked for the product as well,
    /// with the same password.
    pub shared_user: bool,
    /// Ticks of a second user of the same name, if there is one.
    pub duplicate: Option<UserTicks>,
    /// The API user's password has expired.
    pub expired: bool,
    /// The API user is locked, by an administrator or after too many wrong passwords.
    pub locked: bool,
    /// The API user must change its password at the next log-on.
    pub must_change_password: bool,
    /// The contract end date in the API user's details has passed.
    pub contract_ended: bool,
    /// The API user has the required RBAC role, "Clinical Practitioner Access Role".
    pub rbac_role_ok: bool,
    /// The API user may book for patients: some practices require a session holder with "Patient
    /// Facing Services Booking".
    pub may_book_for_patients: bool,
}

/// A user's ticks under Edit Users and Login Access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct UserTicks {
    /// Ticked under Edit Users.
    pub in_edit_users: bool,
    /// Login Access: "Allow Login".
    pub allow_login: bool,
    /// Login Access: "Auto Login".
    pub auto_login: bool,
}

impl UserTicks {
    const fn all(self) -> bool {
        self.in_edit_users && self.allow_login && self.auto_login
    }
}

impl EmasState {
    fn working() -> Self {
        Self {
            listed_as: LISTED_AS.to_owned(),
            application_active: true,
            deactivated_calls: BTreeSet::new(),
            user_exists: true,
            in_edit_users: true,
            allow_login: true,
            auto_login: true,
            shared_user: false,
            duplicate: None,
            expired: false,
            locked: false,
            must_change_password: false,
            contract_ended: false,
            rbac_role_ok: true,
            may_book_for_patients: true,
        }
    }

    /// Returns what keeps the user out, apart from password and Login Access.
    const fn user_obstacle(&self) -> Option<WireState> {
        if !self.user_exists {
            Some(WireState::UserMissing)
        } else if !self.in_edit_users {
            Some(WireState::UserNotTicked)
        } else if self.locked {
            Some(WireState::Locked)
        } else if self.contract_ended {
            Some(WireState::ContractEnded)
        } else if self.must_change_password {
            Some(WireState::MustChangePassword)
        } else if self.expired {
            Some(WireState::Expired)
        } else {
            None
        }
    }

    const fn login_obstacle(&self) -> Option<WireState> {
        if !self.allow_login || !self.auto_login {
            return Some(WireState::LoginAccess);
        }
        match self.duplicate {
            Some(ticks) if !ticks.all() => Some(WireState::DuplicateNotTicked),
            _ => None,
        }
    }
}

/// The settings, together with passwords and what is not shown on a page.
pub(crate) struct EmasRecord {
    pub(crate) state: EmasState,
    /// The Partner API password under Edit Users.
    pub(crate) password: String,
    /// The password with which the user signs in to EMIS itself.
    pub(crate) emis_password: String,
    /// Failed password attempts since the last successful one.
    failed_attempts: u32,
    /// Changes to Login Access take effect when the user has logged out and in.
    login_access_waits: bool,
    /// The obstacle under Login Access that is in effect.
    login_in_force: Option<WireState>,
}

impl EmasRecord {
    pub(crate) fn new(password: String, emis_password: String) -> Self {
        Self {
            state: EmasState::working(),
            password,
            emis_password,
            failed_attempts: 0,
            login_access_waits: false,
            login_in_force: None,
        }
    }

    /// Changes the settings in one step.
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut EmasState)) {
        change(&mut self.state);
        if !self.login_access_waits {
            self.log_out_and_in();
        }
    }

    /// Sets whether changes to Login Access wait for a log-out.
    pub(crate) fn let_login_access_wait(&mut self, waits: bool) {
        self.login_access_waits = waits;
        self.change(|_| {});
    }

    pub(crate) const fn log_out_and_in(&mut self) {
        self.login_in_force = self.state.login_obstacle();
    }

    /// Returns the state that keeps the product from this call, if any.
    pub(crate) fn obstacle(&self, operation: SimOperation) -> Option<WireState> {
        let state = &self.state;
        if !state.application_active {
            return Some(WireState::ApplicationDeactivated);
        }
        if state.deactivated_calls.contains(&operation) {
            return Some(WireState::CallDeactivated);
        }
        // The configuration of the organisation is visible without the role.
        let needs_role = operation.scope() != Some(Scope::ConfigRead);
        let books = matches!(
            operation,
            SimOperation::BookAppointment | SimOperation::CancelAppointment
        );
        state
            .user_obstacle()
            .or(self.login_in_force)
            .or_else(|| (needs_role && !state.rbac_role_ok).then_some(WireState::RoleMissing))
            .or_else(|| (books && !state.may_book_for_patients).then_some(WireState::RoleMissing))
    }

    /// Checks a Partner API password. `most_attempts` failed attempts in a row lock the user.
    pub(crate) fn log_on(
        &mut self,
        password: &str,
        most_attempts: Option<u32>,
    ) -> Result<(), WireState> {
        match self.state.user_obstacle() {
            Some(
                kept_out @ (WireState::UserMissing | WireState::UserNotTicked | WireState::Locked),
            ) => return Err(kept_out),
            _ if password != self.password => {
                self.failed_attempts = self.failed_attempts.saturating_add(1);
                if most_attempts.is_some_and(|most| self.failed_attempts >= most) {
                    self.change(|state| state.locked = true);
                }
                return Err(WireState::WrongPassword);
            }
            Some(kept_out) => return Err(kept_out),
            None => {}
        }
        self.failed_attempts = 0;
        Ok(())
    }

    /// Checks a sign-in at EMIS's own page, with the EMIS password if one is given.
    pub(crate) fn sign_in(&self, emis_password: Option<&str>) -> Result<(), WireState> {
        match self.state.user_obstacle() {
            Some(kept_out) => Err(kept_out),
            None if emis_password.is_some_and(|given| given != self.emis_password) => {
                Err(WireState::WrongPassword)
            }
            None => Ok(()),
        }
    }

    /// Unlocks the user and forgets failed attempts.
    pub(crate) fn unlock(&mut self) {
        self.failed_attempts = 0;
        self.change(|state| state.locked = false);
    }
}

opaque_debug!(EmasRecord { state });
