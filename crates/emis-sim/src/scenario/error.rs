//! Why a scenario cannot be used.

use std::fmt;
use std::io;

/// A scenario file that cannot be used.
pub struct ScenarioError {
    kind: ScenarioErrorKind,
    path: String,
    source: Option<io::Error>,
}

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScenarioErrorKind {
    /// The file cannot be read.
    Read,
    /// It is not JSON.
    Syntax,
    /// It names a field that there is not.
    UnknownField,
    /// A field has a value that it cannot have.
    Value,
}

impl ScenarioError {
    pub(super) const fn read(source: io::Error) -> Self {
        Self {
            kind: ScenarioErrorKind::Read,
            path: String::new(),
            source: Some(source),
        }
    }

    pub(super) const fn syntax() -> Self {
        Self {
            kind: ScenarioErrorKind::Syntax,
            path: String::new(),
            source: None,
        }
    }

    pub(super) fn value(path: impl Into<String>) -> Self {
        Self {
            kind: ScenarioErrorKind::Value,
            path: path.into(),
            source: None,
        }
    }

    pub(super) fn of_field(error: serde_path_to_error::Error<serde_json::Error>) -> Self {
        let inner = error.inner();
        if !inner.is_data() {
            return Self::syntax();
        }
        let kind = if inner.to_string().starts_with("unknown field") {
            ScenarioErrorKind::UnknownField
        } else {
            ScenarioErrorKind::Value
        };
        Self {
            kind,
            // The path to the whole is written as a dot.
            ..Self::value(error.path().to_string().trim_start_matches('.'))
        }
    }

    /// What is wrong.
    pub const fn kind(&self) -> ScenarioErrorKind {
        self.kind
    }

    /// The field, as in `emas.deactivated_calls[0]`; empty where no field is to blame.
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Debug for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScenarioError")
            .field("kind", &self.kind)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ScenarioErrorKind::Read => f.write_str("the scenario file cannot be read"),
            ScenarioErrorKind::Syntax => f.write_str("the scenario is not JSON"),
            ScenarioErrorKind::UnknownField => {
                write!(f, "a scenario has no field {}", self.path)
            }
            ScenarioErrorKind::Value if self.path.is_empty() => {
                f.write_str("a scenario is a JSON object")
            }
            ScenarioErrorKind::Value => {
                write!(f, "{} cannot have this value in a scenario", self.path)
            }
        }
    }
}

impl std::error::Error for ScenarioError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
