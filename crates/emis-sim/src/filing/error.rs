//! Errors of `FileRecord`'s message.

/// A message that is refused. The text names members of the message, never their values.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FilingError(pub(crate) String);

impl FilingError {
    pub(super) fn unreadable() -> Self {
        Self("the body cannot be parsed".to_owned())
    }

    pub(super) fn unknown_member() -> Self {
        Self("the body has an unknown member".to_owned())
    }

    pub(super) fn invalid(member: &str) -> Self {
        Self(format!("the body has an invalid value in {member}"))
    }
}
