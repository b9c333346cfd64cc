//! Sealing keys in an environment variable.

use std::env::{self, VarError};

use zeroize::Zeroizing;

use super::error::{KeySourceError, KeySourceErrorKind as Kind};
use super::source::{KeySource, parse};
use crate::sealing::IdentityRing;

/// Sealing keys in an environment variable: an identity, or several on a line each.
///
/// The simplest source and the least safe: others may be able to read the environment of a process,
/// its child processes inherit it, and it can't be wiped. Prefer a
/// [`FileKeySource`](crate::FileKeySource).
#[derive(Debug, Clone)]
pub struct EnvKeySource(String);

impl EnvKeySource {
    /// Creates a source of the variable of this name. The variable is not read yet.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }
}

impl KeySource for EnvKeySource {
    fn load(&self) -> Result<IdentityRing, KeySourceError> {
        let failed = |kind| KeySourceError::new(kind, format!("environment variable {}", self.0));
        match env::var(&self.0).map(Zeroizing::new) {
            Ok(text) => parse(text.as_bytes()).map_err(failed),
            Err(VarError::NotPresent) => Err(failed(Kind::Missing)),
            Err(VarError::NotUnicode(_)) => Err(failed(Kind::NoKeys)),
        }
    }
}
