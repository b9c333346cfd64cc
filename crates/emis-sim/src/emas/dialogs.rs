//! EMAS Manager's dialogs for a product. They take effect with OK.

use super::Emas;
use crate::world::UserTicks;

/// The dialog "Edit Users": the users of the product and the Partner API password.
#[derive(Debug)]
#[must_use = "the dialog has no effect before OK"]
pub struct EditUsers {
    emas: Emas,
    user: Option<bool>,
    duplicate: Option<bool>,
    password: Option<Password>,
}

struct Password(String);

opaque_debug!(Password);

/// EMAS Manager refuses a password: the OK button is disabled.
///
/// EMIS does not publish the rules. The simulator requires at least eight characters, among them an
/// upper-case letter, a lower-case letter and a digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("EMAS Manager refuses the password: the OK button is disabled")]
#[non_exhaustive]
pub struct PasswordRulesError;

impl EditUsers {
    pub(super) const fn open(emas: Emas) -> Self {
        Self {
            emas,
            user: None,
            duplicate: None,
            password: None,
        }
    }

    /// Ticks or unticks the API user.
    pub const fn tick_user(mut self, ticked: bool) -> Self {
        self.user = Some(ticked);
        self
    }

    /// Ticks or unticks the second user of that name, where there is one.
    pub const fn tick_duplicate(mut self, ticked: bool) -> Self {
        self.duplicate = Some(ticked);
        self
    }

    /// Types the Partner API password.
    pub fn password(mut self, password: &str) -> Self {
        self.password = Some(Password(password.to_owned()));
        self
    }

    /// Clicks OK.
    ///
    /// # Errors
    ///
    /// If the password does not meet EMAS Manager's rules. Then nothing changes.
    pub fn ok(self) -> Result<(), PasswordRulesError> {
        if let Some(Password(password)) = &self.password {
            if !meets_the_rules(password) {
                return Err(PasswordRulesError);
            }
            self.emas.set_user_password(password);
        }
        self.emas.change(|state| {
            if let Some(ticked) = self.user {
                state.in_edit_users = ticked;
            }
            if let (Some(ticked), Some(ticks)) = (self.duplicate, &mut state.duplicate) {
                ticks.in_edit_users = ticked;
            }
        });
        Ok(())
    }
}

fn meets_the_rules(password: &str) -> bool {
    let has = |kind: fn(char) -> bool| password.chars().any(kind);
    password.chars().count() >= 8
        && has(char::is_uppercase)
        && has(char::is_lowercase)
        && has(|letter| letter.is_ascii_digit())
}

/// The dialog "Login Access": the product's permission to log in as the user.
#[derive(Debug)]
#[must_use = "the dialog has no effect before OK"]
pub struct LoginAccess {
    emas: Emas,
    user: LoginTicks,
    duplicate: LoginTicks,
}

#[derive(Debug, Clone, Copy, Default)]
struct LoginTicks {
    allow: Option<bool>,
    auto: Option<bool>,
}

impl LoginTicks {
    const fn apply(self, allow_login: &mut bool, auto_login: &mut bool) {
        if let Some(ticked) = self.allow {
            *allow_login = ticked;
        }
        if let Some(ticked) = self.auto {
            *auto_login = ticked;
        }
    }
}

impl LoginAccess {
    pub(super) fn open(emas: Emas) -> Self {
        Self {
            emas,
            user: LoginTicks::default(),
            duplicate: LoginTicks::default(),
        }
    }

    /// Ticks or unticks "Allow Login" for the API user.
    pub const fn allow_login(mut self, ticked: bool) -> Self {
        self.user.allow = Some(ticked);
        self
    }

    /// Ticks or unticks "Auto Login" for the API user.
    pub const fn auto_login(mut self, ticked: bool) -> Self {
        self.user.auto = Some(ticked);
        self
    }

    /// Ticks or unticks both boxes for the second user of that name, where there is one.
    pub const fn duplicate(self, ticked: bool) -> Self {
        self.duplicate_ticks(ticked, ticked)
    }

    pub(crate) const fn duplicate_ticks(mut self, allow: bool, auto: bool) -> Self {
        self.duplicate = LoginTicks {
            allow: Some(allow),
            auto: Some(auto),
        };
        self
    }

    /// Clicks OK. After [`Emas::let_login_access_wait`] the ticks take effect with
    /// [`Emas::log_out_and_in`].
    pub fn ok(self) {
        self.emas.change(|state| {
            self.user
                .apply(&mut state.allow_login, &mut state.auto_login);
            if let Some(UserTicks {
                allow_login,
                auto_login,
                ..
            }) = &mut state.duplicate
            {
                self.duplicate.apply(allow_login, auto_login);
            }
        });
    }
}
