//! The two boxes that EMAS Manager opens for a product: nothing in them counts before OK.

use super::{Emas, UserTicks};

/// "Edit Users", opened: who may use the product, and with which Partner API password.
#[derive(Debug)]
#[must_use = "nothing counts before OK"]
pub struct EditUsers {
    emas: Emas,
    user: Option<bool>,
    duplicate: Option<bool>,
    password: Option<Password>,
}

struct Password(String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password")
    }
}

/// OK stays greyed: EMAS Manager does not take the password.
///
/// The rules are not public. The simulator wants at least eight characters, among them an
/// upper-case letter, a lower-case letter and a digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("EMAS Manager does not take this password: OK stays greyed")]
#[non_exhaustive]
pub struct OkGreyed;

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

    /// Types the Partner API password, twice.
    pub fn password(mut self, password: &str) -> Self {
        self.password = Some(Password(password.to_owned()));
        self
    }

    /// OK.
    ///
    /// # Errors
    ///
    /// If the password breaks EMAS Manager's rules; then nothing changes.
    pub fn ok(self) -> Result<(), OkGreyed> {
        if let Some(Password(password)) = &self.password {
            if !keeps_the_rules(password) {
                return Err(OkGreyed);
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

fn keeps_the_rules(password: &str) -> bool {
    let has = |kind: fn(char) -> bool| password.chars().any(kind);
    password.chars().count() >= 8
        && has(char::is_uppercase)
        && has(char::is_lowercase)
        && has(|letter| letter.is_ascii_digit())
}

/// "Login Access", opened: whether the product may log in as the user.
#[derive(Debug)]
#[must_use = "nothing counts before OK"]
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
    const fn on(self, allow_login: &mut bool, auto_login: &mut bool) {
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

    pub(super) const fn duplicate_ticks(mut self, allow: bool, auto: bool) -> Self {
        self.duplicate = LoginTicks {
            allow: Some(allow),
            auto: Some(auto),
        };
        self
    }

    /// OK. Where [`Emas::let_login_access_wait`] says so, what was ticked counts once the user
    /// has logged out and in: [`Emas::log_out_and_in`].
    pub fn ok(self) {
        self.emas.change(|state| {
            self.user.on(&mut state.allow_login, &mut state.auto_login);
            if let Some(UserTicks {
                allow_login,
                auto_login,
                ..
            }) = &mut state.duplicate
            {
                self.duplicate.on(allow_login, auto_login);
            }
        });
    }
}
