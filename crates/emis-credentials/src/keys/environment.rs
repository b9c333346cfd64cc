//! Keys in an environment variable.

use std::env::{self, VarError};

use zeroize::Zeroizing;

use super::{KeySource, KeySourceError, KeySourceErrorKind as Kind, parse};
use crate::IdentityRing;

/// Sealing keys in an environment variable: an age identity, or several on a line each.
///
/// The simplest source and the least safe: the environment of a process can be read by whoever may
/// look into it, is passed on to what it starts, and can't be wiped. Prefer a
/// [`KeyFile`](crate::KeyFile).
#[derive(Debug, Clone)]
pub struct KeyInEnvironment(String);

impl KeyInEnvironment {
    /// The variable of this name. It is not looked at yet.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }
}

impl KeySource for KeyInEnvironment {
    fn load(&self) -> Result<IdentityRing, KeySourceError> {
        let failed = |kind| KeySourceError::new(kind, format!("environment variable {}", self.0));
        match env::var(&self.0).map(Zeroizing::new) {
            Ok(text) => parse(&text).map_err(failed),
            Err(VarError::NotPresent) => Err(failed(Kind::Missing)),
            Err(VarError::NotUnicode(_)) => Err(failed(Kind::NoKeys)),
        }
    }
}
