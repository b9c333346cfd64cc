//! What EMAS Manager and the API user's details hold, and what follows from it.

use std::collections::BTreeSet;
use std::fmt;

use crate::Operation;
use crate::assumptions::WireState;
use crate::operation::Scope;

/// Name under which EMAS Manager lists the product unless it is told otherwise.
pub(crate) const LISTED_AS: &str = "Patchs";

/// How the practice has set up the partner's product in EMAS Manager, and its API user in EMIS.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EmasState {
    /// The name in the list of applications. EMIS may still list a product under an older name.
    pub listed_as: String,
    /// The product has its green tick: "Activate Application".
    pub application_active: bool,
    /// Calls that are deactivated although the product has its green tick. Deactivating and
    /// activating the application brings them back.
    pub deactivated_calls: BTreeSet<Operation>,
    /// The API user exists in EMIS.
    pub user_exists: bool,
    /// The API user is ticked under Edit Users.
    pub in_edit_users: bool,
    /// Login Access: "Allow Login" is ticked for the API user.
    pub allow_login: bool,
    /// Login Access: "Auto Login" is ticked for the API user.
    pub auto_login: bool,
    /// The default user that every EMIS organisation has, `APIUSER1`, is let in for the product as
    /// well, with the same ticks and password.
    pub shared_user: bool,
    /// A second user of the same name, with ticks of its own.
    pub duplicate: Option<UserTicks>,
    /// The API user's password has expired.
    pub expired: bool,
    /// The API user is locked: by an administrator, or after too many wrong passwords.
    pub locked: bool,
    /// The API user has to change its password at the next log-on.
    pub must_change_password: bool,
    /// The contract end date in the API user's details has passed.
    pub contract_ended: bool,
    /// The API user has the RBAC role that it needs, "Clinical Practitioner Access Role".
    pub rbac_role_ok: bool,
}

/// One user's ticks under Edit Users and Login Access.
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
        }
    }

    /// What keeps the user itself out, password and Login Access aside.
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

/// The state together with what no page shows.
pub(crate) struct EmasRecord {
    pub(crate) state: EmasState,
    /// The Partner API password under Edit Users.
    pub(crate) password: String,
    /// The password with which the user signs in to EMIS itself: another one.
    pub(crate) emis_password: String,
    /// Wrong passwords since the last right one.
    wrong_tries: u32,
    /// Changes to Login Access wait until the user has logged out and in.
    login_access_waits: bool,
    /// What Login Access keeps out, as far as it is in force.
    login_in_force: Option<WireState>,
}

impl EmasRecord {
    pub(crate) fn new(password: String, emis_password: String) -> Self {
        Self {
            state: EmasState::working(),
            password,
            emis_password,
            wrong_tries: 0,
            login_access_waits: false,
            login_in_force: None,
        }
    }

    /// Changes the state in one step.
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut EmasState)) {
        change(&mut self.state);
        if !self.login_access_waits {
            self.log_out_and_in();
        }
    }

    /// From here on changes to Login Access wait for a log-out, or do so no longer.
    pub(crate) fn let_login_access_wait(&mut self, waits: bool) {
        self.login_access_waits = waits;
        self.change(|_| {});
    }

    pub(crate) const fn log_out_and_in(&mut self) {
        self.login_in_force = self.state.login_obstacle();
    }

    /// What keeps the product from this call, if anything does.
    pub(crate) fn obstacle(&self, operation: Operation) -> Option<WireState> {
        let state = &self.state;
        if !state.application_active {
            return Some(WireState::ApplicationDeactivated);
        }
        if state.deactivated_calls.contains(&operation) {
            return Some(WireState::CallDeactivated);
        }
        // A user without the role still sees how the organisation is set up.
        let needs_role = operation.scope() != Some(Scope::ConfigRead);
        state
            .user_obstacle()
            .or(self.login_in_force)
            .or_else(|| (needs_role && !state.rbac_role_ok).then_some(WireState::RoleMissing))
    }

    /// Tries a Partner API password. Of wrong ones `most_tries` in a row lock the user.
    pub(crate) fn log_on(
        &mut self,
        password: &str,
        most_tries: Option<u32>,
    ) -> Result<(), WireState> {
        match self.state.user_obstacle() {
            Some(
                kept_out @ (WireState::UserMissing | WireState::UserNotTicked | WireState::Locked),
            ) => return Err(kept_out),
            _ if password != self.password => {
                self.wrong_tries = self.wrong_tries.saturating_add(1);
                if most_tries.is_some_and(|most| self.wrong_tries >= most) {
                    self.change(|state| state.locked = true);
                }
                return Err(WireState::WrongPassword);
            }
            Some(kept_out) => return Err(kept_out),
            None => {}
        }
        self.wrong_tries = 0;
        Ok(())
    }

    /// Signs a person in at EMIS's own page, with the EMIS password.
    pub(crate) fn sign_in(&self, emis_password: Option<&str>) -> Result<(), WireState> {
        match self.state.user_obstacle() {
            Some(kept_out) => Err(kept_out),
            None if emis_password.is_some_and(|given| given != self.emis_password) => {
                Err(WireState::WrongPassword)
            }
            None => Ok(()),
        }
    }

    /// An administrator lets the user try again.
    pub(crate) fn unlock(&mut self) {
        self.wrong_tries = 0;
        self.change(|state| state.locked = false);
    }
}

impl fmt::Debug for EmasRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmasRecord")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
