//! The API user of a practice, as a practice manager types it.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// The user that a practice made in EMIS Web for the product, with its Partner API password.
///
/// EMIS knows two passwords of the same user: the one it logs in to EMIS Web with, and the
/// *Partner API password* that is set under EMAS Manager > Edit Users. This is the second.
/// `Debug` shows the username only, and the password is wiped from memory when dropped.
///
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
#[derive(Clone)]
pub struct ApiUser {
    username: String,
    password: SecretString,
}

impl ApiUser {
    /// The longest username, in characters.
    pub const MAX_USERNAME: usize = 128;
    /// The longest password, in characters.
    pub const MAX_PASSWORD: usize = 256;

    /// Checks a username and a password as typed. The username is trimmed; the password is taken
    /// as it is. Errors name all mistakes of both, not only the first.
    pub fn new(username: &str, password: SecretString) -> Result<Self, ApiUserError> {
        let username = username.trim();
        let mistakes: Vec<_> = username_mistake(username)
            .into_iter()
            .chain(password_mistake(password.expose_secret()))
            .collect();
        if !mistakes.is_empty() {
            return Err(ApiUserError { mistakes });
        }
        Ok(Self {
            username: username.to_owned(),
            password,
        })
    }

    /// The username, as it stands in EMIS.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// The Partner API password.
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

/// Characters that copying from a document brings along unseen.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{00ad}'
    )
}

impl fmt::Debug for ApiUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiUser")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// What is wrong with a username or a password. The text is for the person who typed them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiUserError {
    mistakes: Vec<ApiUserMistake>,
}

impl ApiUserError {
    /// Every mistake, at least one.
    pub fn mistakes(&self) -> &[ApiUserMistake] {
        &self.mistakes
    }
}

impl fmt::Display for ApiUserError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.mistakes.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            write!(f, "{mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ApiUserError {}

/// One mistake in a username or a password; `Display` is a sentence that names the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApiUserMistake {
    /// No username.
    UsernameBlank,
    /// A username of more than [`ApiUser::MAX_USERNAME`] characters.
    UsernameTooLong,
    /// A control character or an invisible one in the username.
    UsernameInvalidCharacter,
    /// No password, or one of white space only.
    PasswordBlank,
    /// White space before or after the password: usually pasted with it.
    PasswordSurroundedBySpace,
    /// A password of more than [`ApiUser::MAX_PASSWORD`] characters.
    PasswordTooLong,
}

impl ApiUserMistake {
    /// The label of the field, as a form should show it.
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
