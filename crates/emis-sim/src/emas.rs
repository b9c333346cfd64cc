//! EMAS Manager > Partner API: what the practice has switched on for the partner's product.

use std::fmt;
use std::sync::Arc;

use crate::world::{PracticeState, lock};

/// How the practice has set up the partner's product in EMAS Manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct EmasState {
    /// The product has its green tick: "Activate Application".
    pub application_active: bool,
    /// The API user exists in EMIS.
    pub user_exists: bool,
    /// The API user is ticked under Edit Users.
    pub in_edit_users: bool,
    /// Login Access: "Allow Login" is ticked for the API user.
    pub allow_login: bool,
    /// Login Access: "Auto Login" is ticked for the API user.
    pub auto_login: bool,
}

impl EmasState {
    const WORKING: Self = Self {
        application_active: true,
        user_exists: true,
        in_edit_users: true,
        allow_login: true,
        auto_login: true,
    };

    /// Whether the API user may come in with its password.
    pub(crate) const fn admits_user(self) -> bool {
        self.user_exists && self.in_edit_users
    }

    /// Whether Login Access lets the product act as the API user.
    pub(crate) const fn admits_calls(self) -> bool {
        self.admits_user() && self.allow_login && self.auto_login
    }
}

/// The state together with the Partner API password.
pub(crate) struct EmasRecord {
    pub(crate) state: EmasState,
    pub(crate) password: String,
}

impl EmasRecord {
    pub(crate) const fn new(password: String) -> Self {
        Self {
            state: EmasState::WORKING,
            password,
        }
    }
}

impl fmt::Debug for EmasRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmasRecord")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// A practice's EMAS Manager. A cheap handle: clones act on the same practice.
///
/// A change works at once. (In EMIS, a change to Login Access waits until the user has logged
/// out and in again.)
#[derive(Debug, Clone)]
pub struct Emas {
    practice: Arc<PracticeState>,
}

impl Emas {
    pub(crate) const fn new(practice: Arc<PracticeState>) -> Self {
        Self { practice }
    }

    /// The ticks as they are now.
    pub fn state(&self) -> EmasState {
        lock(&self.practice.emas).state
    }

    /// The cross: "Deactivate Application".
    pub fn deactivate_application(&self) {
        self.change(|state| state.application_active = false);
    }

    /// The green tick: "Activate Application".
    pub fn activate_application(&self) {
        self.change(|state| state.application_active = true);
    }

    /// Login Access: ticks or unticks "Allow Login".
    pub fn set_allow_login(&self, ticked: bool) {
        self.change(|state| state.allow_login = ticked);
    }

    /// Login Access: ticks or unticks "Auto Login".
    pub fn set_auto_login(&self, ticked: bool) {
        self.change(|state| state.auto_login = ticked);
    }

    /// Creates the API user in EMIS again, with the ticks and the password it had.
    pub fn add_user(&self) {
        self.change(|state| state.user_exists = true);
    }

    /// Removes the API user from EMIS.
    pub fn remove_user(&self) {
        self.change(|state| state.user_exists = false);
    }

    /// Ticks the API user under Edit Users.
    pub fn tick_in_edit_users(&self) {
        self.change(|state| state.in_edit_users = true);
    }

    /// Unticks the API user under Edit Users.
    pub fn untick_in_edit_users(&self) {
        self.change(|state| state.in_edit_users = false);
    }

    /// Sets the Partner API password under Edit Users. [`Practice::password`] gives the new one.
    ///
    /// [`Practice::password`]: crate::Practice::password
    pub fn set_user_password(&self, password: &str) {
        password.clone_into(&mut lock(&self.practice.emas).password);
    }

    fn change(&self, change: impl FnOnce(&mut EmasState)) {
        change(&mut lock(&self.practice.emas).state);
    }
}
