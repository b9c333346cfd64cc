//! Why a simulator did not start.

use std::fmt;
use std::io;

use crate::ScenarioError;

/// The simulator could not start.
pub struct StartError {
    kind: StartErrorKind,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What stood in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StartErrorKind {
    /// The address cannot be listened on.
    Listen,
    /// No signing key could be made.
    SigningKey,
    /// There is no runtime, or no thread for it.
    Runtime,
    /// A simulator holds 1 to 1,000 practices of at most 100,000 patients.
    Size,
    /// The scenario cannot be used.
    Scenario,
    /// Two practices would have the same organisation ID or ODS code.
    SamePractice,
}

impl StartError {
    pub(crate) const fn new(kind: StartErrorKind) -> Self {
        Self { kind, source: None }
    }

    pub(crate) fn listen(source: io::Error) -> Self {
        Self {
            kind: StartErrorKind::Listen,
            source: Some(source.into()),
        }
    }

    #[cfg(feature = "testing")]
    pub(crate) fn runtime(source: io::Error) -> Self {
        Self {
            kind: StartErrorKind::Runtime,
            source: Some(source.into()),
        }
    }

    pub(crate) fn scenario(source: ScenarioError) -> Self {
        Self {
            kind: StartErrorKind::Scenario,
            source: Some(source.into()),
        }
    }

    /// What stood in the way.
    pub const fn kind(&self) -> StartErrorKind {
        self.kind
    }
}

impl fmt::Debug for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StartError")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            StartErrorKind::Listen => "the simulator cannot listen on that address",
            StartErrorKind::Runtime => "the simulator has no runtime to run on",
            StartErrorKind::SigningKey => "the simulator could not make a signing key",
            StartErrorKind::Scenario => "the scenario cannot be used",
            StartErrorKind::SamePractice => "two practices would have the same code",
            StartErrorKind::Size => {
                "a simulator holds 1 to 1,000 practices of at most 100,000 patients"
            }
        })
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.source.as_deref()?)
    }
}
