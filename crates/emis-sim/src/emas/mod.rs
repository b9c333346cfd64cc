//! EMAS Manager > Partner API, and the API user's details: what a practice can click.

mod dialogs;
pub(crate) mod site;
mod state;

use std::sync::Arc;

pub use dialogs::{EditUsers, LoginAccess, OkGreyed};
pub(crate) use state::{EmasRecord, LISTED_AS};
pub use state::{EmasState, UserTicks};

use crate::Operation;
use crate::model::API_USER;
use crate::world::{PracticeState, lock, write};

/// A practice's EMAS Manager. A cheap handle: clones act on the same practice.
///
/// A change works at once, for tokens that were issued before as well. How each state shows on
/// the wire is one table, in `docs/contract-notes.md`.
#[derive(Debug, Clone)]
pub struct Emas {
    practice: Arc<PracticeState>,
}

impl Emas {
    pub(crate) const fn new(practice: Arc<PracticeState>) -> Self {
        Self { practice }
    }

    /// Everything as it is now: the ticks as they are shown.
    pub fn state(&self) -> EmasState {
        lock(&self.practice.emas).state.clone()
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut EmasState)) {
        lock(&self.practice.emas).change(change);
    }
}

/// The list of applications.
impl Emas {
    /// The cross: "Deactivate Application".
    pub fn deactivate_application(&self) {
        self.change(|state| state.application_active = false);
    }

    /// The green tick: "Activate Application". An application that was deactivated comes back
    /// with all of its calls.
    pub fn activate_application(&self) {
        self.change(|state| {
            // An active application cannot be activated: there is only the cross to click.
            if !state.application_active {
                state.application_active = true;
                state.deactivated_calls.clear();
            }
        });
    }

    /// One call of the product becomes deactivated, as happens without anybody clicking.
    pub fn deactivate_call(&self, operation: Operation) {
        self.change(|state| {
            state.deactivated_calls.insert(operation);
        });
    }

    /// The name under which the product is listed.
    pub fn list_as(&self, name: &str) {
        self.change(|state| name.clone_into(&mut state.listed_as));
    }
}

/// Edit Users.
impl Emas {
    /// Opens "Edit Users".
    pub fn edit_users(&self) -> EditUsers {
        EditUsers::open(self.clone())
    }

    /// Ticks the API user under Edit Users.
    pub fn tick_in_edit_users(&self) {
        self.change(|state| state.in_edit_users = true);
    }

    /// Unticks the API user under Edit Users.
    pub fn untick_in_edit_users(&self) {
        self.change(|state| state.in_edit_users = false);
    }

    /// Sets the Partner API password under Edit Users, whatever EMAS Manager's rules say.
    /// [`Practice::password`] gives the new one.
    ///
    /// [`Practice::password`]: crate::Practice::password
    pub fn set_user_password(&self, password: &str) {
        password.clone_into(&mut lock(&self.practice.emas).password);
    }
}

/// Login Access.
impl Emas {
    /// Opens "Login Access".
    pub fn login_access(&self) -> LoginAccess {
        LoginAccess::open(self.clone())
    }

    /// Ticks or unticks "Allow Login".
    pub fn set_allow_login(&self, ticked: bool) {
        self.login_access().allow_login(ticked).ok();
    }

    /// Ticks or unticks "Auto Login".
    pub fn set_auto_login(&self, ticked: bool) {
        self.login_access().auto_login(ticked).ok();
    }

    /// Whether changes to Login Access wait until the user has logged out of EMIS and in again,
    /// as EMIS says they do. They do not unless this is set.
    pub fn let_login_access_wait(&self, waits: bool) {
        lock(&self.practice.emas).let_login_access_wait(waits);
    }

    /// The user logs out of EMIS and back in: what is ticked under Login Access counts.
    pub fn log_out_and_in(&self) {
        lock(&self.practice.emas).log_out_and_in();
    }
}

/// The API user in EMIS.
impl Emas {
    /// Creates the API user in EMIS again, with the ticks and the password it had.
    pub fn add_user(&self) {
        self.change(|state| state.user_exists = true);
    }

    /// Removes the API user from EMIS.
    pub fn remove_user(&self) {
        self.change(|state| state.user_exists = false);
    }

    /// Somebody creates a second user of the same name, without any tick.
    pub fn add_duplicate(&self) {
        let mut model = write(&self.practice.model);
        if let Some(user) = model.staff.get(&API_USER) {
            let twin = user.twin();
            model.staff.insert(twin.id, twin);
        }
        drop(model);
        self.change(|state| state.duplicate = Some(UserTicks::default()));
    }

    /// The default user that every EMIS organisation has, `APIUSER1`, is let in for the product, with
    /// the ticks and the password that the product's own user has.
    pub fn let_shared_user_in(&self) {
        self.change(|state| state.shared_user = true);
    }

    /// Removes the second user of the same name.
    pub fn remove_duplicate(&self) {
        write(&self.practice.model).staff.remove(&(API_USER + 1));
        self.change(|state| state.duplicate = None);
    }

    /// The password expires.
    pub fn expire_password(&self) {
        self.change(|state| state.expired = true);
    }

    /// The user gets a new password in EMIS, which ends its expiry and the duty to change it.
    /// The Partner API password under Edit Users is another one, and stays.
    pub fn reset_emis_password(&self, password: &str) {
        let mut record = lock(&self.practice.emas);
        password.clone_into(&mut record.emis_password);
        record.change(|state| {
            state.expired = false;
            state.must_change_password = false;
        });
    }

    /// Locks the user.
    pub fn lock_user(&self) {
        self.change(|state| state.locked = true);
    }

    /// Unlocks the user and forgets its wrong passwords.
    pub fn unlock_user(&self) {
        lock(&self.practice.emas).unlock();
    }

    /// Ticks or unticks "User must change password at next logon".
    pub fn set_must_change_password(&self, ticked: bool) {
        self.change(|state| state.must_change_password = ticked);
    }

    /// The contract end date passes.
    pub fn end_contract(&self) {
        self.change(|state| state.contract_ended = true);
    }

    /// Clears the contract end date, or moves it ahead.
    pub fn extend_contract(&self) {
        self.change(|state| state.contract_ended = false);
    }

    /// Gives the user the RBAC role that it needs, or takes it away.
    pub fn set_rbac_role(&self, held: bool) {
        self.change(|state| state.rbac_role_ok = held);
    }
}
