//! The API user of a practice, as it is typed in.

use std::fmt;

use emis_types::{is_invisible, strip_invisible};
use secrecy::{ExposeSecret, SecretString};

/// The user that a practice created in EMIS Web for the product, with its Partner API password.
///
/// EMIS keeps two passwords for the same user: the one for EMIS Web, and the *Partner API password*
/// that is set under EMAS Manager > Edit Users. This is the second. `Debug` shows the username only,
/// and the password is wiped from memory when dropped.
///
/// # Examples
/// ```
/// use emis_credentials::{ApiUser, ApiUserMistake};
///
/// let user = ApiUser::new(" patchs ", "correct horse".to_owned().into())?;
/// assert_eq!(user.username(), "patchs");
///
/// let error = ApiUser::new("patchs", "pasted ".to_owned().into()).unwrap_err();
/// assert_eq!(error.mistakes(), [ApiUserMistake::PasswordSurroundedBySpace]);
/// # Ok::<(), emis_credentials::ApiUserError>(())
/// ```
#[derive(Debug, Clone)]
pub struct ApiUser {
    username: String,
    password: SecretString,
}

impl ApiUser {
    /// The longest username, in characters.
    pub const MAX_USERNAME: usize = 128;
    /// The longest password, in characters.
    pub const MAX_PASSWORD: usize = 256;

    /// Checks a username and a password as typed. White space around the username and invisible
    /// characters in it are dropped; the password is taken as it is.
    ///
    /// # Errors
    /// Names all mistakes of both, not only the first.
    pub fn new(username: &str, password: SecretString) -> Result<Self, ApiUserError> {
        let username = strip_invisible(username);
        let mistakes: Vec<_> = username_mistake(&username)
            .into_iter()
            .chain(password_mistake(password.expose_secret()))
            .collect();
        if !mistakes.is_empty() {
            return Err(ApiUserError { mistakes });
        }
        Ok(Self { username, password })
    }

    /// Returns the username, as it is in EMIS.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Returns the Partner API password.
    pub fn password(&self) -> &SecretString {
        &self.password
    }
}

pub(crate) fn username_mistake(username: &str) -> Option<ApiUserMistake> {
    if username.is_empty() {
        Some(ApiUserMistake::UsernameBlank)
    } else if username.chars().count() > ApiUser::MAX_USERNAME {
        Some(ApiUserMistake::UsernameTooLong)
    } else if username.chars().any(|c| c.is_control() || is_invisible(c)) {
        Some(ApiUserMistake::UsernameInvalidCharacter)
    } else {
        None
    }
}

fn password_mistake(password: &str) -> Option<ApiUserMistake> {
    let is_space = |c: char| c.is_whitespace() || is_invisible(c);
    if password.chars().all(is_space) {
        Some(ApiUserMistake::PasswordBlank)
    } else if password.starts_with(is_space) || password.ends_with(is_space) {
        Some(ApiUserMistake::PasswordSurroundedBySpace)
    } else if password.chars().count() > ApiUser::MAX_PASSWORD {
        Some(ApiUserMistake::PasswordTooLong)
    } else {
        None
    }
}

/// The mistakes in a username or a password. The text is for the person who typed them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", sentences(mistakes))]
pub struct ApiUserError {
    mistakes: Vec<ApiUserMistake>,
}

impl ApiUserError {
    /// Returns every mistake, at least one.
    pub fn mistakes(&self) -> &[ApiUserMistake] {
        &self.mistakes
    }
}

fn sentences(mistakes: &[ApiUserMistake]) -> String {
    let sentences: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
    sentences.join(" ")
}

/// A mistake in a username or a password. `Display` is a sentence that names the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApiUserMistake {
    /// The username is empty.
    UsernameBlank,
    /// A username of more than [`ApiUser::MAX_USERNAME`] characters.
    UsernameTooLong,
    /// A control character or an invisible one in the username.
    UsernameInvalidCharacter,
    /// The password is empty, or white space only.
    PasswordBlank,
    /// White space surrounds the password: usually it was pasted with it.
    PasswordSurroundedBySpace,
    /// A password of more than [`ApiUser::MAX_PASSWORD`] characters.
    PasswordTooLong,
}

impl ApiUserMistake {
    /// Returns the label of the field, as a form should show it.
    pub fn field(self) -> &'static str {
        match self {
            Self::UsernameBlank | Self::UsernameTooLong | Self::UsernameInvalidCharacter => {
                "API username"
            }
            Self::PasswordBlank | Self::PasswordSurroundedBySpace | Self::PasswordTooLong => {
                "Partner API password (EMAS Manager > Edit Users)"
            }
        }
    }
}

impl fmt::Display for ApiUserMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = match self {
            Self::UsernameBlank => "is empty: enter the username of the API user made in EMIS",
            Self::UsernameTooLong => "must be at most 128 characters",
            Self::UsernameInvalidCharacter => {
                "holds a character that cannot be seen: type it instead of pasting it"
            }
            Self::PasswordBlank => "is empty: enter the password that was set there",
            Self::PasswordSurroundedBySpace => {
                "begins or ends with a space: remove it, or type the password instead of pasting it"
            }
            Self::PasswordTooLong => "must be at most 256 characters",
        };
        write!(f, "{} {rule}.", self.field())
    }
}
