//! EMIS's environments.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The EMIS environment of a practice. A product is built for one of them, and makes no call for a
/// practice in the other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EmisEnvironment {
    /// The live environment.
    #[default]
    Production,
    /// The test environment, with invented patients.
    Test,
}
