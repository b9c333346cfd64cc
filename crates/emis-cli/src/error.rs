//! The failure of a command.

use std::error::Error;
use std::fmt;
use std::path::Path;

use emis_partner::types::report;

/// The reason why a command could not be carried out, in one line.
#[derive(Debug)]
pub(crate) struct CliError(String);

impl CliError {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }

    /// Names the file that could not be used.
    pub(crate) fn file(path: &Path, error: &dyn Error) -> Self {
        Self(format!("{}: {}", path.display(), report(error)))
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: Error> From<E> for CliError {
    fn from(error: E) -> Self {
        Self(report(&error))
    }
}
