//! The handle to EMAS Manager > Partner API and to the API user's details.

mod dialogs;

use std::sync::Arc;

pub use dialogs::{EditUsers, LoginAccess, PasswordRulesError};

use crate::model::API_USER;
use crate::operation::SimOperation;
use crate::sync::{lock, write};
use crate::world::{EmasState, PracticeState, UserTicks};

/// A handle to a practice's EMAS Manager. Clones share the state.
///
/// A change takes effect at once, for tokens that were issued before as well. A table in
/// `docs/contract-notes.md` shows each state on the wire.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let sim = emis_sim::Sim::start().await?;
/// let emas = sim.practice().emas();
/// emas.deactivate_application();
/// assert!(!emas.state().application_active);
///
/// // The two dialogs take effect with OK.
/// emas.edit_users().tick_user(true).password("Invented-Pass-1").ok()?;
/// # Ok(())
/// # })
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Emas {
    practice: Arc<PracticeState>,
}

impl Emas {
    pub(crate) const fn new(practice: Arc<PracticeState>) -> Self {
        Self { practice }
    }

    /// Returns the present settings, as EMAS Manager shows them.
    pub fn state(&self) -> EmasState {
        lock(&self.practice.emas).state.clone()
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut EmasState)) {
        lock(&self.practice.emas).change(change);
    }
}

/// The list of applications.
impl Emas {
    /// Clicks "Deactivate Application", the cross.
    pub fn deactivate_application(&self) {
        self.change(|state| state.application_active = false);
    }

    /// Clicks "Activate Application", the green tick. An application that was deactivated is activated
    /// with all of its calls.
    pub fn activate_application(&self) {
        self.change(|state| {
            // An active application has only the cross to click.
            if !state.application_active {
                state.application_active = true;
                state.deactivated_calls.clear();
            }
        });
    }

    /// Deactivates one call of the product, as EMIS may do by itself.
    pub fn deactivate_call(&self, operation: SimOperation) {
        self.change(|state| {
            state.deactivated_calls.insert(operation);
        });
    }

    /// Sets the name under which the product is listed.
    pub fn list_as(&self, name: &str) {
        self.change(|state| name.clone_into(&mut state.listed_as));
    }
}

/// Edit Users.
impl Emas {
    /// Opens the dialog "Edit Users".
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

    /// Sets the Partner API password under Edit Users, without EMAS Manager's rules.
    /// [`SimPractice::password`](crate::SimPractice::password) returns the new one.
    pub fn set_user_password(&self, password: &str) {
        password.clone_into(&mut lock(&self.practice.emas).password);
    }
}

/// Login Access.
impl Emas {
    /// Opens the dialog "Login Access".
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

    /// Sets whether changes to Login Access take effect only when the user has logged out of EMIS and
    /// in again, as EMIS documents. The default is `false`.
    pub fn let_login_access_wait(&self, waits: bool) {
        lock(&self.practice.emas).let_login_access_wait(waits);
    }

    /// Logs the user out of EMIS and in again, so that the ticks under Login Access take effect.
    pub fn log_out_and_in(&self) {
        lock(&self.practice.emas).log_out_and_in();
    }
}

/// The API user in EMIS.
impl Emas {
    /// Creates the API user in EMIS again, with its former ticks and password.
    pub fn add_user(&self) {
        self.change(|state| state.user_exists = true);
    }

    /// Removes the API user from EMIS.
    pub fn remove_user(&self) {
        self.change(|state| state.user_exists = false);
    }

    /// Creates a second user of the same name, without ticks.
    pub fn add_duplicate(&self) {
        let mut model = write(&self.practice.model);
        if let Some(user) = model.staff.get(&API_USER) {
            let twin = user.twin();
            model.staff.insert(twin.id, twin);
        }
        drop(model);
        self.change(|state| state.duplicate = Some(UserTicks::default()));
    }

    /// Ticks `APIUSER1`, the default user of every EMIS organisation, for the product. It has the ticks
    /// and the password of the product's own user.
    pub fn let_shared_user_in(&self) {
        self.change(|state| state.shared_user = true);
    }

    /// Removes the second user of the same name.
    pub fn remove_duplicate(&self) {
        write(&self.practice.model).staff.remove(&(API_USER + 1));
        self.change(|state| state.duplicate = None);
    }

    /// Lets the password expire.
    pub fn expire_password(&self) {
        self.change(|state| state.expired = true);
    }

    /// Sets the user's EMIS password, which is no longer expired and need not be changed. The Partner
    /// API password under Edit Users stays the same.
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

    /// Unlocks the user and forgets failed password attempts.
    pub fn unlock_user(&self) {
        lock(&self.practice.emas).unlock();
    }

    /// Ticks or unticks "User must change password at next logon".
    pub fn set_must_change_password(&self, ticked: bool) {
        self.change(|state| state.must_change_password = ticked);
    }

    /// Lets the contract end date pass.
    pub fn end_contract(&self) {
        self.change(|state| state.contract_ended = true);
    }

    /// Clears the contract end date.
    pub fn extend_contract(&self) {
        self.change(|state| state.contract_ended = false);
    }

    /// Makes the user a session holder with "Patient Facing Services Booking", or not. Without it,
    /// booking and cancelling are refused as for a missing role.
    pub fn set_may_book_for_patients(&self, may: bool) {
        self.change(|state| state.may_book_for_patients = may);
    }

    /// Gives the user the required RBAC role, or removes it.
    pub fn set_rbac_role(&self, held: bool) {
        self.change(|state| state.rbac_role_ok = held);
    }
}
