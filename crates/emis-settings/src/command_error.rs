//! Errors of commands.

use emis_audit::{AuditEvent, AuditEventKind, Provenance, StoreError};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::problem::{SettingsProblem, ValidationError};

/// A change that was saved since the version that a command expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SettingsEdit {
    /// The version that the change led to.
    pub version: u64,
    /// The time of the change.
    pub at: Timestamp,
    /// The author of the change.
    pub by: Provenance,
    /// The fields that changed, such as `reminders.offsets`.
    pub paths: Vec<String>,
}

impl SettingsEdit {
    /// Reads a change from its event.
    pub(crate) fn of(event: &AuditEvent) -> Option<Self> {
        if *event.kind() != AuditEventKind::SETTINGS_CHANGED {
            return None;
        }
        let changes = event.details().get("changes")?.as_array()?;
        let path = |change: &Value| Some(change.get("path")?.as_str()?.to_owned());
        Some(Self {
            version: event.details().get("version")?.as_u64()?,
            at: event.at(),
            by: event.by().clone(),
            paths: changes.iter().filter_map(path).collect(),
        })
    }
}

/// The refusal or failure of a command.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct CommandError(#[from] CommandFailure);

#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandFailure {
    #[error(transparent)]
    Invalid(ValidationError),
    #[error("another change was saved first{}", paths(.edits))]
    Conflict {
        edits: Vec<SettingsEdit>,
        source: Option<StoreError>,
    },
    #[error("the idempotency key belongs to another command")]
    KeyReused,
    #[error("the settings could not be changed")]
    Store(#[source] StoreError),
}

fn paths(edits: &[SettingsEdit]) -> String {
    let paths: Vec<_> = edits.iter().flat_map(|edit| &edit.paths).cloned().collect();
    if paths.is_empty() {
        String::new()
    } else {
        format!(": {}", paths.join(", "))
    }
}

/// The kinds of [`CommandError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CommandErrorKind {
    /// The command holds mistakes: [`CommandError::problems`] lists them all.
    Invalid,
    /// Another change was saved first: [`CommandError::edits`] lists those since the expected
    /// version.
    Conflict,
    /// The idempotency key belongs to another command, which was executed.
    KeyReused,
    /// The store failed.
    Store,
}

impl CommandErrorKind {
    /// Returns the name in the audit log. It never changes.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Conflict => "conflict",
            Self::KeyReused => "key-reused",
            Self::Store => "store",
        }
    }
}

impl CommandError {
    pub(crate) const fn conflict(edits: Vec<SettingsEdit>) -> Self {
        Self(CommandFailure::Conflict {
            edits,
            source: None,
        })
    }

    /// Returns the kind of refusal or failure.
    pub fn kind(&self) -> CommandErrorKind {
        match &self.0 {
            CommandFailure::Invalid(_) => CommandErrorKind::Invalid,
            CommandFailure::Conflict { .. } => CommandErrorKind::Conflict,
            CommandFailure::KeyReused => CommandErrorKind::KeyReused,
            CommandFailure::Store(_) => CommandErrorKind::Store,
        }
    }

    /// Returns every mistake in the command if it was [`Invalid`](CommandErrorKind::Invalid).
    pub fn problems(&self) -> &[SettingsProblem] {
        match &self.0 {
            CommandFailure::Invalid(invalid) => invalid.problems(),
            _ => &[],
        }
    }

    /// Returns the changes since the expected version, oldest first, if there was a
    /// [`Conflict`](CommandErrorKind::Conflict).
    pub fn edits(&self) -> &[SettingsEdit] {
        match &self.0 {
            CommandFailure::Conflict { edits, .. } => edits,
            _ => &[],
        }
    }

    /// Returns the failure of the store, if there was one.
    pub fn store_error(&self) -> Option<&StoreError> {
        match &self.0 {
            CommandFailure::Conflict { source, .. } => source.as_ref(),
            CommandFailure::Store(error) => Some(error),
            _ => None,
        }
    }

    /// Returns `true` if the request may succeed when it is repeated unchanged, under the same key.
    pub fn is_retryable(&self) -> bool {
        self.kind() == CommandErrorKind::Store
            && self.store_error().is_some_and(StoreError::is_retryable)
    }

    /// Returns `true` if another change was saved first.
    pub fn is_conflict(&self) -> bool {
        self.kind() == CommandErrorKind::Conflict
    }

    /// Returns the error and its causes in one line.
    pub fn report(&self) -> String {
        emis_types::report(self)
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        Self(if error.is_conflict() {
            CommandFailure::Conflict {
                edits: Vec::new(),
                source: Some(error),
            }
        } else {
            CommandFailure::Store(error)
        })
    }
}
