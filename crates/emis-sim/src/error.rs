//! Errors of starting a simulator.

use std::error::Error;

use crate::scenario::ScenarioError;

/// A simulator that could not start.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct StartError {
    kind: StartErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// The kind of a [`StartError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StartErrorKind {
    /// The address cannot be listened on.
    #[error("the simulator cannot listen on that address")]
    Listen,
    /// No signing key could be generated.
    #[error("the simulator could not generate a signing key")]
    SigningKey,
    /// There is no async runtime, or no thread for it.
    #[error("the simulator has no runtime to run on")]
    Runtime,
    /// The number of practices is not 1 to 1,000, or of their patients not up to 100,000.
    #[error("a simulator holds 1 to 1,000 practices of at most 100,000 patients")]
    Size,
    /// The scenario cannot be used.
    #[error("the scenario cannot be used")]
    Scenario,
    /// Two practices would have the same organisation ID or ODS code.
    #[error("two practices would have the same code")]
    SamePractice,
}

impl StartError {
    pub(crate) fn with_source(
        kind: StartErrorKind,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            kind,
            source: Some(source.into()),
        }
    }

    /// Returns the kind of the error.
    pub const fn kind(&self) -> StartErrorKind {
        self.kind
    }

    /// Returns the error and its causes in one line.
    pub fn report(&self) -> String {
        emis_types::report(self)
    }
}

impl From<StartErrorKind> for StartError {
    fn from(kind: StartErrorKind) -> Self {
        Self { kind, source: None }
    }
}

impl From<ScenarioError> for StartError {
    fn from(source: ScenarioError) -> Self {
        Self::with_source(StartErrorKind::Scenario, source)
    }
}
