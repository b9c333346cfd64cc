//! Errors of scenario files.

use std::io;

/// A scenario that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{kind}{}", if self.path.is_empty() { String::new() } else { format!(": {}", self.path) })]
pub struct ScenarioError {
    kind: ScenarioErrorKind,
    path: String,
    source: Option<io::Error>,
}

/// The kind of a [`ScenarioError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScenarioErrorKind {
    /// The file cannot be read.
    #[error("the scenario file cannot be read")]
    Read,
    /// The text is not JSON.
    #[error("the scenario is not JSON")]
    Syntax,
    /// A field is unknown.
    #[error("unknown field in the scenario")]
    UnknownField,
    /// A field has an invalid value, or the whole is not an object.
    #[error("invalid value in the scenario")]
    Value,
}

impl ScenarioError {
    fn new(kind: ScenarioErrorKind, path: impl Into<String>) -> Self {
        Self {
            kind,
            path: path.into(),
            source: None,
        }
    }

    pub(super) fn read(source: io::Error) -> Self {
        Self {
            source: Some(source),
            ..Self::new(ScenarioErrorKind::Read, "")
        }
    }

    pub(super) fn syntax() -> Self {
        Self::new(ScenarioErrorKind::Syntax, "")
    }

    pub(super) fn value(path: impl Into<String>) -> Self {
        Self::new(ScenarioErrorKind::Value, path)
    }

    pub(super) fn of_field(error: serde_path_to_error::Error<serde_json::Error>) -> Self {
        let inner = error.inner();
        let kind = if !inner.is_data() {
            return Self::syntax();
        } else if inner.to_string().starts_with("unknown field") {
            ScenarioErrorKind::UnknownField
        } else {
            ScenarioErrorKind::Value
        };
        // The path of the whole is a dot.
        Self::new(kind, error.path().to_string().trim_start_matches('.'))
    }

    /// Returns the kind of the error.
    pub const fn kind(&self) -> ScenarioErrorKind {
        self.kind
    }

    /// Returns the path of the field, as in `emas.deactivated_calls[0]`, or an empty text if the error
    /// is not about a field.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the error and its causes in one line.
    pub fn report(&self) -> String {
        emis_types::report(self)
    }
}
