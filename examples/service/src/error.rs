//! Errors before the service serves.

use std::fmt;
use std::path::Path;

/// The service can't start: its configuration, a file or an address is unusable.
#[derive(Debug)]
pub struct StartError(String);

impl StartError {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }

    pub(crate) fn file(file: &Path, error: &std::io::Error) -> Self {
        Self(format!("{}: {error}", file.display()))
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// Without `std::error::Error`, as every error becomes one of these.
impl<E: std::error::Error> From<E> for StartError {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        Self(text)
    }
}
